"""A statement as words: what the grammar reads, with comments and white space left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from apps.sql.dialects import SYNTAX, Dialect, Syntax

WORD, NAME, TEXT, NUMBER, MARK = "word", "name", "text", "number", "mark"
_DOLLAR = rb"\$(?P<tag>[A-Za-z_\x80-\xff][\w\x80-\xff]*|)\$.*?\$(?P=tag)\$"
# A label's colon has a word before it, a bind variable's has none.
_WORD = rb"(?:(?<![\w\]\":]):(?=[A-Za-z_])|@{1,2}|#{1,2}|\$)[\w\x80-\xff][\w$#@\x80-\xff]*+"


@dataclass(frozen=True, slots=True)
class Words:
    """The words of `text`, side by side: what each is, its spelling and where it stands.

    `spelt` is upper case for unquoted words and what stands in the text for all others.
    """

    text: bytes
    dialect: Dialect
    kinds: list[str] = field(default_factory=list)
    spelt: list[bytes] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.kinds)

    def between(self, first: int, last: int) -> bytes:
        """The text from word `first` up to word `last` (exclusive)."""
        return self.text[self.starts[first] : self.ends[last - 1]] if first < last else b""

    def part(self, first: int, last: int) -> Words:
        """The words from `first` up to `last` alone."""
        cut = slice(first, last)
        return Words(
            self.text,
            self.dialect,
            self.kinds[cut],
            self.spelt[cut],
            self.starts[cut],
            self.ends[cut],
        )


def words_of(text: bytes, dialect: Dialect, *, most: int) -> Words | None:
    """All words of a text; None where something in it is no word, or when there are more
    than `most`.
    """
    words = Words(text, dialect)
    position = 0
    pattern = _pattern(dialect)
    while position < len(text):
        found = pattern.match(text, position)
        if not found or len(words) >= most:
            return None
        position = found.end()
        kind = found.lastgroup
        if kind == "blank" or kind is None:
            continue
        words.kinds.append(kind)
        words.spelt.append(found[0].upper() if kind == WORD else found[0])
        words.starts.append(found.start())
        words.ends.append(position)
    return words


@lru_cache(maxsize=len(Dialect))
def _pattern(dialect: Dialect) -> re.Pattern[bytes]:
    syntax = SYNTAX[dialect]
    parts = (
        (b"blank", rb"\s++|" + b"|".join(_comments(syntax))),
        (b"text", b"|".join(_texts(syntax))),
        (b"name", b"|".join(_names(syntax))),
        (b"word", rb"[A-Za-z_\x80-\xff][\w$#@\x80-\xff]*+|" + _WORD),
        (b"number", rb"0[xX][0-9A-Fa-f]++|(?:\d++(?:\.(?!\.)\d*+|(?!))?+|\.\d++)(?:[eE][+-]?\d++|[KkMmGgTt]\b|(?!))?+"),
        (b"mark", _MARKS),
    )  # fmt: skip
    return re.compile(b"|".join(b"(?P<" + name + b">" + p + b")" for name, p in parts), re.DOTALL)


# PostgreSQL's rule: an operator of several characters does not end in a sign.
_SYMBOL = rb"[*<>=~!%^&|]|/(?!\*)|@(?![\w@])|#(?!\w)"
_MARKS = (
    rb"(?:" + _SYMBOL + rb"|[+-](?!-)){0,5}(?:" + _SYMBOL + rb")|[+-]|::|:=|\.\.|[.,;:()\[\]{}?\\]"
)


def _comments(syntax: Syntax) -> list[bytes]:
    parts = [rb"--[^\n]*+"]
    if syntax.hash_comment:
        parts.append(rb"#[^\n]*+")
    parts.append(rb"/\*(?:[^*]++|\*(?!/)|(?!))*+\*/")
    return parts


def _texts(syntax: Syntax) -> list[bytes]:
    escaped = rb"'(?:[^'\\]++|\\.|''|(?!))*+'"
    plain = rb"'(?:[^']++|''|(?!))*+'"
    parts = [rb"[eE]" + escaped] if syntax.escape_prefix else []
    if syntax.q_quote:
        pairs = (
            rb"\[.*?\]",
            rb"\(.*?\)",
            rb"\{.*?\}",
            rb"<.*?>",
            rb"(?P<bound>[^\s\[({<]).*?(?P=bound)",
        )
        parts += [rb"[nN]?[qQ]'" + pair + b"'" for pair in pairs]
    parts.append(rb"(?:[NnXxBb]|[Uu]&)?" + (escaped if syntax.backslash else plain))
    if syntax.dollar_quote:
        parts.append(_DOLLAR)
    return parts


def _names(syntax: Syntax) -> list[bytes]:
    parts = [rb"\"(?:[^\"]++|\"\"|(?!))*+\"", rb"`(?:[^`]++|``|(?!))*+`"]
    if syntax.bracket:
        parts.append(rb"\[(?:[^\]\n]++|\]\]|(?!))*+\]")
    elif syntax.dialect is Dialect.UNKNOWN:  # no subscript: nothing that it could belong to
        parts.append(rb"(?<![\w\])\"])\[[A-Za-z_][^\]\[\n]*+\]")
    return parts
