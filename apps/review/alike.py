"""Duplicates of a pair that somebody labelled: offered for the same label, taken back as one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection, transaction

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.bulk import batch_label, batch_mark_undone, batch_take
from apps.review.errors import ReviewError
from apps.review.filters import PairFilter, pairs_matching
from apps.review.models import Batch, Label
from apps.review.presenting import MOST_ALIKE

_NEW = "SELECT id FROM unnest(%s::bigint[]) AS pair (id) WHERE review_is_new_to(id, %s) ORDER BY id"


class UnlabelledError(ReviewError):
    """There is no label to give to others."""

    def __init__(self) -> None:
        super().__init__("Label the pair itself first: its duplicates get the same label.")


@dataclass(frozen=True, slots=True)
class Offer:
    """What a person may do with a pair's duplicates. label: their own of it, None without one;
    waiting: how many duplicates they have not judged; batch: what they gave the others by it.
    """

    label: Label | None
    waiting: int
    batch: Batch | None


def alike_filter(response_id: int) -> PairFilter:
    """The equal and near-equal pairs of one."""
    return PairFilter((("alike", (str(response_id),)),))


def alike_offer(*, response: Response, reviewer: User) -> Offer:
    """Four bounded queries."""
    batches = Batch.objects.filter(
        filter=alike_filter(response.pk).as_json(), created_by=reviewer, undone_at=None
    )
    return Offer(
        label=_own(response, reviewer),
        waiting=len(_waiting(response, reviewer)),
        batch=batches.order_by("-pk").first(),
    )


@transaction.atomic
def alike_label(*, response: Response, reviewer: User) -> tuple[Batch, int]:
    """Give the reviewer's label of a pair to its duplicates, 100 at most, where they have not
    judged them; how many got it. Raises UnlabelledError.
    """
    own = _own(response, reviewer)
    if own is None:
        raise UnlabelledError
    batch = Batch.objects.create(
        filter=alike_filter(response.pk).as_json(),
        value=own.value,
        reasons=own.reasons,
        note=own.note,
        created_by=reviewer,
    )
    return batch, batch_label(batch=batch, response_ids=_waiting(response, reviewer))


@transaction.atomic
def alike_undo(*, batch: Batch, reviewer: User) -> int:
    """Take back what was given to a pair's duplicates; how many labels. Raises ReviewError."""
    batch_mark_undone(batch=batch, undone_by=reviewer)
    return batch_take(batch=batch, check=lambda: None)


def _own(response: Response, reviewer: User) -> Label | None:
    newest = Label.objects.filter(response=response, reviewer=reviewer).order_by("-pk").first()
    return newest if newest and newest.value in (Label.Value.GOOD, Label.Value.BAD) else None


def _waiting(response: Response, reviewer: User) -> list[int]:
    like = pairs_matching(alike_filter(response.pk)).order_by("pk").values_list("pk", flat=True)
    with connection.cursor() as cursor:
        cursor.execute(_NEW, [list(like[:MOST_ALIKE]), reviewer.pk])
        return [row[0] for row in cursor.fetchall()]
