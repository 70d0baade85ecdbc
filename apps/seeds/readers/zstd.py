"""Zstandard, unpacked in pieces that a bomb cannot make large and with an end that is checked."""

import io
from typing import IO

import zstandard

# A block of four bytes may unpack to 128 KiB (RFC 8878, 3.1.1.2): one piece to 16 MiB at most.
_PIECE = 512
_LARGEST_WINDOW = 1 << 27  # bytes; what the zstd tool unpacks without being asked for more


class ZstdStream(io.RawIOBase):
    """The unpacked bytes of all frames of `stream`.

    Raises EOFError where the last frame is cut off, which zstandard's own reader passes over in
    silence, and ZstdError for what is damaged or needs a window of more than 128 MiB.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._frames = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
        self._frame = self._frames.decompressobj()
        self._is_begun = False  # a frame, whose end must come
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._held:
            packed = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame, self._is_begun = self._frames.decompressobj(), False
            packed = packed or self._stream.read(_PIECE)
            if not packed:
                if self._is_begun:
                    raise EOFError("the Zstandard frame ends before its end")
                return 0
            self._is_begun = True
            self._held = memoryview(self._frame.decompress(packed))
        taken = min(len(buffer), len(self._held))
        buffer[:taken] = self._held[:taken]
        self._held = self._held[taken:]
        return taken
