"""What stands between two statements: white space, comments, and commands of the client program."""

from __future__ import annotations

import re
from functools import lru_cache

from apps.sql.dialects import Syntax

Span = tuple[int, int]

WHITE = re.compile(rb"[\s\x00\xa0]*+")
LINE = re.compile(rb"[^\n]*+")
MOST_COMMENTS = 64  # of a run; only the nearest can belong to the statement below

_TRAILING = re.compile(
    rb"[ \t]*+(--[^\n]*+|#[^\n]*+|/\*(?!!)(?:[^*\n]++|\*(?!/)|(?!))*+\*/[ \t\r]*+(?=\n|\Z))"
)
_OPEN_OR_CLOSE = re.compile(rb"/\*|\*/")

_CLIENT = {
    "none": rb"(?!)",
    "psql": rb"\\[^\n]*+",
    "mysql": rb"(?i:source[ \t]+[^;\n]+|\\[.!uTt][^\n]*+)",
    "sqlite": rb"\.[A-Za-z][^\n]*+",
    "sqlcmd": rb"(?::[A-Za-z!]|!!)[^\n]*+",
    "sqlplus": rb"(?i:@[^\n]*+|![^\n]*+|(?:REM|REMARK|PROMPT|SPOOL|WHENEVER|SHOW"
    rb"|DEFINE|UNDEFINE|VARIABLE|VAR"
    rb"|PRINT|COLUMN|COL|TTITLE|BTITLE|BREAK|CLEAR|ACCEPT|PAUSE|HOST|EXIT|QUIT"
    rb"|CONNECT|CONN|DISCONNECT"
    rb"|START|EXEC|EXECUTE|SET(?!\s+(?:TRANSACTION|ROLE|CONSTRAINTS?)\b))(?![\w])[^\n]*+)",
    "any": rb"(?i:\\[^\n]*+|\.(?:mode|read|headers?|import|separator|open|timeout|print"
    rb"|echo|bail)\b[^\n]*+"
    rb"|:(?:setvar|r|on|connect)\b[^\n]*+"
    rb"|(?:REM|REMARK|PROMPT|SPOOL|WHENEVER)(?=[ \t\r\n])[^\n]*+)",
}

DELIMITER = re.compile(rb"(?i:DELIMITER)[ \t]+([^\s]{1,16})[^\n]*+")
CLIENT_FIRST = frozenset(b"\\.:!@")  # a command may begin with one of these or with a word


@lru_cache(maxsize=16)
def client_command(client: str) -> re.Pattern[bytes]:
    """The pattern of one client's line commands, to be matched where a statement could begin."""
    return re.compile(_CLIENT[client])


def comment_end(content: bytes, pos: int, syntax: Syntax) -> int:
    """Where the comment at `pos` ends, or `pos` when there is none. Unclosed, it runs to the end.

    `/*!…*/` is no comment where MySQL executes it.
    """
    two = content[pos : pos + 2]
    if two == b"--" or (two[:1] == b"#" and syntax.hash_comment):
        newline = content.find(b"\n", pos)
        return len(content) if newline < 0 else newline
    if two != b"/*" or content[pos : pos + 3] == b"/*!":
        return pos
    return block_comment_end(content, pos, nested=syntax.nested)


def block_comment_end(content: bytes, pos: int, *, nested: bool) -> int:
    """Where the `/* … */` at `pos` ends; the end of the content when it is never closed."""
    if not nested:
        close = content.find(b"*/", pos + 2)
        return len(content) if close < 0 else close + 2
    depth = 0
    for mark in _OPEN_OR_CLOSE.finditer(content, pos):
        depth += 1 if mark.group() == b"/*" else -1
        if not depth:
            return mark.end()
    return len(content)


def trailing_comment(content: bytes, pos: int, syntax: Syntax) -> Span | None:
    """The comment that follows a delimiter on its own line."""
    if content[pos : pos + 1] in (b"\n", b"\r", b""):
        return None
    found = _TRAILING.match(content, pos)
    if not found or (found[1][:1] == b"#" and not syntax.hash_comment):
        return None
    return found.span(1)


def own_comment(content: bytes, comments: list[Span], start: int) -> Span | None:
    """The run of comments directly above `start`: no blank line between them or below them."""
    first: int | None = None
    below = start
    for begin, end in reversed(comments):
        if content.count(b"\n", end, below) > 1:
            break
        first, below = begin, begin
    return None if first is None else (first, comments[-1][1])
