"""JSON: an array of rows, or rows one after the other; cut into rows before any is parsed."""

import re
from collections.abc import Iterator
from typing import IO

from apps.seeds.readers.base import MEBIBYTE, Reason, Rejection, Unreadable
from apps.seeds.readers.jsonl import parsed
from apps.seeds.readers.limits import BombGuard
from apps.seeds.readers.lines import LINE_ALLOWANCE
from apps.seeds.readers.rows import Row
from apps.seeds.readers.whole_tables import WholeTableReader

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"
_OUTSIDE = re.compile(rb'["\[\]{},]')
_INSIDE = re.compile(rb'["\\]')


class JsonReader(WholeTableReader):
    """The rows of a JSON file, whatever its lines. A row that is broken within its brackets does
    not stop the next; one is held at a time.
    """

    def rows_of(self, stream: IO[bytes], guard: BombGuard | None) -> Iterator[Row | Unreadable]:
        elements = _Elements(self.options.max_file_bytes + LINE_ALLOWANCE)
        while piece := stream.read(MEBIBYTE):
            if guard is not None:
                guard.count(len(piece))
            for start, element in elements.feed(piece):
                yield self._row(start, element)
        elements.end()

    def _row(self, start: int, element: bytes | None) -> Row | Unreadable:
        place = f"byte {start}"
        try:
            return Row(f"{self.label}#{place}", parsed(element, "row"))
        except Rejection as error:
            return self.bad_row(place, error)


class _Elements:
    """Where the elements of a stream of JSON begin and end; only brackets and quotes are looked
    at. Of one that is longer than `longest` bytes nothing is held.
    """

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._base = -1  # depth at which elements stand: 1 in an array, 0 without; -1: not begun
        self._depth = 0
        self._in_string = self._is_escaped = self._is_over = False
        self._position = 0  # of the piece's first byte in the stream
        self._start: int | None = None  # of the element
        self._held: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes) -> Iterator[tuple[int, bytes | None]]:
        """The elements that end in this piece, each with the byte where it begins; None for one
        that is too long. Raises Rejection for what stands behind the array."""
        if self._position == 0:
            blank = len(piece) - len(piece.removeprefix(_BOM))
            self._position, piece = blank, piece[blank:]
        begin = at = 0  # of what is not yet held; of what is not yet looked at
        while at < len(piece):
            found = self._next_mark(piece, at)
            if found is None:
                break
            at = found + 1
            if self._take(piece[found : found + 1]):
                ends = found + (piece[found] in b"]}" and self._depth == self._base)
                self._hold(piece, begin, ends)
                yield from self._finished()
                begin = at
                self._is_over = self._is_over or self._depth < self._base
        self._hold(piece, begin, len(piece))
        self._position += len(piece)

    def end(self) -> None:
        """Raises Rejection where the stream ends within an element or the array."""
        if self._start is not None or self._base == 1 and not self._is_over:
            begun = "" if self._start is None else f"; the row at byte {self._start} has no end"
            raise Rejection(Reason.BROKEN, f"The JSON is cut off{begun}.")
        if self._base == -1:
            raise Rejection(Reason.EMPTY, "The file is empty.")

    def _next_mark(self, piece: bytes, at: int) -> int | None:
        if self._is_escaped:
            self._is_escaped = False
            at += 1
        found = (_INSIDE if self._in_string else _OUTSIDE).search(piece, at)
        return None if found is None else found.start()

    def _take(self, mark: bytes) -> bool:
        """Whether an element ends at this mark, or the array's bracket is passed."""
        if self._base == -1:
            self._base = 1 if mark == b"[" else 0
            if self._base:
                self._depth = 1
                return True
        if mark == b"\\":
            self._is_escaped = True
        elif mark == b'"':
            self._in_string = not self._in_string
        elif mark in b"[{":
            self._depth += 1
        elif mark == b",":
            return self._depth == self._base
        else:
            self._depth -= 1
            return self._depth <= self._base
        return False

    def _hold(self, piece: bytes, begin: int, end: int) -> None:
        part = piece[begin:end]
        if self._start is None:
            stripped = part.lstrip(_BLANK)
            if not stripped:
                return
            if self._is_over and self._base == 1:
                raise Rejection(Reason.BROKEN, "Something stands behind the end of the array.")
            self._start = self._position + end - len(stripped)
            part = stripped
        self._size += len(part)
        if self._size <= self._longest:
            self._held.append(part)
        else:
            self._held.clear()

    def _finished(self) -> Iterator[tuple[int, bytes | None]]:
        if self._start is not None:
            yield self._start, b"".join(self._held) if self._size <= self._longest else None
        self._start, self._size = None, 0
        self._held.clear()
