"""Queues of pairs: what comes first in them, and who holds what.

Order of the default queue: `position` = rank · 10^18 + round · 10^15 + response id. The rank
follows the overall verdict: what may well end in an export comes first (passed; then passed
although a check failed, where rules and databases disagree), then what only a human can judge (no
tests, vacuous, not run yet), then what is most likely bad. The round is the number of earlier
responses to the same instruction with that outcome: they are kept apart, since a training set
gains more from the first good response to each of ten instructions than from ten to one, and eyes
that have seen nine alike skip the tenth.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.core.excuses import is_nobodys_fault
from apps.core.params import LARGEST
from apps.generation.models import Response
from apps.review.filters import pairs_matching, read_filter
from apps.review.models import Entry, Gold, Queue, Seat
from apps.review.models_beside import GoldHold
from apps.validation.models import OVERALL, Likeness
from apps.validation.values import Note

log = logging.getLogger(__name__)

RANK = 10**18
ROUND = 10**15
LAST_ROUND = 999
BATCH = 2000
DEFAULT_NAME = "All pairs"

_TODAY = """(
    SELECT CASE verdict.outcome
        WHEN 'passed' THEN CASE WHEN EXISTS (
            SELECT 1 FROM validation_checkresult AS checked
            WHERE checked.response_id = response.id AND NOT checked.passed
        ) THEN 1 ELSE 0 END
        WHEN 'wrong_result' THEN 3
        WHEN 'timeout' THEN 4
        WHEN 'refused' THEN 4
        WHEN 'sql_error' THEN 5
        WHEN 'no_sql' THEN 6
        ELSE 2
    END::bigint * %(rank)s + least((
        SELECT count(*)
        FROM generation_response AS other
        LEFT JOIN validation_verdict AS theirs
               ON theirs.response_id = other.id AND theirs.database = %(overall)s
        WHERE other.instruction_id = response.instruction_id AND other.draw < response.draw
          AND theirs.outcome IS NOT DISTINCT FROM verdict.outcome
    ), %(last)s - 1) * %(round)s + response.id
)"""
# Of a hundred pairs so many are put anywhere, by chance: rates among them are those of all.
RANDOM_SHARE = 15
IS_RANDOM = f"(hashint8extended(response.id, %(seed)s) & 1048575) %% 100 < {RANDOM_SHARE}"
# By what the acceptance model is least certain of (apps.review.acceptance), and before there is
# one: 0 where nothing speaks for good or bad, or as much for the one as for the other; to 10^6.
_LEAST_CERTAIN = f"""(
    CASE WHEN {IS_RANDOM}
    THEN (hashint8extended(response.id, %(seed)s + 1) & 1048575) * 1000000 / 1048576
    WHEN guess.response_id IS NOT NULL THEN round(1e6 * guess.rank) ELSE (
    SELECT round(2e6 * abs(avg(sign) - 0.5)) FROM (
        SELECT CASE verdict.outcome WHEN 'passed' THEN coalesce(0.5 + verdict.strength / 2, 0.7)
            WHEN 'wrong_result' THEN 0.2 WHEN 'sql_error' THEN 0.1 WHEN 'no_sql' THEN 0.0
            ELSE 0.5 END AS sign
        UNION ALL SELECT agreement.score WHERE agreement.score IS NOT NULL
        UNION ALL SELECT 0.2 FROM validation_checkresult AS checked
        WHERE checked.response_id = response.id AND NOT checked.passed
    ) AS signs
    ) END
)"""  # noqa: S608
_DISAGREEMENT = """(
    CASE WHEN %(other_rows)s = ANY(verdict.notes) OR (
        SELECT count(DISTINCT each.outcome) FROM validation_verdict AS each
        WHERE each.response_id = response.id AND each.database <> %(overall)s
    ) > 1 THEN 0 ELSE 1 END * 1000000 + round(1e6 * coalesce(agreement.score, 1))
)"""
_SECOND_OPINION = """(
    CASE WHEN EXISTS (
        SELECT 1 FROM review_decision AS decided WHERE decided.response_id = response.id
    ) THEN 0 ELSE 1 END * %(rank)s + response.id
)"""
# What makes a position; equal ones go by the response's id.
POSITIONS = {
    Queue.Order.TODAY: _TODAY,
    Queue.Order.NEWEST: "(-response.id)",
    Queue.Order.RANDOM: "hashint8extended(response.id, %(seed)s)",
    Queue.Order.LEAST_CERTAIN: _LEAST_CERTAIN,
    Queue.Order.DISAGREEMENT: _DISAGREEMENT,
    Queue.Order.SECOND_OPINION: _SECOND_OPINION,
}
_ENQUEUE = """
INSERT INTO review_entry (queue_id, response_id, position, state)
SELECT %(queue)s, response.id, {position}::bigint, 'open'
FROM generation_response AS response
LEFT JOIN validation_verdict AS verdict
       ON verdict.response_id = response.id AND verdict.database = %(overall)s
LEFT JOIN validation_agreement AS agreement ON agreement.response_id = response.id
LEFT JOIN review_guess AS guess ON guess.response_id = response.id
WHERE response.id = ANY(%(ids)s) AND NOT response.is_held_back
ORDER BY response.id
ON CONFLICT (response_id, queue_id) DO UPDATE SET position = excluded.position
WHERE review_entry.state = 'open' AND review_entry.position <> excluded.position
"""


def default_queue() -> Queue:
    """The queue of every pair."""
    queue = Queue.objects.filter(is_default=True).first()
    return queue or Queue.objects.get_or_create(is_default=True, defaults={"name": DEFAULT_NAME})[0]


def enqueue(*, response_ids: Sequence[int]) -> int:
    """Put responses into every open queue whose filter takes them, where its order places them;
    again is free.

    What is queued already and still open gets its newest place, and leaves a queue that does not
    take it any more, unless somebody has a seat at it; what is done stays done. Returns how many
    entries were added or moved.
    """
    default_queue()
    queues = Queue.objects.filter(is_closed=False).order_by("pk")
    return sum(guarded(queue, queue_take, response_ids=response_ids) for queue in queues)


def guarded(queue: Queue, take: Callable[..., int], **asked: Sequence[int]) -> int:
    """A queue whose stored filter has something that there is not (any more) keeps no pair from
    the others, and no run from its end: it takes nothing, and its page says why.
    """
    try:
        return take(queue=queue, **asked)
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        log.exception("Queue %s takes no pairs", queue.pk)
        return 0


def queue_take(*, queue: Queue, response_ids: Sequence[int]) -> int:
    """The same for one queue. One whose pairs were chosen (its filter is itself) stays as it is,
    and one for onboarding has none: it serves known answers.
    """
    ids = list(response_ids)
    if queue.is_onboarding or queue.filter.get("queue") == [str(queue.pk)]:
        return 0
    if queue.filter or queue.leave_out:
        chosen = pairs_matching(read_filter(queue.filter)).filter(pk__in=ids)
        doubles = duplicates_left_out(queue).values("pk")
        taken = set(chosen.exclude(pk__in=doubles).values_list("pk", flat=True))
        gone = Entry.objects.filter(queue=queue, state=Entry.State.OPEN, seats=None)
        gone.filter(response__in=[pk for pk in ids if pk not in taken]).delete()
        ids = [pk for pk in ids if pk in taken]
    values: dict[str, Any] = {
        "queue": queue.pk,
        "ids": ids,
        "overall": OVERALL,
        "rank": RANK,
        "round": ROUND,
        "last": LAST_ROUND,
        "other_rows": Note.OTHER_ROWS.value,
        "seed": queue.random_seed,
    }
    position = POSITIONS[Queue.Order(queue.order)]
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE.format(position=position), values)
        return int(cursor.rowcount)


def duplicates_left_out(queue: Queue) -> QuerySet[Likeness]:
    """What a queue does not take because a pair known before says the same."""
    match queue.leave_out:
        case Queue.LeaveOut.TWINS:
            return Likeness.objects.filter(twin__isnull=False)
        case Queue.LeaveOut.SAME_SQL:
            return Likeness.objects.filter(Q(twin__isnull=False) | Q(same_sql__isnull=False))
    return Likeness.objects.none()


def queue_fill(*, queue: Queue, most: int | None = None) -> int:
    """Ask a queue's filter about responses that it has not been asked about, in batches, newest
    last; returns how many pairs it took. most: batches at most.
    """
    taken, done = 0, 0
    while most is None or done < most:
        newer = Response.objects.filter(pk__gt=queue.seen_through).order_by("pk")
        ids = list(newer.values_list("pk", flat=True)[:BATCH])
        if not ids:
            break
        taken += queue_take(queue=queue, response_ids=ids)
        queue.seen_through = ids[-1]
        Queue.objects.filter(pk=queue.pk).update(seen_through=ids[-1])
        done += 1
    return taken


def queues_catch_up() -> int:
    """Bring new pairs into every queue but the default one, which has them at once."""
    queues = Queue.objects.filter(is_closed=False, is_default=False).order_by("pk")
    return sum(guarded(queue, queue_fill) for queue in queues)


def claim_next(*, reviewer: User, queue: Queue | None = None) -> Response | None:
    """The pair that this reviewer is to label next, held for them for CLAIM_SECONDS.

    A pair that they hold already in this queue is theirs again. Else it is the first open one
    with a free seat that they have neither labelled, skipped nor corrected, or at the queue's
    share one with a known answer; None when there is none. queue: the default one when it is not
    given.
    """
    queue = queue or default_queue()
    with connection.cursor() as cursor:
        for wait in (False, True):
            cursor.execute(
                "SELECT review_take(%s, %s, %s, %s)", [queue.pk, reviewer.pk, expiry(), wait]
            )
            response_id = cursor.fetchone()[0]
            if response_id:
                return Response.objects.get(pk=response_id)
    return None


def held_by(reviewer: User, queue: Queue | None = None) -> int | None:
    """The open pair that this reviewer holds; an expired hold that nobody took over counts too."""
    queue = queue or default_queue()
    gold = GoldHold.objects.filter(reviewer=reviewer, queue=queue)
    known = gold.values_list("response_id", flat=True).first()
    if known is not None:
        return known
    held = Seat.objects.filter(
        reviewer=reviewer,
        queue=queue,
        expires_at__isnull=False,
        entry__state=Entry.State.OPEN,
    )
    return held.values_list("entry__response_id", flat=True).first()


def release(*, reviewer: User, queue: Queue | None = None) -> None:
    """Give back what the reviewer holds, in one queue or in all, so that another may have it."""
    held = Seat.objects.filter(reviewer=reviewer, expires_at__isnull=False)
    gold = GoldHold.objects.filter(reviewer=reviewer)
    for rows in (held, gold):
        (rows.filter(queue=queue) if queue else rows).delete()


def give(*, entry: Entry, reviewer: User) -> bool:
    """Give a locked entry to this reviewer in place of what they hold; False: no seat is free."""
    with transaction.atomic(), connection.cursor() as cursor:
        held = Seat.objects.filter(reviewer=reviewer, queue=entry.queue_id)
        held.filter(expires_at__isnull=False).exclude(entry=entry).delete()
        GoldHold.objects.filter(reviewer=reviewer, queue=entry.queue_id).delete()
        cursor.execute(
            "SELECT review_sit(%s, %s, %s, %s)",
            [entry.pk, entry.queue_id, reviewer.pk, expiry()],
        )
        seated = bool(cursor.fetchone()[0])
        if not seated:
            transaction.set_rollback(True)
    return seated


def give_gold(*, response: Response, reviewer: User, queue: Queue) -> bool:
    """Give a pair with a known answer in place of what they hold; False: its answer is not known.

    It takes no seat: whoever took such a label back gets the pair again in any case.
    """
    if not Gold.objects.filter(response=response).exists():
        return False
    release(reviewer=reviewer, queue=queue)
    GoldHold.objects.create(queue=queue, reviewer=reviewer, response=response)
    return True


def put_behind(entry: Entry) -> None:
    """Move an entry behind all others of its rank, or of its queue: somebody could not judge it."""
    if entry.queue.order == Queue.Order.TODAY:
        position = entry.position // RANK * RANK + LAST_ROUND * ROUND + entry.response_id
    else:
        position = LARGEST
    Entry.objects.filter(pk=entry.pk).update(position=position)


def lock_reviewer(reviewer: User) -> None:
    """All that one reviewer does happens one after the other, in however many tabs."""
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=reviewer.pk)


def expiry() -> datetime:
    """When a hold that is taken now runs out."""
    return timezone.now() + timedelta(seconds=settings.CLAIM_SECONDS)
