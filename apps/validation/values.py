"""The values that travel between reading a response, running it and judging it.

Reading (text → `Reading`), running (`ScriptJob` → `Execution`) and judging (both → outcome)
know only these classes, so that each can be tested without the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from apps.core.rules import VALIDATION
from apps.sql.dialects import Dialect

VERSION = VALIDATION

Scalar = None | bool | int | float | str
Row = tuple[Scalar, ...]
# Of a diff so many rows are kept.
MAX_DIFF_ROWS = 50


class Ended(StrEnum):
    """How the execution of a script ended; the outcome of a response is decided from it."""

    OK = "ok"
    SQL_ERROR = "sql_error"
    TIMEOUT = "timeout"  # wall or CPU time
    REFUSED = "refused"  # the sandbox did not allow it (file, network, setting, memory, size)
    CRASHED = "crashed"  # the sandbox child died; nothing is known about the SQL


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with column names; `rows` may be cut, then `truncated` is true.

    Of a text table, by column: decimals, that its numbers are written with, -1 where none are;
    blanks, positions of columns with cells that may mean NULL or a text: blank, None, nil.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    name: str = ""
    truncated: bool = False
    decimals: tuple[int, ...] = field(default=(), compare=False)
    blanks: tuple[int, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one script's execution. Seconds, bytes, rows."""

    seconds: float = 5.0
    memory_bytes: int = 256 * 1024 * 1024
    output_bytes: int = 1024 * 1024
    rows: int = 200
    cell_bytes: int = 10_000


@dataclass(frozen=True, slots=True)
class ScriptJob:
    """What one database is to run, in order: set-up, then the response's statements, then probes.

    setup: fixture statements (CREATE TABLE, INSERT); an error there is the fixture's error.
    statements: the response's own SQL, one statement each; run in one connection, as a script.
    probes: SELECTs that are run afterwards, each giving one table (a table's content, say).
    """

    setup: tuple[str, ...]
    statements: tuple[str, ...]
    probes: tuple[str, ...] = ()
    limits: Limits = Limits()


@dataclass(frozen=True, slots=True)
class Execution:
    """What one database did with a `ScriptJob`.

    phase: where it ended when it did not end well: "setup", "statements" or "probes".
    index: position of the failing statement within its phase, else None.
    tables: one per statement of `statements` that returned rows, else None, in order.
    probes: one table per probe that was run; None where the probe failed.
    message: the database's own message, or the sandbox's.
    """

    ended: Ended
    phase: str = ""
    index: int | None = None
    message: str = ""
    tables: tuple[Table | None, ...] = ()
    probes: tuple[Table | None, ...] = ()
    milliseconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Fixture:
    """An input table of a response's tests: a text table, or SQL that makes and fills tables."""

    table: Table | None = None
    sql: str = ""


@dataclass(frozen=True, slots=True)
class TestCase:
    """One test of a response: the tables before, and what is expected after.

    expected: None where the response says nothing (no test).
    expected_of: name of the table whose content is expected, "" for the query's result.
    use: statements that the test runs after the implementation, to use what it made.
    result: position among the results of all queries that `expected` is of, None for the last.
    asserts: nothing is expected but that its statements run: they raise where it does not hold.
    each: every row of the result, and there is one, is like the row of `expected`, None there for
        any value.
    goes_on: the same test on what the tests before it left, where it gives no tables of its own.
    """

    fixtures: tuple[Fixture, ...] = ()
    expected: Table | None = None
    expected_of: str = ""
    use: tuple[str, ...] = ()
    result: int | None = None
    asserts: bool = False
    each: bool = False
    goes_on: TestCase | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What was understood of a response.

    sql: the implementation, as written; statements: the same, split.
    missing_tables: tables that the SQL uses and neither it nor a fixture defines.
    placeholders: unbound parameters (?, :name, %s, {name}) in the SQL.
    other_code: languages of fenced blocks that are no SQL.
    notes: what could not be understood, each a sentence for a reviewer.
    unread: tests and expected tables that were announced and not read, or cut off by a bound,
        each a sentence; a response with any of them is never passed.
    context: tables and views that the instruction defines, for tests that do not.
    asked_table, asked_columns: what the instruction wants a CREATE TABLE to make, if it says so.
    quoted: how names with capitals are spelt that the SQL quotes, by their lower case; spelt:
        those and names of tables without quotes, whose case some databases mind.
    """

    sql: str = ""
    statements: tuple[str, ...] = ()
    dialect: Dialect = Dialect.UNKNOWN
    cases: tuple[TestCase, ...] = ()
    missing_tables: tuple[str, ...] = ()
    placeholders: tuple[str, ...] = ()
    other_code: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    context: tuple[Fixture, ...] = ()
    asked_table: str = ""
    asked_columns: tuple[str, ...] = ()
    quoted: dict[str, str] = field(default_factory=dict)
    spelt: dict[str, str] = field(default_factory=dict)


class Tag(StrEnum):
    """What a row of a diff is: in both, only expected, only actual."""

    SAME = "same"
    MISSING = "missing"
    UNEXPECTED = "unexpected"


class Outcome(StrEnum):
    """A verdict's outcome: what one database says of one response."""

    PASSED = "passed"
    WRONG_RESULT = "wrong_result"
    SQL_ERROR = "sql_error"
    TIMEOUT = "timeout"
    REFUSED = "refused"
    NO_SQL = "no_sql"
    NO_TESTS = "no_tests"
    VACUOUS = "vacuous"
    # Reading, running or storing it raised something that nobody foresaw: the fault is ours.
    NOT_JUDGED = "not_judged"


class Note(StrEnum):
    """What the result depends on beside the rows: another database, or day, may give another.

    EVERY_ROW: what it does not depend on: a condition that leaves out none of the test's rows, so
    that the test says nothing of it. OTHER_ROWS: that another database did give another; only of
    all databases together, where their outcomes do not say it.
    """

    TIE_CUT = "tie_cut"
    NULL_ORDER = "null_order"
    TEXT_NUMBERS = "text_numbers"
    CLOCK = "clock"
    RANDOM = "random"
    ROW_ORDER = "row_order"
    EVERY_ROW = "every_row"
    OTHER_ROWS = "other_rows"


NOTE_WORDS = {
    Note.TIE_CUT: "LIMIT cuts between rows that tie",
    Note.NULL_ORDER: "sorts NULL, which databases do differently",
    Note.TEXT_NUMBERS: "compares or sorts numbers that are stored as text",
    Note.CLOCK: "depends on when it is run",
    Note.RANDOM: "depends on chance",
    Note.ROW_ORDER: "depends on the order in which rows are stored",
    Note.EVERY_ROW: "is the same without one of its conditions, as if every row passed it",
    Note.OTHER_ROWS: "has other rows on another database",
}
