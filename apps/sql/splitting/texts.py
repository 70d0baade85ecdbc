"""The statements of a text, for those who have text and not the bytes of a file."""

from __future__ import annotations

from typing import NamedTuple

from apps.sql.dialects import Dialect
from apps.sql.splitting.pieces import Role
from apps.sql.splitting.splitter import split


class Statement(NamedTuple):
    """`text` is `source[start:end]`, without its delimiter and comments around it."""

    start: int
    end: int
    text: str


def statements(text: str, dialect: Dialect = Dialect.UNKNOWN) -> list[Statement]:
    """Split a text; client commands and copied rows are left out. Linear time."""
    content = text.encode("utf-8", "surrogatepass")
    found: list[Statement] = []
    read = place = 0
    for piece in split(content, dialect):
        if piece.role is not Role.STATEMENT:
            continue
        start = place + len(content[read : piece.start].decode("utf-8", "surrogatepass"))
        one = content[piece.start : piece.end].decode("utf-8", "surrogatepass")
        read, place = piece.end, start + len(one)
        found.append(Statement(start, place, one))
    return found
