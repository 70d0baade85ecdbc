"""Responses of many shapes get the verdict that a careful person gives."""

from __future__ import annotations

import pytest

from apps.validation.judging import validate
from apps.validation.values import Dialect
from tests.validation.caselib import Case, combined_cases, written_cases
from tests.validation.runner import run_sqlite

CASES = [*written_cases(), *combined_cases()]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_response_gets_the_verdict_of_a_careful_person(case: Case) -> None:
    judgement = validate(
        case.response, case.instruction, run_sqlite, Dialect.SQLITE, mutate=case.mutate
    )

    assert judgement.outcome is case.outcome, judgement.message
    assert case.fragment.lower() in judgement.message.lower()


def test_there_are_enough_cases_and_no_two_share_a_name() -> None:
    assert len(written_cases()) >= 200
    assert len(CASES) >= 300
    assert len({case.name for case in CASES}) == len(CASES)
