"""What stands between two statements: white space, comments, and commands of the client program."""

from __future__ import annotations

import re
from functools import lru_cache

from apps.sql.dialects import Syntax

Span = tuple[int, int]

# White space of Unicode, byte-order marks where files were put together, DOS's end of a file.
_ODD_SPACE = rb"(?:\xc2[\x85\xa0]|\xe2\x80[\x80-\x8f\xa8\xa9\xaf]|\xe3\x80\x80|\xef\xbb\xbf)"
# One look at the first byte, for the odd ones are rare.
SPACES = rb"[\s\x00\x1a]*+(?:(?=[\xc2\xe2\xe3\xef])" + _ODD_SPACE + rb"[\s\x00\x1a]*+|(?!))*+"
WHITE = re.compile(SPACES)
_LAST_SPACE = re.compile(rb"(?:[\s\x00\x1a]|" + _ODD_SPACE + rb")\Z")
_LONGEST_SPACE = 3  # bytes
LINE = re.compile(rb"[^\r\n]*+")
MOST_COMMENTS = 64  # of a run; only the nearest can belong to the statement below

_TRAILING = re.compile(
    rb"[ \t]*+(?:\xc2\xa0[ \t]*+|(?!))*+"
    rb"(--[^\r\n]*+|#[^\r\n]*+|/\*(?!!)(?:[^*\r\n]++|\*(?!/)|(?!))*+\*/)"
    rb"(?=[ \t]*+(?:[\r\n]|\Z))"
)
_BLANKS = re.compile(rb"[ \t]*+")
_EMPTY_LINE = re.compile(rb"(?:\n|\r(?!\n))[^\r\n]*+[\r\n]")
_OPEN_OR_CLOSE = re.compile(rb"/\*|\*/")

# SQL*Plus goes on with a command whose line ends in a dash.
_CONTINUED = rb"(?:[^\r\n-]++|-[ \t]*+(?:\r\n?|\n)|-|(?!))*+"
_CLIENT = {
    "none": rb"(?!)",
    "psql": rb"\\[^\r\n]*+",
    "mysql": rb"(?i:source[ \t]+[^;\r\n]+|\\[.!uTtCcehHnpPqrRsWwx?#][^\r\n]*+"
    rb"|(?:charset|connect|pager|prompt|tee|system)[ \t]+[^=;\r\n]++;?+(?=[\r\n]|\Z)"
    rb"|(?:clear|ego|edit|exit|nopager|notee|nowarning|print|prompt|pager|quit|rehash|status"
    rb"|resetconnection|warnings|help|system|tee|connect)[ \t]*+;?+[ \t]*+(?=[\r\n]|\Z))",
    "sqlite": rb"\.[A-Za-z][^\r\n]*+",
    "sqlcmd": rb"(?::[A-Za-z!]|!!)[^\r\n]*+",
    "sqlplus": rb"(?i:[@!]|(?:REM|REMARK|PROMPT|SPOOL|WHENEVER|SHOW|DEFINE|UNDEFINE|VARIABLE|VAR"
    rb"|PRINT|COLUMN|COL|TTITLE|BTITLE|BREAK|CLEAR|ACCEPT|PAUSE|HOST|EXIT|QUIT"
    rb"|CONNECT|CONN|DISCONNECT"
    rb"|START|EXEC|EXECUTE|SET(?!\s+(?:TRANSACTION|ROLE|CONSTRAINTS?)\b))(?![\w]))" + _CONTINUED,
    "any": rb"(?i:\\[^\r\n]*+|\.[a-z][^\r\n]*+"
    rb"|:(?:setvar|r|on|connect)\b[^\r\n]*+"
    rb"|(?:REM|REMARK|PROMPT|SPOOL|WHENEVER)(?=[ \t\r\n])[^\r\n]*+)",
}

USE_LINE = re.compile(
    rb"(?i:USE)[ \t]++(?:`[^`\r\n]{1,128}+`|[^;\s`]++)(?=[ \t]*+(?:[\r\n]|\Z|--|#|/\*))"
)
_COPY_IN = re.compile(rb"(?i:\\copy\b[^\r\n]{1,4000}\bfrom\s+p?stdin\b)")
_DELIMITER = re.compile(rb"(?i:DELIMITER)[ \t]+([^\s]{1,16})[^\r\n]*+")
_SHORT_DELIMITER = re.compile(rb"\\d[ \t]*([^\s]{1,16})[^\r\n]*+")
# Of Firebird, whose command ends with the delimiter that it replaces, and of Db2.
_TERM = re.compile(rb"(?i:SET[ \t]+TERM)[ \t]+([^\r\n]{1,40}?)[ \t]*+(?=[\r\n]|\Z)")
_TERMINATOR = re.compile(rb"(?i:--#SET[ \t]+(?:TERMINATOR|DELIMITER))[ \t]*(\S{1,16})[^\r\n]*+")
# Left by a merge that nobody finished.
CONFLICT = re.compile(rb"(?:<{7}|={7}|>{7})(?![<=>])[^\r\n]*+")
DELIMITER_FIRST = frozenset(b"dDsS\\")
CONFLICT_FIRST = frozenset(b"<=>")
CLIENT_FIRST = frozenset(b"\\.:!@")  # a command may begin with one of these or with a word


@lru_cache(maxsize=16)
def client_command(client: str) -> re.Pattern[bytes]:
    """The pattern of one client's line commands, to be matched where a statement could begin."""
    return re.compile(_CLIENT[client])


def new_delimiter(
    content: bytes, pos: int, syntax: Syntax, delimiter: bytes
) -> tuple[bytes, int] | None:
    """What the client is told at `pos` to take as its delimiter in place of `delimiter`, and where
    that command ends; None where it is told nothing.
    """
    client = syntax.client
    if client in ("sqlcmd", "sqlplus"):
        return None
    found = _DELIMITER.match(content, pos) if client in ("mysql", "any") else None
    if client == "mysql":
        found = found or _SHORT_DELIMITER.match(content, pos)
    found = found or _TERMINATOR.match(content, pos)
    if found:
        return found[1], found.end()
    found = _TERM.match(content, pos)
    chosen = found[1].removesuffix(delimiter).split() if found else []
    if found is None or len(chosen) != 1 or not found[1].endswith(delimiter):
        return None
    return chosen[0], found.end()


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


def trimmed(content: bytes, start: int, end: int) -> int:
    """The end of a piece without the white space in front of it."""
    while end > start and _LAST_SPACE.search(content, max(start, end - _LONGEST_SPACE), end):
        end -= 1
        while end > start and 0x80 <= content[end] < 0xC0:  # to the first byte of its character
            end -= 1
    return end


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
        if below - end > 1 and _EMPTY_LINE.search(content, end, below):
            break
        first, below = begin, begin
    return None if first is None else (first, comments[-1][1])
