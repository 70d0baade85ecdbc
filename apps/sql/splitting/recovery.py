"""Quotes that are out of step: where a broken statement ends, so that it does not swallow its
neighbours. Asked only of files whose quotes do not close.

`VALUES ('it's fine');` leaves every following literal inside out. Nothing in the grammar says so,
but the
signs are plain: a literal that opens right after a letter, or that closes right before one, or
never,
and that holds a `;` at a line's end followed by a line that begins a statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.sql.dialects import Syntax

_RESUME = re.compile(
    rb";[ \t]*+\r?\n(?:\s++|--[^\n]*+\n|#[^\n]*+\n|(?!))*+(?i:CREATE|INSERT|UPDATE|DELETE|SELECT"
    rb"|ALTER|DROP|SET|"
    rb"COMMENT|GRANT|BEGIN|COMMIT|WITH|USE|EXEC|MERGE|REPLACE|TRUNCATE|LOCK|UNLOCK|DECLARE)\b"
)
_RESUME_BATCH = re.compile(rb"\n[ \t]*+[Gg][Oo][ \t]*+\r?\n")
_PREFIX = re.compile(rb"(?:^|[^0-9A-Za-z_])(?:[nNeEbBxXqQ]|[uU]&|_[A-Za-z0-9]{2,20})\Z")
_ENDS_STATEMENT = re.compile(rb"[\s)]*+;")
_CLOSE = {
    (quote, backslash): re.compile(
        rb"[^%s\\]*+(?:\\.[^%s\\]*+|(?!))*+(%s|\Z)" % (quote, quote, quote)
        if backslash
        else rb"(?:[^%s]++|%s|(?!))*+(%s|\Z)" % (quote, quote * 2, quote),
        re.DOTALL,
    )
    for quote in (b"'", b'"')
    for backslash in (False, True)
}


@dataclass(slots=True)
class Budget:
    """Bytes that may be read twice for recovering; keeps the whole file's time linear."""

    left: int


def resolve_quote(content: bytes, pos: int, syntax: Syntax, budget: Budget) -> tuple[int, bool]:
    """Decide about the quote at `pos` that the lexer would not pass.

    Returns the place to go on from and whether the statement ends there (in front of its `;` or
    GO).
    """
    quote = content[pos : pos + 1]
    escapes = _has_escapes(content, pos, quote, syntax)
    found = _CLOSE[quote, escapes].match(content, pos + 1)
    close = found.end() if found else len(content)
    closed = bool(found and found[1])
    if closed and _is_sound(content, pos, close):
        return close, False
    if budget.left > 0:
        resume = _resume_point(content, pos, close, syntax)
        budget.left -= close - pos
        if resume is not None:
            return resume, True
    return close, False


def _has_escapes(content: bytes, pos: int, quote: bytes, syntax: Syntax) -> bool:
    if syntax.backslash and (quote == b"'" or syntax.double_quote_is_text):
        return True
    before = content[max(0, pos - 2) : pos]
    return syntax.escape_prefix and re.search(rb"(?:^|\W)[eE]\Z", before) is not None


def _is_sound(content: bytes, pos: int, close: int) -> bool:
    before = content[max(0, pos - 24) : pos]
    opens = not before[-1:].isalnum() or _PREFIX.search(before) is not None
    ends = _ENDS_STATEMENT.match(content, pos + 1, min(close, pos + 200))
    following = content[close : close + 1]
    return opens and not ends and not (following.isalnum() or following == b"_")


def _resume_point(content: bytes, pos: int, close: int, syntax: Syntax) -> int | None:
    """The resuming keyword may lie a little beyond `close`: the stray quote often stands right
    after it.
    """
    found = _RESUME.search(content, pos, min(len(content), close + 64))
    batch = None
    if b"GO" in syntax.line_separators:
        batch = _RESUME_BATCH.search(content, pos, close)
    points = [match.start() for match in (found, batch) if match and match.start() < close]
    return min(points) if points else None
