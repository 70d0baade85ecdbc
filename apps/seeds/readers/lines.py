"""Lines of a table's file, none of them held that is longer than the limit."""

from typing import IO

from apps.seeds.readers.base import MEBIBYTE
from apps.seeds.readers.limits import BombGuard

LINE_ALLOWANCE = MEBIBYTE
"""How much longer than its text a row may be, for the other columns."""


class Lines:
    """Lines of a stream with a count of its bytes, none of them longer than is asked for."""

    def __init__(self, stream: IO[bytes], guard: BombGuard | None) -> None:
        self._stream = stream
        self._guard = guard
        self.position = 0

    def enter(self, start: int, stop: int | None) -> None:
        """Go to the first line that begins at or after `start`."""
        if start:
            self.position = start - 1
            self._stream.seek(self.position)
            self.skip(stop)

    def next(self, longest: int) -> bytes:
        """The next line; of a longer one its first `longest` + 1 bytes."""
        piece = self._stream.readline(longest + 1)
        self.position += len(piece)
        if self._guard is not None:
            self._guard.count(len(piece))
        return piece

    def skip(self, stop: int | None) -> None:
        """Go past the next newline, or as far as `stop`: what begins beyond is not ours."""
        while stop is None or self.position < stop:
            piece = self.next(MEBIBYTE)
            if not piece or piece.endswith(b"\n"):
                return
