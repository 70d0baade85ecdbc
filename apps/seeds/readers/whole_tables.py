"""Tables that can be entered only at their front: one entry, rows in order, each with its place."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, cast

from apps.seeds.readers.base import Entry, Outcome, ReadOptions, Reason, Rejection, Unreadable
from apps.seeds.readers.limits import BAD_CONTENT, BombGuard, unpacking
from apps.seeds.readers.names import PACKED_SUFFIXES
from apps.seeds.readers.rows import Row, outcomes, text_column
from apps.seeds.readers.scripts import open_regular, unreadable

_GUESSED_ROW = 4096


class WholeTableReader(ABC):
    """The rows of a file whose ends of rows are known only to who reads it from its front.

    Raises NoTextColumn where the first row has no column with the SQL.
    """

    def __init__(self, file: Path, *, label: str, options: ReadOptions) -> None:
        self.file = file
        self.label = label
        self.options = options
        self._is_packed = file.name.lower().endswith(PACKED_SUFFIXES)
        self._check_columns()

    @abstractmethod
    def rows_of(self, stream: IO[bytes], guard: BombGuard | None) -> Iterator[Row | Unreadable]:
        """All rows of the unpacked file. Raises Rejection where nothing after it can be read."""

    def manifest(self) -> Iterator[Entry]:
        try:
            size = self.file.stat().st_size
        except OSError:
            size = 0
        yield Entry(path="", items=max(1, size // _GUESSED_ROW), size=size)

    def read(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        return outcomes((row for _ in entries for row in self._rows()), self.options)

    def bad_row(self, place: str, error: Rejection) -> Unreadable:
        """The outcome for a row that is none; its message begins with the row's place."""
        told = Rejection(error.reason, f"At {place}: {error.message}")
        return unreadable(told, path=self.label, locator=f"{self.label}#{place}")

    def _check_columns(self) -> None:
        for row in self._rows():
            if isinstance(row, Row):
                text_column(row.values, self.options)
            return

    def _rows(self) -> Iterator[Row | Unreadable]:
        try:
            with open_regular(self.file) as (raw, size):
                if size == 0:
                    raise Rejection(Reason.EMPTY, "The file is empty.")
                guard = None
                if self._is_packed:
                    guard = BombGuard(packed_bytes=size, options=self.options)
                yield from self.rows_of(cast(IO[bytes], unpacking(self.file.name, raw)), guard)
        except (Rejection, *BAD_CONTENT) as error:
            yield unreadable(error, path=self.label, locator=f"{self.label}#end")
