"""What each process is doing now, as its runner writes it to `var/run/NAME.json`."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from apps.core.embedded.state import make_private, write_private

CLOCK_SLACK_SECONDS = 1.0


class Status(StrEnum):
    WAITING = "waiting"
    STARTING = "starting"
    RUNNING = "running"
    RESTARTING = "restarting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True)
class Identity:
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> "Identity":
        with suppress(psutil.NoSuchProcess):
            return cls(pid, psutil.Process(pid).create_time())
        return cls(pid, 0.0)

    def is_alive(self) -> bool:
        return is_alive(self.pid, self.started)


def is_alive(pid: int, started: float | None = None) -> bool:
    """Whether the process lives (a zombie does not) and, where given, started then."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return started is None or abs(process.create_time() - started) < CLOCK_SLACK_SECONDS
    except psutil.NoSuchProcess:
        return False


@dataclass(frozen=True)
class Record:
    """One process: `runner` keeps `process`; `restarts` counts how often it died."""

    name: str
    status: Status
    runner: Identity
    process: Identity | None = None
    restarts: int = 0
    address: str = ""

    def save(self, var: Path) -> None:
        write_private(
            make_private(make_private(var) / "run") / f"{self.name}.json", json.dumps(asdict(self))
        )

    def is_kept(self) -> bool:
        """Whether its runner lives."""
        return self.runner.is_alive()

    def is_running(self) -> bool:
        """Whether it works now, as far as its record and the process table tell."""
        lives = self.process is not None and self.process.is_alive()
        return self.status == Status.RUNNING and lives and self.is_kept()


def load(var: Path, name: str) -> Record | None:
    """The record of one process; None when there is none."""
    try:
        values = json.loads((var / "run" / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    process = values["process"]
    return Record(
        name=values["name"],
        status=Status(values["status"]),
        runner=Identity(**values["runner"]),
        process=Identity(**process) if process else None,
        restarts=values["restarts"],
        address=values["address"],
    )


def load_all(var: Path) -> list[Record]:
    """The records of the last start, in order of their names."""
    names = sorted(path.stem for path in (var / "run").glob("[!.]*.json"))
    return [record for name in names if (record := load(var, name)) is not None]


def begin(var: Path, names_and_addresses: Iterable[tuple[str, str]]) -> None:
    """Forget the last start and note that these processes wait for their turn."""
    for path in (var / "run").glob("*.json"):
        path.unlink()
    here = Identity.of(os.getpid())
    for name, address in names_and_addresses:
        Record(name=name, status=Status.WAITING, runner=here, address=address).save(var)
