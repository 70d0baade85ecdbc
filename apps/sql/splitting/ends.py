"""Where a statement ends: at its delimiter, behind its block, at a separator, where T-SQL says."""

from __future__ import annotations

import re

from apps.sql.dialects import Dialect, Syntax
from apps.sql.splitting import gaps
from apps.sql.splitting.batches import Batch, is_definition, may_be_plain
from apps.sql.splitting.blocks import (
    HEAD_FIRST,
    BlockWalk,
    Ending,
    ending_of,
    holds_atomic,
    holds_routine,
    is_unfinished,
)
from apps.sql.splitting.bulk import Patterns, patterns_for
from apps.sql.splitting.recovery import Budget, resolve_quote
from apps.sql.splitting.scripting import begins_block, block_end
from apps.sql.tokens import Kind, Scanner, byte_lexicon

_DOLLAR_TAG = re.compile(rb"\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*+)?\$")
_BATCH_END = {
    # With \; psql sends the statement together with the next one.
    "psql": re.compile(
        rb"\\(?:;|(?:gset|gexec|gx|gdesc|g|crosstabview|watch|bind(?:_named)?|parse|sendpipeline)"
        rb"\b[^\r\n]*+)"
    ),
    "mysql": re.compile(rb"\\[gG](?![A-Za-z])"),
}
_BATCH_END["any"] = re.compile(
    b"|".join(rb"(?:%s)" % _BATCH_END[client].pattern for client in ("psql", "mysql"))
)
_LINE_ENDS = (10, 13)
_MIRRORED = {b"[": b"]", b"(": b")", b"{": b"}", b"<": b">"}
_INDENT = 1000  # white space in front of a comment that ends a statement, at most
_TAIL = 1000  # where a comment that ends a statement is looked for
MOST_PLAIN_BYTES = 16384


class Ends:
    """Finds the ends of one file's statements, one after the other.

    `recovering`: look for literals that are out of step. `probing`: only find out whether one is
    left `unclosed`.
    """

    def __init__(
        self, content: bytes, syntax: Syntax, *, dialect: Dialect, recovering: bool, probing: bool
    ) -> None:
        self._content = content
        self._dialect = dialect
        self._syntax = syntax
        self._recovering = recovering
        self._probing = probing
        self.unclosed = False
        self.delimiter = b";"
        self.patterns = self._patterns_for(b";")
        self._budget = Budget(left=8 * len(content) + (1 << 20))
        self._next_separator = -1  # where the next GO or `/` line begins; -1 is not looked for

    def take_delimiter(self, delimiter: bytes) -> None:
        """From here on statements end at another delimiter."""
        self.delimiter = delimiter
        self.patterns = self._patterns_for(delimiter)

    def _patterns_for(self, delimiter: bytes) -> Patterns:
        return patterns_for(self._syntax, delimiter, recovering=self._recovering)

    def plain(self, pos: int) -> tuple[int, int, int] | None:
        """An ordinary statement behind the white space at `pos`, by one match: its beginning, its
        end, and where to go on. None says nothing.
        """
        pattern = self.patterns.plain
        found = pattern.match(self._content, pos) if pattern else None
        if not found:
            return None
        start, end = found.span(1)
        after = found.end()
        if self._dialect is Dialect.ORACLE and self._content[start] in b"cC":
            return None if holds_routine(self._content, start) else (start, end, after)
        if self._dialect is not Dialect.TSQL:
            return start, end, after
        if end - start > MOST_PLAIN_BYTES or not may_be_plain(self._content, start, end):
            return None
        if self._content[end] in _LINE_ENDS:
            end = self.without_comments(start, end)[0]
        return start, end, after

    def after(self, start: int) -> tuple[int, int]:
        """The end of the statement at `start`, and where to go on after its delimiter."""
        content = self._content
        if self._dialect is Dialect.TSQL:
            return self._batch(start)
        if content[start] in HEAD_FIRST:
            if self.delimiter == b";" and begins_block(content, start, self._dialect):
                return self._scripted(start)
            separated = self._separator_after(start) < len(content)
            ending = ending_of(content, start, self._dialect, separated=separated)
            if ending is Ending.SEPARATOR:
                patterns = self._patterns_for(b"")
                return self._run(start, start, patterns.body, b"")
            if ending is Ending.BLOCK and self.delimiter == b";":
                return self._block(start, start)
        elif content[start] in b"uU" and self._syntax.client in ("mysql", "any"):
            line = gaps.USE_LINE.match(content, start)  # the client asks for no delimiter
            if line:
                return line.end(), line.end()
        return self._run(start, start, self.patterns.body, self.delimiter)

    def _scripted(self, start: int) -> tuple[int, int]:
        end = block_end(self._content, start, self._dialect)
        if end >= len(self._content):
            return self.without_comments(start, end)
        return end, end + 1

    def _batch(self, start: int) -> tuple[int, int]:
        separated = self._separator_after(start) < len(self._content)
        if not self._recovering and is_definition(self._content, start):
            end = self._routine_end(start, separated=separated)
            if end and self._content[end] in _LINE_ENDS:
                return self.without_comments(start, end)
            if end:
                return end, end + 1
        return Batch(self._content, start, separated=separated, quote=self._unsound).end()

    def _routine_end(self, start: int, *, separated: bool) -> int:
        """The delimiter or separator behind a T-SQL routine within which nothing else can begin,
        else 0.

        One match instead of a step per token; most routines of most files are such.
        """
        content, limit = self._content, min(len(self._content), start + MOST_PLAIN_BYTES)
        patterns = self._patterns_for(b"") if separated else self.patterns
        found = patterns.body.match(content, start, limit)
        end = found.end() if found else start
        if end >= limit or content[end] not in b";\r\n":
            return 0
        return end if may_be_plain(content, start, end, is_routine=separated) else 0

    def _unsound(self, pos: int, end: int) -> int | None:
        """Where a statement is cut whose literal from `pos` to `end` is out of step."""
        quote = self._content[pos : pos + 1]
        is_open = self._content.count(quote, pos, end) % 2 == 1
        if is_open and self._probing:
            self.unclosed = True
        elif is_open or (self._recovering and b"\n" in self._content[pos:end]):
            place, ends = resolve_quote(self._content, pos, self._syntax, self._budget)
            return place if ends else None
        return None

    def _run(
        self, start: int, pos: int, body: re.Pattern[bytes], delimiter: bytes
    ) -> tuple[int, int]:
        content, size = self._content, len(self._content)
        while True:
            found = body.match(content, pos)
            pos = found.end() if found else pos
            if pos >= size:
                return self.without_comments(start, size)
            if delimiter and content.startswith(delimiter, pos):
                if delimiter == b";" and self._goes_on(start, pos):
                    if holds_atomic(content, start, pos):
                        return self._block(start, start)
                    pos += len(delimiter)
                    continue
                return pos, pos + len(delimiter)
            if content[pos] in _LINE_ENDS and self._at_separator(pos):
                return self.without_comments(start, pos)
            end, pos = self._decide(pos)
            if end is not None:
                return end, pos

    def without_comments(self, start: int, end: int) -> tuple[int, int]:
        """The end without comments behind the last token: they are no part of the statement.

        One that begins on the last line and goes on over lines stays.
        """
        content = self._content
        tail = content[max(start, end - _TAIL) : end]
        if b"--" not in tail and b"*/" not in tail and b"#" not in tail and b"//" not in tail:
            return end, end
        text, last = content[start:end], 0
        for kind, begin, after in Scanner(text, byte_lexicon(self._syntax)).tokens():
            is_part = b"\n" in text[begin:after] and b"\n" not in text[last:begin]
            if kind is not Kind.COMMENT or is_part:
                last = after
        return start + last, start + last

    def _at_separator(self, newline: int) -> bool:
        separator = self.patterns.separator
        return separator is not None and separator.match(self._content, newline + 1) is not None

    def _goes_on(self, start: int, pos: int) -> bool:
        """Whether a PostgreSQL statement is one of the few that hold delimiters outside of
        quotes.
        """
        may = self._dialect in (Dialect.POSTGRES, Dialect.UNKNOWN)
        if not may or self._content[start] not in b"cCrR":
            return False
        if is_unfinished(self._content, start, pos):
            return True
        return holds_atomic(self._content, start, pos)

    def _block(self, start: int, pos: int) -> tuple[int, int]:
        content, size = self._content, len(self._content)
        walk = BlockWalk(content, start, self._dialect)
        block = self.patterns.block
        while True:
            found = block.match(content, pos)
            pos = found.end() if found else pos
            if pos >= size:
                return self.without_comments(start, size)
            if content.startswith(b";", pos):
                if walk.ends_at_delimiter(pos):
                    return self._block_end(pos, is_query=walk.is_query)
                pos += 1
            elif content[pos] in b"bBcCeE":
                pos = walk.word(pos)
            elif content[pos] in _LINE_ENDS and self._at_separator(pos):
                return self.without_comments(start, pos)
            else:
                end, pos = self._decide(pos)
                if end is not None:
                    return end, pos

    def _block_end(self, pos: int, *, is_query: bool) -> tuple[int, int]:
        """PL/SQL's last `;` is part of the block, elsewhere it is the delimiter."""
        if self._dialect is Dialect.ORACLE and not is_query:
            return pos + 1, pos + 1
        return pos, pos + 1

    def _decide(self, pos: int) -> tuple[int | None, int]:
        """Resolve what the patterns would not pass at `pos`: (end of the statement or None,
        where to go on).
        """
        content = self._content
        first = content[pos : pos + 1]
        if first == b"'" and self._syntax.q_quote and content[pos - 1 : pos] in (b"q", b"Q"):
            return None, self._after_q_quote(pos)
        if first in (b"'", b'"'):
            return self._after_broken_quote(pos)
        if first == b"$":
            return None, self._after_dollar_quote(pos)
        if first == b"/":
            return self._after_comment(pos)
        if first == b"\\" and self._syntax.client in _BATCH_END:
            found = _BATCH_END[self._syntax.client].match(content, pos)
            if found:
                return pos, found.end()
        return None, pos + 1

    def _after_broken_quote(self, pos: int) -> tuple[int | None, int]:
        if self._probing:
            self.unclosed = True
            return None, len(self._content)
        after, ends = resolve_quote(self._content, pos, self._syntax, self._budget)
        return (after, after) if ends else (None, after)

    def _after_comment(self, pos: int) -> tuple[int | None, int]:
        """Behind a block comment; a separator after it on its line ends the statement."""
        content, separator = self._content, self.patterns.separator
        after = gaps.block_comment_end(content, pos, nested=self._syntax.nested)
        if separator and separator.match(content, after):
            # Looking back is bounded: a file of one long line has many such comments.
            before = content[max(0, pos - _INDENT) : pos].rstrip(b" \t\x0b\x0c")
            if before[-1:] in (b"", b"\n", b"\r") and (before or pos < _INDENT):
                return pos, pos
        return None, after

    def _after_dollar_quote(self, pos: int) -> int:
        content = self._content
        tag = _DOLLAR_TAG.match(content, pos)
        if not tag or (pos and content[pos - 1 : pos].isalnum()):
            return pos + 1
        return self._after_quote(tag.group(), tag.end())

    def _after_q_quote(self, pos: int) -> int:
        """Oracle's q'[…]': the mark after the quote, or its mirror image, ends it together with
        a quote.
        """
        mark = self._content[pos + 1 : pos + 2]
        return self._after_quote(_MIRRORED.get(mark, mark) + b"'", pos + 2)

    def _after_quote(self, close: bytes, pos: int) -> int:
        """The place after `close`; `pos` when it never comes (or when that was asked too often)."""
        found = self._content.find(close, pos) if self._budget.left > 0 else -1
        if found >= 0:
            return found + len(close)
        self._budget.left -= len(self._content) - pos
        return pos

    def _separator_after(self, pos: int) -> int:
        """Where the next separator line begins at or after `pos`; the size of the content when
        none does.
        """
        if self.patterns.separator_line is None:
            return len(self._content)
        if self._next_separator < pos:
            found = self.patterns.separator_line.search(self._content, max(0, pos - 1))
            self._next_separator = found.start() + 1 if found else len(self._content)
        return self._next_separator
