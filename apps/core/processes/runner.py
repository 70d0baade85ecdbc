"""Keep one process: start it when its time has come, restart it when it dies, end all of it.

honcho starts one runner a line. The runner, not the process, hears the signals that end the whole,
so that PostgreSQL is stopped its own way and after everybody who uses it.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from apps.core.embedded import EmbeddedError, Postgres, Service, Valkey
from apps.core.processes import health, leftovers, record
from apps.core.processes.record import Identity, Record, Status
from apps.core.processes.spec import ROOT, ProcessSpec

MAX_RESTARTS = 5
# A process that lived so long was well: the next death is the first again.
WELL_AFTER_SECONDS = 60.0
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 15.0
READY_SECONDS = 120.0
DEPENDANTS_SECONDS = 60.0
POLL_SECONDS = 0.2
SUPERVISOR = "WINNOW_SUPERVISOR"


class Stopped(Exception):
    """The whole is ending: stop what runs and go."""


def say(text: str) -> None:
    print(text, flush=True)


def _supervisor() -> Identity:
    pid, started = os.environ[SUPERVISOR].split(":")
    return Identity(int(pid), float(started))


class Runner:
    """Keeps one process for as long as its supervisor lives and nobody ends it."""

    def __init__(self, spec: ProcessSpec, var: Path) -> None:
        self.spec = spec
        self.var = var
        self.service: Service | None = None if spec.command else _service(spec.name, var)
        self.record = Record(
            spec.name, Status.WAITING, Identity.of(os.getpid()), address=spec.address
        )
        self.prepared = False
        self._asked_to_end = threading.Event()
        self._supervisor = _supervisor()

    def run(self) -> int:
        """Until the end; 0 when it was asked for, 1 when the process cannot be kept alive."""
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, lambda *_: self._asked_to_end.set())
        os.umask(0o077)
        self._note(Status.WAITING)
        try:
            self._until(lambda: all(self._runs(name) for name in self.spec.needs))
            self._keep()
        except Stopped:
            self._note(Status.STOPPED, process=None)
            return 0
        except EmbeddedError as error:
            say(str(error))
        self._note(Status.FAILED, process=None)
        return 1

    def _keep(self) -> None:
        """Start it again and again; return when it died too often."""
        deaths = 0
        while True:
            started = time.monotonic()
            how = self._live()
            deaths = 1 if time.monotonic() - started > WELL_AFTER_SECONDS else deaths + 1
            if deaths > MAX_RESTARTS:
                say(f"{self.spec.name} {how}, {deaths} times in a row: giving up, ending the rest.")
                return
            pause = min(FIRST_PAUSE_SECONDS * 2**deaths, LONGEST_PAUSE_SECONDS)
            say(
                f"{self.spec.name} {how}; starting it again in {pause:g} s "
                f"({deaths} of {MAX_RESTARTS})"
            )
            self._note(Status.RESTARTING, process=None, restarts=self.record.restarts + 1)
            self._pause(pause)

    def _live(self) -> str:
        """One life of the process. Returns how it died."""
        self._note(Status.STARTING)
        if not self.prepared:
            for command in self.spec.before:
                how = self._watch(self._start(list(command)), ready=None)
                if how != "ended by itself":
                    return f"could not be prepared: {' '.join(command[1:3])} {how}"
            self.prepared = True
        if self.service is None:
            process = self._start(list(self.spec.command))
            return self._watch(process, ready=lambda: health.is_ready(self.spec.ready))
        launch = self.service.prepare()
        return self._watch(self._start(launch.command, launch.folder), ready=self.service.is_ready)

    def _start(self, command: list[str], folder: Path = ROOT) -> subprocess.Popen[bytes]:
        marks = {leftovers.VAR_MARK: str(self.var), leftovers.NAME_MARK: self.spec.name}
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=os.environ | self.spec.env | marks,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._note(Status.STARTING, process=Identity.of(process.pid))
        return process

    def _watch(self, process: subprocess.Popen[bytes], ready: Callable[[], bool] | None) -> str:
        """Until it dies; then nothing of it is left. Without `ready` it is no lasting process."""
        deadline = time.monotonic() + READY_SECONDS
        try:
            while process.poll() is None:
                if ready is not None and self.record.status == Status.STARTING:
                    if ready():
                        self._note(Status.RUNNING)
                        say(f"{self.spec.name} is ready {self._address()}".rstrip())
                    elif time.monotonic() > deadline:
                        return f"was not ready after {READY_SECONDS:.0f} s"
                self._pause(POLL_SECONDS)
        except Stopped:
            self._note(Status.STOPPING)
            self._wait_for_dependants()
            raise
        finally:
            self._end(process)
        return _death(process.returncode)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        number = self.service.stop_signal if self.service else signal.SIGTERM
        if process.poll() is None:
            process.send_signal(number)
            try:
                process.wait(self.spec.grace_seconds)
            except subprocess.TimeoutExpired:
                say(f"{self.spec.name} did not end in {self.spec.grace_seconds:g} s: killing it")
                process.kill()
                process.wait()
        leftovers.end_process(self.var, self.spec.name)

    def _wait_for_dependants(self) -> None:
        deadline = time.monotonic() + DEPENDANTS_SECONDS
        while time.monotonic() < deadline and any(map(self._is_used_by, self.spec.ends_after)):
            time.sleep(POLL_SECONDS)

    def _is_used_by(self, name: str) -> bool:
        other = record.load(self.var, name)
        idle = (Status.WAITING, Status.STOPPED, Status.FAILED)
        return other is not None and other.status not in idle and other.is_kept()

    def _runs(self, name: str) -> bool:
        other = record.load(self.var, name)
        return other is not None and other.is_running()

    def _until(self, done: Callable[[], bool]) -> None:
        while not done():
            self._pause(POLL_SECONDS)

    def _pause(self, seconds: float) -> None:
        """Sleep, in short steps that notice the end of the whole."""
        deadline = time.monotonic() + seconds
        while True:
            if self._asked_to_end.is_set() or not self._supervisor.is_alive():
                raise Stopped
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._asked_to_end.wait(min(left, POLL_SECONDS))

    def _address(self) -> str:
        return f"at {self.spec.address}" if self.spec.address else ""

    def _note(self, status: Status, **changes: object) -> None:
        self.record = replace(self.record, status=status, **changes)  # type: ignore[arg-type]
        self.record.save(self.var)


def _service(name: str, var: Path) -> Service:
    services: tuple[Service, ...] = (
        Postgres(var, dies_with_parent=True),
        Valkey(var, dies_with_parent=True),
    )
    return next(service for service in services if service.name == name)


def _death(code: int) -> str:
    if code < 0:
        return f"was killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}" if code else "ended by itself"
