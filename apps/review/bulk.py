"""One label for all pairs of a filter, in the background; taken back as one, however late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.core.progress import progress_of
from apps.review.errors import ReviewError, RubricError
from apps.review.filters import PairFilter, pairs_matching, read_filter
from apps.review.models import Batch, Label
from apps.review.queue import default_queue
from apps.review.rubric import problem_of, unknown_reason

KIND = QUEUE = "label"
SLICE = 500

# Pairs that the person labelled or corrected one by one keep what was decided there.
_LABEL = """
SELECT count(review_label_give(%(queue)s, pair.id, %(reviewer)s, %(value)s, %(reasons)s, %(note)s,
    NULL, %(batch)s))
FROM unnest(%(ids)s::bigint[]) AS pair (id)
WHERE review_is_new_to(pair.id, %(reviewer)s)
"""
# The labels of a batch that are still what their reviewer says of their pair.
_STAND = """
FROM review_label AS label
WHERE label.batch_id = %(batch)s AND label.value <> 'withdrawn' AND NOT EXISTS (
    SELECT FROM review_label AS later
    WHERE later.response_id = label.response_id AND later.reviewer_id = label.reviewer_id
      AND later.id > label.id
)
"""
_STANDING = f"SELECT label.response_id {_STAND} ORDER BY label.response_id LIMIT %(slice)s"
_STANDING_COUNT = f"SELECT count(*) {_STAND}"
_WITHDRAW = """
WITH locked AS (
    SELECT id FROM review_entry WHERE response_id = ANY(%(ids)s) ORDER BY id FOR UPDATE
), withdrawn AS (
    INSERT INTO review_label (response_id, reviewer_id, value, reasons, note, batch_id, created_at)
    SELECT id, %(reviewer)s, 'withdrawn', '{}', '', %(batch)s, clock_timestamp()
    FROM unnest(%(ids)s::bigint[]) AS pair (id)
), freed AS (
    DELETE FROM review_seat WHERE reviewer_id = %(reviewer)s AND entry_id IN (SELECT id FROM locked)
)
SELECT count(*) FROM locked
"""


# Hears how many were gone through, of how many.
Tell = Callable[[int, int], object]


def _nobody(_done: int, _total: int) -> None:
    """For who is not asked how far it is."""


@dataclass(frozen=True, slots=True)
class BatchProgress:
    """Of a batch at work: pairs gone through, or labels taken back, of how many; total: None until
    a worker has counted them.
    """

    is_taken: bool
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class BatchLabel:
    """What all pairs of a batch are to get."""

    value: str
    reasons: Sequence[str]
    note: str


def batch_start(*, chosen: PairFilter, label: BatchLabel, created_by: User) -> Batch:
    """Have every pair of a filter labelled in the background. Raises RubricError."""
    reasons = sorted(set(label.reasons))
    is_good = label.value == Label.Value.GOOD
    problem = problem_of(good=is_good, reasons=tuple(reasons), note=label.note)
    known = unknown_reason(reasons)
    if problem or known:
        raise RubricError(problem or known)
    with transaction.atomic():
        job = Job.objects.create(kind=KIND, created_by=created_by)
        batch = Batch.objects.create(
            filter=chosen.as_json(),
            value=label.value,
            reasons=reasons,
            note=label.note.strip(),
            job=job,
            created_by=created_by,
        )
        _unit(job, "give", batch)
    return batch


def batch_undo(*, batch: Batch, undone_by: User) -> None:
    """Take all labels of a batch back in the background. Raises ReviewError when that has been
    asked for already.
    """
    with transaction.atomic():
        batch_mark_undone(batch=batch, undone_by=undone_by)
        if batch.job and batch.job.is_running:
            work.stop_job(job=batch.job)
        _unit(Job.objects.create(kind=KIND, created_by=undone_by), "take", batch)


def batch_mark_undone(*, batch: Batch, undone_by: User) -> None:
    """Say that a batch is taken back, once. Raises ReviewError."""
    standing = Batch.objects.filter(pk=batch.pk, undone_at=None)
    if not standing.update(undone_at=timezone.now(), undone_by=undone_by):
        raise ReviewError("The labels of this batch have been taken back already.")


def batch_give(*, batch: Batch, check: Callable[[], object], tell: Tell = _nobody) -> int:
    """Label the batch's pairs, a slice a transaction; what has its label is passed over, so that
    it may be done again. check: raises when it is to end. tell: hears after each slice how many
    pairs were gone through, of how many. Returns how many were labelled.
    """
    matching = pairs_matching(read_filter(batch.filter))
    pairs = matching.order_by("pk").values_list("pk", flat=True)
    # A label may take a pair out of the filter: ids only grow.
    after, labelled, gone_through, total = 0, 0, 0, matching.count()
    tell(0, total)
    while ids := list(pairs.filter(pk__gt=after)[:SLICE]):
        check()
        labelled += batch_label(batch=batch, response_ids=ids)
        after = ids[-1]
        gone_through += len(ids)
        tell(gone_through, max(total, gone_through))
    return labelled


def batch_label(*, batch: Batch, response_ids: Sequence[int]) -> int:
    """Give these pairs a batch's label where its person has not judged them; how many got it."""
    values = {"queue": default_queue().pk, "ids": list(response_ids), "reasons": batch.reasons}
    return _run(_LABEL, batch, values | {"value": batch.value, "note": batch.note})


def batch_take(*, batch: Batch, check: Callable[[], object], tell: Tell = _nobody) -> int:
    """Take back what still stands of a batch, a slice a transaction; tell: as of `batch_give`."""
    taken, total = 0, _run(_STANDING_COUNT, batch, {})
    tell(0, total)
    while True:
        check()
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_STANDING, {"batch": batch.pk, "slice": SLICE})
            ids = [row[0] for row in cursor.fetchall()]
            if not ids:
                return taken
            _run(_WITHDRAW, batch, {"ids": ids})
            cursor.execute(
                "SELECT count(review_decide(pair.id)) FROM unnest(%s::bigint[]) AS pair (id)",
                [ids],
            )
            taken += len(ids)
        tell(taken, max(total, taken))


def labels_of(batch: Batch) -> int:
    """How many labels a batch has given so far."""
    return batch.labels.exclude(value=Label.Value.WITHDRAWN).count()


def progress_key(unit: WorkUnit) -> str:
    """By which name it is told how far a unit is."""
    return f"batch:{unit.pk}"


def batch_progress(batch: Batch) -> BatchProgress | None:
    """How far the work on a batch is; None where nobody is to work on it."""
    units = WorkUnit.objects.unfinished().wanted().filter(queue=QUEUE, payload__batch=batch.pk)
    unit = units.order_by("-pk").first()
    if unit is None:
        return None
    told = progress_of(progress_key(unit)) or (0, None)
    return BatchProgress(unit.payload["what"] == "take", *told)


def _run(sql: str, batch: Batch, values: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values | {"batch": batch.pk, "reviewer": batch.created_by_id})
        return int(cursor.fetchone()[0])


def _unit(job: Job, what: str, batch: Batch) -> None:
    spec = work.UnitSpec(queue=QUEUE, key=what, payload={"batch": batch.pk, "what": what})
    work.create_units(job=job, specs=[spec])
    work.planned(job=job)
