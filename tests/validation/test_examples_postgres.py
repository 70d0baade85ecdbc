"""The labelled responses on PostgreSQL."""

from __future__ import annotations

from apps.validation.values import Outcome
from tests.validation.caselib import Case
from tests.validation.conftest import GetPool
from tests.validation.examples_sandbox import OTHERWISE, cases_on, disagreements, parts_on, row_2_on

NAME = "postgres"


@parts_on(NAME)
def test_it_says_what_a_careful_person_says(pools: GetPool, cases: list[Case]) -> None:
    assert not disagreements(pools(NAME), cases)


def test_row_2_of_the_labelled_pairs_is_sqlites_own(pools: GetPool) -> None:
    judgement = row_2_on(pools(NAME))

    # As it is written it is refused; translated, it refers to a table that nothing makes.
    assert judgement.outcome is Outcome.NO_TESTS and judgement.transpiled
    assert "no test defines table customers" in judgement.message


def test_every_exception_is_of_a_response_that_is_there() -> None:
    assert set(OTHERWISE[NAME]) <= {case.name for case in cases_on(NAME)}
