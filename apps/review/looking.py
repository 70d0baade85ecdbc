"""Looks for the pairs of a filter in the time that a page has.

What many pairs have is found on the way from the newest backwards, a stretch of ids at a time: one
index is read in order, and each pair is asked what the filter wants. What few have is fetched from
the indexes of what is asked, and sorted. What neither finds in time is looked for further by the
next request, from where this one came to: no filter is too broad, and no answer late.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from django.db.models import Max, Min, QuerySet

from apps.core.limited import rows_within
from apps.generation.models import Response
from apps.review.filters import TEXT, PairFilter, columns_of_id, pairs_matching

# Of PostgreSQL: pair by pair along the ids (with so little memory that it does not read all rows
# of what is asked first), and by the indexes of what is asked.
IN_ORDER = (
    *("enable_hashjoin = off", "enable_mergejoin = off", "enable_bitmapscan = off"),
    *("enable_seqscan = off", "work_mem = '64kB'", "max_parallel_workers_per_gather = 0"),
    "jit = off",
)
BY_BITMAP = (
    *("enable_indexscan = off", "enable_seqscan = off", "max_parallel_workers_per_gather = 0"),
    "jit = off",
)
# Ids of the first stretch and of the longest ones; each is as long as the time allows.
FIRST, WIDEST = 500, 4_000
# Words are looked for in whole texts: that takes ten times as long as a look at a row.
FIRST_OF_TEXTS = 50
# Where more pairs than this are to be expected, the indexes are not asked for all of them.
MOST_SORTED = 20_000
# A stretch that takes longer than all that a page has is a fault of the server: it is said.
LONGEST = 30.0

# Makes rows of pairs: what a line shows, of so many.
Rows = Callable[[QuerySet[Response]], QuerySet[Response, Any]]


class Patience(Enum):
    """Seconds along the ids, then by the indexes, then along the ids again. A page answers at once,
    a program's first one sooner; what goes on looking may wait.
    """

    PAGE = (0.015, 0.02, 0.0)
    PROGRAM = (0.008, 0.008, 0.0)
    COUNT = (0.01, 0.012, 0.0)
    FURTHER = (0.02, 1.0, 0.5)
    ON = (1.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Found:
    """Rows in the order of looking, the id first. edge: where looking ended; None: at the end."""

    rows: list[Any]
    edge: int | None


@dataclass(slots=True)
class Look:
    """One look: up to `most` pairs from `edge` on (without it), to higher ids or lower ones."""

    chosen: PairFilter
    rows: Rows
    most: int
    upward: bool = False
    edge: int | None = None
    found: list[Any] = field(default_factory=list)

    def take(self, patience: Patience) -> Found:
        along, indexed, further = patience.value
        ends = Response.objects.aggregate(low=Min("pk"), high=Max("pk"))
        if ends["low"] is None:
            return Found([], None)
        end = ends["high"] if self.upward else ends["low"]
        if self.edge is None:
            self.edge = ends["low"] - 1 if self.upward else ends["high"] + 1
        begun = self.edge
        found = self._along(along, end)
        if found.edge is None or len(found.rows) >= self.most:
            return found
        expected = len(found.rows) * abs(end - found.edge) / max(1, abs(found.edge - begun))
        rest = self._by_indexes(indexed) if indexed and expected <= MOST_SORTED else None
        return rest or (self._along(further, end) if further else found)

    def _by_indexes(self, seconds: float) -> Found | None:
        """The rest by the indexes; None where that takes longer."""
        pairs = self._from(self.rows(pairs_matching(self.chosen)), None)
        rows = rows_within(seconds, pairs[: self.most - len(self.found)], *BY_BITMAP)
        return None if rows is None else Found([*self.found, *rows], None)

    def _along(self, seconds: float, end: int) -> Found:
        """What is found along the ids in that time: at least in one stretch of them."""
        first = FIRST_OF_TEXTS if self.chosen.get(TEXT) else FIRST
        pairs = self.rows(pairs_matching(self.chosen, common=True))
        until, width, allowed = time.monotonic() + seconds, first, LONGEST
        while allowed > 0 and len(self.found) < self.most and not self._is_past(end):
            began = time.monotonic()
            stretch = self._from(pairs, width)[: self.most - len(self.found)]
            rows = rows_within(allowed, stretch, *IN_ORDER)
            if rows is None:
                break
            self.found += rows
            self.edge = self._after(width)
            allowed = until - time.monotonic()
            width = max(first, _next_width(width, time.monotonic() - began, allowed))
        is_whole = len(self.found) < self.most and self._is_past(end)
        return Found(list(self.found), None if is_whole else self.edge)

    def _from(self, pairs: QuerySet[Response, Any], width: int | None) -> QuerySet[Response, Any]:
        assert self.edge is not None
        begins, ends = ("gt", "lte") if self.upward else ("lt", "gte")
        for column in columns_of_id(self.chosen):
            pairs = pairs.filter(**{f"{column}__{begins}": self.edge})
            if width is not None:
                pairs = pairs.filter(**{f"{column}__{ends}": self._after(width)})
        return pairs.order_by("pk" if self.upward else "-pk")

    def _after(self, width: int) -> int:
        assert self.edge is not None
        return self.edge + width if self.upward else self.edge - width

    def _is_past(self, end: int) -> bool:
        assert self.edge is not None
        return self.edge >= end if self.upward else self.edge <= end


def _next_width(width: int, took: float, left: float) -> int:
    """As long as half the time that is left allows at the pace of the last one."""
    pace = width / max(took, 1e-4)
    return min(WIDEST, 4 * width, int(pace * left / 2))


def ids_alone(pairs: QuerySet[Response]) -> QuerySet[Response, Any]:
    """Rows of the ids alone."""
    return pairs.values_list("pk")
