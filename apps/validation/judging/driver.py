"""Validate a response on one database whose runner the caller gives."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from apps.validation.judging.plan import build_job, translate_reading
from apps.validation.judging.verdict import Judgement, judge, unrunnable
from apps.validation.mutation import altered_readings
from apps.validation.reading import read_response
from apps.validation.values import Dialect, Execution, Limits, Outcome, Reading, ScriptJob, TestCase

Run = Callable[[ScriptJob], Execution]
RunMany = Callable[[Sequence[ScriptJob]], Sequence[Execution]]

_KILLED = {Outcome.WRONG_RESULT, Outcome.VACUOUS, Outcome.TIMEOUT}
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
    run_many: RunMany | None = None,
    mutate: bool = False,
    limits: Limits = Limits(),  # noqa: B008 — frozen
) -> Judgement:
    """Read a response, run its tests on one database and judge it; see `validate_reading`."""
    reading = read_response(response, instruction=instruction)
    return validate_reading(reading, run, dialect, run_many=run_many, mutate=mutate, limits=limits)


def validate_reading(
    reading: Reading,
    run: Run,
    dialect: Dialect,
    *,
    run_many: RunMany | None = None,
    mutate: bool = False,
    limits: Limits = Limits(),  # noqa: B008 — frozen
) -> Judgement:
    """Run every test of a reading on one database and judge the response.

    run: executes a job on a database of `dialect`, never raises for what the SQL does.
    run_many: the same for many jobs at once, where that is faster than one after the other.
    mutate: also run altered queries; where every one of them passes, a pass is vacuous.
    SQL of another known dialect is run as written first and translated only where that fails.
    """
    nothing = unrunnable(reading)
    if nothing is not None:
        return nothing
    judgement = _judge_cases(reading, run, dialect, limits)
    if judgement.outcome is Outcome.SQL_ERROR and reading.dialect not in {dialect, Dialect.UNKNOWN}:
        translated = translate_reading(reading, dialect)
        again = translated and _judge_cases(translated, run, dialect, limits)
        if translated and again and again.outcome is not Outcome.SQL_ERROR:
            message = f"Translated from {_NAMES[reading.dialect]}: {again.message}"
            reading, judgement = translated, replace(again, message=message, transpiled=True)
    if mutate and judgement.outcome is Outcome.PASSED:
        run_all = run_many or (lambda jobs: [run(job) for job in jobs])
        return _with_strength(reading, judgement, run_all, dialect, limits)
    return judgement


def _judge_cases(reading: Reading, run: Run, dialect: Dialect, limits: Limits) -> Judgement:
    """Run test after test, until one decides."""
    return _decide(reading, (run(job) for job in _jobs(reading, dialect, limits)), dialect)


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
        if judgement.outcome not in {Outcome.PASSED, Outcome.VACUOUS, Outcome.NO_TESTS}:
            return judged[-1]
    for wanted in (Outcome.PASSED, Outcome.VACUOUS):
        found = next((item for item in judged if item.outcome is wanted), None)
        if found:
            return found
    return judged[0]


def _with_strength(
    reading: Reading, judgement: Judgement, run_many: RunMany, dialect: Dialect, limits: Limits
) -> Judgement:
    """Run altered queries; one that the database refuses says nothing of the test."""
    mutants = [mutant.reading for mutant in altered_readings(reading)]
    jobs = [job for mutant in mutants for job in _jobs(mutant, dialect, limits)]
    executions = iter(run_many(jobs))
    outcomes = [
        _decide(mutant, list(islice(executions, len(_cases(mutant)))), dialect).outcome
        for mutant in mutants
    ]
    survived = outcomes.count(Outcome.PASSED)
    killed = sum(outcome in _KILLED for outcome in outcomes)
    if not survived + killed:
        return judgement
    counted = replace(
        judgement,
        mutants=survived + killed,
        killed=killed,
        strength=killed / (survived + killed),
    )
    if killed:
        return counted
    message = f"The test also passes with every one of {survived} altered queries."
    return replace(counted, outcome=Outcome.VACUOUS, message=message)
