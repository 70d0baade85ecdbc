"""Filters in an address: those of the pages, and what is no filter is refused, not passed over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest

from apps.accounts.models import User
from apps.api.problems import ProblemError
from apps.review.filters import FIELDS, MOST_VALUES, PairFilter, fields_for, filter_of

LONGEST = 200
_PLACES = ("before", "after")
_TEXT = {"type": "string", "maxLength": LONGEST}


def query_of(named: Mapping[str, str], *, many: bool = False) -> dict[str, Any]:
    """What the document says of filters: names with what they are. many: each may come often."""
    values = {"type": "array", "items": _TEXT, "maxItems": MOST_VALUES} if many else _TEXT
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "description": told, "schema": values}
            for name, told in named.items()
        ]
    }


def only(request: HttpRequest, names: Iterable[str], *, many: bool = False) -> None:
    """Raises ProblemError 422 where the address has a parameter that there is not, or one twice
    that is not for `many` values.
    """
    unknown = sorted(set(request.GET) - set(names) - set(_PLACES))
    if unknown:
        name = unknown[0][:40]
        raise ProblemError(422, f"There is no parameter {name!r}.")
    if any(len(value) > LONGEST for values in request.GET.lists() for value in values[1]):
        raise ProblemError(422, f"A value has {LONGEST} characters at most.")
    single = _PLACES if many else request.GET
    if any(len(request.GET.getlist(name)) > 1 for name in single):
        raise ProblemError(422, "A parameter stands there twice.")


PAIR_FILTERS = query_of(
    {
        one.name: one.label
        + (" (editors only)" if one.for_editors else "")
        + (f": {', '.join(code for code, _ in one.choices)}" if one.choices else "")
        + (f": {one.hint}" if one.hint else "")
        for one in FIELDS
    },
    many=True,
)


def pair_filter(request: HttpRequest, user: User) -> PairFilter:
    """The pairs page's filter. Raises ProblemError 403 for what is not shown to reviewers, 422
    for what makes no sense.
    """
    only(request, (one.name for one in FIELDS), many=True)
    allowed = {one.name for one in fields_for(is_editor=user.is_editor)}
    hidden = sorted({one.name for one in FIELDS} & set(request.GET) - allowed)
    if hidden:
        raise ProblemError(403, f"Reviewers cannot filter by {hidden[0]}.")
    if any(len(request.GET.getlist(name)) > MOST_VALUES for name in allowed):
        raise ProblemError(422, f"A filter has {MOST_VALUES} values at most.")
    read = filter_of(request.GET, is_editor=user.is_editor)
    if read.problems:
        raise ProblemError(422, " ".join(read.problems).replace(": left out", ""))
    return read.filter
