"""Labels: given, skipped, taken back. The queues themselves are apps.review.queue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, transaction

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.errors import NotHeldError, ReviewError, RubricError
from apps.review.models import Entry, Label, Queue, Seat
from apps.review.models_beside import GoldHold, SecondLook
from apps.review.queue import (
    claim_next,
    default_queue,
    enqueue,
    give,
    give_gold,
    held_by,
    lock_reviewer,
    put_behind,
    release,
)
from apps.review.rubric import problem_of, unknown_reason

__all__ = ["claim_next", "enqueue", "held_by", "label_add", "release", "skip", "undo"]


def label_add(
    *,
    response: Response,
    reviewer: User,
    value: str,
    reasons: Sequence[str] = (),
    note: str = "",
    seconds: float | None = None,
    queue: Queue | None = None,
) -> Label:
    """Label a pair good or bad: it leaves the reviewer's hold, and the queue when it has enough.

    The reviewer must hold it in the queue (the default one when none is given), or have labelled
    or skipped it before; giving the same label once more adds nothing. seconds: how long they
    looked at it. Raises RubricError when the reasons do not go with the value, NotHeldError.
    """
    chosen = sorted(set(reasons))
    problem = problem_of(good=value == Label.Value.GOOD, reasons=tuple(chosen), note=note)
    if value not in (Label.Value.GOOD, Label.Value.BAD) or problem:
        raise RubricError(problem or f"A label is good or bad, not {value!r}.")
    queue = queue or default_queue()
    given: Sequence[Any] = [
        queue.pk,
        response.pk,
        reviewer.pk,
        value,
        chosen,
        note.strip(),
        seconds,
        None,
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT review_label_give(%s, %s, %s, %s, %s, %s, %s, %s)", given)
        label_id = cursor.fetchone()[0]
    if label_id is None:
        raise NotHeldError
    if label_id < 0:
        raise RubricError(unknown_reason(chosen))
    return Label.objects.get(pk=label_id)


def skip(
    *, response: Response, reviewer: User, seconds: float | None = None, queue: Queue | None = None
) -> None:
    """Leave a pair to others: this reviewer does not get it again, others get it later.

    Doing it again is free. Raises NotHeldError.
    """
    queue = queue or default_queue()
    with transaction.atomic():
        lock_reviewer(reviewer)
        entry = _locked_entry(response, queue)
        gold = GoldHold.objects.filter(queue=queue, reviewer=reviewer, response=response)
        if gold.delete()[0]:
            _skipped(response, reviewer, queue, seconds)
            return
        held = Seat.objects.filter(entry=entry, reviewer=reviewer, expires_at__isnull=False)
        if entry is None or not held.delete()[0]:
            before = _newest(response, reviewer)
            if before and before.value == Label.Value.SKIPPED:
                return
            raise NotHeldError
        _skipped(response, reviewer, queue, seconds)
        put_behind(entry)


def undo(*, reviewer: User, queue: Queue | None = None) -> Response | None:
    """Take the reviewer's latest label or skip in a queue back; the pair is theirs again, in
    place of what they hold. None when there is nothing to take back. Once more goes one further
    back.

    Raises ReviewError when others have all seats of a skipped pair already.
    """
    queue = queue or default_queue()
    with transaction.atomic():
        lock_reviewer(reviewer)
        label = _latest_standing(reviewer, queue)
        if label is None:
            return None
        entry = _locked_entry(label.response, queue)
        seated = entry is not None and give(entry=entry, reviewer=reviewer)
        if not seated and not give_gold(response=label.response, reviewer=reviewer, queue=queue):
            raise ReviewError(
                "It cannot be taken back: you skipped that pair and somebody else has it now."
            )
        withdrawn = Label.objects.create(
            response=label.response, reviewer=reviewer, value=Label.Value.WITHDRAWN, queue=queue
        )
        # Neither kept nor changed: it counts for nothing, and the evidence stays in sight.
        looks = SecondLook.objects.filter(queue=queue, reviewer=reviewer, last=None)
        looks.filter(response=label.response).update(last=withdrawn)
        decide(response_id=label.response_id)
    return label.response


def decide(*, response_id: int) -> None:
    """Write anew where a pair stands after its newest labels, and which queues have enough."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT review_decide(%s)", [response_id])


def _skipped(response: Response, reviewer: User, queue: Queue, seconds: float | None) -> None:
    Label.objects.create(
        response=response,
        reviewer=reviewer,
        value=Label.Value.SKIPPED,
        seconds=seconds,
        queue=queue,
    )


def _locked_entry(response: Response, queue: Queue) -> Entry | None:
    """The pair's entry in a queue; all its entries are locked, in the order of every label."""
    entries = Entry.objects.select_for_update(of=["self"]).select_related("queue").order_by("pk")
    locked = list(entries.filter(response=response))
    return next((entry for entry in locked if entry.queue_id == queue.pk), None)


def _newest(response: Response, reviewer: User) -> Label | None:
    """The reviewer's standing label of this pair, None when they never gave or withdrew it."""
    label = Label.objects.filter(response=response, reviewer=reviewer).order_by("-pk").first()
    return None if label and label.value == Label.Value.WITHDRAWN else label


def _latest_standing(reviewer: User, queue: Queue) -> Label | None:
    """The latest label that is the reviewer's newest of its pair and is not withdrawn.

    Withdrawn pairs lie between it and now only as far as the reviewer has just gone back. Labels
    of many pairs at once are taken back as the batch that they are.
    """
    seen: set[int] = set()
    labels = Label.objects.filter(reviewer=reviewer, batch=None).order_by("-pk")
    labels = labels.select_related("response")
    for label in labels.iterator(chunk_size=50):
        if label.response_id not in seen and label.value != Label.Value.WITHDRAWN:
            given_here = label.queue_id == queue.pk or (label.queue_id is None and queue.is_default)
            if given_here:
                return label
        seen.add(label.response_id)
    return None
