"""Finds small whole transactions among the pieces of a file: BEGIN … COMMIT is one seed of its
own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_BEGINS = re.compile(rb"(?i:BEGIN|START\s+TRANSACTION)\b[^;]{0,60}\Z")
_COMMITS = re.compile(rb"(?i:COMMIT|END)\b[^;]{0,40}\Z")
FEWEST, MOST = 2, 12  # statements inside


@dataclass(slots=True)
class TransactionFinder:
    """Feed it every statement in order; it says where a transaction of reasonable size has just
    closed.
    """

    most_bytes: int
    _start: int = -1
    _comment: tuple[int, int] | None = None
    _inside: int = 0

    def feed(
        self, statement: bytes, start: int, end: int, kind: str, comment: tuple[int, int] | None
    ) -> tuple[int, int, tuple[int, int] | None] | None:
        """Returns (start, end, comment) of a transaction that this statement closes, else None."""
        if kind != "transaction":
            self._inside += 1
            return None
        if _BEGINS.match(statement):
            self._start, self._inside, self._comment = start, 0, comment
            return None
        first, inside, self._start = self._start, self._inside, -1
        fits = first >= 0 and FEWEST <= inside <= MOST and end - first <= self.most_bytes
        if fits and _COMMITS.match(statement):
            return first, end, self._comment
        return None
