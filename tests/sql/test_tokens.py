"""The token stream: every form of literal, name and comment, with exact offsets, in linear time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.sql import tokens as lexer
from apps.sql.dialects import Dialect
from apps.sql.tokens import Kind

W, N, L, C, S, X, D = (
    Kind.WORD,
    Kind.NAME,
    Kind.LITERAL,
    Kind.COMMENT,
    Kind.SYMBOL,
    Kind.SEPARATOR,
    Kind.NUMBER,
)


def seen(text: str, dialect: Dialect) -> list[tuple[Kind, str]]:
    return [(one.kind, text[one.start : one.end]) for one in lexer.tokens(text, dialect)]


@pytest.mark.parametrize(
    "text",
    [
        "'it''s; -- x'",
        "E'it\\'s'",
        "U&'d\\0061t'",
        "B'01'",
        "X'1f'",
        "$$ a'; $$",
        "$körper$ $$ $körper$",
    ],
)
def test_a_literal_of_postgresql_is_one_token(text: str) -> None:
    assert seen(text, Dialect.POSTGRES) == [(L, text)]


@pytest.mark.parametrize(
    ("dialect", "text", "kind"),
    [
        (Dialect.MYSQL, "'it\\'s; '", L),
        (Dialect.MYSQL, '"say \\"hi\\""', L),
        (Dialect.MARIADB, "`a``b;`", N),
        (Dialect.MYSQL, "# it's", C),
        (Dialect.TSQL, "N'it''s'", L),
        (Dialect.TSQL, "[a ]]; b]", N),
        (Dialect.TSQL, "@@rowcount", W),
        (Dialect.TSQL, "#temp", W),
        (Dialect.ORACLE, "nq'[it's; x]'", L),
        (Dialect.ORACLE, "Q'!a'b!'", L),
        (Dialect.ORACLE, "v$session#", W),
        (Dialect.SQLITE, "[a b]", N),
        (Dialect.BIGQUERY, "r'''it's'''", L),
        (Dialect.BIGQUERY, '"""a "b"\n;"""', L),
        (Dialect.BIGQUERY, "`p.d.t`", N),
        (Dialect.SNOWFLAKE, "// it's", C),
        (Dialect.SNOWFLAKE, "$$ it's; $$", L),
        (Dialect.SPARK, '"it\'s"', L),
        (Dialect.POSTGRES, "/* a /* b */ c */", C),
        (Dialect.UNKNOWN, "[a;b]", N),
        (Dialect.UNKNOWN, "Straße", W),
        (Dialect.UNKNOWN, "1.5e-3", D),
    ],
)
def test_a_form_of_its_dialect_is_one_token(dialect: Dialect, text: str, kind: Kind) -> None:
    assert seen(text, dialect) == [(kind, text)]


def test_go_and_the_slash_are_separators_only_where_they_begin_their_line() -> None:
    assert seen("go 1\n/* n */ GO\ngo", Dialect.TSQL)[1:] == [(C, "/* n */"), (X, "GO"), (X, "go")]
    assert seen("SELECT go\n", Dialect.TSQL) == [(W, "SELECT"), (W, "go")]
    assert seen("4 /\n2\n/\n", Dialect.ORACLE) == [(D, "4"), (S, "/"), (D, "2"), (X, "/")]


def test_a_lone_carriage_return_ends_a_comment() -> None:
    assert seen("-- a\rGO\rb", Dialect.TSQL) == [(C, "-- a"), (X, "GO"), (W, "b")]


def test_what_mysql_executes_is_no_comment() -> None:
    text = "/*!50003 CREATE*/ 5--3"
    assert [part for _, part in seen(text, Dialect.MYSQL)] == [
        *("/*!50003", "CREATE", "*/", "5", "-", "-", "3")
    ]


def test_a_dollar_quote_never_closed_is_none() -> None:
    assert (S, ";") in seen("$x$ a; b", Dialect.POSTGRES)


def test_texts_and_comments_are_blanked_to_the_same_length() -> None:
    text = "SELECT 'a\nb', x -- it's\n"
    assert lexer.blanked(text) == "SELECT   \n  , x        \n"
    assert lexer.blanked(text, kinds={Kind.COMMENT}) == "SELECT 'a\nb', x        \n"


def test_small_questions_are_answered_without_a_pattern_of_ones_own() -> None:
    text = "/* a */ -- b\ncreate or view 'x -- y'"
    assert lexer.comments(text) == ["/* a */", "-- b"]
    assert lexer.first_words(text, count=2) == ["CREATE", "OR"]
    assert lexer.first_word("-- only") == ""
    assert lexer.without_leading_comments(text).startswith("create")
    assert lexer.is_inside_quotes(text, text.index("y"))
    assert not lexer.is_inside_quotes(text, text.index("view"))


@given(
    st.text(alphabet="SELECTnqQeE;'\"`$-/*!#\\\r\n[](){}GO 09.@é\x00", max_size=200),
    st.sampled_from(Dialect),
)
def test_tokens_of_text_and_of_bytes_are_the_same_and_leave_white_space_only(
    text: str, dialect: Dialect
) -> None:
    found, end = list(lexer.tokens(text, dialect)), 0
    for token in found:
        assert not text[end : token.start].strip().strip("\x00").strip()
        assert end <= token.start < token.end
        end = token.end
    assert not text[end:].strip(" \t\r\n\x00")
    content = text.encode()
    as_bytes = [
        (one.kind, content[one.start : one.end].decode())
        for one in lexer.byte_tokens(content, dialect)
    ]
    assert as_bytes == [(kind, text[start:end]) for kind, start, end in found]
