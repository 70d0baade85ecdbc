"""Scripts that once came out wrong, and their right values."""

from __future__ import annotations

import pytest

from apps.sql.dialects import Dialect
from apps.sql.guess import guess_dialect
from apps.sql.splitting import statements
from tests.sql.splitting.batches import STATEMENTS, script
from tests.sql.splitting.guesses import GUESS
from tests.sql.splitting.kept_back import SPLIT as KEPT_BACK
from tests.sql.splitting.trouble import SPLIT


@pytest.mark.parametrize(
    ("dialect", "text", "wanted"),
    [c[1:] for c in (*SPLIT, *KEPT_BACK)],
    ids=[c[0] for c in (*SPLIT, *KEPT_BACK)],
)
def test_a_script_is_split_right(dialect: Dialect | None, text: str, wanted: list[str]) -> None:
    chosen = guess_dialect(text.encode()).dialect if dialect is None else dialect
    found = statements(text, chosen)
    assert [one.text for one in found] == wanted
    assert all(text[one.start : one.end] == one.text for one in found)


@pytest.mark.parametrize(("text", "dialect"), [c[1:] for c in GUESS], ids=[c[0] for c in GUESS])
def test_a_dialect_is_guessed_right(text: str, dialect: Dialect) -> None:
    assert guess_dialect(text.encode()).dialect is dialect


def test_a_file_that_says_nothing_is_of_its_neighbours_dialect() -> None:
    near = [Dialect.TSQL, Dialect.UNKNOWN, Dialect.TSQL, Dialect.MYSQL]
    assert guess_dialect(b"SELECT 1", neighbours=near).dialect is Dialect.TSQL
    assert guess_dialect(b"SELECT 1").dialect is Dialect.UNKNOWN
    assert guess_dialect(b"PRAGMA x;", neighbours=near).dialect is Dialect.SQLITE


@pytest.mark.parametrize("dialect", list(Dialect), ids=lambda dialect: dialect.name)
def test_a_literal_that_closes_is_never_cut(dialect: Dialect) -> None:
    text = "SELECT 'a;\nDELETE FROM b;\nc';\nSELECT (';\nDROP TABLE d;\n');"
    found = [one.text for one in statements(text, dialect)]
    assert found == ["SELECT 'a;\nDELETE FROM b;\nc'", "SELECT (';\nDROP TABLE d;\n')"]


@pytest.mark.parametrize("number", range(1, 9))
def test_batches_without_a_semicolon_are_split_at_every_statement(number: int) -> None:
    text, wanted = script(number)
    assert [one.text for one in statements(text, Dialect.TSQL)] == wanted


@pytest.mark.parametrize("between", ["\n-- next\n", "\n\n/* next */ ", ";\n", "\nGO\n", " "])
def test_statements_of_a_batch_end_in_whatever_stands_between_them(between: str) -> None:
    wanted = script(0)[1][: len(STATEMENTS)]
    found = statements(between.join(wanted), Dialect.TSQL)
    assert [one.text for one in found] == wanted
