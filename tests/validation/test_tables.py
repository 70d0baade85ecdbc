"""Text tables of every shape, and the types of their values."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.validation.results.tables import NotATable, looks_like_table, parse_table
from apps.validation.values import Table

USERS = Table(("id", "name"), ((1, "Ann Lee"), (2, None)))


@pytest.mark.parametrize(
    "text",
    [
        "id | name\n\n1 | Ann Lee\n2 | NULL",
        "| id | name |\n|:---|---:|\n| 1 | Ann Lee |\n| 2 | NULL |",
        " id |  name   \n----+---------\n  1 | Ann Lee\n  2 | \n(2 rows)\n",
        "+----+---------+\n| id | name    |\n+----+---------+\n|  1 | Ann Lee |\n|  2 | NULL    |\n+----+---------+\n2 rows in set (0.00 sec)",
        "┌────┬─────────┐\n│ id │  name   │\n├────┼─────────┤\n│  1 │ Ann Lee │\n│  2 │ NULL    │\n└────┴─────────┘",
        "id\tname\n1\tAnn Lee\n2\tNULL",
        "id,name\n1,Ann Lee\n2,NULL",
        "id  name\n1   Ann Lee\n2   NULL",
        "id | name\n1 | 'Ann Lee'\n2 | NULL",
        '[{"id": 1, "name": "Ann Lee"}, {"id": 2, "name": null}]',
        "| `id` | **name** |\n| 1 | Ann Lee |\n| 2 | (null) |",
    ],
)
def test_the_same_table_in_many_shapes(text: str) -> None:
    assert parse_table(text) == USERS


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "2"], (1, 2)),
        (["1", "2.50"], (1.0, 2.5)),
        (["007", "12"], ("007", "12")),
        (["true", "FALSE"], (True, False)),
        (["2024-01-01", "NULL"], ("2024-01-01", None)),
        (["'1'", "x"], ("1", "x")),
        (["'NULL'", "NULL"], ("NULL", None)),
        (["1,000", "2"], ("1,000", "2")),
        (["''", "x"], ("", "x")),
        (["'it''s'", '"q"'], ("it's", "q")),
        (["1e3", "2"], (1000.0, 2.0)),
        (["12345678901234567890", "1"], ("12345678901234567890", "1")),
    ],
)
def test_values_are_typed_by_column(cells: list[str], values: tuple[object, ...]) -> None:
    text = "k | v\n" + "\n".join(f"a | {cell}" for cell in cells)

    assert tuple(row[1] for row in parse_table(text).rows) == values


def test_values_that_are_all_quoted_may_be_numbers() -> None:
    assert parse_table("a | b\n'1' | 'x'").rows == ((1, "x"),)
    assert parse_table("a | b\n'1' | 2").rows == (("1", 2),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a | b\n1 | 2 | 3", "row 1 has 3 cells where the header has 2"),
        ("a | b\n1 | 2\n... | ...", "the table is abridged with “...”"),
        ("", "the table is empty"),
        ("[1, [2, 3]]", "the rows of the list have different lengths"),
        ("{broken", "the text starts like JSON and is none"),
        ("a | b\n" + "1 | 2\n" * 501, "the table has more than 500 rows"),
    ],
)
def test_what_is_no_table_says_why(text: str, message: str) -> None:
    with pytest.raises(NotATable) as error:
        parse_table(text)

    assert str(error.value) == message


def test_empty_results_have_no_rows() -> None:
    assert parse_table("Empty set (0.00 sec)") == Table((), ())
    assert parse_table("id | name\n(0 rows)") == Table(("id", "name"), ())
    assert looks_like_table("(no rows)")


CELL = st.text("abcXYZ 0123456789.-é供", min_size=1, max_size=8).map(str.strip).filter(bool)


@given(st.lists(st.tuples(CELL, CELL, CELL), min_size=1, max_size=8))
def test_cells_survive_every_frame(rows: list[tuple[str, str, str]]) -> None:
    body = [[f"v{cell}" for cell in row] for row in rows]
    lines = ["| " + " | ".join(cells) + " |" for cells in [["h1", "h2", "h3"], *body]]

    table = parse_table("\n".join([lines[0], "|---|---|---|", *lines[1:]]))

    assert [list(row) for row in table.rows] == body


@given(st.text(max_size=300))
def test_any_text_is_a_table_or_says_why_not(text: str) -> None:
    try:
        table = parse_table(text, headerless=True)
    except NotATable as error:
        assert str(error)
    else:
        assert len({len(row) for row in table.rows}) <= 1
