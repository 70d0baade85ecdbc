"""The pairs of a filter, page by page, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from apps.generation.models import Response
from apps.review.filters import PairFilter
from apps.review.looking import Look, Patience, ids_alone
from apps.review.models import Flag
from apps.validation.models import OVERALL, Verdict

PAGE = 50
SHOWN_CHARACTERS = 240
# Counted exactly up to here.
EXACT = 1_000
_OUTCOMES = dict(Verdict._meta.get_field("outcome").choices or ())


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
    """Lines, and the ids to go on from in either direction; None where there is nothing.

    looked_to: how far was looked in the time there was; None where the page is whole.
    """

    lines: tuple[PairLine, ...]
    before: int | None
    after: int | None
    looked_to: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """How many pairs a filter has: exactly, or `more` than that; None: not counted in time."""

    number: int | None
    more: bool


def pairs_page(
    chosen: PairFilter,
    *,
    before: int | None = None,
    after: int | None = None,
    patience: Patience = Patience.PAGE,
) -> PairsPage:
    """The newest pairs with ids below `before`, or the ones next above `after`, newest first.

    It may have fewer than there are: then `before` (or `after`) says where to look on.
    """
    upward = after is not None
    look = Look(chosen, _lines, PAGE + 1, upward=upward, edge=after if upward else before)
    found = look.take(patience)
    # A full page is whole, whether or not the one after its last was looked for in time.
    more = len(found.rows) >= PAGE + (found.edge is None)
    lines = [PairLine(*row) for row in found.rows[:PAGE]]
    looked_to = None if more else found.edge
    if upward:
        lines.reverse()
        newer = lines[0].pk if more else looked_to
        return PairsPage(tuple(lines), lines[-1].pk if lines else None, newer, looked_to)
    older = lines[-1].pk if more else looked_to
    newer = lines[0].pk if before is not None and lines else None
    return PairsPage(tuple(lines), older, newer, looked_to)


def pairs_count(chosen: PairFilter, page: PairsPage | None = None) -> Count:
    """Exact up to 1,000; beyond it says so, and so it does where counting takes too long.

    page: the first one of this filter, where it is known: it may say all.
    """
    if page and page.looked_to is not None:
        return Count(None, more=False)
    if page and page.before is None and page.after is None:
        return Count(len(page.lines), more=False)
    found = Look(chosen, ids_alone, EXACT + 1).take(Patience.COUNT)
    if found.edge is not None and len(found.rows) <= EXACT:
        return Count(None, more=False)
    return Count(min(len(found.rows), EXACT), more=len(found.rows) > EXACT)


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
