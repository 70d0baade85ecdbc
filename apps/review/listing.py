"""The pairs of a filter, page by page, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from apps.core.limited import rows_within
from apps.generation.models import Response
from apps.review.filters import PairFilter, pairs_matching
from apps.review.models import Flag
from apps.validation.models import OVERALL, Verdict

PAGE = 50
SHOWN_CHARACTERS = 240
# Counted exactly up to here.
EXACT = 10_000
# A count that takes longer is not made: the page does not wait for it.
COUNT_SECONDS = 0.5
# What many pairs have is found at once on the way from the newest backwards; for what few have
# PostgreSQL is told to fetch the matches from the indexes of what is asked, and to sort them.
QUICK = 0.15
SECONDS = 5
BY_BITMAP = ("enable_indexscan = off", "enable_seqscan = off")
_OUTCOMES = dict(Verdict._meta.get_field("outcome").choices or ())


class TooBroadError(Exception):
    """The search would take too long; the message says what to change."""


@dataclass(frozen=True, slots=True)
class PairLine:
    """A pair in a list. good: its decision, None without; for those who may see it."""

    pk: int
    instruction: str
    outcome: str | None
    strength: float | None
    good: bool | None
    flagged: bool
    run: int | None

    @property
    def outcome_label(self) -> str:
        return str(_OUTCOMES.get(self.outcome or "", "not run yet"))


@dataclass(frozen=True, slots=True)
class PairsPage:
    """Lines, and the ids to go on from in either direction; None where there is nothing."""

    lines: tuple[PairLine, ...]
    before: int | None
    after: int | None


@dataclass(frozen=True, slots=True)
class Count:
    """How many pairs a filter has: exactly, or `more` than that; None: not counted in time."""

    number: int | None
    more: bool


def pairs_page(
    chosen: PairFilter, *, before: int | None = None, after: int | None = None
) -> PairsPage:
    """The newest pairs with ids below `before`, or the ones next above `after`, newest first.

    Raises TooBroadError.
    """
    rows = _lines(pairs_matching(chosen))
    if after is not None:
        rows = rows.filter(pk__gt=after).order_by("pk")
    else:
        rows = rows.filter(pk__lt=before) if before is not None else rows
        rows = rows.order_by("-pk")
    found = rows_within(QUICK, rows[: PAGE + 1])
    if found is None:
        found = rows_within(SECONDS, rows[: PAGE + 1], *BY_BITMAP)
    if found is None:
        raise TooBroadError(
            f"This took more than {SECONDS} seconds and was ended: few pairs have all of these"
            " properties. Leave one of them out."
        )
    more = len(found) > PAGE
    lines = [PairLine(*row) for row in found[:PAGE]]
    if after is not None:
        lines.reverse()
        return PairsPage(tuple(lines), _last(lines), lines[0].pk if more and lines else None)
    older = _last(lines) if more else None
    return PairsPage(tuple(lines), older, lines[0].pk if before is not None and lines else None)


def pairs_count(chosen: PairFilter) -> Count:
    """Exact up to 10,000; beyond it says so, and so it does where counting takes too long."""
    some = pairs_matching(chosen).order_by().values_list("pk")[: EXACT + 1]
    found = rows_within(COUNT_SECONDS, some)
    if found is None:
        return Count(None, more=False)
    return Count(min(len(found), EXACT), more=len(found) > EXACT)


def _last(lines: list[PairLine]) -> int | None:
    return lines[-1].pk if lines else None


def _lines(pairs: QuerySet[Response]) -> QuerySet[Response, Any]:
    """Rows in the order of PairLine's fields."""
    overall = FilteredRelation("verdicts", condition=Q(verdicts__database=OVERALL))
    return pairs.annotate(
        overall=overall,
        begins=Left("instruction__text", SHOWN_CHARACTERS),
        flagged=Exists(Flag.objects.filter(response=OuterRef("pk"))),
        outcome=F("overall__outcome"),
        strength=F("overall__strength"),
    ).values_list("pk", "begins", "outcome", "strength", "decision__good", "flagged", "run_id")
