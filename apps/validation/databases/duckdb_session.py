"""DuckDB, in the memory of the child: no access to the outside, and a locked configuration.

Source: https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview.
"""

from __future__ import annotations

import importlib.util
import re
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from apps.validation.databases.base import Place, Sessions, SqlFailure
from apps.validation.sandbox.scalars import Budget
from apps.validation.values import Ended, Limits, Table

if TYPE_CHECKING:
    import duckdb

# Locked last; `lock_configuration` itself then refuses every SET.
_SETTINGS = (
    "temp_directory = ''",
    "max_temp_directory_size = '0B'",
    "enable_external_access = false",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "allow_community_extensions = false",
    "allow_unsigned_extensions = false",
    "python_enable_replacements = false",
    "enable_progress_bar = false",
    "max_expression_depth = 500",
    "TimeZone = 'UTC'",
    "lock_configuration = true",
)
_REFUSED = re.compile(
    r"permission error|disabled by configuration|configuration has been locked|out of memory"
    r"|failed to allocate|not allowed|could not allocate",
    re.IGNORECASE,
)
_ROW_KINDS = frozenset({"SELECT", "EXPLAIN", "MULTI", "PRAGMA", "CALL", "RELATION", "EXECUTE"})
_CHANGES = frozenset({"INSERT", "UPDATE", "DELETE", "MERGE_INTO"})


class DuckdbSession:
    """A new database in memory for one job."""

    def __init__(self, limits: Limits) -> None:
        import duckdb

        # The driver lets Python's own errors out too, where it turns values into Python's.
        self._errors = (duckdb.Error, ValueError, MemoryError, RuntimeError, NotImplementedError)
        self._interrupt_error = duckdb.InterruptException
        self._connection: duckdb.DuckDBPyConnection = duckdb.connect(
            ":memory:",
            config={"threads": 1, "memory_limit": f"{limits.memory_bytes * 3 // 4}B"},
        )
        for setting in _SETTINGS:
            self._connection.execute(f"SET {setting}")
        self._deadline = time.monotonic() + limits.seconds
        self._timer = threading.Timer(limits.seconds, self._connection.interrupt)
        self._timer.daemon = True
        self._timer.start()

    def run(self, sql: str, budget: Budget) -> Table | None:
        """One statement; see `base.Session`. A PIVOT counts as the statements it is made of."""
        table = None
        try:
            for statement in self._connection.extract_statements(sql):
                self._connection.execute(statement)
                table = self._fetch(statement.type, budget)
        except self._errors as error:
            raise self._failure(error) from error
        return table

    def _fetch(self, kind: duckdb.StatementType, budget: Budget) -> Table | None:
        columns = [column[0] for column in self._connection.description or ()]
        # A change without RETURNING answers with the number of its rows: no rows of a table.
        if kind.name not in _ROW_KINDS and (kind.name not in _CHANGES or columns == ["Count"]):
            return None
        return budget.table(columns, iter(self._connection.fetchone, None))

    def _failure(self, error: Exception) -> SqlFailure:
        message = str(error) or type(error).__name__
        if isinstance(error, self._interrupt_error) or time.monotonic() > self._deadline:
            return SqlFailure(Ended.TIMEOUT, "the script took longer than it may")
        if isinstance(error, MemoryError) or _REFUSED.search(message):
            return SqlFailure(Ended.REFUSED, f"the sandbox does not allow it: {message}")
        return SqlFailure(Ended.SQL_ERROR, message)

    def close(self) -> None:
        """Drop the database."""
        self._timer.cancel()
        self._connection.close()


class DuckdbSessions(Sessions):
    """Databases in memory."""

    def open(self, *, limits: Limits, place: Place) -> DuckdbSession:  # noqa: ARG002
        """A session on an empty database."""
        return DuckdbSession(limits)

    def preload(self) -> None:
        """The library, the modules that its values need, and one query to load the rest."""
        import duckdb

        for name in ("datetime", "decimal", "uuid", "pytz"):
            if importlib.util.find_spec(name):
                importlib.import_module(name)
        connection = duckdb.connect(":memory:", config={"threads": 1})
        connection.execute("SELECT 1.5::DECIMAL, now(), uuid(), [1], {'a': 1}").fetchone()
        connection.close()

    def readable(self) -> tuple[Path, ...]:
        """DuckDB aborts when it may not look for the memory limit of its control group."""
        return (Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))


SESSIONS = DuckdbSessions()
