"""Objects and bytes through a pipe between a process and its child, each with its length."""

from __future__ import annotations

import pickle
import select
import struct
from typing import IO, Any

LENGTH = struct.Struct("<Q")
PIECE = 1 << 20


def send(stream: IO[bytes], packed: bytes) -> None:
    write(stream, LENGTH.pack(len(packed)))
    write(stream, packed)


def write(stream: IO[bytes], data: bytes) -> None:
    """All of it: an unbuffered pipe takes as much as it has room for."""
    view = memoryview(data)
    while view:
        view = view[stream.write(view[:PIECE]) :]


def receive(stream: IO[bytes]) -> Any:
    (length,) = LENGTH.unpack(exactly(stream, LENGTH.size))
    return pickle.loads(exactly(stream, length))  # noqa: S301  from our own child or parent


def exactly(stream: IO[bytes], length: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < length:
        select.select([stream], [], [])
        piece = stream.read(min(PIECE, length - len(pieces)))
        if not piece:
            raise EOFError
        pieces += piece
    return bytes(pieces)
