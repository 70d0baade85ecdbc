"""What is missing in a statement, by one look and by its words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from apps.sql.dialects import Dialect
from apps.sql.parsing.words import is_cut_off, is_plainly_whole, lacks_words

PARTS = (
    b"SELECT a , ) ( 'x' '' ' \"n\" \" WHERE AND set GROUP by . = --c\n /*x*/ 1 E'\\'' $$ `q` ; || from"
    b" \\ u&'x' n'x' [b] GO\n #"
).split(b" ")


@given(st.lists(st.sampled_from([*PARTS, b"\x00", b"\n/\n"]), max_size=9), st.sampled_from(Dialect))
def test_one_look_never_finds_a_statement_whole_that_lacks_a_word(
    parts: list[bytes], dialect: Dialect
) -> None:
    statement = b" ".join(parts)
    assert not (is_plainly_whole(statement, dialect) and lacks_words(statement, dialect))


def test_an_ordinary_statement_takes_one_look_only() -> None:
    statement = b"SELECT a, b FROM t WHERE c = 'x'"
    assert is_plainly_whole(statement, Dialect.POSTGRES)
    assert not is_cut_off(statement, Dialect.POSTGRES)
    assert is_cut_off(statement + b" AND", Dialect.POSTGRES)
