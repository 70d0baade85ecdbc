"""The child's side of PostgreSQL: one connection, one statement at a time, rows one by one."""

from __future__ import annotations

import contextlib
import os
import re
import select
import time
from collections.abc import Iterator
from decimal import Decimal

from psycopg import OperationalError, pq
from psycopg.pq.abc import PGresult

from apps.validation.databases.base import Place, Session, Sessions, SqlFailure
from apps.validation.sandbox.scalars import Budget
from apps.validation.values import Ended, Limits, Table

# OIDs of pg_type.dat.
_BOOL, _BYTEA, _NUMERIC, _TIMESTAMPTZ, _TIMETZ = 16, 17, 1700, 1184, 1266
_INTEGERS = frozenset({20, 21, 23, 26})
_FLOATS = frozenset({700, 701})
_SHORT_OFFSET = re.compile(r"[+-]\d\d$")
# Rows beyond those kept are read and dropped, as the statement must end; up to this much.
_DROPPED_PER_OUTPUT = 16
# A backend leaves within some; one that is busy is ended by the drop.
_LEAVING_MILLISECONDS = 50
_LATE = "the script took longer than it may"

# SQLSTATE classes and codes of https://www.postgresql.org/docs/18/errcodes-appendix.html.
_REFUSED_STATES = ("42501", "53", "54000", "55P02", "58", "XX000", "0L", "0P")
_LOST_STATES = ("57P0", "08")
# A job is ended long before it fills a disk: the machine has no room, whatever the SQL is. And the
# table of locks is shared: that it is full may be a neighbour's doing. Both are tried again.
_DISK_FULL = "53100"
_SHARED_MEMORY = "out of shared memory"


class PostgresSession:
    """A connection to the job's own database as the job's own role."""

    def __init__(self, limits: Limits, place: Place) -> None:
        self._begin(limits)
        words = place | {
            "client_encoding": "UTF8",
            "gssencmode": "disable",
            "options": f"-c statement_timeout={_milliseconds(limits)}",
            "connect_timeout": "5",
        }
        text = " ".join(f"{key}='{_quote(value)}'" for key, value in words.items())
        self._connection = pq.PGconn.connect(text.encode())
        if self._connection.status != pq.ConnStatus.OK:
            raise SqlFailure(Ended.CRASHED, f"no connection: {self._last_error()}")
        self._connection.notice_handler = None
        self._connection.nonblocking = 1

    def _begin(self, limits: Limits) -> None:
        self._deadline = time.monotonic() + limits.seconds
        self._dropped_bytes = _DROPPED_PER_OUTPUT * limits.output_bytes

    def renew(self, limits: Limits) -> None:
        """More is to be run in it, within these limits."""
        self._begin(limits)
        self.run(f"SET statement_timeout = {_milliseconds(limits)}", Budget(limits))

    def run(self, sql: str, budget: Budget) -> Table | None:
        """One statement; see `base.Session`."""
        if "\0" in sql:
            raise SqlFailure(Ended.SQL_ERROR, "the statement contains a NUL character")
        try:
            self._connection.send_query_params(sql.encode(), None)
            self._connection.set_single_row_mode()
            return self._read(budget)
        except MemoryError as error:
            raise SqlFailure(Ended.REFUSED, "an answer over the sandbox's memory") from error
        except OperationalError as error:
            raise self._lost(str(error)) from error

    def _read(self, budget: Budget) -> Table | None:
        results = self._results()
        first = next(results, None)
        if first is None or not first.nfields:
            _drain(results)
            return None
        # SQL may change the client's encoding, so that nothing here is sure to be UTF-8.
        names = [first.fname(column) or b"" for column in range(first.nfields)]
        columns = [name.decode("utf-8", "replace") for name in names]
        table = budget.table(columns, _rows(first, results))
        _drain(results)
        return table

    def _results(self) -> Iterator[PGresult]:
        """The results of the statement until it has ended; raises its error at its end."""
        failure: SqlFailure | None = None
        while (result := self._next_result()) is not None:
            status = result.status
            if status in (pq.ExecStatus.SINGLE_TUPLE, pq.ExecStatus.TUPLES_OK):
                self._count(result)
                yield result
            elif status == pq.ExecStatus.FATAL_ERROR:
                failure = failure or self._failure(result)
            elif status in (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH):
                raise SqlFailure(
                    Ended.REFUSED, "the sandbox does not allow COPY to or from a client"
                )
        if failure:
            raise failure

    def _next_result(self) -> PGresult | None:
        while self._connection.flush():
            self._wait(select.POLLIN | select.POLLOUT)
            self._consume()
        while self._connection.is_busy():
            self._wait(select.POLLIN)
            self._consume()
        return self._connection.get_result()

    def _consume(self) -> None:
        self._connection.consume_input()

    def _wait(self, events: int) -> None:
        poller = select.poll()
        poller.register(self._connection.socket, events)
        remaining = self._deadline - time.monotonic()
        if remaining <= 0 or not poller.poll(remaining * 1000):
            raise SqlFailure(Ended.TIMEOUT, _LATE)

    def _count(self, result: PGresult) -> None:
        for row in range(result.ntuples):
            for column in range(result.nfields):
                self._dropped_bytes -= len(result.get_value(row, column) or b"") + 8
        if self._dropped_bytes < 0:
            raise SqlFailure(Ended.REFUSED, "an answer larger than the sandbox reads")

    def _failure(self, result: PGresult) -> SqlFailure:
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        message = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode(
            "utf-8", "replace"
        )
        if state == "57014" or (state.startswith(_LOST_STATES) and self._is_late()):
            return SqlFailure(Ended.TIMEOUT, f"{_LATE}: {message}")
        if not state or state.startswith(_LOST_STATES):
            return self._lost(message)
        if state == _DISK_FULL or message == _SHARED_MEMORY:
            return SqlFailure(Ended.CRASHED, f"PostgreSQL has no room: {message}")
        if state.startswith(_REFUSED_STATES):
            return SqlFailure(Ended.REFUSED, f"the sandbox does not allow it: {message}")
        return SqlFailure(Ended.SQL_ERROR, message)

    def _lost(self, message: str) -> SqlFailure:
        """A connection that ended: late ones were ended on purpose, the others crashed."""
        if self._is_late():
            return SqlFailure(Ended.TIMEOUT, _LATE)
        if "out of memory" in message or "cannot allocate" in message:
            return SqlFailure(Ended.REFUSED, "an answer over the sandbox's memory")
        return SqlFailure(Ended.CRASHED, f"the connection to PostgreSQL was lost: {message}")

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _last_error(self) -> str:
        return self._connection.error_message.decode("utf-8", "replace").strip()

    def close(self) -> None:
        """Leave; the worker drops the database, and with it a statement that still runs.

        The server's end of the connection is waited for: who drops a database that somebody is in
        sleeps a tenth of a second before the next look.
        """
        server = -1
        if not self._is_late():
            with contextlib.suppress(OperationalError, OSError):
                server = os.dup(self._connection.socket)
        self._connection.finish()
        if server >= 0:
            _wait_for_end(server)


def _milliseconds(limits: Limits) -> int:
    return max(1, int(limits.seconds * 1000))


def _wait_for_end(server: int) -> None:
    """Until the other side has closed; what it still says is not read."""
    poller = select.poll()
    poller.register(server, select.POLLRDHUP)
    poller.poll(_LEAVING_MILLISECONDS)
    os.close(server)


def _drain(results: Iterator[PGresult]) -> None:
    for _ in results:
        continue


def _rows(first: PGresult, rest: Iterator[PGresult]) -> Iterator[tuple[object, ...]]:
    kinds = [first.ftype(column) for column in range(first.nfields)]
    result: PGresult | None = first
    while result is not None:
        for row in range(result.ntuples):
            yield tuple(
                _value(result.get_value(row, column), kind) for column, kind in enumerate(kinds)
            )
        result = next(rest, None)


def _value(raw: bytes | None, kind: int) -> object:
    """PostgreSQL's text format as the Python value that `scalars` knows."""
    if raw is None:
        return None
    text = raw.decode("utf-8", "replace")
    if kind == _BOOL:
        return text == "t"
    if kind in _INTEGERS:
        return int(text)
    if kind in _FLOATS:
        return float(text)
    if kind == _NUMERIC:
        return Decimal(text)
    if kind == _BYTEA:
        return text.removeprefix("\\x")
    if kind in (_TIMESTAMPTZ, _TIMETZ) and _SHORT_OFFSET.search(text):
        return text + ":00"
    return text


def _quote(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "\\'")


class PostgresSessions(Sessions):
    """Databases that the worker makes, a job each."""

    def open(self, *, limits: Limits, place: Place) -> PostgresSession:
        """A session in the database of this job."""
        return PostgresSession(limits, place)

    def renew(self, session: Session, limits: Limits) -> None:
        """See `base.Sessions`."""
        assert isinstance(session, PostgresSession)
        session.renew(limits)


SESSIONS = PostgresSessions()
