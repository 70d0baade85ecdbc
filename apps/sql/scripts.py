"""The statements of a script with their comments, as whoever runs them wants them."""

from __future__ import annotations

from functools import lru_cache

from apps.sql import tokens
from apps.sql.dialects import Dialect
from apps.sql.splitting import statements


@lru_cache(maxsize=64)  # a response's blocks are looked at for their role, then read
def split_statements(text: str, dialect: Dialect = Dialect.UNKNOWN) -> tuple[str, ...]:
    """The statements of a script in order, without delimiters and commands of client programs.

    Each keeps the comments above it, the last one those behind it too: what a response says of a
    statement stands there. Never fails: what is left open at the end is the last statement.
    """
    found: list[str] = []
    read = 0
    for start, end, statement in statements(text, dialect):
        found.append("\n".join((*tokens.comments(text[read:start], dialect), statement)))
        read = end
    if found and (behind := tokens.comments(text[read:], dialect)):
        found[-1] = "\n".join((found[-1], *behind))
    return tuple(found)
