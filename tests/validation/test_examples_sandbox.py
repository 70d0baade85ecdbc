"""The labelled responses in the real sandbox: what each database says of them, one by one."""

from __future__ import annotations

import pytest

from apps.validation.judging import Judgement, validate
from apps.validation.runners import Timed
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Outcome
from tests.validation.caselib import Case, combined_cases, written_cases
from tests.validation.conftest import GetPool
from tests.validation.test_examples import PAIRS

WRITTEN = written_cases()
ON_MARIADB = ("drawn", "earned", "fresh", "judged", "models", "roles", "second", "shapes")
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


@pytest.mark.parametrize("name", OTHERWISE)
def test_the_sandbox_says_of_every_response_what_a_careful_person_says(
    pools: GetPool, name: str
) -> None:
    cases = [*WRITTEN, *combined_cases()] if name == "sqlite" else WRITTEN
    found = {case.name: judged(pools(name), case) for case in cases}
    expected = {case.name: OTHERWISE[name].get(case.name, case.on(name)) for case in cases}
    if found["endless recursion"].outcome is Outcome.REFUSED:
        # PostgreSQL's temporary files are full before its time is over, where the disk is quick.
        expected["endless recursion"] = Outcome.REFUSED
    wrong = {
        case: (judgement.outcome, expected[case], judgement.message)
        for case, judgement in found.items()
        if judgement.outcome is not expected[case]
    }
    assert not wrong
    assert set(OTHERWISE[name]) <= set(found)


def test_mariadb_says_what_a_careful_person_says(pools: GetPool) -> None:
    """Of the responses whose verdict on it is written down."""
    cases = [case for name in ON_MARIADB for case in written_cases(name)]
    found = {case.name: judged(pools("mariadb"), case) for case in cases}
    expected = {case.name: case.on("mariadb") for case in cases}
    wrong = {
        case: (judgement.outcome, expected[case], judgement.message)
        for case, judgement in found.items()
        if judgement.outcome is not expected[case]
    }
    assert not wrong


@pytest.mark.parametrize(
    ("name", "outcome", "said"),
    [
        ("sqlite", Outcome.NO_TESTS, "It runs, but there is no test; not defined: customers."),
        ("duckdb", Outcome.SQL_ERROR, "AUTOINCREMENT"),
        ("postgres", Outcome.SQL_ERROR, 'syntax error at or near "AUTOINCREMENT"'),
        ("mariadb", Outcome.SQL_ERROR, "AUTOINCREMENT"),
    ],
)
def test_row_2_of_the_labelled_pairs_runs_on_sqlite_and_the_others_say_why_not(
    pools: GetPool, name: str, outcome: Outcome, said: str
) -> None:
    pair = PAIRS[2]
    judgement = judged(pools(name), Case("", outcome, pair["instruction"], pair["response"]))

    assert judgement.outcome is outcome
    assert said in judgement.message
