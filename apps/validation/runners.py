"""The databases of this worker process, each with its pool of sandbox children."""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.conf import settings

from apps.core.excuses import NO_ROOM, disk_is_full
from apps.sql.dialects import Dialect
from apps.validation import databases
from apps.validation.databases import homes
from apps.validation.databases.base import Unavailable
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, Execution, ScriptJob

log = logging.getLogger(__name__)

# After a crash: a server that recovers needs a moment, one that was restarted two.
_CRASH_PAUSES = (0.0, 0.5, 2.0, 0.0)
_AWAY_SECONDS = 30.0
_FIRST_PAUSE = 0.2

Given = TypeVar("Given")
Done = TypeVar("Done")

_pools: dict[str, SandboxPool] = {}
_lock = threading.Lock()


class NoDatabaseError(Exception):
    """None of the configured databases can be used here."""


class Timed:
    """Runs jobs on a pool and adds up how long the database took, in milliseconds.

    What is killed from outside says nothing of the SQL, so such a job is run again; one that
    crashes at every try is itself to blame, and its last execution is returned.
    """

    def __init__(self, pool: SandboxPool) -> None:
        self._pool = pool
        self.milliseconds = 0.0

    def __call__(self, job: ScriptJob) -> Execution:
        """Run one job. Raises `Unavailable` when its database stays away for half a minute, or
        has no room: neither says anything of the SQL.
        """
        for pause in _CRASH_PAUSES:
            execution = self._when_there(self._pool.run, job)
            if execution.ended is not Ended.CRASHED:
                break
            if disk_is_full(homes.MEMORY):
                raise Unavailable(f"{NO_ROOM}: {execution.message}")
            time.sleep(pause)
        self.milliseconds += execution.milliseconds
        return execution

    def together(self, jobs: Sequence[ScriptJob]) -> list[Execution | None]:
        """Run jobs that differ little where the database can undo each; None: to be run alone."""
        found = self._when_there(self._pool.run_many, jobs)
        self.milliseconds += sum(one.milliseconds for one in found if one)
        return found

    def _when_there(self, run: Callable[[Given], Done], given: Given) -> Done:
        """Run it as soon as the database can be used."""
        pause, deadline = _FIRST_PAUSE, time.monotonic() + _AWAY_SECONDS
        while True:
            try:
                return run(given)
            except Unavailable as error:
                if time.monotonic() + pause > deadline:
                    raise
                log.warning("%s; trying again in %.1f s", error, pause)
            time.sleep(pause)
            pause *= 2


class Runner:
    """One database, as validation uses it."""

    def __init__(self, pool: SandboxPool) -> None:
        self._pool = pool
        self.dialect: Dialect = pool.database.dialect

    def timed(self) -> Timed:
        """A runner for one response, with a clock of its own."""
        return Timed(self._pool)


def runners(names: Sequence[str]) -> dict[str, Runner]:
    """Runners by database name, in the order given; pools are kept for the process's life.

    Raises NoDatabaseError, naming each reason, when none of the databases can be used.
    """
    found: dict[str, Runner] = {}
    reasons: list[str] = []
    for name in names:
        reason = databases.get(name).unavailable()
        if reason:
            reasons.append(f"{name}: {reason}")
        else:
            found[name] = Runner(_pool(name))
    if not found:
        raise NoDatabaseError(
            "No database can be used (WINNOW_DATABASES): " + ("; ".join(reasons) or "none is named")
        )
    return found


def _pool(name: str) -> SandboxPool:
    with _lock:
        if name not in _pools:
            size = settings.WINNOW_SANDBOX_CHILDREN
            _pools[name] = SandboxPool(databases.get(name), size=size)
        return _pools[name]


@atexit.register
def close_pools() -> None:
    """End all sandbox children of this process."""
    with _lock:
        for pool in _pools.values():
            pool.close()
        _pools.clear()
