"""The labelled responses on SQLite."""

from __future__ import annotations

from apps.validation.values import Outcome
from tests.validation.caselib import Case
from tests.validation.conftest import GetPool
from tests.validation.examples_sandbox import OTHERWISE, cases_on, disagreements, parts_on, row_2_on

NAME = "sqlite"


@parts_on(NAME)
def test_it_says_what_a_careful_person_says(pools: GetPool, cases: list[Case]) -> None:
    assert not disagreements(pools(NAME), cases)


def test_row_2_of_the_labelled_pairs_runs_on_it_without_a_test(pools: GetPool) -> None:
    judgement = row_2_on(pools(NAME))

    assert judgement.outcome is Outcome.NO_TESTS
    assert "It runs, but there is no test; not defined: customers." in judgement.message


def test_every_exception_is_of_a_response_that_is_there() -> None:
    assert set(OTHERWISE[NAME]) <= {case.name for case in cases_on(NAME)}
