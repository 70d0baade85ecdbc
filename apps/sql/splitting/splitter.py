"""Splits a file into statements: dialect-aware, in linear time, never more than a bounded part
at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.sql.dialects import SYNTAX, UNKNOWN_WITH_BACKSLASH, Dialect, Syntax
from apps.sql.splitting import gaps
from apps.sql.splitting.bulk import quotes_close
from apps.sql.splitting.ends import Ends
from apps.sql.splitting.pieces import Piece, Role

_COPY = re.compile(rb"(?i:COPY\b[^;]{1,4000}?\bFROM\s+STDIN\b)")
_LINE_ENDS = (10, 13)
_LINE_END = re.compile(rb"[\r\n]")
_ROWS_END = re.compile(rb"[\r\n]\\\.")
_BACKSLASH = 92
_SPACE = 32
_HIGH = 0x80
_NO_STATEMENT = (b"", b"-", b"/", b"#")
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
        syntax, recovering = SYNTAX[dialect], False
        if not probing:
            syntax, recovering = _reading(content, dialect)
        self._syntax = syntax
        self._ends = Ends(content, syntax, dialect=dialect, recovering=recovering, probing=probing)
        self._no_copy_end = False
        self._client = gaps.client_command(syntax.client)
        self._has_words = syntax.client in ("mysql", "sqlplus", "any")
        self._gap = 0  # where the text between two statements begins
        self._repeated: list[re.Pattern[bytes]] = []

    @property
    def unclosed(self) -> bool:
        """Whether a probe found a quote that does not close."""
        return self._ends.unclosed

    def repeat(self, pattern: re.Pattern[bytes]) -> None:
        """From here on pass statements that `pattern` matches, as one piece where they follow one
        another. Group 1 of it is their semicolon. Only the latest few are looked for.
        """
        if self._dialect not in (Dialect.TSQL, Dialect.ORACLE):
            self._repeated = [pattern, *self._repeated[: MOST_REPEATED - 1]]

    def pieces(self) -> Iterator[Piece]:
        """The pieces in order. Most statements of most files are passed by one match."""
        content, ends = self._content, self._ends
        comments: list[gaps.Span] = []
        pos = 0
        while True:
            repeated = self._repetition(pos) if self._repeated else None
            if repeated:
                yield repeated[0]
                comments.clear()
                self._gap = pos = repeated[1]
                continue
            if plain := ends.plain(pos):
                start, end, pos = plain
            else:
                start = self._white(pos)
                if start >= len(content) or ends.unclosed:
                    return
                if content.startswith(ends.delimiter, start):
                    pos = start + len(ends.delimiter)
                    continue
                after = self._skip_gap(start, comments)
                if after < 0:
                    comments.clear()
                    yield from (command := self._command(start, -after))
                    pos = self._gap = command[-1].end if len(command) > 1 else -after
                    continue
                if after != start:
                    pos = after
                    continue
                end, pos = ends.after(start)
            self._gap = pos
            piece, pos = self._piece(start, end, pos, comments)
            yield piece
            data_end = self._copy_data(start, end, pos) if content[start] in b"cC" else 0
            if data_end:
                yield Piece(pos, data_end, Role.COPY_DATA)
                pos = data_end

    def _white(self, pos: int) -> int:
        found = gaps.WHITE.match(self._content, pos)
        return found.end() if found else pos

    def _piece(
        self, start: int, end: int, pos: int, comments: list[gaps.Span]
    ) -> tuple[Piece, int]:
        """The statement with its own comment, and where to go on: `pos` or behind a comment."""
        content = self._content
        own = None
        if comments:
            own = gaps.own_comment(content, comments, start)
            comments.clear()
        if content[end - 1] <= _SPACE or content[end - 1] >= _HIGH:
            is_below = content[end - 1] in _LINE_ENDS  # the delimiter, on a line of its own
            end = gaps.trimmed(content, start, end)
            end = self._ends.without_comments(start, end)[0] if is_below else end
        if (
            pos < len(content)
            and content[pos] not in _LINE_ENDS
            and content[pos - 1] not in _LINE_ENDS
        ):
            trailing = gaps.trailing_comment(content, pos, self._syntax)
            if trailing:
                return Piece(start, end, Role.STATEMENT, own or trailing), trailing[1]
        return Piece(start, end, Role.STATEMENT, own), pos

    def _command(self, start: int, end: int) -> list[Piece]:
        """A client command, and the rows that follow `\\copy … from stdin`."""
        found = [Piece(start, gaps.trimmed(self._content, start, end), Role.CLIENT_COMMAND)]
        rows = self._rows_end(end) if gaps.takes_rows(self._content, start, end) else 0
        return [*found, Piece(end, rows, Role.COPY_DATA)] if rows else found

    def _repetition(self, start: int) -> tuple[Piece, int] | None:
        """The known statements that begin at `start`, and where to go on after them."""
        content = self._content
        start = self._white(start)
        if self._ends.delimiter != b";" or content[start : start + 1] in _NO_STATEMENT:
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

    def _skip_gap(self, pos: int, comments: list[gaps.Span]) -> int:
        """Pass one comment, separator line or client command at `pos`.

        Returns `pos` when a statement begins there, the place after a comment or separator, and the
        negative place after a client command.
        """
        content = self._content
        first = content[pos]
        if after := self._told(pos, first):
            return -after
        if first in b"-#/":
            end = gaps.comment_end(content, pos, self._syntax)
            if end != pos:
                comments.append((pos, end))
                if len(comments) > gaps.MOST_COMMENTS:
                    del comments[0]
                return end
        separator = self._ends.patterns.separator
        if first in b"gG/" and separator and self._is_first(pos):
            found = separator.match(content, pos)
            if found:
                comments.clear()
                self._gap = found.end()
                return found.end()
        if first in gaps.CLIENT_FIRST or (self._has_words and first in _WORD_FIRST):
            found = self._client.match(content, pos)
            if found and found.end() > pos and (first == _BACKSLASH or self._is_first(pos)):
                return -found.end()
        return pos

    def _told(self, pos: int, first: int) -> int:
        """Where a command ends that changes the delimiter, or a line that a merge has left; 0."""
        content = self._content
        if first in gaps.DELIMITER_FIRST or content.startswith(b"--#", pos):
            told = gaps.new_delimiter(content, pos, self._syntax, self._ends.delimiter)
            if told:
                self._ends.take_delimiter(told[0])
                return told[1]
        if first not in gaps.CONFLICT_FIRST or not self._is_first(pos):
            return 0
        found = gaps.CONFLICT.match(content, pos)
        return found.end() if found else 0

    def _is_first(self, pos: int) -> bool:
        """Whether nothing but white space and comments stands in front of `pos` on its line."""
        return not self._gap or _LINE_END.search(self._content, self._gap - 1, pos) is not None

    def _copy_data(self, start: int, end: int, pos: int) -> int:
        """The end of the rows that follow `COPY … FROM stdin;`; 0 when there are none."""
        if self._content[start + 1 : start + 2] not in (b"O", b"o"):
            return 0
        if not _COPY.match(self._content, start, min(end, start + 5000)):
            return 0
        return self._rows_end(pos)

    def _rows_end(self, pos: int) -> int:
        """Where copied rows end, their `\\.` included."""
        if self._no_copy_end or self._syntax.client not in ("psql", "any"):
            return 0
        close = _ROWS_END.search(self._content, max(0, pos - 1))
        self._no_copy_end = close is None
        return close.end() if close else 0


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
