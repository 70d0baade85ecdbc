"""What the splitter yields."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from apps.sql.members import at_hand


@at_hand
class Role(StrEnum):
    """What a piece of a file is: SQL, statements that the reader wants no more of, a command of
    the client program, or rows after COPY … FROM stdin.
    """

    __hash__ = str.__hash__  # that of Enum is a function in Python

    STATEMENT = "statement"
    REPEATED = "repeated"
    CLIENT_COMMAND = "client_command"
    COPY_DATA = "copy_data"


class Piece(NamedTuple):
    """`content[start:end]` is the piece, without its delimiter; `comment` is the range of its own
    comment, `number` how many statements are in it.

    A tuple, not a dataclass: one is made per statement, hundreds of thousands a second.
    """

    start: int
    end: int
    role: Role = Role.STATEMENT
    comment: tuple[int, int] | None = None
    number: int = 1
