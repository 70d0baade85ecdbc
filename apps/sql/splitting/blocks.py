"""Statements whose body holds delimiters: routines, triggers, PL/SQL and T-SQL blocks."""

from __future__ import annotations

import re
from enum import StrEnum

from apps.sql.dialects import Dialect
from apps.sql.members import at_hand
from apps.sql.tokens import Kind, byte_tokens


@at_hand
class Ending(StrEnum):
    """How a statement ends: at the delimiter, after its BEGIN … END, at a line with GO or `/`."""

    DELIMITER = "delimiter"
    BLOCK = "block"
    SEPARATOR = "separator"


# Only statements that begin with one of these letters are looked at more closely.
HEAD_FIRST = frozenset(b"cCaAbBdDfFiIlLrRwW<")
_ROUTINE = re.compile(
    rb"(?i:(?:CREATE|ALTER|REPLACE)(?:\s+OR\s+(?:REPLACE|ALTER))?"
    rb"(?:\s+(?:DEFINER\s*=\s*\S+|EDITIONABLE|NONEDITIONABLE|AGGREGATE|TEMP|TEMPORARY))*"
    rb"\s+(PROCEDURE|PROC|FUNCTION|TRIGGER|EVENT|PACKAGE|TYPE\s+BODY|TASK)\b)"
)
# The source stands in the statement, its semicolons too.
_JAVA = re.compile(
    rb"(?i:CREATE(?:\s+OR\s+REPLACE)?(?:\s+AND\s+(?:RESOLVE|COMPILE))?(?:\s+NOFORCE)?\s+JAVA\b)"
)
_COMPOUND = re.compile(rb"(?i:BEGIN\s+NOT\s+ATOMIC\b)")  # MariaDB's
_AS_DECLARE = re.compile(rb"(?i:\bAS\s+DECLARE\b)")  # Snowflake's
_PACKAGE = re.compile(rb"(?i:CREATE(?:\s+OR\s+REPLACE)?(?:\s+(?:NON)?EDITIONABLE)?\s+PACKAGE\b)")
# Statements in parentheses; macros are Teradata's.
_RULE = re.compile(rb"(?i:(?:CREATE(?:\s+OR\s+REPLACE)?\s+(?:RULE|MACRO)|REPLACE\s+MACRO)\b)")
_LABELS = rb"(?:<<\w{1,128}>>\s{0,99}){0,3}"
_LABELLED = re.compile(_LABELS)
_PLSQL = re.compile(_LABELS + rb"(?i:DECLARE|BEGIN)(?!\s*;)\b")
_WITH_ROUTINE = re.compile(rb"(?i:(?:CREATE\b[^;]{1,300}?\bAS\s+)?WITH\s+(?:FUNCTION|PROCEDURE)\b)")
_ATOMIC = re.compile(rb"(?i:\bBEGIN\s+ATOMIC\b)")
_TRANSACTION = re.compile(rb"\s*(?:;|(?i:TRAN|TRANSACTION|WORK|DISTRIBUTED|DIALOG|CONVERSATION)\b)")
_AFTER_END = re.compile(rb"\s+(?i:(IF|LOOP|WHILE|REPEAT|FOR)|(CASE))\b")
_IS_OR_AS = re.compile(rb"(?i:\b(?:IS|AS)\b)")
_QUERY = re.compile(rb"(?i:\b(?:SELECT|INSERT|UPDATE|DELETE|MERGE)\b)")
_IS_VALUE = re.compile(rb"\s*(?:[=,.)+*<>|-]|(?i:FROM|AS|IS|IN|AND|OR|ASC|DESC)\b)")
_OPENS, _CLOSES = b"()"
_LOOKED_BACK = 200
_MOST_HEAD = 8192
# In front of an END that closes: everywhere else it may be a name.
_BEFORE_STATEMENT = frozenset((b";", b"BEGIN", b"ATOMIC", b">>", b">", b"$$", b"//", b"/"))
_BEFORE_VALUE = frozenset(
    b", . = + - * / < > ( | SELECT WHERE SET BY AND OR NOT ON AS WHEN RETURN DISTINCT"
    b" HAVING".split()
)


def ending_of(content: bytes, start: int, dialect: Dialect, *, separated: bool) -> Ending:
    """How the statement at `start` ends. `separated`: a line with GO or `/` follows somewhere."""
    if dialect is Dialect.POSTGRES:  # its bodies are quoted; BEGIN ATOMIC and rules are seen later
        return Ending.DELIMITER
    routine = _ROUTINE.match(content, start, start + 400)
    if dialect is not Dialect.ORACLE:
        is_block = routine or _COMPOUND.match(content, start)
        return Ending.BLOCK if is_block else Ending.DELIMITER
    is_block = _PLSQL.match(content, start, start + 400) or _JAVA.match(content, start)
    if routine or is_block or holds_routine(content, start):
        return Ending.SEPARATOR if separated else Ending.BLOCK
    return Ending.DELIMITER


def holds_routine(content: bytes, start: int) -> bool:
    """Whether a query, or what is made of one, begins with routines of its own (Oracle)."""
    return _WITH_ROUTINE.match(content, start, start + 500) is not None


def is_unfinished(content: bytes, start: int, end: int) -> bool:
    """Whether a PostgreSQL statement goes on after the delimiter at `end`: a rule's open
    parenthesis.
    """
    if end - start > _MOST_HEAD or not _RULE.match(content, start, start + 60):
        return False
    depth = 0
    for kind, first, _ in byte_tokens(content[start:end], Dialect.POSTGRES):
        if kind is Kind.SYMBOL:
            depth += (content[start + first] == _OPENS) - (content[start + first] == _CLOSES)
    return depth > 0


def holds_atomic(content: bytes, start: int, end: int) -> bool:
    """Whether a PostgreSQL statement has a body of statements, BEGIN ATOMIC … END."""
    if end - start >= _MOST_HEAD or b"ATOMIC" not in content[start:end].upper():
        return False
    return _ATOMIC.search(content, start, end) is not None


class BlockWalk:
    """Follows BEGIN, CASE and END of one statement and says when a delimiter ends it."""

    def __init__(self, content: bytes, start: int, dialect: Dialect) -> None:
        self._content = content
        self._start = start
        self._dialect = dialect
        self._open: list[bytes] = []
        self._begun = False
        labels = _LABELLED.match(content, start)
        first = labels.end() if labels else start
        head = content[first : first + 7].upper()
        self._is_declaration = head == b"DECLARE"
        self._needs_begin = dialect is Dialect.ORACLE or head in (b"DECLARE", b"BEGIN A")
        self._asked, self._token = start, b""  # where it was looked back from, and what stood there
        self._looked, self._has_head = start, False  # how far IS or AS was looked for
        self.is_query = holds_routine(content, start)
        self._query_from = start if self.is_query else -1
        if _PACKAGE.match(content, start, start + 400):
            if _IS_OR_AS.search(content, start, start + 600):
                self._open.append(b"BEGIN")
            self._begun = True

    def word(self, pos: int) -> int:
        """Take the BEGIN, CASE or END at `pos`; returns the place after it."""
        content = self._content
        if content[pos : pos + 5].upper() == b"BEGIN":
            if not _TRANSACTION.match(content, pos + 5) and not self._is_name(pos, pos + 5):
                self._open.append(b"BEGIN")
                self._begun = True
            return pos + 5
        if content[pos : pos + 4].upper() == b"CASE":
            if self._before(pos) != b".":
                self._open.append(b"CASE")
            return pos + 4
        return self._end(pos)

    def _end(self, pos: int) -> int:
        after = _AFTER_END.match(self._content, pos + 3)
        if after and after[1]:
            return after.end()
        opened = self._open[-1:]
        if opened == [b"CASE"] and self._before(pos) != b".":
            self._open.pop()
        elif opened and self._closes_block(pos):
            self._open.pop()
            if self._query_from >= 0:
                self._query_from = pos + 3
        return after.end() if after else pos + 3

    def _closes_block(self, pos: int) -> bool:
        """END closes a block only where a statement may begin; elsewhere it is a name."""
        if self._dialect is Dialect.UNKNOWN:
            return not self._is_name(pos, pos + 3)
        return self._before(pos) in _BEFORE_STATEMENT

    def _is_name(self, pos: int, end: int) -> bool:
        if _IS_VALUE.match(self._content, end):
            return True
        before = self._before(pos)
        return before in _BEFORE_VALUE and not (before == b"AS" and end - pos == 5)

    def _before(self, pos: int) -> bytes:
        """The token in front of `pos`: a word in capitals or a symbol.

        Looks no further back than to the word that was asked about last: every byte of a
        statement is read once, however many words there are.
        """
        if pos != self._asked:
            begin = max(self._start, self._asked, pos - _LOOKED_BACK)
            self._asked, self._token = pos, self._last_token(begin, pos)
        return self._token

    def _last_token(self, begin: int, end: int) -> bytes:
        content = self._content
        while begin < (end := begin + len(content[begin:end].rstrip())):
            line = max(begin, content.rfind(b"\n", begin, end) + 1)
            found = b""
            for kind, first, last in byte_tokens(content[line:end], self._dialect):
                if kind is not Kind.COMMENT:
                    found = content[line + first : line + last]
            if found or line == begin:
                return found.upper()
            end = line
        return b""

    def _declares(self, pos: int) -> bool:
        """Whether a body in Snowflake's language has begun with its variables."""
        if self._dialect is not Dialect.SNOWFLAKE:
            return False
        limit = min(pos, self._start + _MOST_HEAD)
        return _AS_DECLARE.search(self._content, self._start, limit) is not None

    def ends_at_delimiter(self, pos: int) -> bool:
        """Whether the delimiter at `pos` ends the statement."""
        if self._open:
            return False
        if self._query_from >= 0:
            found = _QUERY.search(self._content, self._query_from, pos)
            self._query_from = pos
            return found is not None
        if self._begun or not self._needs_begin:
            return self._begun or not self._declares(pos)
        if self._is_declaration:
            return False
        if not self._has_head:
            self._has_head = _IS_OR_AS.search(self._content, self._looked, pos) is not None
            self._looked = pos
        return not self._has_head
