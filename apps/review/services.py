"""Labels: given, skipped, taken back. The queue itself is apps.review.queue."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.errors import NotHeldError, ReviewError, RubricError
from apps.review.models import Claim, Decision, Label, QueueItem
from apps.review.queue import (
    claim_next,
    enqueue,
    give,
    held_by,
    lock_reviewer,
    put_behind,
    release,
)
from apps.review.rubric import problem_of

__all__ = ["claim_next", "enqueue", "held_by", "label_add", "release", "skip", "undo"]


def label_add(
    *,
    response: Response,
    reviewer: User,
    value: str,
    reasons: Sequence[str] = (),
    note: str = "",
    seconds: float | None = None,
) -> Label:
    """Label a pair good or bad: it leaves the queue and the reviewer's hold.

    The reviewer must hold it, or have labelled or skipped it before; giving the same label once
    more adds nothing. seconds: how long they looked at it. Raises RubricError when the reasons
    do not go with the value, NotHeldError.
    """
    chosen = tuple(sorted(set(reasons)))
    problem = problem_of(good=value == Label.Value.GOOD, reasons=chosen, note=note)
    if value not in (Label.Value.GOOD, Label.Value.BAD) or problem:
        raise RubricError(problem or f"A label is good or bad, not {value!r}.")
    with transaction.atomic():
        lock_reviewer(reviewer)
        item = _locked_item(response)
        before = _newest(response, reviewer)
        if before and _same(before, value, chosen, note):
            return before
        if not (before or _holds(item, reviewer)):
            raise NotHeldError
        label = Label.objects.create(
            response=response,
            reviewer=reviewer,
            value=value,
            reasons=list(chosen),
            note=note.strip(),
            seconds=seconds,
        )
        _decide(response)
        QueueItem.objects.filter(pk=response.pk).update(state=QueueItem.State.DONE)
        # Another's hold stays: whoever is reading the pair may still label it as well.
        Claim.objects.filter(item=response.pk, reviewer=reviewer).delete()
    return label


def skip(*, response: Response, reviewer: User, seconds: float | None = None) -> None:
    """Leave a pair to others: this reviewer does not get it again, others get it later.

    Doing it again is free. Raises NotHeldError.
    """
    with transaction.atomic():
        lock_reviewer(reviewer)
        item = _locked_item(response)
        if not item or not _holds(item, reviewer):
            before = _newest(response, reviewer)
            if before and before.value == Label.Value.SKIPPED:
                return
            raise NotHeldError
        Label.objects.create(
            response=response, reviewer=reviewer, value=Label.Value.SKIPPED, seconds=seconds
        )
        put_behind(item)
        release(reviewer=reviewer)


def undo(*, reviewer: User) -> Response | None:
    """Take the reviewer's latest label or skip back; the pair is theirs again, in place of what
    they hold. None when there is nothing to take back. Once more goes one further back.

    Raises ReviewError when somebody else has a skipped pair already.
    """
    with transaction.atomic():
        lock_reviewer(reviewer)
        label = _latest_standing(reviewer)
        if label is None:
            return None
        item = _locked_item(label.response)
        if item is None or not give(item=item, reviewer=reviewer):
            raise ReviewError(
                "It cannot be taken back: you skipped that pair and somebody else has it now."
            )
        Label.objects.create(
            response=label.response, reviewer=reviewer, value=Label.Value.WITHDRAWN
        )
        _decide(label.response)
        QueueItem.objects.filter(pk=item.pk).update(state=QueueItem.State.OPEN)
    return label.response


def _locked_item(response: Response) -> QueueItem | None:
    return QueueItem.objects.select_for_update().filter(pk=response.pk).first()


def _holds(item: QueueItem | None, reviewer: User) -> bool:
    """An expired claim holds for as long as nobody has taken the pair over."""
    return item is not None and Claim.objects.filter(item=item, reviewer=reviewer).exists()


def _newest(response: Response, reviewer: User) -> Label | None:
    """The reviewer's standing label of this pair, None when they never gave or withdrew it."""
    label = Label.objects.filter(response=response, reviewer=reviewer).order_by("-pk").first()
    return None if label and label.value == Label.Value.WITHDRAWN else label


def _same(label: Label, value: str, reasons: tuple[str, ...], note: str) -> bool:
    given = (label.value, tuple(label.reasons), label.note)
    return given == (value, reasons, note.strip())


def _latest_standing(reviewer: User) -> Label | None:
    """The latest label that is the reviewer's newest of its pair and is not withdrawn.

    Withdrawn pairs lie between it and now only as far as the reviewer has just gone back.
    """
    seen: set[int] = set()
    labels = Label.objects.filter(reviewer=reviewer).order_by("-pk").select_related("response")
    for label in labels.iterator(chunk_size=50):
        if label.response_id not in seen and label.value != Label.Value.WITHDRAWN:
            return label
        seen.add(label.response_id)
    return None


def _decide(response: Response) -> None:
    """Write anew where a pair stands after the newest label of each of its reviewers."""
    newest = (
        Label.objects.filter(response=response).order_by("reviewer", "-pk").distinct("reviewer")
    )
    judged = [label for label in newest if label.value in (Label.Value.GOOD, Label.Value.BAD)]
    if not judged:
        Decision.objects.filter(response=response).delete()
        return
    good = all(label.value == Label.Value.GOOD for label in judged)
    latest = max(judged, key=lambda label: label.pk)
    Decision.objects.bulk_create(
        [Decision(response=response, good=good, label=latest, updated_at=timezone.now())],
        update_conflicts=True,
        unique_fields=["response"],
        update_fields=["good", "label", "updated_at"],
    )
