"""What PostgreSQL and Valkey have in common: start, wait, stop, clear up after a crash."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import psutil

from apps.core import standstill
from apps.core.embedded.errors import EmbeddedError

# So long a start may do nothing at all: recovery after a crash may take any time.
STILL_SECONDS = 60.0
STOP_SECONDS = 30
# After kill -9 the old shared memory lives on for a second or two and forbids a new start.
START_TRIES = 20
ANSWER_SECONDS = 3.0
RETRY_SECONDS = 0.5


@dataclass(frozen=True)
class Launch:
    """How to start one service: the command, the folder that is its working directory, and its
    whole environment, which has no secret of ours."""

    command: list[str]
    folder: Path
    environment: dict[str, str]


class Service(Protocol):
    """A server of this machine with its files below `var`."""

    @property
    def name(self) -> str: ...

    @property
    def stop_signal(self) -> signal.Signals:
        """The signal for a quick, clean end."""

    @property
    def folder(self) -> Path:
        """Working directory of every process of this server: how they are found again."""

    def prepare(self) -> Launch:
        """Make its files where missing, clear up after a crash, check the port."""

    def is_ready(self) -> bool:
        """Whether it takes log-ins on the stored port."""


def processes_in(folder: Path) -> list[psutil.Process]:
    """The processes whose working directory is the folder."""
    found, real = [], str(folder.resolve())
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.cwd() == real:
                found.append(process)
    return found


def end_leftovers(folder: Path, stop_signal: signal.Signals) -> None:
    """Stop what a crashed instance left running in the folder; kill what does not listen."""
    left = processes_in(folder)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(stop_signal)
    _, deaf = psutil.wait_procs(left, timeout=STOP_SECONDS)
    for process in deaf:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(deaf, timeout=STOP_SECONDS)


def wait_until_ready(service: Service, process: subprocess.Popen[bytes], log: Path) -> bool:
    """Ask until it answers (True), or it died (False).

    :raises EmbeddedError: it lives, and does nothing.
    """
    start = standstill.Start(
        process.pid, seconds=STILL_SECONDS, said=lambda: standstill.size_of(log)
    )
    while process.poll() is None:
        if service.is_ready():
            return True
        if trouble := start.trouble():
            stop(service, process)
            raise EmbeddedError(
                f"{service.name} does not start: it {trouble}. {log} has its own words."
            )
        time.sleep(0.05)
    return False


def start(service: Service, log: Path) -> subprocess.Popen[bytes]:
    """Start the service and wait until it answers; what it says is appended to `log`.

    :raises EmbeddedError: it does not start; the message ends with where its log is.
    """
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(START_TRIES):
            launch = service.prepare()
            process = subprocess.Popen(
                launch.command,
                cwd=launch.folder,
                env=launch.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                umask=0o077,
            )
            if wait_until_ready(service, process, log):
                return process
            stop(service, process)
            time.sleep(RETRY_SECONDS)
    finally:
        os.close(output)
    raise EmbeddedError(f"{service.name} does not start; {log} has its own words.")


def stop(service: Service, process: subprocess.Popen[bytes]) -> None:
    """End the service cleanly, and whatever else still works in its folder."""
    if process.poll() is None:
        process.send_signal(service.stop_signal)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    end_leftovers(service.folder, service.stop_signal)
