"""What every database of the sandbox offers: a description, and sessions that run statements.

A `Database` is the worker's side: whether it is available, and a fresh place for every job
(`workspace`). `Sessions` is the sandbox child's side: a `Session` in that place.
"""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from apps.sql.dialects import Dialect
from apps.validation.sandbox.scalars import Budget
from apps.validation.values import Ended, Execution, Limits, Table

Place = dict[str, str]


class SqlFailure(Exception):
    """A statement did not end well: how, and the database's or the sandbox's own message."""

    def __init__(self, ended: Ended, message: str) -> None:
        super().__init__(message)
        self.ended = ended
        self.message = message


class Unavailable(Exception):
    """A database cannot be used here; the message says why and what would help."""


class Session(Protocol):
    """One fresh, empty database for one job, in the child."""

    def run(self, sql: str, budget: Budget) -> Table | None:
        """Run one statement; its rows, or None when it returns none. Raises `SqlFailure`."""

    def close(self) -> None:
        """Forget everything that the job did."""


class Sessions(ABC):
    """The child's side of a database: light to import, for every child pays for it."""

    @abstractmethod
    def open(self, *, limits: Limits, place: Place) -> Session:
        """Once per job: a session in `place` that ends within `limits`."""

    def renew(self, session: Session, limits: Limits) -> None:  # noqa: B027 - where one `keeps`
        """More is to be run in it, within these limits."""

    def preload(self) -> None:  # noqa: B027 - only libraries need it
        """Before the file system is closed: import what sessions need."""

    def readable(self) -> tuple[Path, ...]:
        """Files and folders that sessions must be able to read."""
        return ()


class Database(ABC):
    """The worker's side of one kind of database that responses are run on.

    name: how verdicts call it. dialect: what it understands.
    engine_in_child: whether the child itself runs the SQL, or only talks to a server that does.
    network: which sockets the child that talks to it needs: "" none, "unix" or "inet".
    undoes: whether ROLLBACK undoes all that a job of queries, changes and definitions did, so
        that several jobs can have one place, which costs more than they do.
    keeps: whether a place in which all was undone is as good as a new one, which costs more.
    fails_alike: whether a statement that fails in a transaction would fail outside of it too.
    """

    name: str
    dialect: Dialect
    engine_in_child: bool = True
    network: str = ""
    undoes: bool = False
    keeps: bool = False
    fails_alike: bool = False

    @abstractmethod
    def unavailable(self) -> str:
        """Why it cannot be used here, a sentence for the operator; "" when it can."""

    @contextlib.contextmanager
    def workspace(self, limits: Limits) -> Iterator[Place]:  # noqa: ARG002 - for servers
        """In the worker, around one job: a fresh place to run it in, gone afterwards."""
        place = self.make_place()
        try:
            with self.watched(place):
                yield place
        finally:
            self.drop_place(place)

    def make_place(self) -> Place:
        """In the worker: a fresh place. Raises `Unavailable` when there can be none now."""
        return {}

    def watched(self, place: Place) -> AbstractContextManager[None]:  # noqa: ARG002
        """In the worker, around what is run in a place: nothing takes more than it may."""
        return contextlib.nullcontext()

    def drop_place(self, place: Place) -> None:  # noqa: B027 - only servers need it
        """In the worker: the place goes, with all that is in it. Never fails."""

    def corrected(self, place: Place, execution: Execution) -> Execution:  # noqa: ARG002
        """In the worker, before the workspace goes: how a job ended, where more is known here."""
        return execution

    def start(self) -> None:  # noqa: B027 - only servers need it
        """In the worker, before the first job: start what the workspaces need."""

    def stop(self) -> None:  # noqa: B027 - only servers need it
        """In the worker, when the pool closes: give back what the workspaces held."""

    def layers(self) -> dict[str, bool | str]:
        """Protections of this database's own, for the status page."""
        return {}
