"""Validate a response on one database whose runner the caller gives."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from apps.sql.dialects import Dialect
from apps.validation.judging.clock import Clock, Run, RunTogether
from apps.validation.judging.plan import build_job, translate_reading
from apps.validation.judging.verdict import Judgement, judge, unrunnable
from apps.validation.reading import read_response
from apps.validation.strength.mutation import altered_readings
from apps.validation.values import Execution, Limits, Outcome, Reading, ScriptJob, TestCase

RESPONSE_SECONDS = 30.0
# As many altered queries at a time as jobs can share a place.
_TOGETHER = 16
# A query that only became slower says nothing of the test.
_KILLED = {Outcome.WRONG_RESULT, Outcome.VACUOUS}
_GOES_ON = {Outcome.PASSED, Outcome.VACUOUS, Outcome.NO_TESTS}
_NAMES = {
    Dialect.SQLITE: "SQLite",
    Dialect.DUCKDB: "DuckDB",
    Dialect.POSTGRES: "PostgreSQL",
    Dialect.MYSQL: "MySQL",
    Dialect.TSQL: "T-SQL",
    Dialect.ORACLE: "Oracle",
}


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
    run_together: RunTogether | None = None,
    mutate: bool = False,
    limits: Limits = Limits(),  # noqa: B008 — frozen
    seconds: float = RESPONSE_SECONDS,
) -> Judgement:
    """Run every test of a reading on one database and judge the response.

    run: executes a job on a database of `dialect`, never raises for what the SQL does.
    run_together: the same for many jobs at once, None for each that must be run alone.
    mutate: also run altered queries; where every one of them passes, a pass is vacuous.
    seconds: what all its jobs may take together; altered queries are left out first.
    SQL of another known dialect is run as written first and translated only where that fails.
    """
    nothing = unrunnable(reading)
    if nothing is not None:
        return nothing
    clock = Clock(run, run_together, seconds=seconds)
    judgement = _judge_cases(reading, clock, dialect, limits)
    if judgement.outcome is Outcome.SQL_ERROR and reading.dialect not in {dialect, Dialect.UNKNOWN}:
        translated = translate_reading(reading, dialect)
        again = translated and _judge_cases(translated, clock, dialect, limits)
        if translated and again and again.outcome is not Outcome.SQL_ERROR:
            message = f"Translated from {_NAMES[reading.dialect]}: {again.message}"
            reading, judgement = translated, replace(again, message=message, transpiled=True)
    if mutate and judgement.outcome is Outcome.PASSED:
        return _with_strength(reading, judgement, clock, dialect, limits)
    return judgement


def _judge_cases(reading: Reading, clock: Clock, dialect: Dialect, limits: Limits) -> Judgement:
    """Run test after test, until one decides or the time is over."""
    run = 0

    def executions() -> Iterator[Execution]:
        nonlocal run
        for job in _jobs(reading, dialect, limits):
            if run and clock.is_over:
                return
            run += 1
            yield clock.one(job)

    judgement = _decide(reading, executions(), dialect)
    if run < len(reading.cases) and judgement.outcome in _GOES_ON:
        message = f"The tests together run longer than they may: {run} of {len(reading.cases)} ran."
        return replace(judgement, outcome=Outcome.TIMEOUT, message=message, diff=None)
    return judgement


def _cases(reading: Reading) -> tuple[TestCase | None, ...]:
    return reading.cases or (None,)


def _jobs(reading: Reading, dialect: Dialect, limits: Limits) -> Iterator[ScriptJob]:
    for case in _cases(reading):
        yield build_job(reading, case, limits=limits, dialect=dialect)


def _decide(reading: Reading, executions: Iterable[Execution], dialect: Dialect) -> Judgement:
    """The first test that is not passed decides; a vacuous one only where none is better.

    executions: one for each test, in their order; no more are taken than needed.
    """
    judged: list[Judgement] = []
    for index, (case, execution) in enumerate(zip(_cases(reading), executions, strict=False)):
        judgement = judge(reading, case, execution, dialect=dialect)
        judged.append(replace(judgement, case=index if case else None, cases=len(reading.cases)))
        if judgement.outcome not in _GOES_ON:
            return judged[-1]
    for wanted in (Outcome.PASSED, Outcome.VACUOUS):
        found = next((item for item in judged if item.outcome is wanted), None)
        if found:
            return found
    return judged[0]


def _with_strength(
    reading: Reading, judgement: Judgement, clock: Clock, dialect: Dialect, limits: Limits
) -> Judgement:
    """Run altered queries; one that the database refuses, or is slow, says nothing of the test."""
    mutants = [mutant.reading for mutant in altered_readings(reading)]
    outcomes = list(_outcomes(mutants, clock, dialect, limits))
    survived = outcomes.count(Outcome.PASSED)
    killed = sum(outcome in _KILLED for outcome in outcomes)
    message = judgement.message
    if len(outcomes) < len(mutants):
        message += f" There was time for {len(outcomes)} of {len(mutants)} altered queries."
    if not survived + killed:
        return replace(judgement, message=message)
    counted = replace(
        judgement,
        message=message,
        mutants=survived + killed,
        killed=killed,
        strength=killed / (survived + killed),
    )
    if killed:
        return counted
    message = f"The test also passes with every one of {survived} altered queries."
    return replace(counted, outcome=Outcome.VACUOUS, message=message)


def _outcomes(
    mutants: list[Reading], clock: Clock, dialect: Dialect, limits: Limits
) -> Iterator[Outcome]:
    """What each altered reading comes to; of those that there is no time for, none."""
    if not mutants:
        return
    size = max(1, _TOGETHER // len(_cases(mutants[0])))
    for start in range(0, len(mutants), size):
        part = mutants[start : start + size]
        jobs = [job for mutant in part for job in _jobs(mutant, dialect, limits)]
        executions = clock.each(jobs)
        for mutant in part:
            own = list(islice(executions, len(_cases(mutant))))
            if len(own) < len(_cases(mutant)):
                return
            yield _decide(mutant, own, dialect).outcome
