"""What holds of the labelled responses as a whole, and of the third labelled pair everywhere."""

from __future__ import annotations

import pytest

from apps.validation import databases
from apps.validation.values import Outcome
from tests.validation.caselib import written_cases
from tests.validation.conftest import GetPool
from tests.validation.examples_sandbox import CASES, FILES, OTHERWISE, PARTS, row_2_on


def test_there_are_enough_cases_and_no_two_share_a_name() -> None:
    assert len(written_cases()) >= 500
    assert len(CASES) >= 600
    assert len({case.name for case in CASES}) == len(CASES)


def test_every_response_is_in_a_part_of_one_of_the_files() -> None:
    of_files = [part for file in range(FILES) for part in PARTS[file::FILES]]
    assert sorted(case.name for part in of_files for case in part.cases) == sorted(
        case.name for case in CASES
    )
    # Of each database hundreds, of SQLite all.
    judged = {name: sum(len(part.on(name)) for part in PARTS) for name in databases.NAMES}
    assert judged["sqlite"] == len(CASES)
    assert judged["duckdb"] == judged["postgres"] == len(written_cases())
    assert judged["mariadb"] >= 500


@pytest.mark.parametrize("name", OTHERWISE)
def test_every_exception_is_of_a_response_that_is_there(name: str) -> None:
    assert set(OTHERWISE[name]) <= {case.name for part in PARTS for case in part.on(name)}


@pytest.mark.parametrize(
    ("name", "outcome", "message"),
    [
        ("sqlite", Outcome.NO_TESTS, "It runs, but there is no test; not defined: customers."),
        ("duckdb", Outcome.SQL_ERROR, "AUTOINCREMENT"),
        # As it is written it is refused; translated, it refers to a table that nothing makes.
        ("postgres", Outcome.NO_TESTS, "no test defines table customers"),
        ("mariadb", Outcome.SQL_ERROR, "AUTOINCREMENT"),
    ],
)
def test_row_2_of_the_labelled_pairs_is_sqlites_own(
    pools: GetPool, name: str, outcome: Outcome, message: str
) -> None:
    judgement = row_2_on(pools(name))

    assert judgement.outcome is outcome and message in judgement.message
    assert judgement.transpiled == (name == "postgres")
