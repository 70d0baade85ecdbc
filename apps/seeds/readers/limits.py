"""Reading without trusting a length: every byte that is unpacked is counted as it comes."""

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import zipfile
import zlib
from pathlib import PurePath
from typing import IO, Protocol, cast

from zstandard import ZstdError

from apps.core.shortages import is_shortage
from apps.seeds.readers.base import MEBIBYTE, ReadOptions, Reason, Rejection
from apps.seeds.readers.zstd import ZstdStream

BAD_CONTENT = (
    tarfile.TarError,
    zipfile.BadZipFile,
    zlib.error,
    ZstdError,
    lzma.LZMAError,
    EOFError,
    RecursionError,
    OSError,
    # Of libraries that trust what a file says of itself: numbers, lengths, names.
    ValueError,
    LookupError,
    ArithmeticError,
    TypeError,
    AttributeError,
    AssertionError,
    NotImplementedError,
    struct.error,
)
"""What reading raises for damaged files and archives, and for trouble with the file itself."""


class Readable(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...


def as_rejection(error: BaseException) -> Rejection:
    """The reason code for an exception of BAD_CONTENT, with a message for who can act.

    Raises the error itself where it is the machine that has no more descriptors or memory.
    """
    if isinstance(error, Rejection):
        return error
    if is_shortage(error):
        raise error
    if isinstance(error, FileNotFoundError):
        return Rejection(Reason.DISAPPEARED, "The file was there when it was listed and is gone.")
    if isinstance(error, PermissionError):
        return Rejection(
            Reason.PERMISSION_DENIED, "No permission to read it: give this user read access."
        )
    # bz2 and gzip report damaged data as an OSError that has no errno.
    if isinstance(error, OSError) and error.errno is not None:
        return Rejection(Reason.IO_ERROR, f"Reading failed: {error.strerror}.")
    return Rejection(Reason.BROKEN, f"Damaged or cut off: {error}")


def too_large(limit: int) -> Rejection:
    return Rejection(
        Reason.TOO_LARGE,
        f"Larger than the limit of {limit:,} bytes a file; raise max_file_bytes to read it.",
    )


def read_capped(stream: Readable, *, limit: int, expected: int = MEBIBYTE) -> bytes:
    """All of `stream`, holding at most a piece more than `limit` bytes. Raises Rejection.

    `expected` is its size where that is known, so that it is read in one piece.
    """
    pieces: list[bytes] = []
    held = 0
    while piece := stream.read(min(max(MEBIBYTE, expected), limit + 1 - held)):
        pieces.append(piece)
        held += len(piece)
        if held > limit:
            raise too_large(limit)
    if not held:
        raise Rejection(Reason.EMPTY, "The file is empty.")
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


class BombGuard:
    """Counts what one packed stream, or one whole archive, unpacks to.

    Raises Rejection(zip_bomb) past `max_archive_bytes`, and where more than `bomb_floor` bytes
    are more than `max_ratio` times `packed_bytes`.
    """

    def __init__(self, *, packed_bytes: int, options: ReadOptions) -> None:
        allowed = max(options.bomb_floor, packed_bytes * options.max_ratio)
        self.allowed = min(allowed, options.max_archive_bytes)
        self.unpacked = 0

    def count(self, amount: int) -> None:
        self.unpacked += amount
        if self.unpacked > self.allowed:
            raise Rejection(
                Reason.ZIP_BOMB,
                f"Unpacks to more than {self.allowed:,} bytes, out of proportion to its packed "
                "size; raise max_ratio or max_archive_bytes if that is right.",
            )


class GuardedStream:
    """A stream whose bytes are counted by a guard as they are read."""

    def __init__(self, stream: Readable, guard: BombGuard) -> None:
        self._stream = stream
        self._guard = guard

    def read(self, size: int = MEBIBYTE, /) -> bytes:
        piece = self._stream.read(size)
        self._guard.count(len(piece))
        return piece


def unpacking(name: str, stream: IO[bytes]) -> Readable:
    """`stream` unpacked as the suffix of `name` says; itself where the suffix names no packing."""
    match PurePath(name).suffix.lower():
        case ".gz" | ".tgz":
            return cast(Readable, gzip.GzipFile(fileobj=stream, mode="rb"))
        case ".bz2" | ".tbz2" | ".tbz":
            return cast(Readable, bz2.BZ2File(stream))
        case ".xz" | ".txz":
            return cast(Readable, lzma.LZMAFile(stream))
        case ".zst" | ".tzst":
            return cast(Readable, io.BufferedReader(ZstdStream(stream), MEBIBYTE))
    return stream


def read_packed(name: str, stream: IO[bytes], *, packed_bytes: int, options: ReadOptions) -> bytes:
    """The bytes of a script that may be packed (.gz, .bz2, .xz, .zst), within the limits."""
    unpacked = unpacking(name, stream)
    if unpacked is stream:
        return read_capped(stream, limit=options.max_file_bytes, expected=packed_bytes)
    guard = BombGuard(packed_bytes=packed_bytes, options=options)
    return read_capped(GuardedStream(unpacked, guard), limit=options.max_file_bytes)
