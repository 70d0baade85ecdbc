"""SQLite, in the memory of the child: an authorizer's allow-list, limits, a progress handler.

Sources: https://sqlite.org/c3ref/c_alter_table.html (action codes), https://sqlite.org/limits.html,
https://sqlite.org/security.html.
"""

from __future__ import annotations

import re
import sqlite3
import time

from apps.validation.databases.base import Place, Sessions, SqlFailure
from apps.validation.sandbox.scalars import Budget
from apps.validation.values import Ended, Limits, Table

# Python names no constant for these action codes of sqlite3.h.
_SAVEPOINT = 32
_PROGRESS_STEPS = 2_000
_MEBIBYTE = 1024 * 1024
_MAX_SQL_BYTES = _MEBIBYTE
_MAX_VALUE_BYTES = 4 * _MEBIBYTE

_ALLOWED = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_INSERT,
        sqlite3.SQLITE_UPDATE,
        sqlite3.SQLITE_DELETE,
        sqlite3.SQLITE_TRANSACTION,
        _SAVEPOINT,
        sqlite3.SQLITE_ALTER_TABLE,
        sqlite3.SQLITE_REINDEX,
        sqlite3.SQLITE_ANALYZE,
        sqlite3.SQLITE_CREATE_INDEX,
        sqlite3.SQLITE_CREATE_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_INDEX,
        sqlite3.SQLITE_CREATE_TEMP_TABLE,
        sqlite3.SQLITE_CREATE_TEMP_TRIGGER,
        sqlite3.SQLITE_CREATE_TEMP_VIEW,
        sqlite3.SQLITE_CREATE_TRIGGER,
        sqlite3.SQLITE_CREATE_VIEW,
        sqlite3.SQLITE_DROP_INDEX,
        sqlite3.SQLITE_DROP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_INDEX,
        sqlite3.SQLITE_DROP_TEMP_TABLE,
        sqlite3.SQLITE_DROP_TEMP_TRIGGER,
        sqlite3.SQLITE_DROP_TEMP_VIEW,
        sqlite3.SQLITE_DROP_TRIGGER,
        sqlite3.SQLITE_DROP_VIEW,
    }
)
_VIRTUAL_TABLES = frozenset({"fts3", "fts4", "fts5", "fts5vocab", "rtree", "rtree_i32"})
_DENIED_FUNCTIONS = frozenset({"load_extension", "fts3_tokenizer", "readfile", "writefile", "edit"})
# Reading the schema, and switches of this connection only.
_PRAGMAS = frozenset(
    {
        "table_info",
        "table_xinfo",
        "table_list",
        "index_list",
        "index_info",
        "index_xinfo",
        "foreign_key_list",
        "foreign_key_check",
        "foreign_keys",
        "defer_foreign_keys",
        "recursive_triggers",
        "case_sensitive_like",
        "ignore_check_constraints",
        "integrity_check",
        "quick_check",
        "collation_list",
        "database_list",
        "user_version",
        "application_id",
        "data_version",
    }
)
# FTS asks for these without an argument; with one they would change the database's memory.
_READ_ONLY_PRAGMAS = frozenset({"page_size", "encoding", "page_count", "freelist_count"})
_TOO_LARGE = re.compile(r"too big|out of memory|disk is full|too large", re.IGNORECASE)


class Authorizer:
    """SQLite's question before every action: allowed by the lists above, else remembered."""

    def __init__(self) -> None:
        self.refused = ""

    def __call__(
        self, action: int, first: str | None, second: str | None, _db: str | None, _by: str | None
    ) -> int:
        """sqlite3's callback: SQLITE_OK or SQLITE_DENY."""
        if action in _ALLOWED or self._allowed_by_name(action, first or "", second):
            return sqlite3.SQLITE_OK
        self.refused = self.refused or _describe(action, first, second)
        return sqlite3.SQLITE_DENY

    @staticmethod
    def _allowed_by_name(action: int, first: str, second: str | None) -> bool:
        if action == sqlite3.SQLITE_FUNCTION:
            return (second or "").lower() not in _DENIED_FUNCTIONS
        if action == sqlite3.SQLITE_PRAGMA:
            name = first.lower()
            return name in _PRAGMAS or (name in _READ_ONLY_PRAGMAS and second is None)
        if action in (sqlite3.SQLITE_CREATE_VTABLE, sqlite3.SQLITE_DROP_VTABLE):
            return (second or "").lower() in _VIRTUAL_TABLES
        return False


def _describe(action: int, first: str | None, second: str | None) -> str:
    if action == sqlite3.SQLITE_PRAGMA:
        return f"PRAGMA {first}"
    if action == sqlite3.SQLITE_FUNCTION:
        return f"the function {second}()"
    if action == sqlite3.SQLITE_ATTACH:
        # VACUUM INTO arrives here as well.
        return "ATTACH or VACUUM"
    if action == sqlite3.SQLITE_DETACH:
        return "DETACH"
    if action == sqlite3.SQLITE_CREATE_VTABLE:
        return f"a virtual table of the module {second}"
    return f"action {action}"


class SqliteSession:
    """A new database in memory for one job."""

    def __init__(self, limits: Limits) -> None:
        self._deadline = time.monotonic() + limits.seconds
        self._connection = sqlite3.connect(":memory:", isolation_level=None, cached_statements=0)
        self._connection.text_factory = _decode
        self._prepare(limits)
        self._authorizer = Authorizer()
        self._connection.set_authorizer(self._authorizer)
        self._connection.set_progress_handler(self._is_late, _PROGRESS_STEPS)

    def _prepare(self, limits: Limits) -> None:
        """Everything that SQL may not change afterwards, while PRAGMA is still open."""
        for pragma in (
            f"hard_heap_limit={limits.memory_bytes}",
            "temp_store=memory",
            "trusted_schema=off",
            "cell_size_check=on",
        ):
            self._connection.execute(f"PRAGMA {pragma}").close()
        value_bytes = min(_MAX_VALUE_BYTES, limits.memory_bytes // 16)
        for category, value in (
            (sqlite3.SQLITE_LIMIT_LENGTH, value_bytes),
            (sqlite3.SQLITE_LIMIT_SQL_LENGTH, _MAX_SQL_BYTES),
            (sqlite3.SQLITE_LIMIT_ATTACHED, 0),
            (sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 400),
            (sqlite3.SQLITE_LIMIT_VDBE_OP, 1_000_000),
            (sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 100),
            (sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1_000),
            (sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0),
        ):
            self._connection.setlimit(category, value)

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def run(self, sql: str, budget: Budget) -> Table | None:
        """One statement; see `base.Session`."""
        self._authorizer.refused = ""
        if self._is_late():
            raise SqlFailure(Ended.TIMEOUT, "the script took longer than it may")
        try:
            cursor = self._connection.execute(sql)
            if cursor.description is None:
                return None
            columns = [column[0] for column in cursor.description]
            table = budget.table(columns, cursor)
            cursor.close()
            return table
        except (sqlite3.Error, sqlite3.Warning, UnicodeError, ValueError, MemoryError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> SqlFailure:
        message = str(error) or type(error).__name__
        if self._authorizer.refused:
            return SqlFailure(
                Ended.REFUSED, f"the sandbox does not allow {self._authorizer.refused}"
            )
        if self._is_late():
            return SqlFailure(Ended.TIMEOUT, "the script took longer than it may")
        if isinstance(error, MemoryError) or _TOO_LARGE.search(message):
            return SqlFailure(Ended.REFUSED, f"over the sandbox's memory or size limit: {message}")
        return SqlFailure(Ended.SQL_ERROR, message)

    def close(self) -> None:
        """Drop the database."""
        self._connection.set_progress_handler(None, 0)
        self._connection.close()


def _decode(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


class SqliteSessions(Sessions):
    """Databases in memory."""

    def open(self, *, limits: Limits, place: Place) -> SqliteSession:  # noqa: ARG002
        """A session on an empty database."""
        return SqliteSession(limits)


SESSIONS = SqliteSessions()
