"""What stands between two statements: white space, comments, and commands of the client program."""

from __future__ import annotations

import re
from functools import lru_cache

from apps.sql.dialects import Syntax

Span = tuple[int, int]

SPACES = rb"[\s\x00\xa0]*+"
WHITE = re.compile(SPACES)
LINE = re.compile(rb"[^\r\n]*+")
MOST_COMMENTS = 64  # of a run; only the nearest can belong to the statement below

_TRAILING = re.compile(
    rb"[ \t]*+(--[^\r\n]*+|#[^\r\n]*+|/\*(?!!)(?:[^*\r\n]++|\*(?!/)|(?!))*+\*/)"
    rb"(?=[ \t]*+(?:[\r\n]|\Z))"
)
_BLANKS = re.compile(rb"[ \t]*+")
_OPEN_OR_CLOSE = re.compile(rb"/\*|\*/")

# SQL*Plus goes on with a command whose line ends in a dash.
_CONTINUED = rb"(?:[^\r\n-]++|-[ \t]*+(?:\r\n?|\n)|-|(?!))*+"
_CLIENT = {
    "none": rb"(?!)",
    "psql": rb"\\[^\r\n]*+",
    "mysql": rb"(?i:source[ \t]+[^;\n]+|\\[.!uTtCcehHnpPqrRsWwx?#][^\r\n]*+"
    rb"|(?:charset|connect|pager|prompt|tee|system)[ \t]+[^=;\r\n]++;?+(?=[\r\n]|\Z)"
    rb"|(?:clear|ego|edit|exit|nopager|notee|nowarning|print|prompt|pager|quit|rehash|status"
    rb"|resetconnection|warnings|help|system|tee|connect)[ \t]*+;?+[ \t]*+(?=[\r\n]|\Z))",
    "sqlite": rb"\.[A-Za-z][^\r\n]*+",
    "sqlcmd": rb"(?::[A-Za-z!]|!!)[^\r\n]*+",
    "sqlplus": rb"(?i:[@!]|(?:REM|REMARK|PROMPT|SPOOL|WHENEVER|SHOW|DEFINE|UNDEFINE|VARIABLE|VAR"
    rb"|PRINT|COLUMN|COL|TTITLE|BTITLE|BREAK|CLEAR|ACCEPT|PAUSE|HOST|EXIT|QUIT"
    rb"|CONNECT|CONN|DISCONNECT"
    rb"|START|EXEC|EXECUTE|SET(?!\s+(?:TRANSACTION|ROLE|CONSTRAINTS?)\b))(?![\w]))" + _CONTINUED,
    "any": rb"(?i:\\[^\r\n]*+|\.(?:mode|read|headers?|import|separator|open|timeout|print"
    rb"|echo|bail)\b[^\r\n]*+"
    rb"|:(?:setvar|r|on|connect)\b[^\r\n]*+"
    rb"|(?:REM|REMARK|PROMPT|SPOOL|WHENEVER)(?=[ \t\r\n])[^\r\n]*+)",
}

USE_LINE = re.compile(rb"(?i:USE)[ \t]++[^;\s]++[ \t]*+(?=[\r\n]|\Z)")
_COPY_IN = re.compile(rb"(?i:\\copy\b[^\r\n]{1,4000}\bfrom\s+p?stdin\b)")
DELIMITER = re.compile(rb"(?i:DELIMITER)[ \t]+([^\s]{1,16})[^\n]*+")
CLIENT_FIRST = frozenset(b"\\.:!@")  # a command may begin with one of these or with a word


@lru_cache(maxsize=16)
def client_command(client: str) -> re.Pattern[bytes]:
    """The pattern of one client's line commands, to be matched where a statement could begin."""
    return re.compile(_CLIENT[client])


def comment_end(content: bytes, pos: int, syntax: Syntax) -> int:
    """Where the comment at `pos` ends, or `pos` when there is none. Unclosed, it runs to the end.

    `/*!…*/` is none, for files of MySQL may be taken for another dialect's; in T-SQL it is one,
    whose statements are read by their tokens.
    """
    two = content[pos : pos + 2]
    is_marked = (two[:1] == b"#" and syntax.hash_comment) or (two == b"//" and syntax.slash_comment)
    if two == b"--" or is_marked:
        found = LINE.match(content, pos)
        return found.end() if found else pos
    if two != b"/*" or (content[pos : pos + 3] == b"/*!" and syntax.client != "sqlcmd"):
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


def takes_rows(content: bytes, start: int, end: int) -> bool:
    """Whether the client command is psql's \\copy … from stdin, whose rows follow."""
    return _COPY_IN.match(content, start, end) is not None


def same_line_comment(content: bytes, pos: int) -> int:
    """Where the block comment that follows `pos` on its line ends, or `pos`."""
    found = _BLANKS.match(content, pos)
    begin = found.end() if found else pos
    return (
        block_comment_end(content, begin, nested=True)
        if content[begin : begin + 2] == b"/*"
        else pos
    )


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
