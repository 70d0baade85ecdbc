"""DuckDB, in the memory of the child: no access to the outside, and a locked configuration.

To open an engine takes longer than most jobs, for its thousands of functions are registered anew.
Each job has a new database, the engine stays where nothing but databases and connections can have
been changed.

Source: https://duckdb.org/docs/stable/operations_manual/securing_duckdb/overview.
"""

from __future__ import annotations

import importlib.util
import re
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from apps.sql.lexical import BEFORE
from apps.validation.databases.base import Place, Sessions, SqlFailure
from apps.validation.sandbox.scalars import Budget
from apps.validation.values import Ended, Limits, Table

if TYPE_CHECKING:
    import duckdb

# For every connection of an engine. Locked last; `lock_configuration` itself then refuses any SET.
_SETTINGS = (
    "temp_directory = ''",
    "max_temp_directory_size = '0B'",
    "enable_external_access = false",
    "autoinstall_known_extensions = false",
    "autoload_known_extensions = false",
    "allow_community_extensions = false",
    "allow_unsigned_extensions = false",
    "python_enable_replacements = false",
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

# Statements that change a database, or only their connection: both end with the job. Whatever else
# is said to an engine (ATTACH, SET, LOAD, CREATE SECRET, …) is the last that it hears. What a
# statement is, the engine itself says, and the words say of what a definition is.
_ENDS_WITH_THE_JOB = frozenset({"SELECT", "TRANSACTION"} | _CHANGES)
_DEFINITIONS = frozenset({"CREATE", "DROP", "ALTER"})
_OF_A_DATABASE = re.compile(
    rf"{BEFORE}(?:CREATE(?:\s+OR\s+REPLACE)?(?:\s+TEMP(?:ORARY)?)?|DROP|ALTER)"
    r"\s+(?:TABLE|VIEW|(?:UNIQUE\s+)?INDEX|SEQUENCE|MACRO|FUNCTION|TYPE|SCHEMA)\b",
    re.IGNORECASE,
)
# What an engine calls a function that does more than to return a value of its arguments: all that
# its catalogue has, but for these, which do nothing that outlives a job.
_DOING = """
    SELECT DISTINCT lower(function_name) FROM duckdb_functions() WHERE internal
    AND (function_type IN ('table', 'table_macro', 'pragma') OR has_side_effects)
"""
# Has the driver load what it turns values into.
_ALL_KINDS = "SELECT 1.5::DECIMAL, now(), uuid(), [1], {'a': 1}"
_HARMLESS = frozenset(
    (
        *("generate_series", "range", "unnest", "repeat", "repeat_row", "json_each", "json_tree"),
        *("nextval", "currval", "random", "setseed", "uuid", "uuidv4", "uuidv7"),
        *("gen_random_uuid", "error", "histogram", "histogram_values", "show", "summary"),
    )
)
_WORD = re.compile(r"\w+")
_LATE = "the script took longer than it may"
_OWN_DATABASES = [("memory",), ("system",), ("temp",)]


class Engine:
    """An engine in memory, under its settings; `connect` gives an empty database of it."""

    def __init__(self, memory_bytes: int) -> None:
        import duckdb

        self.memory_bytes = memory_bytes
        self._root = duckdb.connect(
            ":memory:",
            config={
                "threads": 1,
                # They would read files.
                "async_threads": 0,
                "memory_limit": f"{memory_bytes * 3 // 4}B",
            },
        )
        for setting in _SETTINGS:
            self._root.execute(f"SET GLOBAL {setting}")

    def is_left_as_it_is(self, statement: duckdb.Statement) -> bool:
        """Whether nothing that it does outlives its database and its connection."""
        kind, text = statement.type.name, statement.query
        if kind in _DEFINITIONS:
            if not _OF_A_DATABASE.match(text):
                return False
        elif kind not in _ENDS_WITH_THE_JOB:
            return False
        return _doing().isdisjoint(map(str.lower, _WORD.findall(text)))

    def connect(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own, which sees nothing of those before it."""
        return self._root.cursor()

    def begin_anew(self) -> bool:
        """Drop all that is in its database; whether it is as it was when it was opened."""
        names = self._root.execute("SELECT database_name FROM duckdb_databases() ORDER BY 1")
        if names.fetchall() != _OWN_DATABASES:
            return False
        # One database at least must be in use.
        for statement in (
            "ATTACH ':memory:' AS between",
            "USE between",
            "DETACH memory",
            "ATTACH ':memory:' AS memory",
            "USE memory",
            "DETACH between",
        ):
            self._root.execute(statement)
        return True

    def close(self) -> None:
        """End it."""
        self._root.close()


class DuckdbSession:
    """A new database in memory for one job; `give_back` takes an engine that can have another."""

    def __init__(
        self, engine: Engine, limits: Limits, give_back: Callable[[Engine], None] = Engine.close
    ) -> None:
        import duckdb

        # The driver lets Python's own errors out too, where it turns values into Python's.
        self._errors = (duckdb.Error, ValueError, MemoryError, RuntimeError, NotImplementedError)
        # What a mistake in a statement is; after any other error an engine may not be what it was.
        self._mistakes = (
            duckdb.ParserException,
            duckdb.BinderException,
            duckdb.CatalogException,
            duckdb.ConstraintException,
            duckdb.ConversionException,
            duckdb.InvalidInputException,
            duckdb.OutOfRangeException,
            duckdb.TransactionException,
        )
        self._interrupt_error = duckdb.InterruptException
        self._engine, self._give_back, self._is_as_new = engine, give_back, True
        self._connection = engine.connect()
        self._deadline = time.monotonic() + limits.seconds
        self._timer = threading.Timer(limits.seconds, self._connection.interrupt)
        self._timer.daemon = True
        self._timer.start()

    def run(self, sql: str, budget: Budget) -> Table | None:
        """One statement; see `base.Session`. A PIVOT counts as the statements it is made of."""
        table = None
        if self._is_late():
            # The timer rings once.
            raise SqlFailure(Ended.TIMEOUT, _LATE)
        try:
            for statement in self._connection.extract_statements(sql):
                self._is_as_new &= self._engine.is_left_as_it_is(statement)
                self._connection.execute(statement)
                table = self._fetch(statement.type, budget)
        except self._errors as error:
            self._is_as_new &= isinstance(error, self._mistakes)
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
        if isinstance(error, self._interrupt_error) or self._is_late():
            return SqlFailure(Ended.TIMEOUT, _LATE)
        if isinstance(error, MemoryError) or _REFUSED.search(message):
            return SqlFailure(Ended.REFUSED, f"the sandbox does not allow it: {message}")
        return SqlFailure(Ended.SQL_ERROR, message)

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def close(self) -> None:
        """Drop the database."""
        self._timer.cancel()
        self._connection.close()
        if self._is_as_new and self._is_begun_anew():
            self._give_back(self._engine)
        else:
            self._engine.close()

    def _is_begun_anew(self) -> bool:
        try:
            return self._engine.begin_anew()
        except self._errors:
            return False


@cache
def _doing() -> frozenset[str]:
    """The names of functions that change, or tell of, more than a database."""
    import duckdb

    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute(_ALL_KINDS).fetchone()
        return frozenset(name for (name,) in connection.execute(_DOING).fetchall()) - _HARMLESS


class DuckdbSessions(Sessions):
    """Databases in memory, of one engine where it can be had again."""

    def __init__(self) -> None:
        self._engine: Engine | None = None

    def open(self, *, limits: Limits, place: Place) -> DuckdbSession:  # noqa: ARG002
        """A session on an empty database."""
        engine, self._engine = self._engine, None
        if engine and engine.memory_bytes != limits.memory_bytes:
            engine.close()
            engine = None
        return DuckdbSession(engine or Engine(limits.memory_bytes), limits, self._keep)

    def _keep(self, engine: Engine) -> None:
        self._engine = engine

    def preload(self) -> None:
        """The library, the modules that its values need, and one query to load the rest."""
        for name in ("datetime", "decimal", "uuid", "pytz"):
            if importlib.util.find_spec(name):
                importlib.import_module(name)
        _doing()

    def readable(self) -> tuple[Path, ...]:
        """DuckDB aborts when it may not look for the memory limit of its control group."""
        return (Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))


SESSIONS = DuckdbSessions()
