"""A text as tokens: words, quoted names, literals, numbers, comments, separators, symbols.

One compiled alternation per dialect, for `str` and for UTF-8; linear in the size of the text.
What MySQL executes within /*! … */ are tokens, its marks are symbols. A literal, name or comment
that is left open runs to the end; a dollar quote that is left open is none.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import AnyStr, Generic, NamedTuple

from apps.sql import lexical
from apps.sql.dialects import SYNTAX, Dialect, Syntax
from apps.sql.members import at_hand


@at_hand
class Kind(StrEnum):
    """What a token is. A separator is GO or a slash alone on its line; `;` is a symbol."""

    __hash__ = str.__hash__  # that of Enum is a function in Python

    WORD = "word"
    NAME = "name"
    LITERAL = "literal"
    NUMBER = "number"
    COMMENT = "comment"
    SEPARATOR = "separator"
    SYMBOL = "symbol"


class Token(NamedTuple):
    """`text[start:end]` is the token."""

    kind: Kind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Lexicon(Generic[AnyStr]):
    """The compiled patterns of one dialect, for texts or for bytes."""

    token: re.Pattern[AnyStr]  # with the white space in front of it
    marks: re.Pattern[AnyStr]
    line_end: re.Pattern[AnyStr]
    mirrored: dict[AnyStr, AnyStr]
    quote: AnyStr


_KINDS = {kind.value: kind for kind in Kind}
# Members of an enum are looked up ten times as slowly as a name of the module.
_COMMENT, _SEPARATOR = Kind.COMMENT, Kind.SEPARATOR
_MIRRORED = {"[": "]", "(": ")", "{": "}", "<": ">"}
_MOST_LOOKED = 8  # how often the rest of a text may be looked through for the end of a quote


def _sources(syntax: Syntax) -> tuple[str, str, str]:
    parts = [("q", lexical.Q_OPEN)] if syntax.q_quote else []
    separators = [lexical.GO] if b"GO" in syntax.line_separators else []
    separators += [lexical.SLASH] if b"/" in syntax.line_separators else []
    if separators:
        parts.append(("separator", "|".join(separators)))
    if syntax.dollar_quote:
        parts.append(("dollar", lexical.DOLLAR))
    if syntax.nested:
        parts.append(("nested", r"/\*"))
    parts += [
        ("comment", "|".join(lexical.comments(syntax))),
        ("literal", "|".join(lexical.literals(syntax))),
        ("name", "|".join(lexical.names(syntax))),
        ("word", lexical.word(syntax)),
        ("number", lexical.NUMBER),
    ]
    if syntax.executable_comment:
        parts.append(("executed", rf"{lexical.EXECUTED}|\*/"))
    parts.append(("symbol", lexical.SYMBOL))
    token = "|".join(f"(?P<{name}>{source})" for name, source in parts)
    return rf"{lexical.white(syntax)}(?:{token})", r"/\*|\*/", r"[\r\n]"


@lru_cache(maxsize=32)
def lexicon(syntax: Syntax) -> Lexicon[str]:
    """The patterns for texts."""
    token, marks, line_end = (re.compile(one) for one in _sources(syntax))
    return Lexicon(token, marks, line_end, _MIRRORED, "'")


@lru_cache(maxsize=32)
def byte_lexicon(syntax: Syntax) -> Lexicon[bytes]:
    """The patterns for UTF-8."""
    mirrored = {opens.encode(): closes.encode() for opens, closes in _MIRRORED.items()}
    token, marks, line_end = (re.compile(lexical.as_bytes(one)) for one in _sources(syntax))
    return Lexicon(token, marks, line_end, mirrored, b"'")


def tokens(text: str, dialect: Dialect = Dialect.UNKNOWN) -> Iterator[Token]:
    """The tokens of a text in order; white space is between them."""
    return Scanner(text, lexicon(SYNTAX[dialect])).tokens()


def byte_tokens(content: bytes, dialect: Dialect, *, start: int = 0) -> Iterator[Token]:
    """The tokens of UTF-8 from `start` on, which must lie between two of them."""
    return Scanner(content, byte_lexicon(SYNTAX[dialect])).tokens(start)


class Scanner(Generic[AnyStr]):
    """One pass over one text."""

    def __init__(self, text: AnyStr, lexicon: Lexicon[AnyStr]) -> None:
        self._text: AnyStr = text
        self._lexicon: Lexicon[AnyStr] = lexicon
        self._left = _MOST_LOOKED * len(text)
        self._missing: set[AnyStr] = set()

    def tokens(self, start: int = 0) -> Iterator[Token]:
        text = self._text
        token, kinds, make = self._lexicon.token.match, _KINDS, tuple.__new__
        last = end = start
        while found := token(text, end):  # a symbol is any character: only the end is none
            name = found.lastgroup or ""
            pos, end = found.span(name)
            kind = kinds.get(name)
            if kind is None or kind is _SEPARATOR:
                kind, end = self._decide(name, found.group(name), pos, last, end)
            # Half the time of Token(…), for the most frequent object of all.
            yield make(Token, (kind, pos, end))
            if kind is not _COMMENT:
                last = end

    def _decide(self, name: str, group: AnyStr, pos: int, last: int, end: int) -> tuple[Kind, int]:
        """What one look does not tell; `last` is where the last token ends that is no comment."""
        if name == "separator":
            if not last or self._lexicon.line_end.search(self._text, last, pos):
                return Kind.SEPARATOR, end
            return (Kind.SYMBOL, end) if len(group) == 1 else (Kind.WORD, pos + 2)
        if name == "nested":
            return Kind.COMMENT, self._comment_end(pos)
        if name == "dollar":
            close = self._find(group, end)
            return (Kind.LITERAL, close) if close else (Kind.SYMBOL, pos + 1)
        if name == "q":
            mark = self._text[end : end + 1]
            close = self._find(
                self._lexicon.mirrored.get(mark, mark) + self._lexicon.quote, end + 1
            )
            return Kind.LITERAL, close or len(self._text)
        return Kind.SYMBOL, end

    def _comment_end(self, pos: int) -> int:
        depth = 0
        for mark in self._lexicon.marks.finditer(self._text, pos):
            depth += 1 if self._opens(mark.start()) else -1
            if not depth:
                return mark.end()
        return len(self._text)

    def _opens(self, pos: int) -> bool:
        return self._text[pos : pos + 1] not in ("*", b"*")

    def _find(self, close: AnyStr, pos: int) -> int:
        """Where `close` ends, 0 when it never comes (or when that was asked too often)."""
        if close in self._missing or self._left < 0:
            return 0
        found = self._text.find(close, pos)
        if found >= 0:
            return found + len(close)
        self._left -= len(self._text) - pos
        self._missing.add(close)
        return 0


QUOTED = frozenset((Kind.LITERAL, Kind.COMMENT))


def blanked(
    text: str, dialect: Dialect = Dialect.UNKNOWN, *, kinds: Collection[Kind] = QUOTED
) -> str:
    """The text with spaces in place of tokens of these kinds; its length and lines stay."""
    parts, pos = [], 0
    for kind, start, end in tokens(text, dialect):
        if kind in kinds:
            parts += [text[pos:start], _NOT_LINE.sub(" ", text[start:end])]
            pos = end
    return "".join((*parts, text[pos:]))


_NOT_LINE = re.compile(r"[^\r\n]")


def emptied(
    text: str,
    dialect: Dialect = Dialect.UNKNOWN,
    *,
    kinds: Collection[Kind] = QUOTED,
    keeps_bodies: bool = False,
) -> str:
    """The text with '' for each token of these kinds, a space for a comment.

    `keeps_bodies`: what stands between dollar quotes is code, emptied like the rest.
    """
    parts, pos = [], 0
    for kind, start, end in tokens(text, dialect):
        if kind not in kinds:
            continue
        shown = " " if kind is Kind.COMMENT else "''"
        if keeps_bodies and text[start] == "$":
            inner, after = body_of(text, start, end)
            shown = text[start:inner] + emptied(text[inner:after], dialect) + text[after:end]
        parts += [text[pos:start], shown]
        pos = end
    return "".join((*parts, text[pos:]))


def body_of(text: str, start: int, end: int) -> tuple[int, int]:
    """Where what a dollar-quoted literal holds begins and ends."""
    size = text.index("$", start + 1) + 1 - start
    return start + size, end - size


def comments(text: str, dialect: Dialect = Dialect.UNKNOWN) -> list[str]:
    """The comments of a text, with their marks."""
    return [text[one.start : one.end] for one in tokens(text, dialect) if one.kind is Kind.COMMENT]


def first_words(text: str, dialect: Dialect = Dialect.UNKNOWN, *, count: int = 2) -> list[str]:
    """The first words in capitals, comments left out: `create or view` → ["CREATE", "OR"].

    Ends at the first token that is no word.
    """
    found: list[str] = []
    for kind, start, end in tokens(text, dialect):
        if kind is Kind.COMMENT or (not found and text[start] in "(;"):
            continue
        if kind is not Kind.WORD or len(found) == count:
            break
        found.append(text[start:end].upper())
    return found


def first_word(text: str, dialect: Dialect = Dialect.UNKNOWN) -> str:
    """The first word in capitals, "" when the text does not begin with one."""
    return next(iter(first_words(text, dialect, count=1)), "")


def without_leading_comments(text: str, dialect: Dialect = Dialect.UNKNOWN) -> str:
    """The text from its first token on; "" when it holds nothing but comments."""
    for token in tokens(text, dialect):
        if token.kind is not Kind.COMMENT:
            return text[token.start :]
    return ""


def is_inside_quotes(text: str, pos: int, dialect: Dialect = Dialect.UNKNOWN) -> bool:
    """Whether the character at `pos` stands within a literal or a comment."""
    for kind, start, end in tokens(text, dialect):
        if end > pos:
            return start <= pos and kind in QUOTED
    return False
