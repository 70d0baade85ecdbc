"""Routines whose body is a BEGIN … END block: neither parser has a grammar for those bodies.

A routine counts as read when its header has the form that the dialect asks for, its blocks are
balanced,
and every INSERT, UPDATE, DELETE and SELECT in it can be read on its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from apps.sql.dialects import Dialect
from apps.sql.kinds import kind_of
from apps.sql.splitting import split

MOST_BYTES = 32 * 1024
ReadStatement = Callable[[bytes, str, Dialect], bool]

_NAME = rb"(?:[\w$\x80-\xff]+|`[^`]+`|\"[^\"]+\"|\[[^\]]+\])"
_HEADER = re.compile(
    rb"(?i:(?:CREATE|ALTER)\b[^;'\"]{0,300}?\b(?:PROCEDURE|PROC|FUNCTION|TRIGGER)\s+(?:IF\s+NOT\s+EXISTS\s+)?"
    + _NAME
    + rb"(?:\s*\.\s*"
    + _NAME
    + rb")*)[\s(@]"
)
_BODY = re.compile(rb"(?i:\bBEGIN\b)")
_LAST_END = re.compile(rb"(?i:\bEND\b)(?:\s+[\w.\"`\[\]]+)?\s*;?\s*\Z")
_OPENS = re.compile(
    rb"'[^']*+'|\"[^\"]*+\"|`[^`]*+`|\[[^\]\n]*+\]|--[^\n]*+|/\*(?:[^*]++|\*(?!/)|(?!))*+\*/"
    rb"|(?i:\bEND\s+(?:IF|LOOP|WHILE|REPEAT|FOR)\b|\bEND\s+(?:CASE|TRY|CATCH)\b|\b(?:BEGIN|CASE|END)\b)"
)
_TRANSACTION = re.compile(rb"\s*(?i:TRAN|TRANSACTION|WORK)\b")
_CONTROL = re.compile(
    rb"(?i:(?:BEGIN|ELSE|THEN|DO|LOOP|REPEAT|IF\b[^;]*?\bTHEN|ELSEIF\b[^;]*?\bTHEN|ELSIF\b[^;]*?\bTHEN"
    rb"|WHILE\b[^;]*?\b(?:DO|LOOP)|FOR\b[^;]*?\bLOOP|[\w]+:)\s+)+"
)
_INTO = re.compile(rb"(?i:\bINTO\s+@?[\w.]+(?:\s*,\s*@?[\w.]+)*)")
_CHECKED = frozenset(("insert", "update", "delete"))


def read_block(statement: bytes, dialect: Dialect, reads: ReadStatement) -> bool:
    """Whether a CREATE TRIGGER, FUNCTION or PROCEDURE with a block body can be read; `reads`
    reads the inside.
    """
    if len(statement) > MOST_BYTES or not _HEADER.match(statement):
        return False
    body, last = _BODY.search(statement), _LAST_END.search(statement)
    if not body or not last or not _is_balanced(statement, body.start()):
        return False
    inside = statement[body.end() : last.start()]
    statements = [inside[p.start : p.end] for p in split(inside, dialect)]
    return bool(statements) and all(_reads_inner(s, dialect, reads) for s in statements)


def _is_balanced(statement: bytes, start: int) -> bool:
    depth = 0
    for token in _OPENS.finditer(statement, start):
        words = token.group().upper().split()
        if words[0] in (b"BEGIN", b"CASE"):
            depth += 0 if _TRANSACTION.match(statement, token.end()) else 1
        elif words[0] == b"END" and (len(words) == 1 or words[1] in (b"CASE", b"TRY", b"CATCH")):
            depth -= 1
            if depth < 0:
                return False
    return depth == 0


def _reads_inner(statement: bytes, dialect: Dialect, reads: ReadStatement) -> bool:
    control = _CONTROL.match(statement)
    inner = statement[control.end() :] if control else statement
    kind = kind_of(inner)
    if kind == "select":
        return reads(_INTO.sub(b"", inner, count=1), kind, dialect)
    return kind not in _CHECKED or reads(inner, kind, dialect)
