"""The labelled responses in the real sandbox: what each database says of them, part by part.

A file for each database, so that they run side by side; each test is a few responses, so that the
limit of a test is one of progress: a busy machine needs longer for all of them, hardly for a few.
"""

from __future__ import annotations

import pytest

from apps.validation.judging import Judgement, validate
from apps.validation.runners import Timed
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Outcome
from tests.validation.caselib import Case, combined_cases, written_cases
from tests.validation.test_examples import PAIRS

WRITTEN = written_cases()
ON_MARIADB = (
    "again", "drawn", "earned", "first", "fresh", "judged", "kinds", "later", "mended", "models", "ordinary", "rarer",
    "roles", "second", "seen", "shapes", "siblings", "sight", "told", "unseen",
)  # fmt: skip
_PART = 20
# What other databases rightly say otherwise than SQLite, for which the cases are written.
OTHERWISE = {
    "sqlite": {"file access is refused or fails": Outcome.REFUSED},
    "duckdb": {
        "file access is refused or fails": Outcome.REFUSED,
        "expected leaves out a default column": Outcome.SQL_ERROR,
        "truncate is delete without where in sqlite": Outcome.PASSED,
        "trigger used by the test": Outcome.SQL_ERROR,
        "trigger on update": Outcome.SQL_ERROR,
        "create table in the words of another database": Outcome.NO_TESTS,
        "date arithmetic of sqlite": Outcome.SQL_ERROR,
        "a format in quotes is no placeholder": Outcome.SQL_ERROR,
        # AT is a word of DuckDB's own.
        "time literal is no placeholder": Outcome.SQL_ERROR,
        "timestamps with midnight": Outcome.SQL_ERROR,
    },
    "postgres": {
        "insert or replace": Outcome.SQL_ERROR,
        "expected leaves out a default column": Outcome.SQL_ERROR,
        "truncate is delete without where in sqlite": Outcome.PASSED,
        "trigger used by the test": Outcome.SQL_ERROR,
        "trigger on update": Outcome.SQL_ERROR,
        "create table in the words of another database": Outcome.NO_TESTS,
        "function cannot be made in sqlite": Outcome.PASSED,
        "date arithmetic of sqlite": Outcome.SQL_ERROR,
        # The translation keeps the format, which means nothing there.
        "a format in quotes is no placeholder": Outcome.SQL_ERROR,
        "grant is unknown to sqlite": Outcome.NO_TESTS,
        "schema-qualified name of the default schema": Outcome.SQL_ERROR,
    },
}


def cases_on(name: str) -> list[Case]:
    """The responses whose verdict on a database is written down."""
    if name == "mariadb":
        return [case for file in ON_MARIADB for case in written_cases(file)]
    return [*WRITTEN, *combined_cases()] if name == "sqlite" else WRITTEN


def parts_on(name: str) -> pytest.MarkDecorator:
    """A test for every twenty responses on a database, named by the first one."""
    cases = cases_on(name)
    parts = [cases[start : start + _PART] for start in range(0, len(cases), _PART)]
    return pytest.mark.parametrize("cases", parts, ids=[part[0].name for part in parts])


def expected(case: Case, name: str) -> Outcome:
    """What a careful person says of a response on a database."""
    return OTHERWISE.get(name, {}).get(
        case.name, case.on(name) if name != "sqlite" else case.outcome
    )


def judged(pool: SandboxPool, case: Case) -> Judgement:
    timed = Timed(pool)
    return validate(
        case.response,
        case.instruction,
        timed,
        pool.database.dialect,
        run_together=timed.together,
        mutate=case.mutate,
    )


def disagreements(pool: SandboxPool, cases: list[Case]) -> dict[str, tuple[Outcome, Outcome, str]]:
    """What was found, what is right and the message, of each response that is judged wrongly."""
    name = pool.database.name
    found = {case.name: (judged(pool, case), expected(case, name)) for case in cases}
    return {
        case: (judgement.outcome, right, judgement.message)
        for case, (judgement, right) in found.items()
        if judgement.outcome is not right and not _is_full(case, judgement.outcome)
    }


def _is_full(case: str, outcome: Outcome) -> bool:
    """PostgreSQL's temporary files are full before its time is over, where the disk is quick."""
    return case == "endless recursion" and outcome is Outcome.REFUSED


def row_2_on(pool: SandboxPool) -> Judgement:
    """What a database says of the third labelled pair, which is SQLite's dialect."""
    pair = PAIRS[2]
    return judged(pool, Case("", Outcome.SQL_ERROR, pair["instruction"], pair["response"]))
