"""The review queue: what comes first, and who holds what.

Order: `position` = rank · 10^18 + round · 10^15 + response id. The rank follows the overall
verdict: what may well end in an export comes first (passed; then passed although a check failed,
where rules and databases disagree), then what only a human can judge (no tests, vacuous), then
what is most likely bad. The round is the number of earlier responses to the same instruction with
that outcome: they are kept apart, since a training set gains more from the first good response to
each of ten instructions than from ten to one, and eyes that have seen nine alike skip the tenth.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.models import Claim, QueueItem
from apps.validation.models import OVERALL

RANK = 10**18
ROUND = 10**15
LAST_ROUND = 999

_ENQUEUE = """
INSERT INTO review_queueitem (response_id, position, state, created_at)
SELECT
    response.id,
    ranked.rank * %(rank)s + least(ranked.round, %(last)s - 1) * %(round)s + response.id,
    'open',
    now()
FROM generation_response AS response
LEFT JOIN validation_verdict AS verdict
       ON verdict.response_id = response.id AND verdict.database = %(overall)s
CROSS JOIN LATERAL (
    SELECT
        CASE verdict.outcome
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
        END::bigint AS rank,
        (
            SELECT count(*)
            FROM generation_response AS other
            LEFT JOIN validation_verdict AS theirs
                   ON theirs.response_id = other.id AND theirs.database = %(overall)s
            WHERE other.instruction_id = response.instruction_id AND other.draw < response.draw
              AND theirs.outcome IS NOT DISTINCT FROM verdict.outcome
        ) AS round
) AS ranked
WHERE response.id = ANY(%(ids)s)
ORDER BY response.id
ON CONFLICT (response_id) DO UPDATE SET position = excluded.position
WHERE review_queueitem.state = 'open' AND review_queueitem.position <> excluded.position
"""

# A claim that was made after this statement's snapshot leaves no trace on the item's row, so
# the lock alone proves nothing: the upsert looks again, at the newest version of the claim.
_CLAIM = """
WITH candidate AS (
    SELECT item.response_id FROM review_queueitem AS item
    WHERE item.state = 'open'
      AND NOT EXISTS (
          SELECT 1 FROM review_claim AS claim
          WHERE claim.item_id = item.response_id AND claim.expires_at > %(now)s
      )
      AND coalesce((
          SELECT label.value FROM review_label AS label
          WHERE label.response_id = item.response_id AND label.reviewer_id = %(reviewer)s
          ORDER BY label.id DESC LIMIT 1
      ), 'withdrawn') = 'withdrawn'
    ORDER BY item.position, item.response_id
    LIMIT 1
    FOR UPDATE OF item SKIP LOCKED
), taken AS (
    INSERT INTO review_claim AS claim (item_id, reviewer_id, expires_at)
    SELECT response_id, %(reviewer)s, %(expires)s FROM candidate
    ON CONFLICT (item_id) DO UPDATE
        SET reviewer_id = excluded.reviewer_id, expires_at = excluded.expires_at
        WHERE claim.expires_at <= %(now)s
    RETURNING item_id
)
SELECT EXISTS (SELECT 1 FROM candidate), (SELECT item_id FROM taken)
"""


def enqueue(*, response_ids: Sequence[int]) -> int:
    """Put responses into the queue where their overall verdict places them; again is free.

    What is queued already and still open gets the place of its newest verdict; what is done
    stays done. Returns how many items were added or moved.
    """
    values: dict[str, Any] = {
        "ids": list(response_ids),
        "overall": OVERALL,
        "rank": RANK,
        "round": ROUND,
        "last": LAST_ROUND,
    }
    with connection.cursor() as cursor:
        cursor.execute(_ENQUEUE, values)
        return int(cursor.rowcount)


def claim_next(*, reviewer: User, among: QuerySet[Response] | None = None) -> Response | None:
    """The pair that this reviewer is to label next, held for them for CLAIM_SECONDS.

    A pair that they hold already is theirs again. Else it is the first open one that nobody else
    holds and that they have neither labelled nor skipped; None when there is none. Two reviewers
    never get the same. among: what the response is read from, to have more of it at once.
    """
    with transaction.atomic():
        lock_reviewer(reviewer)
        response_id = held_by(reviewer)
        if response_id:
            Claim.objects.filter(pk=response_id).update(expires_at=_expiry())
        else:
            response_id = _take_first(reviewer)
    responses = Response.objects.all() if among is None else among
    return responses.get(pk=response_id) if response_id else None


def held_by(reviewer: User) -> int | None:
    """The open pair that this reviewer holds; an expired hold that nobody took over counts too."""
    claims = Claim.objects.filter(reviewer=reviewer, item__state=QueueItem.State.OPEN)
    return claims.values_list("item_id", flat=True).first()


def release(*, reviewer: User) -> None:
    """Give back what the reviewer holds, so that another may have it at once."""
    Claim.objects.filter(reviewer=reviewer).delete()


def give(*, item: QueueItem, reviewer: User) -> bool:
    """Give a locked item to this reviewer in place of what they hold; False: another has it."""
    others = Claim.objects.filter(item=item, expires_at__gt=timezone.now())
    if others.exclude(reviewer=reviewer).exists():
        return False
    release(reviewer=reviewer)
    Claim.objects.update_or_create(
        item=item, defaults={"reviewer": reviewer, "expires_at": _expiry()}
    )
    return True


def put_behind(item: QueueItem) -> None:
    """Move an item behind all others of its rank: somebody could not judge it."""
    rank = item.position // RANK
    position = rank * RANK + LAST_ROUND * ROUND + item.pk
    QueueItem.objects.filter(pk=item.pk).update(position=position)


def lock_reviewer(reviewer: User) -> None:
    """All that one reviewer does happens one after the other, in however many tabs."""
    User.objects.select_for_update(no_key=True).values_list("pk").get(pk=reviewer.pk)


def _take_first(reviewer: User) -> int | None:
    release(reviewer=reviewer)
    while True:
        now = timezone.now()
        values: dict[str, Any] = {"reviewer": reviewer.pk, "now": now, "expires": _expiry()}
        with connection.cursor() as cursor:
            cursor.execute(_CLAIM, values)
            found, response_id = cursor.fetchone()
        # Found but not taken: another was faster by a hair. Each turn means that somebody got one.
        if response_id or not found:
            return int(response_id) if response_id else None


def _expiry() -> datetime:
    return timezone.now() + timedelta(seconds=settings.CLAIM_SECONDS)
