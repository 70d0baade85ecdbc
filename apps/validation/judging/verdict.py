"""Decide what an execution says of a response, in a sentence that a reviewer grasps in a second."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from apps.sql.dialects import Dialect
from apps.sql.shape import added_columns, created_columns, shape
from apps.validation.asserting import is_unwritten, raises, refuses_rows
from apps.validation.judging.plan import Plan, Step, make_plan
from apps.validation.judging.results import compare_own, comparisons, distance
from apps.validation.judging.vacuous import proves_nothing
from apps.validation.results.comparison import Comparison, Diff, DiffRow
from apps.validation.values import Ended, Execution, Note, Outcome, Reading, Table, Tag, TestCase

MAX_MESSAGE = 300
_MISSING = re.compile(
    r"no such table|does not exist|doesn't exist|not found|unknown table|invalid object",
    re.IGNORECASE,
)
# The best thing that any database says first: one real engine that holds the test is proof.
_PRECEDENCE = (
    Outcome.PASSED,
    Outcome.VACUOUS,
    Outcome.WRONG_RESULT,
    Outcome.NO_TESTS,
    Outcome.TIMEOUT,
    Outcome.REFUSED,
    Outcome.NOT_JUDGED,
    Outcome.SQL_ERROR,
    Outcome.NO_SQL,
)


@dataclass(frozen=True, slots=True)
class Survivor:
    """An altered statement with which the test still passes; operator: what was altered."""

    operator: str
    sql: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one database says of one response.

    message: one sentence. diff: actual against expected, None where nothing was compared.
    case: position of the test that decided. cases: how many there are.
    mutants, killed: how many altered queries were run and failed the test; strength: their share.
    survivor: the first of those that did not fail it.
    transpiled: the SQL was translated to this database's dialect before it ran.
    notes: what the result depends on beside the rows that were given.
    """

    outcome: Outcome
    message: str
    diff: Diff | None = None
    case: int | None = None
    cases: int = 0
    mutants: int = 0
    killed: int = 0
    strength: float | None = None
    survivor: Survivor | None = None
    transpiled: bool = False
    notes: tuple[Note, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Plain dicts, lists, strings and numbers."""
        return asdict(self)


def judge(
    reading: Reading,
    case: TestCase | None,
    execution: Execution | None,
    *,
    dialect: Dialect = Dialect.SQLITE,
    plan: Plan | None = None,
    asks_order: bool = False,
) -> Judgement:
    """Judge one test case; execution None: nothing was run because nothing could be.

    plan: what was run, where that is not the test's whole plan. asks_order: whether rows are to
    come in the expected order also where the query states none.
    """
    before = unrunnable(reading)
    if before is not None:
        return before
    if execution is None:
        raise ValueError("A response that can run is judged by its execution; run its job first.")
    plan = plan or make_plan(reading, case, dialect)
    if execution.ended is not Ended.OK and not _looked_elsewhere(execution, plan):
        return _not_ok(reading, case, execution, plan)
    columns = _asked_columns(reading, execution, plan)
    if columns is not None:
        return columns
    if case is not None and case.asserts:
        return Judgement(Outcome.PASSED, "What the test asserts holds.")
    if case is None or case.expected is None:
        return Judgement(Outcome.NO_TESTS, _no_tests_message(reading))
    return _compare(reading, case, case.expected, execution, plan, asks_order)


def unrunnable(reading: Reading) -> Judgement | None:
    """The judgement of a response that has nothing to run, None where it has."""
    if not reading.statements:
        code = ", ".join(reading.other_code)
        message = f"No SQL: the response's code is {code}." if code else "No SQL was found."
        return Judgement(Outcome.NO_SQL, message)
    if reading.placeholders:
        names = ", ".join(reading.placeholders[:5])
        return Judgement(
            Outcome.SQL_ERROR, f"Unbound placeholders ({names}): the SQL cannot run as written."
        )
    return None


def not_judged(error: BaseException) -> Judgement:
    """The judgement of a response that something of ours failed on, with what it said."""
    said = _one_line(f"{type(error).__name__}: {error}")
    return Judgement(Outcome.NOT_JUDGED, f"Not judged, for an error of this program: {said}")


def overall(outcomes: Mapping[Dialect, Outcome], *, native: Dialect = Dialect.UNKNOWN) -> Outcome:
    """One outcome out of the databases'; raises ValueError where there is none.

    The database whose dialect the response was written in decides, else the best outcome: SQL
    that only another dialect refuses is not wrong.
    """
    if not outcomes:
        raise ValueError("An overall outcome needs at least one database's.")
    if native in outcomes:
        return outcomes[native]
    return next(outcome for outcome in _PRECEDENCE if outcome in outcomes.values())


def _looked_elsewhere(execution: Execution, plan: Plan) -> bool:
    """Whether only the name that was probed does not exist: our guess, not the response's fault."""
    if execution.phase != "probes" or execution.ended is not Ended.SQL_ERROR:
        return False
    name = _probed(execution, plan).rpartition(".")[2]
    said = execution.message.lower()
    return bool(_MISSING.search(said) and re.search(rf"\b{re.escape(name)}\b", said))


def _probed(execution: Execution, plan: Plan) -> str:
    index = execution.index or 0
    return plan.probes[index] if index < len(plan.probes) else ""


def _not_ok(reading: Reading, case: TestCase | None, execution: Execution, plan: Plan) -> Judgement:
    said = _one_line(execution.message)
    if execution.ended is Ended.TIMEOUT:
        return Judgement(Outcome.TIMEOUT, "The SQL ran longer than it may.")
    if execution.ended is Ended.REFUSED:
        return Judgement(Outcome.REFUSED, f"Refused: {said}")
    if execution.ended is Ended.CRASHED:
        return Judgement(Outcome.REFUSED, f"The sandbox ended while it ran: {said}")
    if execution.phase == "setup":
        return _no_setup(reading, case, said)
    if execution.phase == "probes":
        read = "SELECT * FROM {}".format
        return _own_error(reading, case, said, read(_probed(execution, plan)))
    index = execution.index if execution.index is not None else 0
    step, sql = plan.steps[index] if index < len(plan.steps) else (Step.OWN, "")
    if case and case.asserts and raises(sql, reading.dialect) and not is_unwritten(said):
        return Judgement(Outcome.WRONG_RESULT, f"What the test asserts does not hold: {said}")
    if step is Step.ROWS:
        return Judgement(Outcome.WRONG_RESULT, f"The table does not take the test's rows: {said}")
    asserts = case is not None and case.asserts
    if step is Step.USE and asserts and refuses_rows(said) and _makes_target(reading, sql):
        # A test of which rows are refused; those that must be were left out before.
        return Judgement(Outcome.WRONG_RESULT, f"What is made refuses the test's rows: {said}")
    if step is Step.USE:
        return Judgement(Outcome.SQL_ERROR, f"The test's own statement fails: {said}")
    return _own_error(reading, case, said, sql)


def _makes_target(reading: Reading, sql: str) -> bool:
    """Whether a statement changes a table that the response makes, or alters."""
    target = shape(sql, reading.dialect).target
    shapes = (shape(statement, reading.dialect) for statement in reading.statements)
    return bool(target) and any(target in {x.made, x.target} for x in shapes if x.is_ddl)


def _no_setup(reading: Reading, case: TestCase | None, said: str) -> Judgement:
    if _lacks_table(reading, said):
        return _nothing_to_run_on(reading)
    if case is None or case.expected is None:
        return Judgement(Outcome.NO_TESTS, f"No tests, and the instruction's set-up fails: {said}")
    return Judgement(Outcome.SQL_ERROR, f"The test's set-up fails: {said}")


def _own_error(reading: Reading, case: TestCase | None, said: str, sql: str) -> Judgement:
    given = case is not None and bool(case.fixtures)
    if _lacks_table(reading, said) and not given:
        return _nothing_to_run_on(reading)
    return Judgement(Outcome.SQL_ERROR, f"{said} — at `{_one_line(sql, 80)}`")


def _lacks_table(reading: Reading, said: str) -> bool:
    """Whether a database misses a table that nothing defines."""
    named = [name for name in reading.missing_tables if name.rpartition(".")[2] in said.lower()]
    return bool(named and _MISSING.search(said))


def _nothing_to_run_on(reading: Reading) -> Judgement:
    tables = ", ".join(reading.missing_tables[:5])
    return Judgement(Outcome.NO_TESTS, f"Nothing to run on: no test defines table {tables}.")


def _no_tests_message(reading: Reading) -> str:
    if reading.missing_tables:
        return (
            f"It runs, but there is no test; not defined: {', '.join(reading.missing_tables[:5])}."
        )
    return "It runs, but there is no test."


def _asked_columns(reading: Reading, execution: Execution, plan: Plan) -> Judgement | None:
    """Compare the columns of the table that was made with those that the instruction lists."""
    shapes = [shape(statement, reading.dialect) for statement in reading.statements]
    if not any(item.creates == "table" and item.made == reading.asked_table for item in shapes):
        return None
    made = _made_columns(reading, execution, plan)
    asked = reading.asked_columns
    lacking = [name for name in asked if name not in made]
    if not made or not lacking:
        return None
    rows = [DiffRow(Tag.SAME if name in made else Tag.MISSING, (name,)) for name in asked]
    rows += [DiffRow(Tag.UNEXPECTED, (name,)) for name in made if name not in asked]
    message = f"The instruction asks for column {', '.join(lacking[:5])}, which is not made."
    return Judgement(Outcome.WRONG_RESULT, message, Diff(("column",), tuple(rows)))


def _made_columns(reading: Reading, execution: Execution, plan: Plan) -> tuple[str, ...]:
    """The columns of the asked table as the database says, else as its statements say."""
    for name, probe in zip(plan.probes, execution.probes, strict=False):
        if name == reading.asked_table and probe is not None:
            return tuple(column.lower() for column in probe.columns)
    made: list[str] = []
    for statement in reading.statements:
        found = shape(statement, reading.dialect)
        if found.made == reading.asked_table:
            made += created_columns(statement, reading.dialect)
        elif found.verb == "alter" and found.target == reading.asked_table and made:
            made += added_columns(statement, reading.dialect)
    return tuple(made)


def _compare(
    reading: Reading,
    case: TestCase,
    expected: Table,
    execution: Execution,
    plan: Plan,
    asks_order: bool,
) -> Judgement:
    own = compare_own(reading, case, expected, execution, plan)
    if own is not None and own.equal:
        best = own
    else:
        compared = comparisons(reading, case, expected, execution, plan, asks_order=asks_order)
        if not compared:
            message = "It runs, but returns nothing to compare with the test."
            return Judgement(Outcome.NO_TESTS, message)
        best = min(compared, key=distance)
    if not best.equal:
        return Judgement(Outcome.WRONG_RESULT, best.message, best.diff)
    if own is not None and not own.equal:
        return _tests_another(own)
    nothing = proves_nothing(reading, case, expected, plan)
    if nothing:
        return Judgement(Outcome.VACUOUS, nothing, best.diff)
    return Judgement(Outcome.PASSED, _passed_message(expected), best.diff)


def _tests_another(own: Comparison) -> Judgement:
    """The test holds for a query of its own, but not for the response's."""
    message = "The test runs another query than the response"
    if own.has_columns:
        return Judgement(
            Outcome.WRONG_RESULT, f"{message}, whose result differs: {own.message}", own.diff
        )
    return Judgement(Outcome.VACUOUS, f"{message}, which proves nothing.", own.diff)


def _passed_message(expected: Table) -> str:
    count = len(expected.rows)
    if not count:
        return "The table is empty, as expected."
    return f"All {count} expected rows are there." if count != 1 else "The expected row is there."


def _one_line(text: str, limit: int = MAX_MESSAGE) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
