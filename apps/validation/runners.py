"""The databases of this worker process, each with its pool of sandbox children."""

from __future__ import annotations

import atexit
import threading
from collections.abc import Sequence

from django.conf import settings

from apps.validation import databases
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Dialect, Ended, Execution, ScriptJob

_pools: dict[str, SandboxPool] = {}
_lock = threading.Lock()


class NoDatabaseError(Exception):
    """None of the configured databases can be used here."""


class Timed:
    """Runs jobs on a pool and adds up how long the database took, in milliseconds."""

    def __init__(self, pool: SandboxPool) -> None:
        self._pool = pool
        self.milliseconds = 0.0

    def __call__(self, job: ScriptJob) -> Execution:
        execution = self._pool.run(job)
        if execution.ended is Ended.CRASHED:
            # A child killed from outside says nothing of the SQL; one that dies twice does.
            execution = self._pool.run(job)
        self.milliseconds += execution.milliseconds
        return execution


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
