"""Finds small whole transactions among the pieces of a file: BEGIN … COMMIT is one seed of its
own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.sql.splitting import Piece, Role

_BEGINS = re.compile(rb"(?i:BEGIN|START\s+TRANSACTION)\b[^;]{0,60}\Z")
_COMMITS = re.compile(rb"(?i:COMMIT|END)\b[^;]{0,40}\Z")
FEWEST, MOST = 2, 12  # statements inside


@dataclass(slots=True)
class TransactionFinder:
    """Feed it every statement of kind transaction in order; it says where one of reasonable size
    has just closed.
    """

    most_bytes: int
    _begin: Piece | None = None
    _number: int = 0

    def feed(self, statement: bytes, piece: Piece, number: int) -> Piece | None:
        """The transaction that this statement of kind transaction closes, else None.

        `number` counts the file's statements of every kind, up to this one.
        """
        if _BEGINS.match(statement):
            self._begin, self._number = piece, number
            return None
        begin, self._begin = self._begin, None
        if begin is None or not FEWEST <= number - self._number - 1 <= MOST:
            return None
        fits = piece.end - begin.start <= self.most_bytes
        if fits and _COMMITS.match(statement):
            return Piece(begin.start, piece.end, Role.STATEMENT, begin.comment)
        return None
