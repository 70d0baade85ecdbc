"""Rows that a query brings along, and rows that a line of prose tells."""

from __future__ import annotations

import time

import pytest

from apps.sql.dialects import Dialect
from apps.sql.shape import table_shown
from apps.validation.judging.plan import make_plan
from apps.validation.reading import read_response
from apps.validation.results.given import given_rows
from apps.validation.results.told import Given, Said, said_after
from apps.validation.rows import brought
from apps.validation.values import Fixture, Reading, Table, TestCase

ANN, BOB = (1, "Ann"), (2, "Bob")


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("WITH u(id, n) AS (VALUES (1, 'Ann'), (2, 'Bob')) SELECT n FROM u", (ANN, BOB)),
        ("WITH u AS (SELECT 1 AS id, 'Ann' AS n UNION ALL SELECT 2, 'Bob') SELECT n FROM u",
         (ANN, BOB)),
        ("SELECT n FROM (VALUES (1, 'Ann')) AS u(id, n)", (ANN,)),
        ("WITH input(id, n) AS (VALUES (1, 'Ann')) SELECT n FROM input", (ANN,)),
        ("WITH u(id, n) AS (VALUES (-1, DATE '2024-01-02'), (2, NULL)) SELECT n FROM u",
         ((-1, "2024-01-02"), (2, None))),
    ],
)  # fmt: skip
def test_a_query_brings_rows_of_what_another_reads(sql: str, rows: tuple[object, ...]) -> None:
    other = "select n from u"

    found = brought(sql, [other, "SELECT 1"], Dialect.UNKNOWN)

    assert found is not None
    assert found.tables == (Table(("id", "n"), rows, name="u"),)  # type: ignore[arg-type]
    assert found.asks == other


@pytest.mark.parametrize(
    ("sql", "others"),
    [
        # Nothing reads it, or what reads it also makes it.
        ("WITH u(id, n) AS (VALUES (1, 'Ann')) SELECT n FROM u", ["SELECT n FROM v WHERE id > 1"]),
        ("WITH u(id, n) AS (VALUES (1, 'Ann')) SELECT n FROM u",
         ["CREATE TABLE u (id INT, n TEXT)", "SELECT n FROM u"]),
        # A view does not see the names of a query that reads it.
        ("WITH u(id, n) AS (VALUES (1, 'Ann')) SELECT n FROM w",
         ["CREATE VIEW w AS SELECT n FROM u"]),
        # What is reckoned is no row that is written down, and rows need their columns' names.
        ("WITH u(id, n) AS (VALUES (1 + 1, 'Ann')) SELECT n FROM u", ["SELECT n FROM u"]),
        ("WITH u AS (VALUES (1, 'Ann')) SELECT * FROM u", ["SELECT n FROM u"]),
        ("WITH u AS (SELECT 1 AS id UNION SELECT 1) SELECT * FROM u", ["SELECT n FROM u"]),
        # Under another name only what asks the same is a test of it.
        ("WITH input(id, n) AS (VALUES (1, 'Ann')) SELECT id FROM input", ["SELECT n FROM u"]),
    ],
)  # fmt: skip
def test_other_queries_bring_nothing(sql: str, others: list[str]) -> None:
    assert brought(sql, others, Dialect.UNKNOWN) is None


def test_many_queries_with_rows_are_read_quickly() -> None:
    tests = "".join(
        f"WITH u(n) AS (VALUES ({n})) SELECT n + {n} FROM u;\nSELECT {n} FROM u;\n"
        for n in range(400)
    )
    started = time.process_time()

    read_response(f"```sql\nSELECT n FROM u;\n```\n\nTest:\n\n```sql\n{tests}```\n")

    assert time.process_time() - started < 8


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("`u` with rows (1, 'Ann'), (2, 'Bob'), where the columns are id and n, gives 2.", ""),
        ("u has the rows (1, 'Ann') and (2, 'Bob') (columns: `id`, `n`)", ""),
        ("Suppose u contains (1, 'Ann'), (2, 'Bob').", "Its columns are id and n."),
        ("Rows (1, 'Ann'), (2, 'Bob') with the fields id, n, and so on", ""),
    ],
)
def test_rows_are_told_and_their_columns_behind_them(line: str, text: str) -> None:
    given = Given(tables=frozenset({"u"}))

    [found] = given_rows(line, given, f"{line}\n{text}")

    assert found.table == Table(("id", "n"), (ANN, BOB), name="u")
    assert line[found.end :].lstrip(" ,(.").startswith(("where", "columns", "with")) or text


@pytest.mark.parametrize(
    "line",
    [
        "Insert the rows (1, 'Ann') and (2, 'Bob') into `u`.",
        "With rows `(1, 'Ann')`, `(2, 'Bob')` in u the query gives 2.",
        "Suppose u contains (1, 'Ann'), (2, 'Bob').",
    ],
)
def test_rows_are_told_of_a_table_that_is_made(line: str) -> None:
    [found] = given_rows(line, Given(made={"u": ("id", "n")}), line)

    assert found.table == Table(("id", "n"), (ANN, BOB), name="u")


def test_rows_of_another_width_are_not_of_the_table_that_is_made() -> None:
    line = "u contains (1, 'Ann', 3), (2, 'Bob', 4)."

    assert list(given_rows(line, Given(made={"u": ("id", "n")}), line)) == []


MADE = "```sql\nCREATE TABLE u (id INT CHECK (id > 0), n TEXT);\n{}\n```\n\n{}\n\nOutput: 1\n"


@pytest.mark.parametrize(
    ("more", "line"),
    [
        ("SELECT COUNT(*) FROM u;", "The row (-1, 'Ann') is rejected, u has the row (-1, 'Ann')."),
        ("CREATE TRIGGER x AFTER INSERT ON u BEGIN SELECT 1; END;", "u has the row (1, 'Ann')."),
    ],
)
def test_a_row_that_is_tried_is_no_row_that_was_there(more: str, line: str) -> None:
    reading = read_response(MADE.format(more, line))

    assert not any(item.table for case in reading.cases for item in case.fixtures)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("only **Tess** is returned.", "**Tess**"),
        ("So only 'Tess' is listed, because nobody else bought ink.", "'Tess'"),
        ("`Iris` and `Kaja` are returned.", "`Iris` and `Kaja`"),
        ("Only (1, 'Ann') is found", "(1, 'Ann')"),
    ],
)
def test_what_is_returned_may_stand_before_the_verb(line: str, words: str) -> None:
    assert said_after(line) == Said("returned", words, False)


@pytest.mark.parametrize(
    "line",
    ["only 2 are returned", "If there is none, `NULL` is returned.", "`NULL` is returned.", "Tess"],
)
def test_how_many_are_returned_and_when_is_no_value(line: str) -> None:
    assert said_after(line) is None


def test_rows_without_names_of_their_columns_are_no_table() -> None:
    given = Given(tables=frozenset({"u"}))
    line = "u with rows (1, 'Ann'), (2, 'Bob'), where the column is id"

    assert list(given_rows(line, given, line)) == []


def test_many_rows_in_prose_are_read_quickly() -> None:
    line = "u with rows (1, 'Ann'), the columns are id and n and more. " * 60
    started = time.process_time()

    read_response("```sql\nSELECT n FROM u;\n```\n" + f"{line}\n" * 16)

    assert time.process_time() - started < 8


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("SELECT * FROM t", "t"),
        ("SELECT a, b FROM t WHERE a > 1 ORDER BY a", "t"),
        ("SELECT COUNT(*) FROM t", ""),
        ("SELECT DISTINCT a FROM t", ""),
        ("SELECT * FROM t JOIN u ON t.a = u.a", ""),
        ("SELECT a FROM t GROUP BY a", ""),
        ("SELECT a FROM t LIMIT 1", ""),
        ("UPDATE t SET a = 1", ""),
    ],
)
def test_a_query_shows_the_rows_of_a_table_as_they_are(sql: str, table: str) -> None:
    assert table_shown(sql) == table
    assert table_shown(sql, whole=True) == ("" if "WHERE" in sql else table)


@pytest.mark.parametrize(
    ("insert", "rows", "key"),
    [
        ("INSERT INTO t (a, b, n) VALUES (1, 2, 3)", ((1, 1, 5), (2, 1, 4)), '("a")'),
        ("INSERT INTO t (a, b, n) VALUES (1, 2, 3)", ((1, 1, 5), (1, 2, 4)), '("a", "b")'),
        ("INSERT INTO t (b, n) VALUES (2, 3)", ((1, 1, 5), (2, 2, 4)), '("b")'),
        ("INSERT INTO t VALUES (1, 2, 3)", ((1, 1, 5), (2, 1, 4)), '("a")'),
    ],
)
def test_the_key_of_an_upsert_is_what_no_two_rows_share(
    insert: str, rows: tuple[tuple[int, ...], ...], key: str
) -> None:
    statement = f"{insert} ON DUPLICATE KEY UPDATE n = n + 1"
    reading = Reading(statements=(statement,), dialect=Dialect.MYSQL)
    case = TestCase((Fixture(table=Table(("a", "b", "n"), rows, name="t")),))

    setup = make_plan(reading, case, Dialect.SQLITE).setup

    assert setup[0].endswith(f"UNIQUE {key})")
