"""The keeper of all processes, with stand-ins for the real ones: they die, hang, and have children."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from apps.core.embedded import EmbeddedError
from apps.core.processes import control, leftovers, record
from apps.core.processes.spec import machine

ROOT = Path(__file__).parents[2]
STAND_INS = """
import sys
from apps.core.embedded import EmbeddedError, default_var
from apps.core.processes.log import Log
from apps.core.processes.spec import ProcessSpec
from apps.core.processes.supervisor import Supervisor
specs = [
    ProcessSpec("valkey", ends_after=("parent", "slow")),
    ProcessSpec("parent", ("sh", "-c", "setsid sleep 3600 & exec sleep 3600"), needs=("valkey",)),
    ProcessSpec("slow", ("sh", "-c", "trap 'sleep 1; echo done; exit' TERM; "
        "while :; do sleep 0.1; done"), needs=("valkey",), niceness=1),
]
try:
    sys.exit(Supervisor(default_var(), specs, Log()).run())
except EmbeddedError as error:
    sys.exit(str(error))
"""
HOPELESS = """
import sys
from apps.core.embedded import EmbeddedError, default_var
from apps.core.processes import kept
from apps.core.processes.log import Log
from apps.core.processes.spec import ProcessSpec
from apps.core.processes.supervisor import Supervisor
kept.FIRST_PAUSE_SECONDS = 0.01
spec = ProcessSpec("hopeless", ("sh", "-c", "exit 7"), ready="tells")
try:
    sys.exit(Supervisor(default_var(), [spec], Log()).run())
except EmbeddedError as error:
    sys.exit(str(error))
"""


def environment(var: Path) -> dict[str, str]:
    marks = {leftovers.VAR_MARK: str(var), leftovers.SUPERVISOR_MARK: "of-this-test"}
    return os.environ | marks | {"WINNOW_VAR": str(var), "PYTHONPATH": str(ROOT)}


def eventually(true: Callable[[], bool], seconds: float = 120) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.1)
    return False


def all_run(var: Path) -> bool:
    records = record.load_all(var)
    return len(records) == 3 and all(each.is_running() for each in records)


def pid_of(var: Path, name: str) -> int:
    each = record.load(var, name)
    assert each is not None
    assert each.process is not None
    return each.process.pid


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def supervisor(var: Path, tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", STAND_INS],
            env=environment(var),
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        assert eventually(lambda: all_run(var)), (tmp_path / "output").read_text()
        yield process
    finally:
        process.kill()
        process.wait()
        leftovers.end_everything(var)


def output(tmp_path: Path) -> str:
    return (tmp_path / "output").read_text()


def name_of(process: psutil.Process) -> str:
    """Its name; "" where it has ended since it was found."""
    with suppress(psutil.NoSuchProcess):
        return process.name()
    return ""


def test_ctrl_c_ends_all_of_them_with_their_grandchildren(
    supervisor: subprocess.Popen[bytes], var: Path, tmp_path: Path
) -> None:
    assert [name_of(each) for each in leftovers.marked(var)].count("sleep") >= 2
    os.killpg(supervisor.pid, signal.SIGINT)
    assert supervisor.wait(120) == 0
    assert leftovers.marked(var) == []
    # The one that takes its time may, and Valkey waits for it.
    said = output(tmp_path)
    assert 0 < said.index("| done") < said.index("Received SIGTERM scheduling shutdown")


def test_one_that_dies_is_reported_and_started_again_without_its_old_children(
    supervisor: subprocess.Popen[bytes], var: Path, tmp_path: Path
) -> None:
    parent = psutil.Process(pid_of(var, "parent"))
    old = [parent, *parent.children(recursive=True)]
    assert len(old) == 2
    os.kill(pid_of(var, "parent"), signal.SIGKILL)
    assert eventually(
        lambda: (
            (now := record.load(var, "parent")) is not None
            and now.restarts == 1
            and now.is_running()
        )
    )
    assert not any(each.is_running() for each in old)
    assert "parent was killed by SIGKILL; starting it again in 1 s (1 of 5)" in output(tmp_path)


def test_a_killed_supervisor_leaves_nothing_for_long(
    supervisor: subprocess.Popen[bytes], var: Path
) -> None:
    supervisor.kill()
    assert eventually(lambda: leftovers.marked(var) == [])


def test_a_killed_guard_is_replaced(supervisor: subprocess.Popen[bytes], var: Path) -> None:
    kept = {pid_of(var, name) for name in ("parent", "slow", "valkey")}

    def guards() -> set[int]:
        return {each.pid for each in psutil.Process(supervisor.pid).children()} - kept

    (first,) = guards()
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: len(guards() - {first}) == 1)
    supervisor.kill()
    assert eventually(lambda: leftovers.marked(var) == [])


def test_a_supervisor_that_crashes_ends_everything_and_itself(
    supervisor: subprocess.Popen[bytes], var: Path
) -> None:
    os.kill(supervisor.pid, signal.SIGABRT)
    assert supervisor.wait(120) == -signal.SIGABRT
    assert eventually(lambda: leftovers.marked(var) == [])


def test_stop_ends_everything_also_when_supervisor_and_guard_were_killed(
    supervisor: subprocess.Popen[bytes], var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {pid_of(var, name) for name in ("parent", "slow", "valkey")}
    others = {each.pid for each in psutil.Process(supervisor.pid).children()} - kept
    for guard in others:
        os.kill(guard, signal.SIGSTOP)
    supervisor.kill()
    for guard in others:
        os.kill(guard, signal.SIGKILL)
    supervisor.wait()
    control.stop(var)
    assert leftovers.marked(var) == []
    assert capsys.readouterr().out == "Winnow has stopped.\n"


def test_status_names_each_process_and_a_second_instance_is_refused(
    supervisor: subprocess.Popen[bytes], var: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert control.status(var)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [
        ["parent", "running"],
        ["slow", "running"],
        ["valkey", "running"],
    ]
    assert str(pid_of(var, "slow")) in lines[2]
    second = subprocess.run(
        [sys.executable, "-c", STAND_INS], env=environment(var), capture_output=True, text=True
    )
    assert second.returncode == 1
    assert f"Winnow already runs from {var} (process {supervisor.pid})" in second.stderr
    with pytest.raises(EmbeddedError, match="make stop"):
        control.clean_data(var, sure=True)


def test_one_that_cannot_live_is_given_up(var: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOPELESS], env=environment(var), capture_output=True, text=True
    )
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1].endswith(
        " hopeless  | hopeless ended with exit code 7, 6 times in a row: giving up, ending the rest."
    )
    assert done.stderr == "Winnow has ended because of hopeless.\n"


def test_clean_data_asks_first_and_keeps_the_models(
    var: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("postgres", "models"):
        (var / name).mkdir(parents=True)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False)
    control.clean_data(var, sure=False)
    assert "Nothing was deleted." in capsys.readouterr().out
    assert (var / "postgres").exists()
    control.clean_data(var, sure=True)
    assert sorted(path.name for path in var.iterdir()) == ["lock", "models"]


def test_clean_data_deletes_nothing_where_there_is_more_than_winnows_things(var: Path) -> None:
    for name in ("postgres", "thesis", "photos"):
        (var / name).mkdir(parents=True)
    with pytest.raises(EmbeddedError, match=r"more than Winnow's things: photos, thesis\."):
        control.clean_data(var, sure=True)
    assert sorted(path.name for path in var.iterdir()) == ["photos", "postgres", "thesis"]


def test_clean_data_never_deletes_the_folder_of_the_project(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="not deleting that"):
        control.clean_data(ROOT.parent, sure=True)


def test_external_servers_leave_the_embedded_ones_out(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    monkeypatch.delenv("REDIS_URL", raising=False)
    names = [spec.name for spec in machine(var)]
    assert names == ["valkey", "sandbox", "web", "cpu", "short", "gpu", "scheduler"]


@pytest.mark.parametrize("queue", ["validate", "export", "celery"])
def test_nothing_short_has_to_wait_behind_chunks_of_files(var: Path, queue: str) -> None:
    commands = [spec.command for spec in machine(var) if "-Q" in spec.command]
    queues = [command[command.index("-Q") + 1].split(",") for command in commands]
    assert any(queue in each and "gather" not in each for each in queues)


def test_who_validates_and_gathers_gives_way_to_the_dispatcher(
    supervisor: subprocess.Popen[bytes],  # noqa: ARG001 - its processes are looked at
    var: Path,
) -> None:
    niceness = {spec.name: spec.niceness for spec in machine(var)}
    assert niceness["gpu"] == niceness["web"] == 0 < min(niceness["cpu"], niceness["short"])
    of_parent = psutil.Process(pid_of(var, "parent")).nice()
    assert psutil.Process(pid_of(var, "slow")).nice() == min(of_parent + 1, 19)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WINNOW_DATABASES", "sqlite,duckdb"),
        ("WINNOW_SANDBOX_POSTGRES_URL", "postgres://elsewhere/db"),
    ],
)
def test_the_sandboxs_postgres_is_kept_only_where_it_is_used(
    var: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    assert "sandbox" not in [spec.name for spec in machine(var)]


def test_a_port_that_was_asked_for_and_is_taken_is_named(
    var: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setenv("WINNOW_PORT", str(port))
        with pytest.raises(EmbeddedError, match=f"Port {port} .* WINNOW_PORT"):
            machine(var)


def test_nothing_is_started_on_a_full_disk(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control.room, "LEAST_BYTES", 1 << 62)
    with pytest.raises(EmbeddedError, match=r"The disk of .* is full: \d+ MB are left\. Make room"):
        control.start(var)


def test_sh_says_who_speaks_in_every_line(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    lines = output(tmp_path).splitlines()
    assert lines and all(
        line[8:].startswith((" valkey    | ", " parent    | ", " slow      | ")) for line in lines
    )
