"""A new version of a queue's guideline: labels that went by the one before are stale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.db.models import QuerySet

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job
from apps.review.bulk import KIND, QUEUE, SLICE
from apps.review.models import Guideline, Ruling
from apps.review.models_beside import Preference, SecondLook
from apps.review.reopening import preferences_take_back

NOTE = "The guideline was changed."
# Good and bad labels of a queue that went by an earlier guideline of it (or by none) and are still
# what their reviewer says; an older Winnow stored no queue for the default one.
_STALE = """
SELECT label.id, label.response_id FROM review_label AS label
WHERE (label.queue_id = %(queue)s OR label.queue_id IS NULL AND %(is_default)s)
  AND (label.guideline_id IS NULL OR label.guideline_id < %(guideline)s)
  AND label.value IN ('good', 'bad') AND label.id > %(after)s AND NOT EXISTS (
    SELECT FROM review_label AS later
    WHERE later.response_id = label.response_id AND later.reviewer_id = label.reviewer_id
      AND later.id > label.id
)
ORDER BY label.id LIMIT %(most)s
"""
# Whoever labels a pair locks its entries first: what they said meanwhile is not taken back.
_LOCK = "SELECT id FROM review_entry WHERE response_id = ANY(%(pairs)s) ORDER BY id FOR UPDATE"
_WITHDRAW = """
WITH withdrawn AS (
    INSERT INTO review_label
        (response_id, reviewer_id, value, reasons, note, queue_id, guideline_id, created_at)
    SELECT label.response_id, label.reviewer_id, 'withdrawn', '{}', %(note)s, %(queue)s,
        %(guideline)s, clock_timestamp()
    FROM review_label AS label
    WHERE label.id = ANY(%(labels)s) AND NOT EXISTS (
        SELECT FROM review_label AS later
        WHERE later.response_id = label.response_id AND later.reviewer_id = label.reviewer_id
          AND later.id > label.id
    )
    RETURNING response_id, reviewer_id
), freed AS (
    DELETE FROM review_seat AS seat USING review_entry AS entry, withdrawn
    WHERE entry.id = seat.entry_id AND entry.response_id = withdrawn.response_id
      AND seat.reviewer_id = withdrawn.reviewer_id
)
SELECT count(*) FROM withdrawn
"""
_DECIDE = "SELECT count(review_decide(pair.id)) FROM unnest(%(pairs)s::bigint[]) AS pair (id)"


def labels_stale_start(*, guideline: Guideline, asked_by: User) -> bool:
    """Have the labels that went by an earlier guideline of its queue, and the preferences, taken
    back in the background; False where there are none.
    """
    if not _stale(guideline, after=0, most=1) and not _preferred(guideline).exists():
        return False
    job = Job.objects.create(kind=KIND, created_by=asked_by)
    spec = work.UnitSpec(queue=QUEUE, key="stale", payload={"guideline": guideline.pk})
    work.create_units(job=job, specs=[spec])
    work.planned(job=job)
    return True


def labels_stale_take(*, guideline: Guideline, check: Callable[[], object]) -> int:
    """Take them back, a slice a transaction: their pairs and duels, and only those, are open again,
    also for the same reviewers. check: raises when it is to end. Returns how many of both.
    """
    taken, after = 0, 0
    while stale := _stale(guideline, after=after, most=SLICE):
        check()
        taken += _take(guideline, stale)
        after = stale[-1][0]
    queue, made = guideline.queue, guideline.created_at
    while preferred := preferences_take_back(queue=queue, before=made, most=SLICE):
        check()
        taken += preferred
    return taken


def _preferred(guideline: Guideline) -> QuerySet[Preference]:
    """What was said of duels of its queue before it was."""
    said = Preference.objects.filter(duel__queue=guideline.queue)
    return said.filter(created_at__lt=guideline.created_at)


def _stale(guideline: Guideline, *, after: int, most: int) -> list[tuple[int, int]]:
    """(label, pair), the oldest first."""
    values = _values(guideline) | {"after": after, "most": most}
    with connection.cursor() as cursor:
        cursor.execute(_STALE, values)
        return [(label, pair) for label, pair in cursor.fetchall()]


@transaction.atomic
def _take(guideline: Guideline, stale: list[tuple[int, int]]) -> int:
    pairs = sorted({pair for _, pair in stale})
    values = _values(guideline) | {"pairs": pairs, "labels": [label for label, _ in stale]}
    with connection.cursor() as cursor:
        cursor.execute(_LOCK, values)
        cursor.execute(_WITHDRAW, values | {"note": NOTE})
        taken = int(cursor.fetchone()[0])
        SecondLook.objects.filter(first__in=values["labels"], last=None).delete()
        # A ruling on labels that are gone went by the guideline before as well.
        Ruling.objects.filter(response__in=pairs, updated_at__lt=guideline.created_at).delete()
        cursor.execute(_DECIDE, values)
    return taken


def _values(guideline: Guideline) -> dict[str, Any]:
    queue = guideline.queue
    return {"queue": queue.pk, "is_default": queue.is_default, "guideline": guideline.pk}
