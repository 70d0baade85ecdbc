"""Validate a response on one database whose runner the caller gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from apps.sql.dialects import Dialect
from apps.validation.judging.asked import asks_for_order
from apps.validation.judging.clock import Clock, Run, RunTogether
from apps.validation.judging.scrutiny import GOES_ON, best_of, scrutinise
from apps.validation.judging.tools import Tools
from apps.validation.judging.trial import Bounds, Trial, trials_of
from apps.validation.judging.undetermined import noted
from apps.validation.judging.verdict import Judgement, unrunnable
from apps.validation.reading import read_response
from apps.validation.values import Execution, Limits, Outcome, Reading

RESPONSE_SECONDS = 30.0
_NAMES = {
    Dialect.SQLITE: "SQLite",
    Dialect.DUCKDB: "DuckDB",
    Dialect.POSTGRES: "PostgreSQL",
    Dialect.MYSQL: "MySQL",
    Dialect.TSQL: "T-SQL",
    Dialect.ORACLE: "Oracle",
}

_SPOKEN = frozenset({Dialect.SQLITE, Dialect.DUCKDB, Dialect.POSTGRES, Dialect.MYSQL})


def validate(
    response: str,
    instruction: str,
    run: Run,
    dialect: Dialect,
    *,
    run_together: RunTogether | None = None,
    mutate: bool = False,
    limits: Limits = Limits(),  # noqa: B008 — frozen
    seconds: float = RESPONSE_SECONDS,
) -> Judgement:
    """Read a response, run its tests on one database and judge it; see `validate_reading`."""
    reading = read_response(response, instruction=instruction)
    return validate_reading(
        reading,
        run,
        dialect,
        instruction=instruction,
        run_together=run_together,
        mutate=mutate,
        limits=limits,
        seconds=seconds,
    )


def validate_reading(
    reading: Reading,
    run: Run,
    dialect: Dialect,
    *,
    instruction: str = "",
    run_together: RunTogether | None = None,
    mutate: bool = False,
    limits: Limits = Limits(),  # noqa: B008 — frozen
    seconds: float = RESPONSE_SECONDS,
    tools: Tools = Tools(),  # noqa: B008 — frozen
) -> Judgement:
    """Run every test of a reading on one database and judge the response.

    run: executes a job on a database of `dialect`, never raises for what the SQL does.
    instruction: what was asked: an order of the rows, and values that an answer may repeat.
    run_together: the same for many jobs at once, None for each that must be run alone.
    mutate: also run the test without the answer, on other rows and with altered queries; where
    it passes all the same, the pass is vacuous.
    seconds: what all its jobs may take together; altered queries are left out first.
    tools: how the reading is altered and translated; workers do it in another process.
    SQL of another known dialect is run as written first and translated only where that fails.
    """
    nothing = unrunnable(reading)
    if nothing is not None:
        return nothing
    clock = Clock(run, run_together, seconds=seconds)
    bounds = Bounds(dialect, limits, asks_for_order(instruction), tools)
    judgement, trials = _judge_tests(reading, clock, bounds)
    if judgement.outcome is Outcome.WRONG_RESULT and (goes_on := _going_on(reading)):
        again, tried = _judge_tests(goes_on, clock, bounds)
        if again.outcome is Outcome.PASSED:
            judgement, trials = again, tried
    if judgement.outcome is Outcome.SQL_ERROR and reading.dialect not in {dialect, Dialect.UNKNOWN}:
        translated = tools.translate(reading, dialect)
        if translated:
            again, tried = _judge_tests(translated, clock, bounds)
            if _says_more(again, reading.dialect):
                message = f"Translated from {_NAMES[reading.dialect]}: {again.message}"
                judgement = replace(again, message=message, transpiled=True)
                trials = tried
    if reading.unread and judgement.outcome in {Outcome.PASSED, Outcome.VACUOUS}:
        # What was read says nothing of what was not.
        message = f"Not every test was read. {reading.unread[0]}"
        return replace(judgement, outcome=Outcome.NO_TESTS, message=message)
    if mutate and judgement.outcome is Outcome.PASSED:
        return scrutinise(trials, judgement, clock, bounds, instruction=instruction)
    return judgement


def _going_on(reading: Reading) -> Reading | None:
    """The reading with each test going on where the one before it ended, None where none does."""
    if not any(case.goes_on for case in reading.cases):
        return None
    return replace(reading, cases=tuple(case.goes_on or case for case in reading.cases))


def _says_more(translated: Judgement, dialect: Dialect) -> bool:
    """Whether a translation's judgement is worth more than that the SQL itself fails here.

    Where a database speaks the SQL's own dialect, a result that differs is the translation's.
    """
    if translated.outcome is Outcome.WRONG_RESULT:
        return dialect not in _SPOKEN
    return translated.outcome is not Outcome.SQL_ERROR


def _judge_tests(reading: Reading, clock: Clock, bounds: Bounds) -> tuple[Judgement, list[Trial]]:
    """Run test after test, until one decides or the time is over; and what was run in the end.

    The first test that is not passed decides; a vacuous one only where none is better.
    """
    judged: list[Judgement] = []
    ran: list[Trial] = []
    for trial in trials_of(reading, bounds):
        if judged and clock.is_over:
            total = len(reading.cases)
            message = f"The tests together run longer than they may: {len(judged)} of {total} ran."
            late = replace(best_of(judged), outcome=Outcome.TIMEOUT, message=message, diff=None)
            return late, ran
        judgement, tried = _judge_test(trial, clock, bounds)
        judged.append(judgement)
        ran += tried
        if judgement.outcome not in GOES_ON:
            return judgement, ran
    return best_of(judged), ran


def _judge_test(trial: Trial, clock: Clock, bounds: Bounds) -> tuple[Judgement, list[Trial]]:
    """One test; statements of its own that a constraint refuses may be meant to fail.

    They were where the test holds without them: then they must fail in every further run too.
    """
    execution = clock.one(trial.job(bounds))
    judgement = trial.judge(execution, bounds)
    fails = list(_meant_to_fail(trial, execution, clock, bounds))
    if not fails:
        notes = noted(trial, judgement, execution, clock, bounds)
        return replace(judgement, notes=notes), [trial]
    last, ended = fails[-1]
    without = last.judge(ended, bounds)
    is_shown = without.outcome in GOES_ON and not (trial.case and trial.case.asserts)
    if is_shown or last.says_so:
        musts = [replace(one, fails_at=at) for one, at in _musts(trial, last)]
        return without, [*musts, last]
    return judgement, [trial]


def _meant_to_fail(
    trial: Trial, execution: Execution, clock: Clock, bounds: Bounds
) -> Iterator[tuple[Trial, Execution]]:
    """The test run again without the statement that failed, and without the next one, …"""
    without = trial.without_failed(execution)
    while without is not None:
        ended = clock.one(without.job(bounds))
        yield without, ended
        without = without.without_failed(ended)


def _musts(first: Trial, last: Trial) -> Iterator[tuple[Trial, int]]:
    """A trial for each statement that must fail: it fails when those before it are left out."""
    before: frozenset[int] = frozenset()
    for place in sorted(last.skipped - first.skipped):
        yield replace(first, skipped=first.skipped | before), place
        before |= {place}
