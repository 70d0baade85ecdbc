"""Pairwise queues: which of two responses to one instruction is better; preference data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from secrets import randbelow

from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import Http404

from apps.accounts.models import User
from apps.review.errors import ReviewError
from apps.review.managing import queue_for
from apps.review.models import Correction, Queue
from apps.review.models_beside import Duel, Preference

# Each response of the queue meets the next one to its instruction, in an order drawn by the queue:
# n responses give n / 2 duels, and none is in two.
_DRAW = """
INSERT INTO review_duel (queue_id, instruction_id, one_id, other_id, is_done)
SELECT %(queue)s, instruction_id, least(response_id, next), greatest(response_id, next), false
FROM (
    SELECT response_id, instruction_id,
        lead(response_id) OVER drawn AS next, row_number() OVER drawn AS place
    FROM (
        SELECT entry.response_id, response.instruction_id
        FROM review_entry entry
        JOIN generation_response response ON response.id = entry.response_id
        WHERE entry.queue_id = %(queue)s AND NOT EXISTS (
            SELECT FROM review_duel duel WHERE duel.queue_id = %(queue)s
            AND (duel.one_id = entry.response_id OR duel.other_id = entry.response_id)
        )
        ORDER BY entry.response_id LIMIT %(most)s
    ) AS free
    WINDOW drawn AS (
        PARTITION BY instruction_id
        ORDER BY hashint8extended(response_id, %(seed)s), response_id
    )
) AS paired
WHERE next IS NOT NULL AND place %% 2 = 1
ORDER BY 3
ON CONFLICT DO NOTHING
"""
MOST_DRAWN = 50_000
# A corrected instruction is another one: its response answers what the other does not.
_SAME = {f"duel__{side}__instruction": F("duel__instruction") for side in ("one", "other")}


class NotAskedError(ReviewError):
    """Enough people have judged this duel."""

    def __init__(self) -> None:
        super().__init__("Enough people have judged these two meanwhile. Here are the next ones.")


@dataclass(frozen=True, slots=True)
class Preferred:
    """One person's preference as training data wants it: of two responses to an instruction the
    chosen and the rejected one. Stale ones and those without a winner are left out.
    """

    instruction_id: int
    chosen_id: int
    rejected_id: int
    reviewer_id: int


def duels_draw(*, queue: Queue) -> int:
    """Pair off what is in a queue and in no duel yet; how many duels were made."""
    values = {"queue": queue.pk, "seed": queue.random_seed, "most": MOST_DRAWN}
    with connection.cursor() as cursor:
        cursor.execute(_DRAW, values)
        return int(cursor.rowcount)


def duel_next(*, queue: Queue, reviewer: User) -> Duel | None:
    """The first open duel that this person has not judged, draws new ones where there is none.

    Two people may have the same one before them; no more than the queue asks for are stored.
    """
    return _next(queue, reviewer) or (_next(queue, reviewer) if duels_draw(queue=queue) else None)


def left_is_one() -> bool:
    """Which side the earlier response is shown on: drawn, since people prefer a side."""
    return bool(randbelow(2))


def duel_for(user: User, duel_id: int) -> Duel:
    """A duel of a queue that this user may work in; else 404."""
    duel = Duel.objects.select_related("queue", "instruction", "one", "other").filter(pk=duel_id)
    found = duel.first()
    if found is None or queue_for(user, found.queue_id).is_closed:
        raise Http404("There is no such duel.")
    return found


def prefer(
    *, duel: Duel, reviewer: User, said: str, one_was_left: bool, seconds: float | None = None
) -> Preference:
    """Store what somebody says of a duel: "left", "right", "both_good" or "both_bad"; what they
    said first stays. Raises NotAskedError when enough others were faster.
    """
    sides = {"left": one_was_left, "right": not one_was_left}
    choice = ("one" if sides[said] else "other") if said in sides else said
    with transaction.atomic():
        locked = Duel.objects.select_for_update(of=["self"]).select_related("queue").get(pk=duel.pk)
        before = Preference.objects.filter(duel=duel, reviewer=reviewer).first()
        if before:
            return before
        if locked.is_done:
            raise NotAskedError
        stored = Preference.objects.create(
            duel=duel,
            reviewer=reviewer,
            choice=choice,
            one_was_left=one_was_left,
            seconds=seconds,
            judged=judged_of(duel),
        )
        if locked.preferences.count() >= locked.queue.reviewers:
            Duel.objects.filter(pk=duel.pk).update(is_done=True)
    return stored


def preference_undo(*, queue: Queue, reviewer: User) -> Duel | None:
    """Take this person's latest preference in a queue back; its duel is open again."""
    with transaction.atomic():
        own = Preference.objects.filter(duel__queue=queue, reviewer=reviewer)
        last = own.select_related("duel").order_by("-pk").first()
        if last is None:
            return None
        Duel.objects.select_for_update().get(pk=last.duel_id)
        last.delete()
        Duel.objects.filter(pk=last.duel_id).update(is_done=False)
    return last.duel


def judged_of(duel: Duel) -> bytes:
    """The SHA-256 of what is judged: the instruction and both responses."""
    texts = (duel.instruction.text, duel.one.text, duel.other.text)
    return hashlib.sha256("\x1f".join(texts).encode("utf-8", "surrogatepass")).digest()


def preferences(*, response_ids: Sequence[int] | None = None) -> list[Preferred]:
    """All preferences with a winner that are of the texts as they stand, in the order of their
    ids; response_ids: only where both responses are among them.
    """
    rows = Preference.objects.filter(choice__in=["one", "other"], **_SAME)
    if response_ids is not None:
        rows = rows.filter(duel__one__in=response_ids, duel__other__in=response_ids)
    return [_preferred(row) for row in _as_it_stands(rows)]


def both_bad() -> list[tuple[int, int]]:
    """Each time that somebody said so of two responses, the earlier of them first; of the texts
    as they stand.
    """
    rows = Preference.objects.filter(choice="both_bad", **_SAME)
    return [(row.duel.one_id, row.duel.other_id) for row in _as_it_stands(rows)]


def _as_it_stands(rows: QuerySet[Preference]) -> Iterator[Preference]:
    """Those whose texts are what was judged, in the order of their ids."""
    rows = rows.order_by("pk").select_related("duel__instruction", "duel__one", "duel__other")
    return (row for row in rows.iterator(500) if bytes(row.judged) == judged_of(row.duel))


def _preferred(row: Preference) -> Preferred:
    duel = row.duel
    ids = (duel.one_id, duel.other_id) if row.choice == "one" else (duel.other_id, duel.one_id)
    return Preferred(duel.instruction_id, *ids, row.reviewer_id)


def _next(queue: Queue, reviewer: User) -> Duel | None:
    own = Preference.objects.filter(duel=OuterRef("pk"), reviewer=reviewer)
    of_both = Q(response=OuterRef("one")) | Q(response=OuterRef("other"))
    corrected = Correction.objects.filter(of_both, editor=reviewer)
    same = {f"{side}__instruction": F("instruction") for side in ("one", "other")}
    new = Duel.objects.filter(~Exists(own), ~Exists(corrected), queue=queue, is_done=False)
    rows = new.filter(**same).order_by("pk")
    return rows.select_related("instruction", "one", "other").first()
