"""What is known on this machine of a running model server, so that two workers share one."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

import psutil


@dataclass(frozen=True, slots=True)
class ServerState:
    """A started server: `pid` is its launcher, the leader of its session and process group."""

    pid: int
    started: float
    port: int
    api_key: str = field(repr=False)

    @classmethod
    def of(cls, *, pid: int, port: int, api_key: str) -> Self:
        """The state of a launcher that has just been started."""
        return cls(pid, psutil.Process(pid).create_time(), port, api_key)

    def is_running(self) -> bool:
        """Whether that very launcher still runs (a pid alone may have been given anew)."""
        try:
            process = psutil.Process(self.pid)
            return (
                abs(process.create_time() - self.started) < 1.0
                and process.status() != psutil.STATUS_ZOMBIE
            )
        except psutil.NoSuchProcess:
            return False

    def arguments(self) -> list[str]:
        """The command line of its launcher; empty when that has just ended."""
        try:
            return psutil.Process(self.pid).cmdline()
        except psutil.Error:
            return []

    def members(self) -> list[psutil.Process]:
        """What still runs in the server's group, the launcher too; empty when all is gone.

        A group id is not given anew while the group has members, but may be afterwards; processes
        that are older than the server are therefore not its own.
        """
        found = []
        for process in psutil.process_iter():
            try:
                own = os.getpgid(process.pid) == self.pid
                running = process.status() != psutil.STATUS_ZOMBIE
                if own and running and process.create_time() >= self.started - 1.0:
                    found.append(process)
            except (ProcessLookupError, psutil.NoSuchProcess):
                continue  # it ended while we looked
        return found


class StateFile:
    """Where the state of one server lies; readable by its owner alone, since it holds a key."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> ServerState | None:
        """The state that was written last, or None; a torn or foreign file counts as none."""
        try:
            data = json.loads(self.path.read_text())
            return ServerState(
                pid=int(data["pid"]),
                started=float(data["started"]),
                port=int(data["port"]),
                api_key=str(data["api_key"]),
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write(self, state: ServerState) -> None:
        """Replace the state in one step."""
        part = self.path.with_suffix(".part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(state), file)
        part.rename(self.path)

    def clear(self) -> None:
        """Forget the server."""
        self.path.unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes from starting or stopping the same server meanwhile."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.path.with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
