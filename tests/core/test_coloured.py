"""SQL as coloured HTML."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.core.coloured import MOST_COLOURED, coloured
from apps.sql.dialects import Dialect

# A piece of a text without what HTML gives a meaning to, or a span of one.
_ONLY = re.compile(r'(?:[^<>]|<span class="(?:k|nf|s|m|c)">[^<>]*</span>)*')
_PIECES = [
    *(
        "SELECT",
        "count",
        "(",
        ")",
        "a",
        "1.5e3",
        "'it''s'",
        '"x y"',
        "`b`",
        "[c]",
        "--",
        "/*",
        "*/",
    ),
    *("$$", "$f$", "\n", " ", ";", "<", "<=", "&", "GO", "/", "q'[", "é", "<script>", "&lt;", "\t"),
    *("@@x", "#", "E'\\", "BEGIN", "\ufeff", "\x00", "'"),
]


@given(
    st.lists(st.sampled_from(_PIECES) | st.text(max_size=5), max_size=40).map("".join),
    st.sampled_from(Dialect),
)
def test_whatever_the_text_it_is_escaped_and_whole(text: str, dialect: Dialect) -> None:
    html = coloured(text, dialect)

    assert _ONLY.fullmatch(html)
    assert unescape(re.sub(r"<[^>]*>", "", html)) == unescape(text.replace("&", "&amp;"))


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("select a", '<span class="k">select</span> a'),
        ("count(a)", '<span class="nf">count</span>(a)'),
        ("a < 1", 'a &lt; <span class="m">1</span>'),
        ("'<b>' -- c", '<span class="s">\'&lt;b&gt;\'</span> <span class="c">-- c</span>'),
        ('"select"', '"select"'),
    ],
)
def test_each_kind_of_token_has_its_class(text: str, html: str) -> None:
    assert coloured(text) == html


def test_the_dialect_says_what_a_quote_is() -> None:
    assert '<span class="s">"it"</span>' in coloured('SELECT "it"', Dialect.MYSQL)
    assert '<span class="s">' not in coloured('SELECT "it"', Dialect.POSTGRES)


def test_a_routine_has_coloured_code_in_its_body() -> None:
    text = "CREATE FUNCTION f() RETURNS int AS $$\nBEGIN\n  RETURN 1;\nEND\n$$"
    html = coloured(text, Dialect.POSTGRES)

    assert html.count('<span class="s">$$</span>') == 2
    assert '<span class="k">RETURN</span> <span class="m">1</span>;' in html


def test_a_long_text_has_no_colours_but_is_escaped() -> None:
    html = coloured("SELECT '<i>' " + "x" * MOST_COLOURED)

    assert "<" not in html
    assert "&lt;i&gt;" in html
