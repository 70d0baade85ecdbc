"""Blocks that BigQuery and Snowflake run outside of routines: BEGIN, DECLARE, IF, WHILE, LOOP, FOR.

A block opens with a word where a statement may begin; elsewhere IF and REPEAT are functions.
"""

from __future__ import annotations

import re

from apps.sql.dialects import Dialect
from apps.sql.tokens import Kind, byte_tokens

_DIALECTS = frozenset((Dialect.BIGQUERY, Dialect.SNOWFLAKE))
_BLOCK = re.compile(
    rb"(?i:IF|WHILE|LOOP|REPEAT|FOR|CASE|BEGIN(?!\s*+(?:;|\Z|(?:TRAN|TRANSACTION|WORK|NAME)\b)))\b"
)
_DECLARE = re.compile(rb"(?i:DECLARE)\b")
_OPENERS = frozenset((b"IF", b"WHILE", b"LOOP", b"REPEAT", b"FOR", b"CASE", b"BEGIN"))
_LABELLED = _OPENERS - {b"IF", b"CASE"}
_BEFORE_STATEMENT = frozenset((b"", b";", b"THEN", b"ELSE", b"DO", b"LOOP", b"BEGIN", b"REPEAT"))
_TRANSACTION = frozenset((b";", b"TRANSACTION", b"TRAN", b"WORK", b"NAME"))


def begins_block(content: bytes, start: int, dialect: Dialect) -> bool:
    """Whether the statement at `start` is such a block. BigQuery's DECLARE is a statement."""
    if dialect not in _DIALECTS:
        return False
    if _BLOCK.match(content, start):
        return True
    return dialect is Dialect.SNOWFLAKE and _DECLARE.match(content, start) is not None


def block_end(content: bytes, start: int, dialect: Dialect) -> int:
    """Where the delimiter behind the block at `start` stands; without one the content's end."""
    opened: list[bool] = []  # of each block, whether it is one of statements and no expression
    before, has_begun, is_new = b"", False, False
    for kind, begin, end in byte_tokens(content, dialect, start=start):
        if kind is Kind.COMMENT:
            continue
        is_spelt = kind is Kind.WORD or kind is Kind.SYMBOL
        text = content[begin:end].upper() if is_spelt else b"'"
        if is_new and before == b"BEGIN" and text in _TRANSACTION:
            opened.pop()
        if text == b";" and has_begun and not opened:
            return begin
        is_new = _opens(text, before, content[begin - 1 : begin]) and all(opened[-1:])
        if is_new or (text == b"CASE" and before not in (b"END", b".")):
            opened.append(is_new)
        elif text == b"END" and before != b"." and opened:
            opened.pop()
        has_begun = has_begun or is_new
        before = text
    return len(content)


def _opens(text: bytes, before: bytes, gap: bytes) -> bool:
    """Whether a word where a statement may begin, also behind a label, opens a block."""
    if before == b":":
        return text in _LABELLED and gap.isspace()
    return text in _OPENERS and before in _BEFORE_STATEMENT
