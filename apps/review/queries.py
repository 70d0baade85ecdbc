"""What the review's pages read; every one of these is a fixed number of bounded queries."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import FilteredRelation, Prefetch, Q, QuerySet

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.models import Label
from apps.validation.models import OVERALL, Verdict

PAGE = 50
MOST_SIBLINGS = 50
# Up to here is counted in the request; beyond, the figure that the scheduler counted is as good.
EXACT = 1000


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress line. left: open pairs, `more` when there are at least that many.

    today: pairs that this reviewer labelled since midnight (UTC). good of labelled: of everybody.
    """

    left: int
    more: bool
    today: int
    good: int
    labelled: int


def pair_data(response_id: int) -> dict[str, Any] | None:
    """All that a page shows of a pair (`presenting.present`), None where there is none: one
    statement.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT review_pair_data(%s)", [response_id])
        found = cursor.fetchone()[0]
    return _parsed(found) if found else None


def progress_from(counted: dict[str, Any], *, is_default: bool) -> Progress:
    """The progress line; exact up to 1,000, from the last count of the background beyond."""
    left, labelled, good = counted["left"], counted["labelled"], counted["good"]
    figures = counted["figures"]
    if labelled > EXACT and figures.get("labelled", 0) > EXACT:
        good, labelled = figures["good"], figures["labelled"]
    counted_open = figures.get("open", 0) if is_default else 0
    known = counted_open if left > EXACT else left
    return Progress(
        left=max(known, min(left, EXACT)),
        more=left > EXACT >= known,
        today=counted["today"],
        good=good,
        labelled=labelled,
    )


def _parsed(found: Any) -> Any:
    """Django leaves jsonb of its own cursors as text."""
    return json.loads(found) if isinstance(found, str) else found


def labels_page(
    user: User, *, everyone: bool = False, before: int | None = None
) -> tuple[list[Label], bool]:
    """The newest labels, own or (for editors only) everyone's, and whether there are older ones.

    before: only labels with a smaller id, the last one of the page before.
    """
    labels = Label.objects.order_by("-pk").select_related("reviewer", "response__instruction")
    labels = labels.defer("response__text", "response__instruction__record")
    labels = labels.prefetch_related(
        Prefetch("response__verdicts", Verdict.objects.filter(database=OVERALL))
    )
    if not (everyone and user.is_editor):
        labels = labels.filter(reviewer=user)
    if before is not None:
        labels = labels.filter(pk__lt=before)
    page = list(labels[: PAGE + 1])
    return page[:PAGE], len(page) > PAGE


def labels_seen_by(user: User, response: Response) -> QuerySet[Label]:
    """A pair's labels, oldest first: everyone's for editors, else the user's own.

    Reviewers judge for themselves: they do not see what others thought of a pair.
    """
    labels = response.labels.order_by("pk").select_related("reviewer")
    return labels if user.is_editor else labels.filter(reviewer=user)


def labels_around(user: User, label_id: int) -> tuple[int | None, int | None]:
    """The pairs that this person labelled before and after one of their labels; None where there
    is none.
    """
    own = Label.objects.filter(reviewer=user).exclude(value=Label.Value.WITHDRAWN)
    pair = Label.objects.filter(pk=label_id).values("response")
    others = own.exclude(response__in=pair).values_list("response", flat=True)
    before = others.filter(pk__lt=label_id).order_by("-pk").first()
    after = others.filter(pk__gt=label_id).order_by("pk").first()
    return before, after


def newest_labelled(user: User) -> int | None:
    """The pair that this person labelled last."""
    own = Label.objects.filter(reviewer=user).exclude(value=Label.Value.WITHDRAWN)
    return own.order_by("-pk").values_list("response", flat=True).first()


def siblings_of(response: Response) -> list[tuple[int, str]]:
    """The other responses to a pair's instruction, with their overall outcome in words."""
    verdicts = FilteredRelation("verdicts", condition=Q(verdicts__database=OVERALL))
    others = Response.objects.filter(instruction=response.instruction_id).exclude(pk=response.pk)
    found = others.annotate(overall=verdicts).order_by("draw")
    rows = found.values_list("pk", "overall__outcome")[:MOST_SIBLINGS]
    return [(pk, (outcome or "not run yet").replace("_", " ")) for pk, outcome in rows]
