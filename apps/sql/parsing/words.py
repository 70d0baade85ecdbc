"""A statement as words: what the grammar reads, with comments and white space left out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from apps.sql.dialects import SYNTAX, Dialect
from apps.sql.splitting.bulk import quotes_close
from apps.sql.tokens import Kind, byte_tokens

WORD, NAME, TEXT, NUMBER, MARK = "word", "name", "text", "number", "mark"


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

    def add(self, kind: str, start: int, end: int) -> None:
        spelt = self.text[start:end]
        self.kinds.append(kind)
        self.spelt.append(spelt.upper() if kind == WORD else spelt)
        self.starts.append(start)
        self.ends.append(end)

    def add_symbol(self, start: int, end: int) -> int:
        """An operator, however long, a bind variable, or a mark that may be part of one; where it
        ends.
        """
        if _EXECUTED.match(self.text, start):  # the marks around what only MySQL executes
            return end
        if self.text.startswith(b"..", start):  # PL/SQL's range
            end = start + 2
        bind = _BIND.match(self.text, start)
        operator = None if bind else _OPERATOR.match(self.text, start)
        end = bind.end() if bind else operator.end() if operator else end
        self.add(WORD if bind else MARK, start, end)
        return end

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
    """All words of a text; None where a quote in it does not close, or when there are more
    than `most`.
    """
    words = Words(text, dialect)
    kinds, spelt, starts, ends = words.kinds, words.spelt, words.starts, words.ends
    behind = 0  # what was taken together with a word before it
    for kind, start, end in byte_tokens(text, dialect):
        if start < behind or kind is _COMMENT:
            continue
        if kind is _SYMBOL and text[start] not in _PLAIN_MARKS:
            behind = words.add_symbol(start, end)
            continue
        if kind in _QUOTED and not _is_closed(text, start, end):
            return None
        name = _KINDS.get(kind)
        if name is None:
            return None
        kinds.append(name)
        spelt.append(text[start:end].upper() if name is WORD else text[start:end])
        starts.append(start)
        ends.append(end)
        if len(kinds) > most:
            return None
    return words if len(kinds) <= most else None


_KINDS = {
    Kind.WORD: WORD,
    Kind.NAME: NAME,
    Kind.LITERAL: TEXT,
    Kind.NUMBER: NUMBER,
    Kind.SYMBOL: MARK,
}
_QUOTED = frozenset((Kind.NAME, Kind.LITERAL))
_COMMENT, _SYMBOL = Kind.COMMENT, Kind.SYMBOL
_OPENS, _CLOSES = frozenset(b"'\"`[$"), frozenset(b"'\"`]$")
_LONGEST_PREFIX = 3  # nq'…', rb"…"
# PostgreSQL's rule: an operator of several characters does not end in a sign.
_PART = rb"[*<>=~!%^&|]|/(?!\*)|@(?![\w@'\"`])|#(?!\w)"
_OPERATOR = re.compile(rb"(?:" + _PART + rb"|[+-](?!-)){0,5}(?:" + _PART + rb")|[+-]")
_EXECUTED = re.compile(rb"/\*M?!|\*/")
# A colon with a word behind it is a bind variable, where a label's colon has one before it.
_PLAIN_MARKS = frozenset(b",;()[]{}")  # no part of an operator
_BIND = re.compile(rb"(?<![\w\]\":]):[A-Za-z_][\w$#]*+|\$\d++")


def _is_closed(text: bytes, start: int, end: int) -> bool:
    """Whether a literal or name ends with a quote that is not its first one."""
    first = text[start : min(end - 1, start + _LONGEST_PREFIX + 1)]
    return text[end - 1] in _CLOSES and not _OPENS.isdisjoint(first)


# What no statement ends with, and what nothing can stand behind.
_OPEN_WORDS = frozenset(
    b"SELECT FROM WHERE SET WITH BY AND OR NOT IN ON INTO VALUES JOIN UNION HAVING THEN WHEN"
    b" CASE IS LIKE BETWEEN TABLE REFERENCES".split()
)
_ASKS = frozenset(b"SET WHERE BY HAVING AND OR".split())
_CLAUSES = frozenset(b"WHERE GROUP ORDER HAVING LIMIT FROM UNION AND OR".split())
_OPEN_MARKS = frozenset(b", . ( = + - / || < >".split())
# Where one of these is found, and in comments or behind odd quotes, the words have to tell.
_DOUBTFUL = re.compile(
    rb"--|/\*|[#$`\"\\\x00]|,\s*+[,)]|(?i:\b(?:%s)\s++(?:%s)\b)|(?:[,.(=+/|<>-]|(?i:\b(?:%s)))\s*+\Z"
    % (b"|".join(sorted(_ASKS)), b"|".join(sorted(_CLAUSES)), b"|".join(sorted(_OPEN_WORDS)))
)
_LENIENT = frozenset(
    (Dialect.TSQL, Dialect.BIGQUERY, Dialect.SNOWFLAKE, Dialect.DUCKDB, Dialect.SPARK)
)


def is_plainly_whole(statement: bytes, dialect: Dialect) -> bool:
    """Whether one look finds nothing that could be missing; false says nothing."""
    syntax = SYNTAX[dialect]
    if syntax.line_separators or syntax.bracket or _DOUBTFUL.search(statement):
        return False
    return bool(statement.strip()) and quotes_close(statement, syntax)


def is_cut_off(statement: bytes, dialect: Dialect) -> bool:
    """Whether something is missing that sqlglot does not miss: behind the last word, between two
    commas, behind SET.
    """
    return not is_plainly_whole(statement, dialect) and lacks_words(statement, dialect)


def lacks_words(statement: bytes, dialect: Dialect) -> bool:
    """What `is_cut_off` says, read word by word."""
    words = words_of(statement, dialect, most=len(statement))
    if words is None or not len(words):
        return True
    pairs = zip(words.spelt, words.spelt[1:], words.kinds, strict=False)
    for first, second, kind in pairs:
        if first == b"," and (second == b"," or (second == b")" and dialect not in _LENIENT)):
            return True
        if kind == WORD and first in _ASKS and second in _CLAUSES:
            return True
    last, kind = words.spelt[-1], words.kinds[-1]
    return (kind == WORD and last in _OPEN_WORDS) or (kind == MARK and last in _OPEN_MARKS)
