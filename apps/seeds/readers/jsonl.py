"""JSONL: one row a line, entered at any byte; a line that is no row does not stop the next."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from apps.seeds.readers.base import (
    Entry,
    Outcome,
    ReadOptions,
    Reason,
    Rejection,
    Unreadable,
    joined,
)
from apps.seeds.readers.limits import BAD_CONTENT, BombGuard, unpacking
from apps.seeds.readers.lines import LINE_ALLOWANCE, Lines
from apps.seeds.readers.names import PACKED_SUFFIXES
from apps.seeds.readers.rows import Row, outcomes, text_column
from apps.seeds.readers.scripts import open_regular, unreadable

_BOM = b"\xef\xbb\xbf"
_GUESSED_ROW = 4096
_SAMPLE_BYTES = 256 * 1024


class JsonlReader:
    """The rows of a JSONL file; entries are ranges of bytes, a row belonging to the range in
    which it begins. A packed file is one entry, because it can be entered only at its front.

    Raises NoTextColumn where the first row has no column with the SQL.
    """

    def __init__(self, file: Path, *, label: str, options: ReadOptions) -> None:
        self.file = file
        self.label = label
        self.options = options
        self._is_packed = file.name.lower().endswith(PACKED_SUFFIXES)
        self._check_columns()

    def manifest(self) -> Iterator[Entry]:
        try:
            size = self.file.stat().st_size
        except OSError:
            size = 0
        step = size if self._is_packed else self.options.range_bytes
        row = self._row_bytes()
        for start in range(0, size, step or 1):
            stop = min(start + step, size)
            items = max(1, round((stop - start) / row))
            end = None if self._is_packed else stop
            yield Entry(path="", start=start, stop=end, items=items, size=stop - start)
        if size == 0:
            yield Entry(path="")

    def read(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        return outcomes(self._rows(entries), self.options)

    def _row_bytes(self) -> float:
        """What a row takes in the file, packed as it is, by the look of the first ones."""
        try:
            with open_regular(self.file) as (raw, _):
                head = unpacking(self.file.name, raw).read(_SAMPLE_BYTES)
                taken = raw.tell() if self._is_packed else len(head)
        except (Rejection, *BAD_CONTENT):
            return _GUESSED_ROW
        rows = head.count(b"\n")
        return max(1, taken) / rows if rows else max(_GUESSED_ROW, taken)

    def _check_columns(self) -> None:
        for row in self._rows([Entry(path="")]):
            if isinstance(row, Row):
                text_column(row.values, self.options)
            return

    def _rows(self, entries: Iterable[Entry]) -> Iterator[Row | Unreadable]:
        for entry in joined(entries):
            position = entry.start
            try:
                for position, row in self._rows_of(entry):  # noqa: B007 - named below
                    yield row
            except (Rejection, *BAD_CONTENT) as error:
                yield unreadable(error, path=self.label, locator=f"{self.label}#{position}-end")

    def _rows_of(self, entry: Entry) -> Iterator[tuple[int, Row | Unreadable]]:
        """Rows with the byte at which each begins. A line is let go before its row is used: at
        50 MB a line, every copy counts."""
        longest = self.options.max_file_bytes + LINE_ALLOWANCE
        with open_regular(self.file) as (raw, size):
            if size == 0:
                raise Rejection(Reason.EMPTY, "The file is empty.")
            guard = BombGuard(packed_bytes=size, options=self.options) if self._is_packed else None
            lines = Lines(cast(IO[bytes], unpacking(self.file.name, raw)), guard)
            lines.enter(entry.start, entry.stop)
            while entry.stop is None or lines.position < entry.stop:
                start = lines.position
                line: bytes | None = lines.next(longest)
                if not line:
                    return
                is_too_long = len(line) > longest
                if not line.isspace():
                    row = self._row(start, None if is_too_long else line)
                    line = None
                    yield start, row
                    del row
                if is_too_long:
                    lines.skip(entry.stop)

    def _row(self, position: int, line: bytes | None) -> Row | Unreadable:
        locator = f"{self.label}#{position}"
        try:
            return Row(locator, parsed(line, "line"))
        except Rejection as error:
            told = Rejection(error.reason, f"At byte {position}: {error.message}")
            return unreadable(told, path=self.label, locator=locator)


def parsed(text: bytes | None, what: str) -> dict[str, object]:
    """The columns of a row of JSON; `what` the file has for rows, None for one that is too long.

    Raises Rejection.
    """
    if text is None:
        raise Rejection(
            Reason.BAD_ROW, f"The {what} is longer than the limit; raise max_file_bytes to read it."
        )
    try:
        row = json.loads(text.removeprefix(_BOM))
    except RecursionError:
        raise Rejection(Reason.BAD_ROW, f"The {what} is nested too deep.") from None
    except ValueError as error:
        raise Rejection(Reason.BAD_ROW, f"The {what} is not JSON: {error}.") from error
    if not isinstance(row, dict):
        raise Rejection(
            Reason.BAD_ROW, f"The {what} holds a {type(row).__name__}, not an object with columns."
        )
    return row
