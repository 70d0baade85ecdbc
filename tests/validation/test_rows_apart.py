"""Whether two databases gave other rows, by what is kept of their results."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import pytest

from apps.validation.models import Verdict
from apps.validation.results.apart import came_out, rows_differ
from apps.validation.results.comparison import Order, compare_tables
from apps.validation.services import responses_validate
from apps.validation.values import Row, Scalar, Table
from tests.builders import make_response

EXPECTED = Table(("id", "name"), ((1, "Ann"), (2, "Bob")))


def differ(one: list[Row], other: list[Row], *, ordered: bool = False) -> bool:
    """Of two results that are compared with the expected table, and stored as JSON."""
    diffs = []
    for rows in (one, other):
        table = Table(EXPECTED.columns, tuple(rows))
        compared = compare_tables(EXPECTED, table, order=Order(ordered=ordered))
        diffs.append(came_out(asdict(compared.diff)))
    assert rows_differ(*diffs) is rows_differ(*diffs[::-1])
    return rows_differ(*diffs)


@pytest.mark.parametrize(
    ("one", "other", "is_other"),
    [
        ([(1, "Ann"), (3, "Bob")], [(1, "Ann"), (3, "Bob")], False),
        ([(3, "Bob"), (4, "Cy")], [(4, "Cy"), (3, "Bob")], False),
        ([(1, "Ann"), (3, "Bob")], [(1, "Ann"), (4, "Bob")], True),
        ([(1, "Ann")], [(1, "Ann"), (3, None)], True),
        ([(1, "Ann")], [(2, "Bob")], True),
        ([], [(1, "Ann")], True),
        ([(3, None)], [(3, "")], True),
    ],
)
def test_rows_are_other_rows(one: list[Row], other: list[Row], is_other: bool) -> None:
    assert differ(one, other) is is_other


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (2.5, "2.50"),
        (3, 3.0),
        (2.3333333333333335, "2.3333333333333333"),
        ("2024-01-01", "2024-01-01 00:00:00"),
        ("{1,2}", "[1, 2]"),
    ],
)
def test_what_is_only_written_otherwise_is_no_other_row(one: Scalar, other: Scalar) -> None:
    assert not differ([(9, one)], [(9, other)])


def test_the_order_counts_where_it_is_what_is_wrong() -> None:
    rows: list[Row] = [(1, "Ann"), (2, "Bob"), (3, "Cy")]
    expected = Table(EXPECTED.columns, tuple(rows))
    diffs = []
    for order in ([1, 0, 2], [2, 1, 0], [1, 0, 2]):
        table = Table(EXPECTED.columns, tuple(rows[place] for place in order))
        compared = compare_tables(expected, table, order=Order(ordered=True))
        assert compared.is_order
        diffs.append(came_out(asdict(compared.diff)))
    assert rows_differ(diffs[0], diffs[1]) and not rows_differ(diffs[0], diffs[2])


def test_of_results_that_were_cut_only_what_is_known_is_said() -> None:
    def rows(count: int, start: int = 10) -> list[Row]:
        return [(start + number, "Zoe") for number in range(count)]

    assert not differ(rows(70), rows(70, start=500)), "what was not kept may be the same"
    assert differ(rows(70), rows(20)), "one is cut and one is not"
    whole = [*EXPECTED.rows, *rows(60)]
    assert not differ(whole, whole[::-1])


DIVIDED = """```sql
SELECT id, total / parts AS each FROM shares ORDER BY id;
```
Input Table: shares
| id | total | parts |
|---|---|---|
| 1 | 5 | 2 |

Expected Output:
| id | each |
|---|---|
| 1 | {each} |
"""


@pytest.mark.django_db
@pytest.mark.parametrize(("each", "outcomes", "is_noted"), [
    ("7", {"wrong_result"}, True), ("2", {"passed", "wrong_result"}, False),
])  # fmt: skip
def test_real_databases_that_are_wrong_in_different_ways_are_noted(
    settings: Any, each: str, outcomes: set[str], is_noted: bool
) -> None:
    settings.WINNOW_DATABASES = ["sqlite", "duckdb", "postgres"]
    response = make_response(DIVIDED.format(each=each), instruction="Divide the shares.")
    responses_validate(response_ids=[response.pk])
    verdicts = {one.database: one for one in Verdict.objects.filter(response=response)}
    overall = verdicts.pop("overall")
    assert {one.outcome for one in verdicts.values()} == outcomes
    assert ("other_rows" in overall.notes) is is_noted
    assert not any("other_rows" in one.notes for one in verdicts.values())
    wrong = {name: came_out(one.diff) for name, one in verdicts.items()}
    assert rows_differ(wrong["sqlite"], wrong["duckdb"])
    assert not rows_differ(wrong["sqlite"], wrong["postgres"])
