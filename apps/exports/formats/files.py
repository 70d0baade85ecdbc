"""Files that are being written: lines, lines that are compressed, Parquet. All are hashed.

The same rows give the same bytes: no file has a time or a name in it, and row groups are fixed.
"""

from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol, cast

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from apps.exports.formats.rendering import Values, line_maker, values_maker
from apps.exports.formats.schemas import schema_of
from apps.exports.rows.pairs import Pair
from apps.exports.shape import FileKind, Shape

ROW_GROUP = 10_000
_GROUP_TEXT = 1 << 27  # characters of a row group, about
_BUFFER = 1 << 20
_PIECE = 1 << 18  # bytes of lines before they are hashed and written


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is whole. bytes: its size; sha256: hex."""

    name: str
    rows: int
    bytes: int
    sha256: str


class _Hashing:
    """A file that is hashed as it is written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb", buffering=_BUFFER)
        self.digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self.digest.update(data)
        self.size += len(data)
        return self._file.write(data)

    def tell(self) -> int:
        return self.size

    def flush(self) -> None:
        self._file.flush()

    @property
    def closed(self) -> bool:
        return self._file.closed

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False

    def close(self) -> None:
        """On the disk, not only with the kernel. Raises OSError where it is full."""
        if self._file.closed:
            return
        with self._file:
            self._file.flush()
            os.fsync(self._file.fileno())


class Sink(Protocol):
    """Takes the pairs of one file."""

    def add(self, pair: Pair) -> None: ...

    def close(self) -> Written: ...


class Lines:
    """Lines of bytes, compressed or not. Raises OSError.

    Many of them are hashed, compressed and written in one go by a thread of the file's own, which
    needs no interpreter for that, while the next ones are made.
    """

    def __init__(self, path: Path, file: FileKind = FileKind.JSONL) -> None:
        self._path = path
        self._raw = _Hashing(path)
        self._out = cast(IO[bytes], _compressed(self._raw, file))
        self._rows = 0
        self._waiting: list[bytes] = []
        self._size = 0
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lines")
        self._writing: Future[int] | None = None

    def line(self, data: bytes) -> None:
        self._rows += 1
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= _PIECE:
            self._send()

    def close(self) -> Written:
        self._send()
        self._written()
        self._pool.shutdown()
        if self._out is not cast(Any, self._raw):
            self._out.close()
        self._raw.close()
        return Written(self._path.name, self._rows, self._raw.size, self._raw.digest.hexdigest())

    def _send(self) -> None:
        """One piece is written while the next one is gathered: memory stays flat."""
        self._written()
        self._writing = self._pool.submit(self._out.write, b"".join(self._waiting))
        self._waiting.clear()
        self._size = 0

    def _written(self) -> None:
        if self._writing:
            self._writing.result()
            self._writing = None


class JsonLines(Lines):
    """Pairs as lines."""

    def __init__(self, path: Path, shape: Shape) -> None:
        super().__init__(path, shape.file)
        self._make = line_maker(shape)

    def add(self, pair: Pair) -> None:
        self.line(self._make(pair))


class ParquetRows:
    """Pairs as Parquet, in groups of `ROW_GROUP`. Raises OSError.

    A group whose texts are long ends earlier: memory stays bounded, and no column outgrows what
    Arrow can count.
    """

    def __init__(self, path: Path, shape: Shape) -> None:
        self._path = path
        self._raw = _Hashing(path)
        self._schema = schema_of(shape)
        self._writer = pq.ParquetWriter(cast(Any, self._raw), self._schema, compression="zstd")
        self._make: Callable[[Pair], Values] = values_maker(shape)
        self._waiting: list[Values] = []
        self._size = 0
        self._rows = 0

    def add(self, pair: Pair) -> None:
        row = pair.row
        self._rows += 1
        self._size += len(pair.prompt.text_json) + len(row.instruction) + 2 * len(row.response)
        self._waiting.append(self._make(pair))
        if len(self._waiting) >= ROW_GROUP or self._size >= _GROUP_TEXT:
            self._write()

    def close(self) -> Written:
        self._write()
        self._writer.close()
        self._raw.close()
        return Written(self._path.name, self._rows, self._raw.size, self._raw.digest.hexdigest())

    def _write(self) -> None:
        if self._waiting:
            table = pa.Table.from_pylist(self._waiting, schema=self._schema)
            self._writer.write_table(table, row_group_size=ROW_GROUP)
            self._waiting.clear()
            self._size = 0


def sink(path: Path, shape: Shape) -> Sink:
    """A file for pairs of that shape."""
    return ParquetRows(path, shape) if shape.file is FileKind.PARQUET else JsonLines(path, shape)


def _compressed(raw: _Hashing, file: FileKind) -> object:
    if file is FileKind.JSONL_GZ:
        return gzip.GzipFile(
            filename="", mode="wb", compresslevel=6, fileobj=cast(IO[bytes], raw), mtime=0
        )
    if file is FileKind.JSONL_ZST:
        compressor = zstandard.ZstdCompressor(level=3)
        return compressor.stream_writer(cast(IO[bytes], raw), closefd=False)
    return raw
