"""When PostgreSQL itself is in trouble: told apart from errors of a query."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import InterfaceError, OperationalError


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a person is told, and what they can do."""

    title: str
    message: str


AWAY = Trouble(
    "The database does not answer",
    "Nothing can be read or saved until PostgreSQL is back; it is started again by itself. "
    "Wait a moment and reload the page.",
)
FULL = Trouble(
    "The disk of the database is full",
    "Nothing was saved. The operator must make room; then everything goes on by itself.",
)
# https://www.postgresql.org/docs/18/errcodes-appendix.html: connection exceptions, shutdowns,
# starting up, too many connections.
_AWAY_CODES = frozenset({"57P01", "57P02", "57P03", "57P05", "53300"})
_FULL_CODE = "53100"


def trouble_of(error: BaseException | None) -> Trouble | None:
    """What is wrong with the database, if that is what the error says; None for any other."""
    if isinstance(error, InterfaceError):
        return AWAY
    if not isinstance(error, OperationalError):
        return None
    # A connection that could not be made or was lost has no code.
    code: str | None = getattr(error.__cause__, "sqlstate", None)
    if code == _FULL_CODE:
        return FULL
    return AWAY if code is None or code.startswith("08") or code in _AWAY_CODES else None
