"""The default few-shot file: every implementation runs, every test holds, and the tests tell.

The reader of the test format is a small one of its own, so that this file also tells when
the examples leave the format of the tests.
"""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace

import pytest

from apps.fewshot.format import parse, render
from apps.fewshot.rendering import DEFAULT_FILE
from apps.fewshot.values import Example

TEXT = DEFAULT_FILE.read_text(encoding="utf-8")
FILE = parse(TEXT)
EACH = pytest.mark.parametrize("example", FILE.examples, ids=lambda item: f"example-{item.number}")

SQL_BLOCK = re.compile(r"```sql\n(.*?)\n```", re.DOTALL)
INPUT_TABLE = re.compile(r"^Input Table: (\w+)\n```text\n(.*?)\n```", re.DOTALL | re.MULTILINE)
EXPECTED = re.compile(r"^Expected Output:\n```text\n(.*?)\n```", re.DOTALL | re.MULTILINE)
TARGET = re.compile(r"^(?:INSERT INTO|UPDATE|DELETE FROM|CREATE TABLE)\s+(\w+)", re.IGNORECASE)

Table = tuple[tuple[str, ...], list[tuple[object, ...]]]


def cell(text: str) -> object:
    if text == "NULL":
        return None
    return int(text) if re.fullmatch(r"-?\d+", text) else text


def table(text: str) -> Table:
    header, blank, *rows = text.split("\n")
    assert blank == ""
    columns = tuple(name.strip() for name in header.split("|"))
    cells = [tuple(cell(value.strip()) for value in row.split("|")) for row in rows]
    assert all(len(row) == len(columns) for row in cells)
    return columns, cells


def load_fixtures(database: sqlite3.Connection, tests: str) -> None:
    for script in SQL_BLOCK.findall(tests):
        database.executescript(script)
    for name, text in INPUT_TABLE.findall(tests):
        columns, rows = table(text)
        database.execute(f"CREATE TABLE {name} ({', '.join(columns)})")
        places = ", ".join("?" * len(columns))
        database.executemany(f"INSERT INTO {name} VALUES ({places})", rows)


def statements(sql: str) -> list[str]:
    found, pending = [], ""
    for line in sql.split("\n"):
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    assert not pending.strip(), "the implementation ends without a semicolon"
    return found


def run(tests: str, sql: str) -> Table:
    """What the last statement returns, else the table that the script worked on afterwards."""
    database = sqlite3.connect(":memory:", isolation_level=None)
    database.execute("PRAGMA foreign_keys = ON")
    load_fixtures(database, tests)
    targets = []
    cursor = database.cursor()
    for statement in statements(sql):
        cursor.execute(statement)
        targets += TARGET.findall(statement)
    assert not database.in_transaction
    if cursor.description is None:
        cursor.execute(f"SELECT * FROM {targets[-1]}")
    return tuple(item[0] for item in cursor.description), cursor.fetchall()


def expected(example: Example) -> Table:
    (text,) = EXPECTED.findall(example.tests)
    return table(text)


def holds(example: Example) -> bool:
    columns, rows = run(example.tests, example.implementation)
    wanted_columns, wanted = expected(example)
    if "ORDER BY" not in statements(example.implementation)[-1]:
        rows, wanted = sorted(rows, key=repr), sorted(wanted, key=repr)
    return (columns, rows) == (wanted_columns, wanted)


def test_the_file_is_written_as_it_is_read():
    assert render(FILE) == TEXT


def test_examples_are_many_and_varied():
    assert len(FILE.examples) >= 14
    assert set(FILE.systems) == {"I->R", "C->I", "S->C", "S->I"}
    assert {example.difficulty for example in FILE.examples} == {"Easy", "Medium", "Hard"}
    assert len({example.category for example in FILE.examples}) >= 5
    assert {example.language for example in FILE.examples} == {"SQL"}


@EACH
def test_the_test_holds_on_sqlite(example: Example):
    columns, rows = run(example.tests, example.implementation)
    wanted_columns, wanted = expected(example)
    assert columns == wanted_columns
    if "ORDER BY" in statements(example.implementation)[-1]:
        assert rows == wanted
    assert sorted(rows, key=repr) == sorted(wanted, key=repr)


@EACH
def test_a_solution_gives_the_same_as_the_implementation(example: Example):
    if example.solution:
        assert run(example.tests, example.solution) == expected(example)


@EACH
def test_any_altered_expected_row_is_noticed(example: Example):
    columns, rows = expected(example)
    for index, row in enumerate(rows):
        line = " | ".join("NULL" if value is None else str(value) for value in row)
        changed = " | ".join(["987654", *line.split(" | ")[1:]]) if len(columns) > 1 else "987654"
        head, tail = example.tests.rsplit("Expected Output:", 1)
        assert f"\n{line}\n" in tail, index
        for wrong in (f"\n{changed}\n", "\n"):
            altered = tail.replace(f"\n{line}\n", wrong, 1)
            assert not holds(replace(example, tests=f"{head}Expected Output:{altered}"))


# A plausible mistake for each example: the test in the example has to catch it.
MISTAKES = {
    1: ("\n    AND l.returned_on IS NULL\n", "\nWHERE l.returned_on IS NULL\n"),
    2: ("WHERE status = 'paid'\n", ""),
    3: ("RANK()", "DENSE_RANK()"),
    4: ("COALESCE(SUM(wait_minutes), 0)", "SUM(wait_minutes)"),
    5: ("UNION ALL", "UNION"),
    6: ("stock.quantity + excluded.quantity", "excluded.quantity"),
    7: ("DEFAULT 'reserved'", "DEFAULT 'paid'"),
    8: ("JOIN agents", "LEFT JOIN agents"),
    9: ("OLD.price_cents IS NOT NEW.price_cents", "OLD.price_cents <> NEW.price_cents"),
    10: ("ORDER BY r.read_on DESC", "ORDER BY r.value DESC"),
    11: ("joined_on < '2024-01-01'", "joined_on <= '2024-01-01'"),
    12: ("ROLLBACK TO SAVEPOINT", "RELEASE SAVEPOINT"),
    13: ("\nWHERE is_primary = 1;", ";"),
    14: ("SELECT number FROM february\nEXCEPT", "SELECT number FROM february\nUNION"),
    15: ("            AND missed.points IS NULL\n", "            AND missed.points < 0\n"),
    16: ("weight_kg < 25", "weight_kg <= 25"),
    17: ("HAVING MAX(m.score) >= 1000", "HAVING MAX(m.score) > 1000"),
    18: ("rise_cm > 20", "rise_cm >= 20"),
}


@EACH
def test_a_plausible_mistake_fails_the_test(example: Example):
    right, wrong = MISTAKES[example.number]
    assert example.implementation.count(right) >= 1
    mistaken = replace(example, implementation=example.implementation.replace(right, wrong))
    try:
        assert not holds(mistaken)
    except sqlite3.Error as error:
        assert isinstance(error, sqlite3.IntegrityError | sqlite3.OperationalError)
