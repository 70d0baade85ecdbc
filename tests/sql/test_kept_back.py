"""Inputs of the kinds of trouble that were thought of beside those that had been met."""

from __future__ import annotations

import pytest

from apps.seeds.choice.filters import Undone
from apps.sql.dialects import Dialect
from apps.sql.guess import guess_dialect
from apps.sql.kinds import kind_of
from apps.sql.parsing.parsers import Reader, parse
from tests.sql.kept_back import GUESS, KIND, UNDONE
from tests.sql.parsing.kept_back import READ


@pytest.mark.parametrize(("text", "dialect"), GUESS)
def test_a_dialect_is_guessed_right(text: str, dialect: Dialect) -> None:
    assert guess_dialect(text.encode()).dialect is dialect


@pytest.mark.parametrize(("text", "kind"), KIND)
def test_a_kind_is_told(text: str, kind: str) -> None:
    assert kind_of(text.encode()) == kind


@pytest.mark.parametrize(("dialect", "text", "is_undone"), UNDONE)
def test_what_is_not_finished_is_told_by_the_comments_of_its_dialect(
    dialect: Dialect, text: str, is_undone: bool
) -> None:
    assert Undone().rejects(text.encode(), kind_of(text.encode()), dialect) is is_undone


@pytest.mark.parametrize(("dialect", "text"), READ)
def test_a_whole_statement_is_read(dialect: Dialect, text: str) -> None:
    raw = text.encode()
    assert parse(raw, kind_of(raw), dialect) is not Reader.NOBODY
