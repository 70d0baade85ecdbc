"""Messages to their endpoints: each endpoint's in order, by one worker at a time, until delivered.

At least once: a worker that dies after the POST has it sent again under the same webhook-id.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.core import work
from apps.core.models import WorkUnit
from apps.core.sealing import SealError
from apps.webhooks import addresses
from apps.webhooks.mails import admins_mail
from apps.webhooks.models import Attempt, Endpoint, Message
from apps.webhooks.signing import signatures

if TYPE_CHECKING:
    from apps.webhooks.posting import Answer, Poster

QUEUE = "webhook"
# The pause after each failed attempt, in seconds; after the last one the endpoint is off: for
# three days and a half it was tried. Each is stretched by up to JITTER at random, so that what
# failed together does not come back together.
PAUSES = (5, 30, 120, 300, 600, 1800, 3600, 7200, 18_000, 36_000, 50_400, 72_000, 86_400)
JITTER = 0.2
# Receivers that are asked too much may ask for a longer pause, up to this.
LONGEST_ASKED = 86_400
# How long a worker stays with one endpoint while others wait.
ROUND_SECONDS = 20.0
_GONE = 410


def wake() -> int:
    """Send a hint for every endpoint that has something to deliver now; how many."""
    due = Message.objects.waiting().filter(endpoint=OuterRef("pk")).order_by("id")
    first = due.values("next_at")[:1]
    # Not "any message that is due": those behind the first wait for it.
    ready = (
        Endpoint.objects.filter(Exists(due), status=Endpoint.Status.ON)
        .annotate(first_at=first)
        .filter(first_at__lte=timezone.now())
    )
    jobs = ready.values_list("job_id", flat=True)
    idle = WorkUnit.objects.filter(
        job__in=list(jobs),
        queue=QUEUE,
        status__in=[WorkUnit.Status.DONE, WorkUnit.Status.FAILED],
    )
    ids = list(idle.values_list("pk", flat=True))
    work.do_again(units=WorkUnit.objects.filter(pk__in=ids).exclude(status="leased"))
    work.send(WorkUnit.objects.filter(pk__in=ids))
    return len(ids)


def deliver(*, endpoint: Endpoint, check: Callable[[], object]) -> int:
    """Deliver what is due of an endpoint, in order, until one fails or the round is over; how many
    were delivered. check: raises when this worker no longer holds the endpoint.
    """
    from apps.webhooks.posting import Poster  # with its HTTP client, for workers alone

    delivered, end = 0, time.monotonic() + ROUND_SECONDS
    listed = addresses.networks(settings.WINNOW_WEBHOOK_NETWORKS)
    with Poster(listed=listed) as poster:
        while time.monotonic() < end:
            check()
            endpoint.refresh_from_db()
            message = endpoint.messages.waiting().order_by("id").first()
            if not endpoint.is_on or message is None or message.next_at > timezone.now():
                break
            if not _attempt(poster, endpoint, message):
                break
            delivered += 1
    return delivered


def body_of(message: Message) -> bytes:
    """What is posted: type, timestamp and data as compact JSON, the same at every attempt."""
    told = {
        "type": message.event,
        "timestamp": message.happened_at.isoformat(),
        "data": message.data,
    }
    return json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()


def _attempt(poster: Poster, endpoint: Endpoint, message: Message) -> bool:
    """Post a message once and store what came of it; whether it is delivered."""
    at, began = timezone.now(), time.monotonic()
    answer = _posted(poster, endpoint, message, at)
    milliseconds = round(1000 * (time.monotonic() - began))
    problem = problem_of(answer)
    with transaction.atomic():
        Attempt.objects.create(
            message=message,
            at=at,
            status=answer.status,
            milliseconds=milliseconds,
            problem=problem[:500],
            answer=answer.body,
        )
        if problem:
            _failed(endpoint, message, answer, at)
        else:
            _ended(message)
    return not problem


def _posted(poster: Poster, endpoint: Endpoint, message: Message, at: datetime) -> Answer:
    """What came of it; a secret that cannot be read is a failure like others, told in words."""
    from apps.webhooks.posting import Answer  # loaded with the poster

    body, stamp = body_of(message), int(at.timestamp())
    try:
        keys = endpoint.secrets
    except SealError as error:
        return Answer(None, problem=str(error))
    headers = {
        "content-type": "application/json",
        "user-agent": "Winnow",
        "webhook-id": message.key,
        "webhook-timestamp": str(stamp),
        "webhook-signature": signatures(keys=keys, message=message.key, timestamp=stamp, body=body),
    }
    return poster.post(endpoint.url, headers=headers, body=body)


def problem_of(answer: Answer) -> str:
    """Why an answer counts as failed; "" for a 2xx."""
    if answer.status is None:
        return answer.problem
    if 200 <= answer.status < 300:
        return ""
    if answer.location and 300 <= answer.status < 400:
        return (
            f"It answered {answer.status} and leads to {answer.location}: redirects are not"
            " followed. Enter that address if it is the right one."
        )
    return f"It answered {answer.status}."


def _ended(message: Message) -> None:
    Message.objects.filter(pk=message.pk, status=Message.Status.WAITING).update(
        status=Message.Status.DELIVERED,
        attempts_made=message.attempts_made + 1,
        ended_at=timezone.now(),
    )


def _failed(endpoint: Endpoint, message: Message, answer: Answer, at: datetime) -> None:
    made = message.attempts_made + 1
    Message.objects.filter(pk=message.pk, status=Message.Status.WAITING).update(
        attempts_made=made, next_at=at + pause_after(made, asked=answer.retry_after)
    )
    off = None
    if answer.status == _GONE:
        off = Endpoint.Status.GONE
    elif made > len(PAUSES):
        off = Endpoint.Status.FAILED
    on = Endpoint.objects.filter(pk=endpoint.pk, status=Endpoint.Status.ON)
    if off and on.update(status=off):
        said = problem_of(answer)
        transaction.on_commit(partial(admins_mail, endpoint=endpoint, status=off, problem=said))


def pause_after(attempts: int, *, asked: int = 0) -> timedelta:
    """The pause after so many failed attempts, with jitter; not shorter than the receiver asks."""
    usual = PAUSES[min(attempts, len(PAUSES)) - 1]
    stretched = usual * (1 + random.uniform(0, JITTER))  # noqa: S311  spreads, hides nothing
    return timedelta(seconds=max(stretched, min(asked, LONGEST_ASKED)))
