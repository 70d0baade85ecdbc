"""The cluster's start scripts, for real: a plain machine, and Slurm with all its daemons here."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "worker" / "cluster"
URLS = {"DATABASE_URL": "postgres://nowhere/winnow", "REDIS_URL": "redis://nowhere/0"}
# Stands for the worker: says that it began, and that it gave its units back when asked to end.
WORKER = """#!/bin/bash
trap 'echo "gave back after $WINNOW_DRAIN_SECONDS" >> {log}; exit 0' TERM
echo "began with $DATABASE_URL $REDIS_URL in $WINNOW_VAR" >> {log}
while :; do sleep 0.1; done
"""
SLURM = """ClusterName=winnow
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/ctld.pid
SlurmdPidFile={folder}/d.pid
SlurmctldLogFile={folder}/ctld.log
SlurmdLogFile={folder}/d.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SchedulerParameters=sched_interval=1
ReturnToService=2
KillWait=5
NodeName={host} NodeAddr=127.0.0.1 CPUs=1 State=UNKNOWN
PartitionName=main Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="winnow-cluster-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


def worker(folder: Path) -> dict[str, str]:
    """The environment of a machine that joins, with a worker that only says what it was asked."""
    command = folder / "worker"
    command.write_text(WORKER.format(log=folder / "said"))
    command.chmod(0o755)
    (folder / "said").touch()
    return (
        os.environ
        | URLS
        | {
            "WINNOW_CLUSTER_COMMAND": str(command),
            "WINNOW_VAR": str(folder / "var"),
            "WINNOW_SERVERS": "1",
        }
    )


def wait(true: Callable[[], object], what: str, seconds: float = 240) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, f"after {seconds:.0f} s still not: {what}"
        time.sleep(0.1)


def said(folder: Path) -> str:
    return (folder / "said").read_text()


@pytest.mark.parametrize("number", [signal.SIGUSR1, signal.SIGTERM])
def test_a_plain_machine_joins_with_two_addresses_and_gives_its_units_back(
    folder: Path, number: signal.Signals
) -> None:
    process = subprocess.Popen([SCRIPTS / "run.sh"], env=worker(folder), cwd="/")
    wait(lambda: "began" in said(folder), "the worker began")
    process.send_signal(number)
    assert process.wait(120) == 0
    assert said(folder).splitlines() == [
        f"began with {URLS['DATABASE_URL']} {URLS['REDIS_URL']} in {folder / 'var'}",
        "gave back after 60",
    ]


def test_a_machine_that_is_not_told_where_to_join_says_so(folder: Path) -> None:
    env = {name: value for name, value in worker(folder).items() if name not in URLS}
    done = subprocess.run(
        [SCRIPTS / "run.sh"], env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "set DATABASE_URL to the PostgreSQL that all workers share" in done.stderr


@pytest.fixture
def slurm(folder: Path) -> Iterator[dict[str, str]]:
    """A cluster of one node that runs here; its environment."""
    # `.ci/run` installs it and is root: there it always runs.
    if not shutil.which("slurmctld"):
        pytest.skip("slurm-wlm is not installed (apt-get install slurm-wlm)")
    if os.getuid() != 0:
        pytest.skip("Slurm's daemons are started as root")
    for name in ("munge", "state", "spool"):
        (folder / name).mkdir(mode=0o755)
    key = folder / "munge" / "key"
    key.write_bytes(secrets.token_bytes(128))
    key.chmod(0o400)
    host = socket.gethostname().split(".")[0]
    conf = folder / "slurm.conf"
    conf.write_text(SLURM.format(folder=folder, host=host, ports=[free_port(), free_port()]))
    folder.chmod(0o755)
    env = os.environ | {"SLURM_CONF": str(conf)}
    (folder / "d").mkdir()
    munge = folder / "munge"
    daemons = [
        ["munged", "--foreground", "--force", "--key-file", key, "--socket", munge / "socket",
         "--pid-file", munge / "pid", "--log-file", munge / "log", "--seed-file", munge / "seed"],
        ["slurmctld", "-D", "-f", conf, "-c"],
        ["slurmd", "-D", "-f", conf, "-N", host, "-c"],
    ]  # fmt: skip
    running = []
    try:
        for words in daemons:
            with (folder / "d" / str(words[0])).open("w") as log:
                running.append(subprocess.Popen(words, env=env, stdout=log, stderr=log))
            time.sleep(1)
        wait(lambda: "idle" in slurm_says(env, "sinfo", "-h", "-o", "%T"), "the node is idle")
        yield env
    finally:
        for process in reversed(running):
            process.kill()
            process.wait()


def slurm_says(env: dict[str, str], *words: str) -> str:
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


@pytest.mark.slow
def test_a_slurm_job_gives_its_units_back_before_the_time_limit_and_is_queued_again(
    folder: Path, slurm: dict[str, str]
) -> None:
    env = worker(folder) | {"SLURM_CONF": slurm["SLURM_CONF"], "WINNOW_CHECKOUT": str(ROOT)}
    log = folder / "job.log"
    submitted = slurm_says(
        env, "sbatch", "--time=1", "--signal=B:USR1@45", f"--output={log}",
        str(SCRIPTS / "slurm.sh"),
    )  # fmt: skip
    found = re.search(r"Submitted batch job (\d+)", submitted)
    assert found, submitted
    job = found[1]
    wait(lambda: "began" in said(folder), "the worker began")
    wait(lambda: "gave back" in said(folder), "it gave its units back", seconds=90)
    shown = ("scontrol", "show", "job", job)
    wait(lambda: "Restarts=1" in slurm_says(env, *shown), "the job is queued again")
    told = slurm_says(env, *shown)
    assert "Requeue=1" in told and re.search(r"JobState=(PENDING|COMPLETING|RUNNING)", told)
    assert "the job goes into the queue again" in log.read_text()
    slurm_says(env, "scancel", job)


def test_the_slurm_script_has_the_options_that_make_it_survive_its_limits() -> None:
    options = re.findall(r"^#SBATCH (\S+)", (SCRIPTS / "slurm.sh").read_text(), re.MULTILINE)
    assert {"--requeue", "--signal=B:USR1@120", "--open-mode=append"} <= set(options)


def test_the_compose_file_names_every_part_and_only_variables_that_winnow_reads() -> None:
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())
    services = composed["services"]
    assert {"postgres", "valkey", "web", "scheduler", "cpu", "gpu"} <= set(services)
    settings = (ROOT / "apps" / "settings.py").read_text()
    for name in ("web", "scheduler", "cpu", "gpu"):
        environment = services[name]["environment"]
        assert {"DATABASE_URL", "REDIS_URL", "WINNOW_SECRET_KEY"} <= set(environment)
        for variable in environment:
            assert f'"{variable}"' in settings or variable == "HF_TOKEN", variable
    for name, service in services.items():
        assert service["profiles"], name


def test_docker_compose_understands_the_compose_file() -> None:
    known = (
        shutil.which("docker")
        and not subprocess.run(
            ["docker", "compose", "version"], capture_output=True, check=False
        ).returncode
    )
    # Debian 12 has no `docker compose` to install.
    if not known:
        pytest.skip("docker compose is not here; the file is read as YAML by the test above")
    env = os.environ | {
        "WINNOW_DB_PASSWORD": "a", "WINNOW_REDIS_PASSWORD": "b", "WINNOW_SECRET_KEY": "c",
    }  # fmt: skip
    profiles = [word for name in ("store", "web", "cpu", "gpu") for word in ("--profile", name)]
    done = subprocess.run(
        ["docker", "compose", *profiles, "config", "--quiet"],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
