"""Statements whose body holds delimiters: routines, triggers, PL/SQL and T-SQL blocks."""

from __future__ import annotations

import re
from enum import StrEnum

from apps.sql.dialects import Dialect


class Ending(StrEnum):
    """How a statement ends: at the delimiter, after its BEGIN … END, at a line with GO or `/`."""

    DELIMITER = "delimiter"
    BLOCK = "block"
    SEPARATOR = "separator"


# Only statements that begin with one of these letters are looked at more closely.
HEAD_FIRST = frozenset(b"cCaAbBdDiIwW")
_ROUTINE = re.compile(
    rb"(?i:(?:CREATE|ALTER)(?:\s+OR\s+(?:REPLACE|ALTER))?"
    rb"(?:\s+(?:DEFINER\s*=\s*\S+|EDITIONABLE|NONEDITIONABLE|AGGREGATE|TEMP|TEMPORARY))*"
    rb"\s+(PROCEDURE|PROC|FUNCTION|TRIGGER|EVENT|PACKAGE|TYPE\s+BODY)\b)"
)
_PACKAGE = re.compile(rb"(?i:CREATE(?:\s+OR\s+REPLACE)?(?:\s+(?:NON)?EDITIONABLE)?\s+PACKAGE\b)")
_RULE = re.compile(rb"(?i:CREATE(?:\s+OR\s+REPLACE)?\s+RULE\b)")
_PLSQL = re.compile(rb"(?i:DECLARE|BEGIN)(?!\s*;)\b")
_TSQL_BLOCK = re.compile(
    rb"(?i:IF\b|WHILE\b|BEGIN\b(?!\s*(?:;|\Z))(?!\s+(?:TRAN|TRANSACTION|DISTRIBUTED|DIALOG|CONVERSATION)\b))"
)
ATOMIC = re.compile(rb"(?i:\bBEGIN\s+ATOMIC\b)")
_TRANSACTION = re.compile(rb"\s*(?:;|(?i:TRAN|TRANSACTION|WORK|DISTRIBUTED|DIALOG|CONVERSATION)\b)")
_AFTER_END = re.compile(rb"\s+(?i:(IF|LOOP|WHILE|REPEAT|FOR)|(CASE|TRY|CATCH))\b")
_IS_OR_AS = re.compile(rb"(?i:\b(?:IS|AS)\b)")
_GOES_ON = re.compile(rb"\s*(?:;|(?i:ELSE|BEGIN\s+CATCH)\b)")


def ending_of(content: bytes, start: int, dialect: Dialect, *, separated: bool) -> Ending:
    """How the statement at `start` ends. `separated`: a line with GO or `/` follows somewhere."""
    if dialect is Dialect.POSTGRES:  # its bodies are quoted; BEGIN ATOMIC and rules are seen later
        return Ending.DELIMITER
    routine = _ROUTINE.match(content, start, start + 400)
    if dialect is Dialect.TSQL:
        if routine:
            return Ending.SEPARATOR if separated else Ending.BLOCK
        return Ending.BLOCK if _TSQL_BLOCK.match(content, start, start + 60) else Ending.DELIMITER
    if dialect is Dialect.ORACLE and (routine or _PLSQL.match(content, start, start + 60)):
        return Ending.SEPARATOR if separated else Ending.BLOCK
    return Ending.BLOCK if routine else Ending.DELIMITER


def is_unfinished(content: bytes, start: int, end: int) -> bool:
    """Whether a PostgreSQL statement goes on after the delimiter at `end`: a rule's open
    parenthesis.
    """
    if end - start > 8192 or not _RULE.match(content, start, start + 60):
        return False
    return content.count(b"(", start, end) > content.count(b")", start, end)


class BlockWalk:
    """Follows BEGIN, CASE and END of one statement and says when a delimiter ends it."""

    def __init__(self, content: bytes, start: int, dialect: Dialect) -> None:
        self._content = content
        self._start = start
        self._dialect = dialect
        self._depth = 0
        self._begun = False
        head = content[start : start + 7].upper()
        self._needs_begin = dialect is Dialect.ORACLE or head in (b"DECLARE", b"BEGIN A")
        if _PACKAGE.match(content, start, start + 400):
            self._depth = 1 if _IS_OR_AS.search(content, start, start + 600) else 0
            self._begun = True

    def word(self, pos: int) -> tuple[int, bool]:
        """Take the BEGIN, CASE or END at `pos`; returns the place after it and whether the block
        is over.
        """
        if self._content[pos : pos + 5].upper() == b"BEGIN":
            pos += 5
            if not _TRANSACTION.match(self._content, pos):
                self._depth += 1
                self._begun = True
            return pos, False
        if self._content[pos : pos + 4].upper() == b"CASE":
            self._depth += 1
            return pos + 4, False
        return self._end(pos + 3)

    def _end(self, pos: int) -> tuple[int, bool]:
        after = _AFTER_END.match(self._content, pos)
        if after and after[1]:
            return after.end(), False
        pos = after.end() if after else pos
        self._depth = max(0, self._depth - 1)
        over = self._dialect is Dialect.TSQL and self._begun and not self._depth
        return pos, over and not _GOES_ON.match(self._content, pos)

    def ends_at_delimiter(self, pos: int) -> bool:
        """Whether the delimiter at `pos` ends the statement."""
        if self._depth:
            return False
        if self._begun or not self._needs_begin:
            return True
        return _IS_OR_AS.search(self._content, self._start, pos) is None and (
            self._content[self._start : self._start + 7].upper() != b"DECLARE"
        )
