"""Local Parquet files, row group by row group, without holding a row group."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from apps.seeds.readers.base import (
    MEBIBYTE,
    Entry,
    Outcome,
    ReadOptions,
    Reason,
    Rejection,
    Unreadable,
    joined,
)
from apps.seeds.readers.limits import BAD_CONTENT, BombGuard
from apps.seeds.readers.rows import Row, outcomes, text_column, wanted_columns
from apps.seeds.readers.scripts import open_regular, unreadable

_BATCH_BYTES = 8 * MEBIBYTE
_MOST_ROWS = 256
_TEXT_TYPES = (
    pa.types.is_string,
    pa.types.is_large_string,
    pa.types.is_binary,
    pa.types.is_large_binary,
)
# What Arrow raises on a broken file, and on one with an encoding that it does not know.
DAMAGED = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowCapacityError)
BAD_PARQUET = (Rejection, *DAMAGED, *BAD_CONTENT)


class ParquetReader:
    """The rows of a Parquet file; entries are ranges of rows within a row group.

    Raises NoTextColumn where no column holds the SQL.
    """

    def __init__(self, file: Path, *, label: str, options: ReadOptions) -> None:
        self.file = file
        self.label = label
        self.options = options
        try:
            with self._opened() as table:
                text_column(table.schema_arrow.names, options)
        except BAD_PARQUET:
            # Not the table's shape but its bytes are wrong: reading reports that with its place.
            return

    def manifest(self) -> Iterator[Entry]:
        """Ranges of the row groups up to where the texts are out of proportion to the file."""
        group = 0
        try:
            with self._opened() as table:
                guard = self._guard()
                for group in range(table.metadata.num_row_groups):
                    count_texts(table, group, guard, self.options)
                    yield from group_ranges(table.metadata, group, "", self.options)
        except BAD_PARQUET:
            yield Entry(path="", group=group)

    def read(self, entries: Iterable[Entry]) -> Iterator[Outcome]:
        return outcomes(self._rows(entries), self.options)

    def _rows(self, entries: Iterable[Entry]) -> Iterator[Row | Unreadable]:
        for entry in joined(entries):
            row = entry.start
            try:
                with self._opened() as table:
                    if entry.stop is None:
                        self._check_texts(table, entry.group)
                    for row, values in group_values(table, entry, self.options):
                        yield Row(f"{self.label}#{entry.group}:{row}", values)
            except BAD_PARQUET as error:
                locator = f"{self.label}#{entry.group}:{row}-end"
                yield unreadable(_explained(error), path=self.label, locator=locator)

    def _check_texts(self, table: Any, last: int) -> None:
        """Raises Rejection where the manifest broke off for the texts' size."""
        guard = self._guard()
        for group in range(min(last + 1, table.metadata.num_row_groups)):
            count_texts(table, group, guard, self.options)

    def _guard(self) -> BombGuard:
        return BombGuard(packed_bytes=self.file.stat().st_size, options=self.options)

    @contextmanager
    def _opened(self) -> Iterator[pq.ParquetFile]:
        with open_regular(self.file) as (stream, size):
            if size == 0:
                raise Rejection(Reason.EMPTY, "The file is empty.")
            with open_table(stream) as table:
                yield table


def open_table(stream: Any, *, buffer_bytes: int = MEBIBYTE) -> Any:
    """A Parquet file that is read through a small buffer: pre-buffering, which is the default,
    holds a whole column of a row group."""
    return pq.ParquetFile(stream, buffer_size=buffer_bytes, pre_buffer=False)


def group_values(
    table: Any, entry: Entry, options: ReadOptions
) -> Iterator[tuple[int, dict[str, object]]]:
    """The rows of an entry with their number in its row group, a batch of about 8 MiB at a time.

    Raises Rejection for a row group that is not there or unpacks out of proportion.
    """
    check_row_group(table.metadata, entry.group, options)
    columns = wanted_columns(table.schema_arrow.names, options)
    text = text_column(columns, options)
    row = 0
    batches = table.iter_batches(
        batch_size=rows_per_batch(table.metadata, entry.group),
        row_groups=[entry.group],
        columns=columns,
    )
    for batch in batches:
        first, row = row, row + batch.num_rows
        if row <= entry.start:
            continue
        for index in range(max(0, entry.start - first), batch.num_rows):
            if entry.stop is not None and first + index >= entry.stop:
                return
            yield first + index, _row_values(batch, index, text, options.max_file_bytes)


def row_ranges(metadata: Any, path: str, options: ReadOptions) -> Iterator[Entry]:
    """Entries of at most `range_items` rows for every row group that the footer lists."""
    for group in range(metadata.num_row_groups):
        yield from group_ranges(metadata, group, path, options)


def group_ranges(metadata: Any, group: int, path: str, options: ReadOptions) -> Iterator[Entry]:
    """The entries of one row group."""
    found = metadata.row_group(group)
    for start in range(0, found.num_rows, options.range_items):
        stop = min(start + options.range_items, found.num_rows)
        size = found.total_byte_size * (stop - start) // found.num_rows
        yield Entry(path=path, start=start, stop=stop, group=group, items=stop - start, size=size)


def count_texts(table: Any, group: int, guard: BombGuard, options: ReadOptions) -> None:
    """Count what the texts of a row group take, each as often as it stands there.

    The footer does not say: a text that a million rows share is stored, and told, once. Their
    lengths are added up by the dictionary that they lie in, without making them.
    Raises Rejection(zip_bomb).
    """
    text = text_column(table.schema_arrow.names, options)
    if text is None:
        return
    check_row_group(table.metadata, group, options)
    rows = rows_per_batch(table.metadata, group)
    for batch in table.iter_batches(batch_size=rows, row_groups=[group], columns=[text]):
        guard.count(_text_bytes(batch.column(0)))


def _text_bytes(column: Any) -> int:
    if pa.types.is_dictionary(column.type):
        lengths = pc.take(pc.binary_length(column.dictionary), column.indices)
    elif any(is_text(column.type) for is_text in _TEXT_TYPES):
        lengths = pc.binary_length(column)
    else:
        return 0
    return pc.sum(lengths).as_py() or 0


def rows_per_batch(metadata: Any, group: int) -> int:
    """So many rows that a batch of average ones takes about 8 MiB."""
    found = metadata.row_group(group)
    average = max(1, found.total_byte_size // max(1, found.num_rows))
    return int(max(1, min(_MOST_ROWS, _BATCH_BYTES // average)))


def check_row_group(metadata: Any, group: int, options: ReadOptions) -> None:
    """Raises Rejection where a row group is not there or says that it unpacks out of proportion."""
    if group >= metadata.num_row_groups:
        raise Rejection(Reason.BROKEN, f"The file has no row group {group}: has it changed?")
    found = metadata.row_group(group)
    columns = [found.column(index) for index in range(found.num_columns)]
    packed = sum(column.total_compressed_size for column in columns)
    unpacked = sum(column.total_uncompressed_size for column in columns)
    if unpacked > max(options.bomb_floor, packed * options.max_ratio):
        raise Rejection(
            Reason.ZIP_BOMB,
            f"Row group {group} unpacks from {packed:,} to {unpacked:,} bytes; "
            "raise max_ratio if that is right.",
        )


def _row_values(batch: Any, index: int, text: str | None, limit: int) -> dict[str, object]:
    values: dict[str, object] = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        scalar = column[index]
        values[name] = _raw_text(scalar, limit) if name == text else scalar.as_py()
    return values


def _raw_text(scalar: Any, limit: int) -> object:
    """The bytes of a text as they lie in the file: neither decoded nor held when too long."""
    if not scalar.is_valid or not hasattr(scalar, "as_buffer"):
        return scalar.as_py()
    buffer = scalar.as_buffer()
    return buffer.slice(0, min(buffer.size, limit + 1)).to_pybytes()


def _explained(error: BaseException) -> BaseException:
    if isinstance(error, DAMAGED):
        return Rejection(Reason.BROKEN, f"Damaged, cut off or of an unknown kind: {error}")
    return error
