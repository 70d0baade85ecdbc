"""Rows as a driver prints them, and as HTML shows them, are read; nothing of them is run."""

from __future__ import annotations

import pytest

from apps.validation.results.html import rows_of, unmarked
from apps.validation.results.literals import rows_shown
from apps.validation.results.tables import NotATable, parse_table


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("[('Kit', 1), ('Tom', None)]", [["Kit", 1], ["Tom", None]]),
        ("('Kit', 1)\n('Tom', -2.5),", [["Kit", 1], ["Tom", -2.5]]),
        ("[{'name': 'Kit', 'age': 1}]", [{"name": "Kit", "age": 1}]),
        ("[(datetime.date(2024, 5, 6), Decimal('1.50'))]", [["2024-05-06", 1.5]]),
        ("[(datetime.datetime(2024, 5, 6, 7, 8),)]", [["2024-05-06 07:08:00"]]),
        ("[(datetime.time(7, 8, 9), None)]", [["07:08:09", None]]),
        ('[["a", true], ["b", null]]', None),  # JSON, which says `true` otherwise
    ],
)
def test_rows_of_a_driver_are_read(text: str, rows: object) -> None:
    assert rows_shown(text) == rows


@pytest.mark.parametrize(
    "text",
    [
        "[(x, y) for x, y in rows]",
        "[(open('/etc/passwd').read(),)]",
        "[(__import__('os').system('true'),)]",
        "(3 rows)",
        "[(1, 2)",
        "[" * 5_000 + "]" * 5_000,
        "[(" + "-" * 10_000 + "1,)]",
        "[(" + "1," * 40_000 + ")]",
        "[(1, 'a' 'b\x00')]",
        "",
    ],
)
def test_anything_else_is_none_and_is_not_run(text: str) -> None:
    assert rows_shown(text) is None


def test_rows_of_different_lengths_are_no_table() -> None:
    with pytest.raises(NotATable, match="different lengths"):
        parse_table("[('a', 1), ('b',)]")


def test_a_table_of_html_may_stand_on_one_line_or_on_many() -> None:
    one = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>x &amp; <b>y</b></td></tr></table>"
    assert rows_of(one) == ["| a | b |", "| 1 | x & y |"]
    assert rows_of(one.replace(">", ">\n")) == ["| a | b |", "| 1 | x & y |"]
    assert list(unmarked(["before", one, "after"]))[1:-1] == ["", *rows_of(one), ""]
    assert list(unmarked(["a < b", "<table>", "never closed"])) == [
        "a < b",
        "<table>",
        "never closed",
    ]
    assert rows_of("<td" * 20_000) == []
