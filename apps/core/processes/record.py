"""What each process is doing now, as its supervisor writes it to `var/run/NAME.json`."""

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import psutil

from apps.core.embedded.errors import EmbeddedError
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
    """One process: `keeper` is the supervisor of `process`; `restarts` counts how often it died."""

    name: str
    status: Status
    keeper: Identity
    process: Identity | None = None
    restarts: int = 0
    address: str = ""

    def save(self, var: Path) -> None:
        write_private(
            make_private(make_private(var) / "run") / f"{self.name}.json", json.dumps(asdict(self))
        )

    def is_kept(self) -> bool:
        """Whether its supervisor lives."""
        return self.keeper.is_alive()

    def is_running(self) -> bool:
        """Whether it works now, as far as its record and the process table tell."""
        lives = self.process is not None and self.process.is_alive()
        return self.status == Status.RUNNING and lives and self.is_kept()


def load(var: Path, name: str) -> Record | None:
    """The record of one process; None when there is none, or only an older Winnow's."""
    try:
        values = json.loads((var / "run" / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if "keeper" not in values:
        return None
    process = values["process"]
    return Record(
        name=values["name"],
        status=Status(values["status"]),
        keeper=Identity(**values["keeper"]),
        process=Identity(**process) if process else None,
        restarts=values["restarts"],
        address=values["address"],
    )


def load_all(var: Path) -> list[Record]:
    """The records of the last start, in order of their names."""
    names = sorted(path.stem for path in (var / "run").glob("[!.]*.json"))
    return [record for name in names if (record := load(var, name)) is not None]


class Records:
    """The supervisor's records: kept in memory, and written when there is room for them."""

    def __init__(self, var: Path, names_and_addresses: Iterable[tuple[str, str]]) -> None:
        """Forget the last start and note that these processes wait for their turn."""
        self._var = var
        self._unwritten: dict[str, Record] = {}
        for path in (var / "run").glob("*.json"):
            path.unlink()
        here = Identity.of(os.getpid())
        for name, address in names_and_addresses:
            self.note(Record(name=name, status=Status.WAITING, keeper=here, address=address))

    def note(self, record: Record) -> None:
        """Write the record, now or as soon as it can be."""
        self._unwritten[record.name] = record
        self.write()

    def write(self) -> None:
        """Try to write what could not be written before."""
        for name, record in list(self._unwritten.items()):
            try:
                record.save(self._var)
            except (OSError, EmbeddedError):  # a full disk: the truth is in memory meanwhile
                return
            del self._unwritten[name]
