"""What the review's pages read; every one of these is a fixed number of bounded queries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.core.models import Figure
from apps.generation.models import Response
from apps.review.models import Label, Queue
from apps.validation.models import OVERALL, CheckResult, Verdict

PAGE = 50
# Up to here is counted in the request; beyond, the figure that the scheduler counted is as good.
EXACT = 1000
_FIGURES = ("open", "good", "labelled")

_COUNT = """
SELECT
    (SELECT count(*) FROM (
        SELECT 1 FROM review_entry WHERE queue_id = %(queue)s AND state = 'open' LIMIT %(most)s
    ) AS waiting),
    decided.labelled,
    decided.good,
    (SELECT count(*) FROM (
        SELECT DISTINCT ON (response_id) value FROM review_label
        WHERE reviewer_id = %(reviewer)s AND created_at >= %(midnight)s
        ORDER BY response_id, id DESC
    ) AS mine WHERE value IN ('good', 'bad'))
FROM (
    SELECT count(*) AS labelled, count(*) FILTER (WHERE good) AS good
    FROM (SELECT good FROM review_decision LIMIT %(most)s) AS known
) AS decided
"""


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


def progress_of(reviewer: User, queue: Queue) -> Progress:
    """Where a queue stands; exact up to 1,000, from the last count beyond: two queries."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    values: dict[str, Any] = {
        "most": EXACT + 1,
        "reviewer": reviewer.pk,
        "queue": queue.pk,
        "midnight": midnight,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, values)
        left, labelled, good, today = cursor.fetchone()
    figures = dict(Figure.objects.filter(name__in=_FIGURES).values_list("name", "value"))
    if labelled > EXACT and figures.get("labelled", 0) > EXACT:
        good, labelled = figures["good"], figures["labelled"]
    counted = figures.get("open", 0) if queue.is_default else 0
    known = counted if left > EXACT else left
    return Progress(
        left=max(known, min(left, EXACT)),
        more=left > EXACT >= known,
        today=today,
        good=good,
        labelled=labelled,
    )


def pairs() -> QuerySet[Response]:
    """Responses with all that `presenting.present` shows of them: three queries for any number."""
    return (
        Response.objects.select_related(
            "agreement",
            "instruction__seed__file",
            "instruction__concepts",
            "instruction__imported",
            "completion__recipe",
            "reading",
        )
        # The response's text stands in its completion again.
        .defer("completion__text", "instruction__seed__search")
        .prefetch_related(
            "verdicts", Prefetch("checks", CheckResult.objects.filter(passed=False).order_by("pk"))
        )
    )


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
