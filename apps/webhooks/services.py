"""Writes about endpoints and their messages, as admins ask for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job
from apps.core.naming import names, renamed
from apps.core.sealing import reseal, seal
from apps.webhooks.addresses import networks, require_sensible
from apps.webhooks.delivering import QUEUE
from apps.webhooks.models import OLD_SECRET_HOLDS, TEST, Endpoint, Message
from apps.webhooks.signing import new_secret

# So many are deleted in one transaction.
CLEAN_BATCH = 5000


class WebhookError(Exception):
    """Why something cannot be done with an endpoint, in a sentence for who asked."""


@transaction.atomic
def endpoint_create(
    *, name: str, url: str, events: Iterable[str], created_by: User | None = None
) -> Endpoint:
    """Add an endpoint, and the unit under whose lease its messages are delivered. Raises
    AddressError.
    """
    require_sensible(url, listed=networks(settings.WINNOW_WEBHOOK_NETWORKS))
    # A job that has ended, so that no page shows it as running for ever; its unit outlives it.
    job = Job.objects.create(
        kind=QUEUE,
        status=Job.Status.DONE,
        is_planned=True,
        finished_at=timezone.now(),
        created_by=created_by,
    )
    spec = work.UnitSpec(queue=QUEUE, key="deliver", payload={}, outlives_job=True)
    work.create_units(job=job, specs=[spec])
    return Endpoint.objects.create(
        name=name, url=url, events=sorted(set(events)), job=job, created_by=created_by
    )


def endpoint_change(*, endpoint: Endpoint, name: str, url: str, events: Iterable[str]) -> None:
    """Another name, address or choice of events; waiting messages go to the new address. Raises
    AddressError.
    """
    require_sensible(url, listed=networks(settings.WINNOW_WEBHOOK_NETWORKS))
    Endpoint.objects.filter(pk=endpoint.pk).update(name=name, url=url, events=sorted(set(events)))


def endpoint_switch(*, endpoint: Endpoint, on: bool) -> None:
    """Switch an endpoint off, or on: then what waits is tried at once, with all its attempts."""
    status = Endpoint.Status.ON if on else Endpoint.Status.OFF
    with transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk).update(status=status)
        if on:
            endpoint.messages.waiting().update(attempts_made=0, next_at=timezone.now())


@transaction.atomic
def endpoint_delete(*, endpoint: Endpoint) -> None:
    """Delete an endpoint with its messages; a worker that is at it loses its lease."""
    job = endpoint.job
    endpoint.delete()
    job.delete()


def secret_rotate(*, endpoint: Endpoint) -> str:
    """A new secret; the one until now signs as well for a day."""
    secret = new_secret()
    with transaction.atomic():
        held = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        Endpoint.objects.filter(pk=endpoint.pk).update(
            sealed_secret=seal(secret),
            sealed_old_secret=held.sealed_secret,
            old_secret_until=timezone.now() + OLD_SECRET_HOLDS,
        )
    return secret


@transaction.atomic
def secrets_reseal() -> int:
    """Seal all secrets under the newest key; how many endpoints. Raises SealError, and nothing is
    changed.
    """
    endpoints = list(Endpoint.objects.select_for_update().order_by("pk"))
    for one in endpoints:
        one.sealed_secret = reseal(one.sealed_secret)
        # One that signs no more need not be kept.
        one.sealed_old_secret = reseal(one.sealed_old_secret) if one.has_two_secrets else ""
        one.save(update_fields=["sealed_secret", "sealed_old_secret"])
    return len(endpoints)


def example_send(*, endpoint: Endpoint, asked_by: User) -> Message:
    """Have the endpoint told that somebody tries it. Raises WebhookError when it is off."""
    if not endpoint.is_on:
        raise WebhookError("Switch the endpoint on first.")
    data = {"endpoint": endpoint.pk, "asked_by": asked_by.pk}
    return Message.objects.create(endpoint=endpoint, event=TEST, data=data)


def message_replay(*, message: Message) -> Message:
    """Deliver a message once more, behind what waits, under its webhook-id. Raises WebhookError
    while it waits anyway.
    """
    if message.is_waiting:
        raise WebhookError("It is not delivered yet, so it need not be sent once more.")
    return Message.objects.create(
        endpoint=message.endpoint,
        key=message.key,
        event=message.event,
        data=message.data,
        happened_at=message.happened_at,
        replay_of=message,
    )


def message_skip(*, message: Message) -> None:
    """Leave a message that a receiver cannot take: those behind it are delivered. Raises
    WebhookError when it is not waiting.
    """
    waiting = Message.objects.waiting().filter(pk=message.pk)
    if not waiting.update(status=Message.Status.SKIPPED, ended_at=timezone.now()):
        raise WebhookError("It is not waiting any more.")


def messages_clean() -> int:
    """Delete messages that ended long ago, and those of that age that wait at an endpoint that is
    off; how many.
    """
    long_ago = timezone.now() - timedelta(days=settings.WINNOW_WEBHOOK_DAYS)
    deleted = _delete(Message.objects.filter(ended_at__lt=long_ago))
    for endpoint in Endpoint.objects.exclude(status=Endpoint.Status.ON):
        deleted += _delete(endpoint.messages.waiting().filter(happened_at__lt=long_ago))
    return deleted


def messages_forget(*, name: str, becomes: str) -> None:
    """Give a person another name in what is told, or will be once more, of jobs that they ended."""
    for message in Message.objects.filter(names("data__message", name)):
        told = renamed(message.data["message"], name=name, becomes=becomes)
        Message.objects.filter(pk=message.pk).update(data=message.data | {"message": told})


def _delete(messages: QuerySet[Message]) -> int:
    """Delete messages batch by batch, the oldest first."""
    deleted = 0
    while ids := list(messages.order_by("pk").values_list("pk", flat=True)[:CLEAN_BATCH]):
        Message.objects.filter(pk__in=ids).delete()
        deleted += len(ids)
    return deleted
