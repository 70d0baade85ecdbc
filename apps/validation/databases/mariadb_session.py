"""The child's side of MariaDB: one connection, one statement at a time, rows one by one."""

from __future__ import annotations

import contextlib
import re
import time
from typing import Any

import pymysql
from pymysql.constants import CLIENT
from pymysql.cursors import SSCursor

from apps.validation.databases.base import Place, Sessions, SqlFailure
from apps.validation.sandbox.scalars import Budget
from apps.validation.values import Ended, Limits, Table

# Its names are the whole server's and no privilege guards them: a neighbour would wait. What hides
# the words from this can only make others wait that do the same.
_SHARED_LOCK = re.compile(r"\b(?:get|release|is_free|is_used)_lock\b|\brelease_all_locks\b", re.I)
_LATE = "the script took longer than it may"
# Numbers of https://mariadb.com/kb/en/mariadb-error-codes/: access denied, files and local files
# forbidden, options that are off, memory, disk and packet limits.
_REFUSED = frozenset(
    {1021, 1037, 1038, 1041, 1044, 1045, 1114, 1135, 1142, 1143, 1148, 1153, 1226, 1227, 1238}
    | {1290, 1370, 1419, 1449, 1698, 1873, 4166}
)
# From an engine, whatever the number: error 59 of InnoDB is "Temp file write failure".
_NO_ROOM = re.compile(r"Temp file write failure|No space left|Disk full", re.IGNORECASE)
_TIMEOUT = frozenset({1317, 1969, 3024})
_LOST = frozenset({0, 1927, 2006, 2013, 2014, 2055, 1053})


class MariadbSession:
    """A connection to the job's own database as the job's own user."""

    def __init__(self, limits: Limits, place: Place) -> None:
        self._deadline = time.monotonic() + limits.seconds
        words: dict[str, Any] = dict(place)
        if "port" in words:
            words["port"] = int(words["port"])
        try:
            self._connection: pymysql.Connection[SSCursor] = pymysql.connect(
                **words,
                ssl_disabled="unix_socket" in words,  # see MariadbServer.connect
                charset="utf8mb4",
                autocommit=True,
                local_infile=False,
                client_flag=CLIENT.PROTOCOL_41,
                cursorclass=SSCursor,
                connect_timeout=5,
                read_timeout=max(0.1, limits.seconds),
                max_allowed_packet=4 * 1024 * 1024,
                program_name="winnow",
            )
        except pymysql.Error as error:
            raise SqlFailure(Ended.CRASHED, f"no connection: {error}") from error

    def run(self, sql: str, budget: Budget) -> Table | None:
        """One statement; see `base.Session`."""
        if self._is_late():
            raise SqlFailure(Ended.TIMEOUT, _LATE)
        if found := _SHARED_LOCK.search(sql):
            message = f"the sandbox does not allow {found.group().upper()}, which others would feel"
            raise SqlFailure(Ended.REFUSED, message)
        try:
            with self._connection.cursor() as cursor:
                cursor.execute(sql)
                if not cursor.description:
                    return None
                columns = [column[0] for column in cursor.description]
                return budget.table(columns, iter(cursor.fetchone, None))
        except pymysql.Error as error:
            raise self._failure(error) from error
        except (OSError, ValueError, OverflowError, AttributeError) as error:
            raise SqlFailure(self._lost(), f"an answer that cannot be read: {error}") from error
        except MemoryError as error:
            raise SqlFailure(Ended.REFUSED, "an answer over the sandbox's memory") from error

    def _failure(self, error: pymysql.Error) -> SqlFailure:
        number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
        message = str(error.args[1]) if len(error.args) > 1 else str(error)
        if number in _TIMEOUT:
            return SqlFailure(Ended.TIMEOUT, f"{_LATE}: {message}")
        if number in _LOST:
            return SqlFailure(self._lost(), _LATE if self._is_late() else message)
        if number in _REFUSED or _NO_ROOM.search(message):
            return SqlFailure(Ended.REFUSED, f"the sandbox does not allow it: {message}")
        return SqlFailure(Ended.SQL_ERROR, message)

    def _lost(self) -> Ended:
        """A connection that ended: late ones timed out, the others crashed."""
        return Ended.TIMEOUT if self._is_late() else Ended.CRASHED

    def _is_late(self) -> bool:
        return time.monotonic() >= self._deadline - 0.05

    def close(self) -> None:
        """Leave; the worker drops the database, and kills what still runs in it."""
        with contextlib.suppress(pymysql.Error):
            self._connection.close()


class MariadbSessions(Sessions):
    """Databases that the worker makes, a job each."""

    def open(self, *, limits: Limits, place: Place) -> MariadbSession:
        """A session in the database of this job."""
        return MariadbSession(limits, place)


SESSIONS = MariadbSessions()
