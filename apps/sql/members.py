"""Enums whose members are looked at a million times a second."""

from __future__ import annotations

from enum import Enum
from typing import TypeVar

E = TypeVar("E", bound=Enum)


def at_hand(enum: type[E]) -> type[E]:
    """Let `Kind.WORD` be a plain attribute of its class.

    Python 3.11 finds a member through a property written in Python, which takes ten times as long
    as a comparison; 3.12 does what is done here.
    """
    for name, member in enum.__members__.items():
        type.__setattr__(enum, name, member)
    return enum
