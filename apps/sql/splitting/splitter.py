"""Splits a file into statements: dialect-aware, in linear time, never more than a bounded part
at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.sql.dialects import SYNTAX, UNKNOWN_WITH_BACKSLASH, Dialect, Syntax
from apps.sql.splitting import gaps
from apps.sql.splitting.batches import Batch, is_definition, may_be_plain
from apps.sql.splitting.blocks import (
    ATOMIC,
    HEAD_FIRST,
    BlockWalk,
    Ending,
    ending_of,
    is_unfinished,
)
from apps.sql.splitting.bulk import patterns_for, quotes_close
from apps.sql.splitting.pieces import Piece, Role
from apps.sql.splitting.recovery import Budget, resolve_quote
from apps.sql.tokens import Kind, Scanner, byte_lexicon

_COPY = re.compile(rb"(?i:COPY\b[^;]{1,4000}?\bFROM\s+STDIN\b)")
_DOLLAR_TAG = re.compile(rb"\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*+)?\$")
_BATCH_END = {
    "psql": re.compile(rb"\\(?:gset|gexec|gx|gdesc|g|crosstabview|watch)\b[^\r\n]*+"),
    "mysql": re.compile(rb"\\[gG](?![A-Za-z])"),
}
_BATCH_END["any"] = re.compile(
    b"|".join(rb"(?:%s)" % _BATCH_END[client].pattern for client in ("psql", "mysql"))
)
_LINE_ENDS = (10, 13)
_LINE_END = re.compile(rb"[\r\n]")
_BACKSLASH = 92
_MIRRORED = {b"[": b"]", b"(": b")", b"{": b"}", b"<": b">"}
_TAIL = 1000  # where a comment that ends a statement is looked for
MOST_PLAIN_BYTES = 16384
MOST_REPEATED = 8
MOST_REPEATED_BYTES = 4096
_WORD_FIRST = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_@")


def split(content: bytes, dialect: Dialect) -> Iterator[Piece]:
    """Yield the pieces of `content` (UTF-8) in order. Time is linear, memory does not grow with
    the file.
    """
    return Splitter(content, dialect).pieces()


class Splitter:
    """One pass over one file."""

    def __init__(self, content: bytes, dialect: Dialect, *, probing: bool = False) -> None:
        self._content = content
        self._dialect = dialect
        self._syntax = SYNTAX[dialect]
        self._delimiter = b";"
        self._probing = probing
        self._recovering = False
        self.unclosed = False
        self._budget = Budget(left=8 * len(content) + (1 << 20))
        self._next_separator = (
            -1
        )  # cache: where the next GO or `/` line begins; -1 is not looked for
        self._no_copy_end = False
        self._client = gaps.client_command(self._syntax.client)
        self._has_words = self._syntax.client in ("mysql", "sqlplus", "any")
        if not probing:
            self._syntax, self._recovering = _reading(content, dialect)
        self._patterns = patterns_for(self._syntax, b";", recovering=self._recovering)
        self._gap = 0  # where the text between two statements begins
        self._repeated: list[re.Pattern[bytes]] = []

    def repeat(self, pattern: re.Pattern[bytes]) -> None:
        """From here on pass statements that `pattern` matches, as one piece where they follow one
        another. Group 1 of it is their semicolon. Only the latest few are looked for.
        """
        if self._dialect not in (Dialect.TSQL, Dialect.ORACLE):
            self._repeated = [pattern, *self._repeated[: MOST_REPEATED - 1]]

    def pieces(self) -> Iterator[Piece]:
        content, size = self._content, len(self._content)
        white = gaps.WHITE
        comments: list[gaps.Span] = []
        pos = 0
        while True:
            found = white.match(content, pos)
            pos = found.end() if found else pos
            if pos >= size or self.unclosed:
                return
            if content.startswith(self._delimiter, pos):
                pos += len(self._delimiter)
                continue
            after = self._skip_gap(pos, comments)
            if after != pos:
                if after < 0:
                    comments.clear()
                    yield from (command := self._command(pos, -after))
                    after = self._gap = command[-1].end if len(command) > 1 else -after
                pos = after
                continue
            repeated = self._repetition(pos) if self._repeated else None
            if repeated:
                yield repeated[0]
                comments.clear()
                self._gap = pos = repeated[1]
                continue
            end, pos = self._statement(pos_start := pos)
            self._gap = pos
            own = gaps.own_comment(content, comments, pos_start) if comments else None
            trailing = gaps.trailing_comment(content, pos, self._syntax)
            if trailing:
                pos = trailing[1]
            comments.clear()
            yield Piece(pos_start, self._trimmed(pos_start, end), Role.STATEMENT, own or trailing)
            data_end = self._copy_data(pos_start, end, pos) if content[pos_start] in b"cC" else 0
            if data_end:
                yield Piece(pos, data_end, Role.COPY_DATA)
                pos = data_end

    def _command(self, start: int, end: int) -> list[Piece]:
        """A client command, and the rows that follow `\\copy … from stdin`."""
        found = [Piece(start, self._trimmed(start, end), Role.CLIENT_COMMAND)]
        rows = self._rows_end(end) if gaps.takes_rows(self._content, start, end) else 0
        return [*found, Piece(end, rows, Role.COPY_DATA)] if rows else found

    def _repetition(self, start: int) -> tuple[Piece, int] | None:
        """The known statements that begin at `start`, and where to go on after them."""
        content = self._content
        if self._delimiter != b";":
            return None
        for pattern in self._repeated:
            number, end, pos = 0, start, start
            while found := pattern.match(content, pos):
                if found.end() - pos > MOST_REPEATED_BYTES:
                    break
                number, end, pos = number + 1, found.end(1), found.end()
            if number:
                trailing = gaps.trailing_comment(content, end, self._syntax)
                piece = Piece(start, end - 1, Role.REPEATED, None, number)
                return piece, trailing[1] if trailing else pos
        return None

    def _trimmed(self, start: int, end: int) -> int:
        """Cut white space off the end of a piece."""
        content = self._content
        while end > start and content[end - 1] in b" \t\r\n\x0b\x0c\x00":
            end -= 1
        return end

    def _skip_gap(self, pos: int, comments: list[gaps.Span]) -> int:
        """Pass one comment, separator line or client command at `pos`.

        Returns `pos` when a statement begins there, the place after a comment or separator, and the
        negative place after a client command.
        """
        content = self._content
        first = content[pos]
        if first in b"-#/":
            end = gaps.comment_end(content, pos, self._syntax)
            if end != pos:
                comments.append((pos, end))
                if len(comments) > gaps.MOST_COMMENTS:
                    del comments[0]
                return end
        if first in b"gG/" and self._patterns.separator and self._is_first(pos):
            found = self._patterns.separator.match(content, pos)
            if found:
                comments.clear()
                self._gap = found.end()
                return found.end()
        if first in b"dD" and self._syntax.client in ("mysql", "any"):
            found = gaps.DELIMITER.match(content, pos)
            if found:
                self._delimiter = found[1]
                self._patterns = patterns_for(self._syntax, found[1], recovering=self._recovering)
                return -found.end()
        if first in gaps.CLIENT_FIRST or (self._has_words and first in _WORD_FIRST):
            found = self._client.match(content, pos)
            if found and found.end() > pos and (first == _BACKSLASH or self._is_first(pos)):
                return -found.end()
        return pos

    def _is_first(self, pos: int) -> bool:
        """Whether nothing but white space and comments stands in front of `pos` on its line."""
        return not self._gap or _LINE_END.search(self._content, self._gap - 1, pos) is not None

    def _statement(self, start: int) -> tuple[int, int]:
        """The end of the statement at `start`, and where to go on after its delimiter."""
        content = self._content
        if self._dialect is Dialect.TSQL:
            return self._batch(start)
        if content[start] in HEAD_FIRST:
            separated = self._separator_after(start) < len(content)
            ending = ending_of(content, start, self._dialect, separated=separated)
            if ending is Ending.SEPARATOR:
                patterns = patterns_for(self._syntax, b"", recovering=self._recovering)
                return self._run(start, start, patterns.body, b"")
            if ending is Ending.BLOCK and self._delimiter == b";":
                return self._block(start, start)
        elif content[start] in b"uU" and self._syntax.client in ("mysql", "any"):
            line = gaps.USE_LINE.match(content, start)  # the client asks for no delimiter
            if line:
                return line.end(), line.end()
        return self._run(start, start, self._patterns.body, self._delimiter)

    def _batch(self, start: int) -> tuple[int, int]:
        separated = self._separator_after(start) < len(self._content)
        plain = None if self._recovering else self._plain(start, separated=separated)
        if plain is not None:
            last = self._content[plain : plain + 1]
            return (plain, plain + 1) if last == b";" else self._without_comments(start, plain)
        return Batch(self._content, start, separated=separated, quote=self._unsound).end()

    def _plain(self, start: int, *, separated: bool) -> int | None:
        """The end of a T-SQL statement within which nothing can begin another, else None.

        One match instead of a step per token; most statements of most files are such.
        """
        content, limit = self._content, start + MOST_PLAIN_BYTES
        is_routine = separated and is_definition(content, start)
        patterns = self._patterns
        if is_routine:
            patterns = patterns_for(self._syntax, b"")
        found = patterns.body.match(content, start, limit)
        end = found.end() if found else start
        if end >= min(limit, len(content)) or content[end] not in b";\r\n":
            return None
        return end if may_be_plain(content, start, end, is_routine=is_routine) else None

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
                return self._without_comments(start, size)
            if delimiter and content.startswith(delimiter, pos):
                if self._goes_on(start, pos):
                    if ATOMIC.search(content, start, pos):
                        return self._block(start, start)
                    pos += len(delimiter)
                    continue
                return pos, pos + len(delimiter)
            if content[pos] in _LINE_ENDS and self._at_separator(pos):
                return self._without_comments(start, pos)
            end, pos = self._decide(pos)
            if end is not None:
                return end, pos

    def _without_comments(self, start: int, end: int) -> tuple[int, int]:
        """The end without comments behind the last token: they are no part of the statement.

        One that begins on the last line and goes on over lines stays.
        """
        content = self._content
        tail = content[max(start, end - _TAIL) : end]
        if b"--" not in tail and b"*/" not in tail and b"#" not in tail and b"//" not in tail:
            return end, end
        last = start
        for kind, begin, after in Scanner(content[:end], byte_lexicon(self._syntax)).tokens(start):
            is_part = b"\n" in content[begin:after] and b"\n" not in content[last:begin]
            if kind is not Kind.COMMENT or is_part:
                last = after
        return last, last

    def _at_separator(self, newline: int) -> bool:
        separator = self._patterns.separator
        return separator is not None and separator.match(self._content, newline + 1) is not None

    def _goes_on(self, start: int, pos: int) -> bool:
        """Whether a PostgreSQL statement is one of the few that hold delimiters outside of
        quotes.
        """
        may = self._dialect in (Dialect.POSTGRES, Dialect.UNKNOWN)
        if not may or self._content[start] not in b"cC":
            return False
        if is_unfinished(self._content, start, pos):
            return True
        return pos - start < 8192 and ATOMIC.search(self._content, start, pos) is not None

    def _block(self, start: int, pos: int) -> tuple[int, int]:
        content, size = self._content, len(self._content)
        walk = BlockWalk(content, start, self._dialect)
        block = self._patterns.block
        while True:
            found = block.match(content, pos)
            pos = found.end() if found else pos
            if pos >= size:
                return self._without_comments(start, size)
            if content.startswith(b";", pos):
                if walk.ends_at_delimiter(pos):
                    return self._block_end(pos)
                pos += 1
            elif content[pos] in b"bBcCeE":
                pos = walk.word(pos)
            elif content[pos] in _LINE_ENDS and self._at_separator(pos):
                return self._without_comments(start, pos)
            else:
                end, pos = self._decide(pos)
                if end is not None:
                    return end, pos

    def _block_end(self, pos: int) -> tuple[int, int]:
        """PL/SQL's last `;` is part of the block, elsewhere it is the delimiter."""
        if self._dialect is Dialect.ORACLE:
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
        content, separator = self._content, self._patterns.separator
        after = gaps.block_comment_end(content, pos, nested=self._syntax.nested)
        line = max(content.rfind(b"\n", 0, pos), content.rfind(b"\r", 0, pos)) + 1
        if separator and separator.match(content, after) and not content[line:pos].strip():
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
        if self._patterns.separator_line is None:
            return len(self._content)
        if self._next_separator < pos:
            found = self._patterns.separator_line.search(self._content, pos)
            self._next_separator = found.start() if found else len(self._content)
        return self._next_separator

    def _copy_data(self, start: int, end: int, pos: int) -> int:
        """The end of the rows that follow `COPY … FROM stdin;`; 0 when there are none."""
        if not _COPY.match(self._content, start, min(end, start + 5000)):
            return 0
        return self._rows_end(pos)

    def _rows_end(self, pos: int) -> int:
        """Where copied rows end, their `\\.` included."""
        if self._no_copy_end or self._syntax.client not in ("psql", "any"):
            return 0
        close = self._content.find(b"\n\\.", pos - 1)
        if close < 0:
            self._no_copy_end = True
            return 0
        return close + 3


def _reading(content: bytes, dialect: Dialect) -> tuple[Syntax, bool]:
    """The syntax under which the quotes of a file close, and whether they have to be recovered.

    Only a file whose quotes do not close is looked at a second time: rows of COPY and lines of a
    client hold quotes that mean nothing, and those of an unknown dialect may be escaped.
    """
    syntax = SYNTAX[dialect]
    if quotes_close(content, syntax):
        return syntax, False
    if dialect is Dialect.UNKNOWN and quotes_close(content, UNKNOWN_WITH_BACKSLASH):
        return UNKNOWN_WITH_BACKSLASH, False
    probe = Splitter(content, dialect, probing=True)
    for _ in probe.pieces():
        pass
    return syntax, probe.unclosed
