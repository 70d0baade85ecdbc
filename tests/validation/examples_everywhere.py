"""The tests of the labelled responses, for the files that run side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from apps.sql.dialects import Dialect
from apps.validation import databases
from apps.validation.judging import validate_reading
from apps.validation.values import Outcome, Reading, Scalar, Table
from tests.validation.conftest import GetPool
from tests.validation.examples_sandbox import Part, disagreements
from tests.validation.runner import run_sqlite


@pytest.mark.parametrize("name", databases.NAMES)
def test_a_response_gets_the_verdict_of_a_careful_person(
    pools: GetPool, part: Part, name: str
) -> None:
    wrong = disagreements(pools(name), part)
    assert not wrong, "\n".join(wrong)


def test_one_wrong_cell_in_the_expected_table_is_never_passed(part: Part) -> None:
    wrong = [
        case.name
        for case in part.cases
        if case.outcome is Outcome.PASSED
        for spoiled in spoiled_readings(part.reading(case))
        if validate_reading(spoiled, run_sqlite, Dialect.SQLITE).outcome is Outcome.PASSED
    ]
    assert not wrong, wrong


def spoiled_readings(reading: Reading) -> Iterator[Reading]:
    """The reading with one cell of one expected table changed, for every cell."""
    for number, test in enumerate(reading.cases):
        table = test.expected or Table((), ())
        for index, row in enumerate(table.rows):
            for column, value in enumerate(row):
                other = (*row[:column], spoiled_value(value), *row[column + 1 :])
                rows = (*table.rows[:index], other, *table.rows[index + 1 :])
                spoiled = replace(table, rows=rows)
                goes_on = test.goes_on and replace(test.goes_on, expected=spoiled)
                wrong = replace(test, expected=spoiled, goes_on=goes_on)
                cases = (*reading.cases[:number], wrong, *reading.cases[number + 1 :])
                yield replace(reading, cases=cases)


def spoiled_value(value: Scalar) -> Scalar:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    return f"{value}q"
