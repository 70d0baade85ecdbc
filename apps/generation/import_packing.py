"""Files of pairs as exports write them packed: gzip or Zstandard, known by their first bytes."""

from __future__ import annotations

import io
from typing import IO, cast

# Of pairs whose prompts are alike a file may shrink to a hundredth; a bomb unpacks for ever.
MOST_UNPACKED = 16 * 1024**3
_PIECE = 1 << 20
_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


class PackedError(Exception):
    """What is packed cannot be unpacked (any further); the message says why."""


def unpacked(stream: IO[bytes], most: int | None = None) -> IO[bytes]:
    """The stream itself, at its beginning, or what is packed in it, which cannot be sought in: its
    reading raises PackedError where it is damaged, cut off, or unpacks to more than `most` bytes,
    MOST_UNPACKED where it is not given.
    """
    head = stream.read(4)
    stream.seek(0)
    if head[:2] == _GZIP:
        import gzip

        return _buffered(cast(io.RawIOBase, gzip.GzipFile(fileobj=stream, mode="rb")), most)
    if head == _ZSTANDARD:
        from apps.seeds.readers.zstd import ZstdStream  # with its library

        return _buffered(ZstdStream(stream), most)
    return stream


def _buffered(packed: io.RawIOBase, most: int | None) -> IO[bytes]:
    return cast(IO[bytes], io.BufferedReader(_Bounded(packed, most or MOST_UNPACKED), _PIECE))


class _Bounded(io.RawIOBase):
    def __init__(self, packed: io.RawIOBase, most: int) -> None:
        self._packed = packed
        self._most = self._left = most

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        import zlib

        from zstandard import ZstdError

        try:
            number = self._packed.readinto(buffer) or 0
        except (EOFError, zlib.error, ZstdError) as error:
            raise PackedError(f"Damaged or cut off: {error}") from error
        except OSError as error:
            if error.errno is not None:
                raise
            # gzip reports damaged data as an OSError without a number.
            raise PackedError(f"Damaged or cut off: {error}") from error
        self._left -= number
        if self._left < 0:
            raise PackedError(f"Unpacks to more than {self._most:,} bytes.")
        return number
