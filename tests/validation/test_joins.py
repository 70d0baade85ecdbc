"""What a join is on is left out where a table of one row lets every row fit it."""

from __future__ import annotations

import pytest

from apps.validation.reading import read_response
from apps.validation.strength.joins import unjoined

ONE, TWO = "| 1 |", "| 1 |\n| 2 |"
TEXT = """```sql
{sql};
```
Input Table: a
| id |
|---|
{a}

Input Table: b
| id |
|---|
{b}

Expected Output:
| id |
|---|
| 1 |
"""


def altered(sql: str, a: str = ONE, b: str = TWO) -> str:
    found = unjoined(read_response(TEXT.format(sql=sql, a=a, b=b)))
    return found.statements[-1] if found else ""


@pytest.mark.parametrize(
    "sql", ["SELECT a.id FROM a JOIN b ON a.id = b.id", "SELECT a.id FROM a INNER JOIN b ON a.id < b.id"]
)  # fmt: skip
@pytest.mark.parametrize(("a", "b"), [(ONE, TWO), (TWO, ONE), (ONE, ONE)])
def test_a_join_with_a_table_of_one_row_is_crossed(sql: str, a: str, b: str) -> None:
    assert altered(sql, a, b) == "SELECT a.id FROM a CROSS JOIN b"


@pytest.mark.parametrize(
    ("sql", "a"),
    [
        ("SELECT a.id FROM a JOIN b ON a.id = b.id", TWO),
        ("SELECT a.id FROM a LEFT JOIN b ON a.id = b.id", ONE),
        ("SELECT id FROM a JOIN b USING (id)", ONE),
        ("SELECT id FROM a NATURAL JOIN b", ONE),
        ("SELECT a.id FROM a CROSS JOIN b", ONE),
        ("SELECT id FROM a WHERE id IN (SELECT id FROM b)", ONE),
    ],
)
def test_no_other_join_costs_a_run(sql: str, a: str) -> None:
    assert altered(sql, a) == ""
