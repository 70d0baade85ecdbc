"""Splitting the labelled set of multi-dialect scripts."""

from __future__ import annotations

import pytest

from apps.sql.dialects import Dialect
from apps.sql.guess import guess_dialect
from apps.sql.splitting import Role, split
from tests.sql.splitting.scripts import Script, composed_scripts, hard_scripts

SCRIPTS = composed_scripts() + hard_scripts()


def statements(text: str, dialect: Dialect) -> tuple[str, ...]:
    content = text.encode()
    return tuple(
        content[piece.start : piece.end].decode()
        for piece in split(content, dialect)
        if piece.role is Role.STATEMENT
    )


def test_the_set_has_at_least_three_hundred_scripts_of_five_dialects() -> None:
    assert len(SCRIPTS) >= 300
    assert {script.dialect for script in SCRIPTS} == {
        Dialect.POSTGRES,
        Dialect.MYSQL,
        Dialect.SQLITE,
        Dialect.TSQL,
        Dialect.ORACLE,
    }


def test_every_composed_script_is_split_exactly_right() -> None:
    wrong = [s.name for s in composed_scripts() if statements(s.text, s.dialect) != s.statements]
    assert wrong == []


@pytest.mark.parametrize("script", hard_scripts(), ids=lambda script: script.name)
def test_a_hard_script_is_split_exactly_right(script: Script) -> None:
    assert statements(script.text, script.dialect) == script.statements


def test_ninety_nine_of_a_hundred_are_split_right_with_the_dialect_guessed() -> None:
    """The path says nothing here; scripts of two or three statements say little themselves."""
    right = [
        statements(s.text, guess_dialect(s.text.encode()).dialect) == s.statements
        for s in composed_scripts()
    ]
    assert sum(right) >= 0.99 * len(right)
