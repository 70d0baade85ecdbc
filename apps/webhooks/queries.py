"""What the pages of webhooks show."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count, Max, Q, QuerySet

from apps.webhooks.models import Endpoint, Message

PAGE = 50


def endpoints_shown() -> QuerySet[Endpoint]:
    """All endpoints with `waiting` messages and when one was last delivered (`told_at`)."""
    return Endpoint.objects.annotate(
        waiting=Count("messages", filter=Q(messages__status=Message.Status.WAITING)),
        told_at=Max("messages__ended_at", filter=Q(messages__status=Message.Status.DELIVERED)),
    ).order_by("name")


def messages_page(
    *, endpoint: Endpoint, before: int | None, status: str = ""
) -> tuple[Sequence[Message], int | None]:
    """A page of an endpoint's messages, the newest first, and the id to go on below (None: end)."""
    messages = endpoint.messages.order_by("-id")
    if before is not None:
        messages = messages.filter(pk__lt=before)
    if status in Message.Status.values:
        messages = messages.filter(status=status)
    found = list(messages[: PAGE + 1])
    return found[:PAGE], found[PAGE - 1].pk if len(found) > PAGE else None
