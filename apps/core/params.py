"""Numbers in addresses: whatever stands there, an answer comes of it."""

from __future__ import annotations

from django.http import HttpRequest

LARGEST = 2**63 - 1  # of PostgreSQL's bigint
_MOST_DIGITS = 19


def number_in(request: HttpRequest, name: str) -> int | None:
    """The number of that name in a request's address; None without one, or where it is no id."""
    return _number(request.GET.get(name, ""))


def number_sent(request: HttpRequest, name: str) -> int | None:
    """The same of a form's field, where no Form looks at it."""
    return _number(request.POST.get(name, ""))


def numbers_sent(request: HttpRequest, name: str, *, most: int) -> list[int]:
    """Those of a form's field that stands there often, without what is no id."""
    given = [_number(each) for each in request.POST.getlist(name)[:most]]
    return [number for number in given if number is not None]


def _number(given: str) -> int | None:
    if not (given.isascii() and given.isdecimal()) or len(given) > _MOST_DIGITS:
        return None
    return min(int(given), LARGEST)
