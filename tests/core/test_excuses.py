"""What is no fault of the work at hand: told from what is."""

from __future__ import annotations

import errno

import psycopg
import pytest
from django.db import DataError, InterfaceError, OperationalError
from redis.exceptions import ResponseError

from apps.core.excuses import NO_ROOM, excuse_for, is_nobodys_fault
from apps.core.processes import room
from tests.core.test_database_away import caused_by

NO_SPACE = OSError(errno.ENOSPC, "No space left on device")


def after(error: Exception) -> Exception:
    """An error of ours that came of another one."""
    told = RuntimeError("The source cannot be read")
    told.__cause__ = error
    return told


@pytest.mark.parametrize(
    ("error", "excuse"),
    [
        (caused_by(psycopg.errors.DiskFull), NO_ROOM),
        (after(caused_by(psycopg.errors.DiskFull)), NO_ROOM),
        (ResponseError("MISCONF Errors writing to the AOF file: No space left on device"), NO_ROOM),
        # It has given back what it filled.
        (NO_SPACE, ""),
        (caused_by(psycopg.errors.AdminShutdown), ""),
        (ValueError("too long"), ""),
    ],
)
def test_an_attempt_is_excused_by_what_the_database_and_the_queue_say(
    error: Exception, excuse: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "is_full", lambda _: False)
    assert excuse_for(error) == excuse


@pytest.mark.parametrize("error", [NO_SPACE, after(NO_SPACE), ValueError("too long")])
def test_nothing_counts_while_the_disk_is_full(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "is_full", lambda _: True)
    assert excuse_for(error) == NO_ROOM


@pytest.mark.parametrize(
    ("error", "nobodys"),
    [
        (NO_SPACE, True),
        (after(NO_SPACE), True),
        (OSError(errno.EMFILE, "Too many open files"), True),
        (BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable"), True),
        (FileNotFoundError(errno.ENOENT, "No such file"), False),
        (OperationalError("server closed the connection unexpectedly"), True),
        (InterfaceError("connection already closed"), True),
        (caused_by(psycopg.errors.DiskFull), True),
        (caused_by(psycopg.errors.DeadlockDetected), True),
        # A row alone brings these about.
        (caused_by(psycopg.errors.ProgramLimitExceeded), False),
        (caused_by(psycopg.errors.StatementTooComplex), False),
        (DataError("invalid input syntax"), False),
        (MemoryError(), False),
        (RecursionError("too deep"), False),
    ],
)
def test_what_anything_else_would_have_met_too_is_nobodys_fault(
    error: Exception, nobodys: bool
) -> None:
    assert is_nobodys_fault(error) is nobodys
