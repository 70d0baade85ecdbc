"""What is no fault of the work at hand: a disk without room, a database that is away.

An attempt that ends with it does not count, and no file, prompt or response is to blame for it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db import InterfaceError, OperationalError

from apps.core.database import FULL, trouble_of
from apps.core.processes import room
from apps.core.shortages import is_shortage

NO_ROOM = "the disk is full"
# Valkey's word for a disk on which it can write nothing more.
_VALKEY_IS_FULL = "MISCONF"
# https://www.postgresql.org/docs/18/errcodes-appendix.html, "Program Limit Exceeded": of all that
# Django calls operational, what a row alone brings about.
_OF_A_ROW = "54"
_MOST_CAUSES = 10


def disk_is_full(*more: Path) -> bool:
    """Whether there is no room here for what Winnow writes, or in one of these folders."""
    for folder in (settings.VAR_DIR, Path(tempfile.gettempdir()), *more):
        with suppress(OSError):
            if room.is_full(folder):
                return True
    return False


def excuse_for(error: BaseException) -> str:
    """Why an attempt that ended with this error does not count, "" when it does.

    While the disk is full nothing counts. What filled it and has given all of it back by now was
    the attempt itself: that counts, or it would be tried for ever at its neighbours' cost.
    """
    return NO_ROOM if any(map(_says_full, _chain(error))) or disk_is_full() else ""


def is_nobodys_fault(error: BaseException) -> bool:
    """Whether anything else that was at work would have met it too."""
    return any(is_shortage(each) or _is_databases(each) for each in _chain(error))


def _says_full(error: BaseException) -> bool:
    """Whether the database or the queue says it, whose disks need not be ours."""
    return trouble_of(error) is FULL or str(error).startswith(_VALKEY_IS_FULL)


def _is_databases(error: BaseException) -> bool:
    if isinstance(error, OperationalError):
        code: str = getattr(error.__cause__, "sqlstate", None) or ""
        return not code.startswith(_OF_A_ROW)
    return isinstance(error, InterfaceError)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and what it came of, as far as its raisers said so."""
    for _ in range(_MOST_CAUSES):
        if error is None:
            return
        yield error
        error = error.__cause__
