"""Responses of many shapes get the verdict that a careful person gives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from apps.sql.dialects import Dialect
from apps.validation.judging import validate, validate_reading
from apps.validation.reading import read_response
from apps.validation.values import Outcome, Reading, Scalar, Table
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
    if case.notes:
        assert set(judgement.notes) == set(case.notes)


PASSED = [case for case in CASES if case.outcome is Outcome.PASSED]


@pytest.mark.parametrize("case", PASSED, ids=[case.name for case in PASSED])
def test_one_wrong_cell_in_the_expected_table_is_never_passed(case: Case) -> None:
    reading = read_response(case.response, instruction=case.instruction)

    for spoiled in spoiled_readings(reading):
        judgement = validate_reading(spoiled, run_sqlite, Dialect.SQLITE)

        assert judgement.outcome is not Outcome.PASSED


def spoiled_readings(reading: Reading) -> Iterator[Reading]:
    """The reading with one cell of one expected table changed, for every cell."""
    for number, test in enumerate(reading.cases):
        table = test.expected or Table((), ())
        for index, row in enumerate(table.rows):
            for column, value in enumerate(row):
                other = (*row[:column], spoiled_value(value), *row[column + 1 :])
                rows = (*table.rows[:index], other, *table.rows[index + 1 :])
                wrong = replace(test, expected=replace(table, rows=rows))
                cases = (*reading.cases[:number], wrong, *reading.cases[number + 1 :])
                yield replace(reading, cases=cases)


def spoiled_value(value: Scalar) -> Scalar:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}q"


def test_there_are_enough_cases_and_no_two_share_a_name() -> None:
    assert len(written_cases()) >= 500
    assert len(CASES) >= 600
    assert len({case.name for case in CASES}) == len(CASES)
