"""The labelled responses on MariaDB."""

from __future__ import annotations

from apps.validation.values import Outcome
from tests.validation.caselib import Case
from tests.validation.conftest import GetPool
from tests.validation.examples_sandbox import disagreements, parts_on, row_2_on

NAME = "mariadb"


@parts_on(NAME)
def test_it_says_what_a_careful_person_says(pools: GetPool, cases: list[Case]) -> None:
    assert not disagreements(pools(NAME), cases)


def test_row_2_of_the_labelled_pairs_is_sqlites_own(pools: GetPool) -> None:
    judgement = row_2_on(pools(NAME))

    assert judgement.outcome is Outcome.SQL_ERROR
    assert "AUTOINCREMENT" in judgement.message
