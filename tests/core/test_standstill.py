"""A start that goes on slowly is let live, one that is stuck is ended: wherever something starts."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from apps.core.embedded import EmbeddedError, Postgres, service
from apps.core.embedded import postgres as embedded_postgres
from apps.core.embedded.service import Launch
from apps.core.processes import control
from apps.core.processes.record import is_alive
from apps.core.standstill import Standstill, Start, size_of
from tests.core.test_processes import environment
from worker.engines import server as model_server
from worker.engines.commands import ServerCommand
from worker.engines.errors import EngineError
from worker.engines.server import ModelServer
from worker.engines.settings import EngineSettings

STUCK = ("sleep", "600")
# Nobody says anything: that it works is seen by its processor time, in a child as well.
WORKS = "import time\nwhile True:\n    end = time.process_time() + 0.05\n" + (
    "    while time.process_time() < end:\n        pass\n    time.sleep(0.1)\n"
)
IN_A_CHILD = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {WORKS!r}])"
SAYS = ("sh", "-c", "while :; do echo more; sleep 0.3; done")
# Longer than a standstill may be, several times.
STILL, SLOW = 2.5, 6.0


@contextmanager
def started(*command: str, log: Path | None = None) -> Iterator[subprocess.Popen[bytes]]:
    with (log or Path(os.devnull)).open("wb") as output:
        process = subprocess.Popen(command, stdout=output, start_new_session=True)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def trouble_of(start: Start, *, within: float) -> str:
    until = time.monotonic() + within
    while not (trouble := start.trouble()) and time.monotonic() < until:
        time.sleep(0.05)
    return trouble


def test_what_counts_is_something_new_or_work() -> None:
    clock = [0.0]
    still = Standstill(100.0, now=lambda: clock[0])

    def look(at: float, sign: object, work: float = 0.0) -> bool:
        clock[0] = at
        return still.look(sign, work)

    assert not look(90, "a")
    assert not look(190, "a") and look(191, "a")
    assert not look(192, "b")
    # A wait that wakes up now and then uses some processor time, and does nothing.
    assert not look(292, "b", 0.9) and look(293, "b", 0.9)
    assert not look(294, "b", 1.0)
    assert not look(393, "b", 2.0) and not look(493, "b", 2.5) and look(494, "b", 2.5)


@pytest.mark.parametrize("code", [WORKS, IN_A_CHILD], ids=["itself", "in a child"])
def test_one_that_works_is_let_live(code: str) -> None:
    with started(sys.executable, "-c", code) as process:
        start = Start(process.pid, seconds=STILL, said=lambda: 0)
        assert trouble_of(start, within=SLOW) == ""


def test_one_that_says_something_is_let_live(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with started(*SAYS, log=log) as process:
        start = Start(process.pid, seconds=STILL, said=lambda: size_of(log))
        assert trouble_of(start, within=SLOW) == ""


def test_one_that_does_nothing_is_in_trouble_unless_another_works_for_it() -> None:
    with started(*STUCK) as process, started(sys.executable, "-c", WORKS) as server:
        alone = Start(process.pid, seconds=STILL, said=lambda: 0)
        served = Start(process.pid, seconds=STILL, said=lambda: 0, beside=lambda: [server.pid])
        assert trouble_of(alone, within=60) == "did nothing for 2.5 s"
        assert trouble_of(served, within=SLOW) == ""


def test_work_without_an_end_is_trouble_too() -> None:
    with started(sys.executable, "-c", WORKS) as process:
        start = Start(process.pid, seconds=60, said=lambda: 0, most_work=0.2)
        start._standstill.seconds = 1  # how often it looks
        assert trouble_of(start, within=60) == "was not ready after 0.2 s of processor time"


@dataclass
class Made:
    """A service of a command, ready when its file is there."""

    folder: Path
    command: tuple[str, ...]
    name: str = "made"
    stop_signal: signal.Signals = signal.SIGKILL
    prepared: int = 0

    def prepare(self) -> Launch:
        self.prepared += 1
        return Launch(list(self.command), self.folder, dict(os.environ))

    def is_ready(self) -> bool:
        return (self.folder / "ready").exists()


def test_a_service_that_starts_slowly_is_waited_for_and_a_stuck_one_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "STILL_SECONDS", STILL)
    for name in ("slow", "stuck"):
        (tmp_path / name).mkdir()
    says = "for i in 1 2 3 4 5 6; do echo $i; sleep 1; done; touch ready; sleep 600"
    slow = Made(tmp_path / "slow", ("sh", "-c", says))
    process = service.start(slow, tmp_path / "slow.log")
    assert process.poll() is None and slow.prepared == 1
    service.stop(slow, process)

    stuck, log = Made(tmp_path / "stuck", STUCK), tmp_path / "stuck.log"
    with pytest.raises(EmbeddedError) as raised:
        service.start(stuck, log)
    said = f"made does not start: it did nothing for 2.5 s. {log} has its own words."
    assert str(raised.value) == said
    assert stuck.prepared == 1, "one that is stuck is not tried twenty times"
    assert service.processes_in(stuck.folder) == []


def test_a_cluster_may_be_made_slowly_and_not_never(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded_postgres, "INIT_STILL_SECONDS", STILL)
    monkeypatch.setattr(embedded_postgres, "programs", lambda: tmp_path)
    (tmp_path / "var" / "postgres").mkdir(parents=True)
    database = Postgres(tmp_path / "var")
    account = embedded_postgres.Account(os.getuid(), os.getgid(), ())

    def program(text: str) -> None:
        (tmp_path / "initdb").write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "initdb").chmod(0o755)

    program("for i in 1 2 3 4 5 6; do echo step $i; sleep 1; done")
    database._run(account, "initdb")
    program("echo creating; sleep 600 & echo $! > pid; wait")
    with pytest.raises(EmbeddedError, match=r"it did nothing for 2\.5 s and was ended\. creating"):
        database._run(account, "initdb")
    left = int((tmp_path / "var" / "postgres" / "pid").read_text())
    # It was killed, and has to get a processor once more to end.
    until = time.monotonic() + 60
    while is_alive(left) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_alive(left)


def test_a_supervisor_is_waited_for_while_it_says_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control, "STILL_SECONDS", STILL)
    log = tmp_path / "winnow.log"
    says = "for i in 1 2 3 4 5 6; do echo $i; sleep 1; done"
    with log.open("wb") as output, subprocess.Popen(("sh", "-c", says), stdout=output) as slow:
        assert control._wait(tmp_path, slow, log) == ""
        assert log.read_text().splitlines()[-1] == "6"
    with subprocess.Popen(STUCK) as stuck:
        assert control._wait(tmp_path, stuck, log) == ": it did nothing for 2.5 s"
        assert stuck.wait() == -signal.SIGKILL


STARTS = """
import sys
from apps.core.embedded import EmbeddedError, default_var
from apps.core.processes import kept
from apps.core.processes.log import Log
from apps.core.processes.spec import ProcessSpec
from apps.core.processes.supervisor import Supervisor
kept.STILL_SECONDS, kept.FIRST_PAUSE_SECONDS, kept.MAX_RESTARTS = 2.5, 0.01, 1
slow = "import os, time\\nfor i in range(6): print(i, flush=True); time.sleep(1)\\n" \\
    "os.write(int(os.environ['WINNOW_READY']), b'1'); time.sleep(600)"
specs = [
    ProcessSpec("slow", (sys.executable, "-c", slow), ready="tells"),
    ProcessSpec("stuck", ("sleep", "600"), needs=("slow",), ready="tells"),
]
try:
    sys.exit(Supervisor(default_var(), specs, Log()).run())
except EmbeddedError as error:
    sys.exit(str(error))
"""


def test_the_supervisor_ends_what_is_stuck_and_not_what_is_slow(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS], env=environment(tmp_path / "var"),
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    lines = [line.partition("| ")[2] for line in done.stdout.splitlines()]
    told = [line for line in lines if line.startswith(("slow ", "stuck "))]
    how = "stuck did nothing for 2.5 s and was not ready"
    assert told[:3] == [
        "slow is ready",
        f"{how}; starting it again in 0.02 s (1 of 1)",
        f"{how}, 2 times in a row: giving up, ending the rest.",
    ]
    assert done.stderr == "Winnow has ended because of stuck.\n"


SLOW_SERVER = """
import sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer
class Healthy(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
for step in range(6):
    print("loading", step, flush=True)
    time.sleep(1)
HTTPServer(("127.0.0.1", int(sys.argv[1])), Healthy).serve_forever()
"""


def test_a_model_server_may_load_for_any_time_and_not_do_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serving(command: Callable[[int], tuple[str, ...]], name: str) -> ModelServer:
        monkeypatch.setattr(
            model_server, "build_command",
            lambda _settings, *, port, api_key: ServerCommand(command(port), {}),
        )  # fmt: skip
        (tmp_path / name).mkdir()
        settings = EngineSettings(
            engine="llama", root=tmp_path, var_dir=tmp_path / name, still_seconds=STILL
        )
        return ModelServer(settings, say=lambda _: None)

    code = ("-c", SLOW_SERVER)
    with serving(lambda port: (sys.executable, *code, str(port)), "slow") as slow:
        assert slow.is_healthy()

    stuck = serving(lambda _: ("sh", "-c", "echo loading; exec sleep 600"), "stuck")
    with pytest.raises(EngineError) as raised:
        stuck.start()
    first, second, *_ = str(raised.value).splitlines()
    log = tmp_path / "stuck" / "log" / "model-server.log"
    assert first == (
        f"The model server did nothing for 2.5 s and was not ready. Last lines of {log}:"
    )
    assert second == "loading"
    assert not stuck.owns_process
