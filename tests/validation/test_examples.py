"""The six labelled pairs: what a reviewer should have seen beside the text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from apps.sql.dialects import Dialect
from apps.validation.checks import PairText, run_checks
from apps.validation.judging import Judgement, validate
from apps.validation.reading import read_response
from apps.validation.values import Outcome, Tag
from tests.validation.runner import run_sqlite

PATH = Path(__file__).parents[2] / "apps" / "home" / "sample_pairs" / "labelled-pairs.jsonl"
PAIRS: list[dict[str, Any]] = [json.loads(line) for line in PATH.read_text().splitlines()]


def judged(row: int, *, mutate: bool = False) -> Judgement:
    pair = PAIRS[row]
    return validate(
        pair["response"], pair["instruction"], run_sqlite, Dialect.SQLITE, mutate=mutate
    )


def reasons(row: int) -> dict[str, str]:
    pair = PAIRS[row]
    text = PairText(
        pair["instruction"], pair["response"], tuple(pair["concepts"]), pair["seed"] or ""
    )
    return {
        result.reason: getattr(text, result.where)[result.start : result.end]
        for result in run_checks(text)
        if result.reason
    }


def test_row_0_has_the_view_as_context_and_no_tests() -> None:
    judgement = judged(0)

    assert judgement.outcome is Outcome.NO_TESTS
    assert "table_1" in judgement.message


def test_row_1_is_wrong_and_the_diff_shows_charlie() -> None:
    judgement = judged(1)

    assert judgement.outcome is Outcome.WRONG_RESULT
    assert judgement.diff is not None
    rows = [(row.tag, row.cells) for row in judgement.diff.rows]
    missing = rows.index((Tag.MISSING, (3, "Bob", 15)))
    assert rows[missing + 1] == (Tag.UNEXPECTED, (3, "Charlie", 15))
    assert reasons(1) == {"instruction_language": "Python"}


def test_row_2_runs_on_sqlite_and_has_no_tests() -> None:
    judgement = judged(2)

    assert judgement.outcome is Outcome.NO_TESTS
    assert judgement.message == "It runs, but there is no test; not defined: customers."
    assert read_response(PAIRS[2]["response"]).dialect is Dialect.SQLITE


def test_row_3_fails_at_return_result() -> None:
    judgement = judged(3)

    assert judgement.outcome is Outcome.SQL_ERROR
    assert "`return result`" in judgement.message
    assert reasons(3) == {"instruction_language": "Python"}


def test_row_4_is_python_and_no_sql() -> None:
    assert judged(4).outcome is Outcome.NO_SQL
    assert reasons(4) == {"instruction_language": "Python", "response_language": "```python"}


def test_row_5_has_unbound_placeholders() -> None:
    judgement = judged(5)

    assert judgement.outcome is Outcome.SQL_ERROR
    assert "placeholders (?)" in judgement.message
    assert reasons(5)["unbound_placeholders"] == "?"


@pytest.mark.parametrize("row", range(6))
def test_no_labelled_pair_is_passed_and_every_judgement_is_json(row: int) -> None:
    judgement = judged(row, mutate=True)

    assert judgement.outcome is not Outcome.PASSED
    assert json.loads(json.dumps(judgement.as_json()))["outcome"] == judgement.outcome.value
