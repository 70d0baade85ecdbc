"""What is stored is what is read; what was not read is said, in whatever order the blocks stand."""

from __future__ import annotations

import sys
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sql.dialects import Dialect
from apps.validation.judging import validate
from apps.validation.judging.fixtures import create_schema
from apps.validation.reading import read_response
from apps.validation.reading.markdown import cut_up
from apps.validation.results.sessions import read_session
from apps.validation.values import Outcome
from tests.validation.runner import run_sqlite

ASKED = "Input Table: crews\n| crew | n |\n|---|---|\n| east | 2 |\n\nExpected Output:\n"
SHOWN = "| crew |\n|---|\n| east |\n\n"
QUERY = "```sql\nSELECT crew FROM crews;\n```\n"


@pytest.mark.parametrize("unseen", ["\u00a0", "\u200b", "\ufeff", "\u2028", "\x00"])
def test_the_sql_is_the_text_that_is_stored(unseen: str) -> None:
    sql = f"SELECT 'a{unseen}b' AS{unseen} c\nFROM t"

    reading = read_response(f"```sql\n{sql};\n```\n")

    assert reading.statements == (sql,)


@pytest.mark.parametrize(
    "response",
    [
        QUERY + "".join(f"Test {number}\n{ASKED}{SHOWN}" for number in range(1, 23)),
        QUERY + ASKED + SHOWN + "word " * 13_000,
        "```sql\n" + "SELECT crew FROM crews;\n" * 201 + "```\n" + ASKED + SHOWN,
        QUERY + f"Test 1\n{ASKED}{SHOWN}Test 2\n{ASKED}| crew |\n|---|\n" + "| east |\n" * 501,
        QUERY + f"Test 1\n{ASKED}{SHOWN}Test 2\n{ASKED}",
        QUERY + f"Test 1\n{ASKED}Test 2\n{ASKED}{SHOWN}",
        QUERY + f"Test 1\n{ASKED}{SHOWN}Test 2\n{ASKED}```text\ncrew | n\neast\n```\n",
    ],
)
def test_a_test_that_was_announced_and_not_read_is_never_passed(response: str) -> None:
    reading = read_response(response)

    judgement = validate(response, "", run_sqlite, Dialect.SQLITE)

    assert reading.unread
    assert judgement.outcome is Outcome.NO_TESTS
    assert reading.unread[0] in judgement.message


def test_a_response_whose_tests_are_all_read_leaves_nothing_unread() -> None:
    response = QUERY + f"Test 1\n{ASKED}{SHOWN}Test 2\n{ASKED}{SHOWN}"

    assert read_response(response).unread == ()
    assert validate(response, "", run_sqlite, Dialect.SQLITE).outcome is Outcome.PASSED


def test_a_session_is_told_from_sql_that_looks_like_a_prompt() -> None:
    session = read_session("db=> SELECT a\ndb-> FROM t;\n a\n---\n 1\n(1 row)\n")

    assert session is not None
    assert session.sql == "SELECT a\nFROM t;"
    assert session.outputs == (("SELECT a\nFROM t;", " a\n---\n 1\n(1 row)"),)
    assert read_session("SELECT a,\ndoc->'k' AS k\nFROM t;") is None
    assert read_session("a=> 'x' SELECT") is None


def test_a_command_of_the_client_and_its_answer_are_no_part_of_a_session() -> None:
    typed = "db=> \\pset null '(null)'\nNull display is \"(null)\".\ndb=> SELECT a\ndb-> FROM t;\n"
    described = "db=> \\d t\n Column | Type\n--------+------\n a      | int\n"

    session = read_session(
        f"{typed} a\n---\n 1\n(1 row)\n{described}mysql> use shop\nDatabase changed"
    )

    assert session is not None and session.sql == "SELECT a\nFROM t;"
    assert session.outputs == (("SELECT a\nFROM t;", " a\n---\n 1\n(1 row)"),)


def test_an_empty_set_is_what_a_statement_printed() -> None:
    made = "mysql> INSERT INTO t VALUES (1);\nQuery OK, 1 row affected (0.00 sec)\n\n"
    session = read_session(f"{made}mysql> SELECT a FROM t;\nEmpty set (0.00 sec)\n")

    assert session is not None
    assert session.outputs == (("SELECT a FROM t;", "Empty set (0.00 sec)"),)


def test_the_schema_of_a_fixture_is_made_first() -> None:
    assert create_schema("shop.orders", Dialect.POSTGRES) == ('CREATE SCHEMA IF NOT EXISTS "shop"',)
    assert create_schema("shop.orders", Dialect.SQLITE) == ()
    assert create_schema("orders", Dialect.POSTGRES) == ()


BLOCKS = [QUERY, ASKED, SHOWN, "> " + SHOWN, "db=> SELECT 1;\n 1\n", "Test 2\n", "a\n---\nb\n\n"]


@settings(max_examples=150, deadline=None)
@given(st.permutations(BLOCKS))
def test_blocks_in_any_order_give_the_same_reading_every_time(blocks: list[str]) -> None:
    text = "\n".join(blocks)

    assert read_response(text) == read_response(text)


def lines_run(text: str) -> int:
    """How many lines of the program cutting a text into segments takes."""
    count = 0

    def trace(frame: FrameType, event: str, _: object) -> object:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        cut_up(text).segments()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "line", ["some words of prose\n", "a:\nb\n", "    > some\n", ">" * 19 + "\n"]
)
def test_a_long_paragraph_is_not_read_again_from_each_of_its_lines(line: str) -> None:
    assert lines_run(line * 1400) < 3 * lines_run(line * 700)
