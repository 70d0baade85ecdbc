"""Comparing tables: what counts as the same, and what the diff shows."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.validation.results.cells import same_value
from apps.validation.results.comparison import Order, compare_tables
from apps.validation.results.tables import parse_table
from apps.validation.values import MAX_DIFF_ROWS, Row, Scalar, Table, Tag


def table(*rows: Row, columns: tuple[str, ...] = ("a", "b")) -> Table:
    return Table(columns, rows)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (1, 1.0),
        (20.5, "20.50"),
        (4.67, 4.666666666),
        (0.1 + 0.2, 0.3),
        (True, 1),
        (False, "f"),
        ("2024-01-01", "2024-01-01 00:00:00"),
        ("2024-01-01 10:00", "2024-01-01T10:00:00+00:00"),
        (None, None),
        ("25", 25),
        ("x", "x"),
        ("33.33", "33.3333333333333333"),
        (2500000.0, 2500000.00000001),
        (30.3, 30.300000190734863),
        (1.1, "1.10"),
    ],
)
def test_values_that_mean_the_same(expected: Scalar, actual: Scalar) -> None:
    assert same_value(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (1, 2),
        (5, 4.67),
        (2.7, 2.67),
        (None, ""),
        (None, 0),
        ("x", "X"),
        ("x", "x "),
        ("007", 7),
        (True, 2),
        ("2024-01-01", "2024-01-01 00:00:01"),
        (30.31, 30.30),
        (math.nan, 1.0),
        ("yes", True),
        (2500001.0, 2500000.0),
        (2500000.25, 2500000.26),
        (2500000, 2500000.5),
        ("1.10", "1.1"),
        ("1e3", "1000"),
    ],
)
def test_values_that_differ(expected: Scalar, actual: Scalar) -> None:
    assert not same_value(expected, actual)


def test_a_number_is_compared_as_exactly_as_it_is_written() -> None:
    written = parse_table("a\n15.00\n2.5")

    assert compare_tables(written, table((15.0033,), (2.5,), columns=("a",))).equal
    assert not compare_tables(written, table((15.006,), (2.5,), columns=("a",))).equal


def test_a_blank_is_null_or_an_empty_text_and_quotes_are_a_text() -> None:
    blank, quoted = parse_table("a | b\n1 | \n2 | x"), parse_table("a | b\n1 | ''\n2 | x")

    for empty in ("", None):
        assert compare_tables(blank, table((1, empty), (2, "x"))).equal
        assert compare_tables(quoted, table((1, empty), (2, "x"))).equal == (empty == "")
    none = parse_table("a | b\n1 | None\n2 | x")
    assert compare_tables(none, table((1, "None"), (2, "x"))).equal


def test_a_result_that_was_cut_is_not_equal_and_says_so() -> None:
    cut = Table(("a", "b"), ((1, "x"),), truncated=True)

    same, other = compare_tables(table((1, "x")), cut), compare_tables(table((2, "y")), cut)

    assert same.message == "The result is longer: it was cut after 1 row."
    assert other.message == (
        "1 expected row is missing and at least 1 row is unexpected (it was cut after 1 row)."
    )


def test_rows_are_a_multiset_unless_the_query_orders() -> None:
    expected, actual = table((1, "x"), (2, "y")), table((2, "y"), (1, "x"))

    assert compare_tables(expected, actual).equal
    ordered = compare_tables(expected, actual, order=Order(True, (0,)))
    assert ordered.message == "The rows are right but not in the expected order."
    assert not compare_tables(table((1, "x"), (1, "x")), table((1, "x"))).equal


def test_ties_in_the_sort_key_may_stand_in_any_order() -> None:
    expected, actual = table((1, "x"), (1, "y")), table((1, "y"), (1, "x"))

    assert compare_tables(expected, actual, order=Order(True, (0,))).equal
    assert not compare_tables(expected, actual, order=Order(True, None)).equal


def test_names_count_when_both_sides_give_them() -> None:
    wrong = compare_tables(table((1, 2)), table((1, 2), columns=("a", "c")))

    assert wrong.message == "Column 2 is named c, b is expected."
    assert compare_tables(table((1, 2)), table((1, 2), columns=("A", '"b"'))).equal
    assert compare_tables(table((1, 2)), table((2, 1), columns=("b", "a"))).equal
    assert compare_tables(table((1, 2), columns=()), table((1, 2))).equal
    free = compare_tables(
        table((1, 2)), table((1, 2), columns=("a", "count(*)")), free_names=frozenset({1})
    )
    assert free.equal


def test_a_table_may_be_shown_without_some_of_its_columns() -> None:
    expected, actual = table((1,), columns=("a",)), table((1, 2))

    assert compare_tables(expected, actual, may_omit=True).equal
    assert not compare_tables(expected, actual).equal


def test_the_diff_puts_the_row_that_was_meant_beside_the_missing_one() -> None:
    diff = compare_tables(
        table((1, "x"), (3, "Bob")), table((3, "Charlie"), (1, "x"), (9, "z"))
    ).diff

    assert [(row.tag, row.cells) for row in diff.rows] == [
        (Tag.SAME, (1, "x")),
        (Tag.MISSING, (3, "Bob")),
        (Tag.UNEXPECTED, (3, "Charlie")),
        (Tag.UNEXPECTED, (9, "z")),
    ]


def test_a_big_diff_is_cut_and_keeps_what_differs() -> None:
    rows: list[Row] = [(n, "x") for n in range(200)]
    comparison = compare_tables(table(*rows, (-1, "y" * 999)), table(*rows))

    assert comparison.diff.cut
    assert len(comparison.diff.rows) == MAX_DIFF_ROWS
    assert comparison.diff.rows[0].tag is Tag.MISSING
    assert len(str(comparison.diff.rows[0].cells[1])) == 200


VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5))
ROWS = st.lists(st.tuples(VALUES, VALUES), max_size=10)


@given(ROWS, st.randoms())
def test_a_table_equals_itself_in_any_order(rows: list[Row], random: object) -> None:
    shuffled = sorted(rows, key=repr)

    assert compare_tables(table(*rows), table(*shuffled)).equal or any(
        isinstance(value, float) and math.isnan(value) for row in rows for value in row
    )


@given(ROWS, ROWS)
def test_any_two_tables_can_be_compared(left: list[Row], right: list[Row]) -> None:
    comparison = compare_tables(table(*left), table(*right), order=Order(True, (0,)))

    assert comparison.equal == (not comparison.message)
