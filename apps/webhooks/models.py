"""Endpoints, the messages that each is to get in their order (the outbox), and every attempt.

Messages are written by the database itself, in the transaction of what they tell
(migrations/0002_events.py): an endpoint that wants an event has a row of its own.
"""

from __future__ import annotations

import json
import uuid
from datetime import timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.core.models import Job
from apps.core.sealing import seal, unseal
from apps.webhooks.signing import new_secret

OLD_SECRET_HOLDS = timedelta(days=1)


class Event(models.TextChoices):
    """What an endpoint may want to be told."""

    LABEL = "label.created", "a label (also a skip, and one that is taken back)"
    BATCH = "labels.batch_ended", "a batch of labels is given or taken back"
    RUN = "run.ended", "a run has ended"
    EXPORT = "export.ended", "an export has ended"
    IMPORT = "import.ended", "an import has ended"


# Sent when an admin asks for it, to any endpoint.
TEST = "webhook.test"


def new_sealed() -> str:
    """A new secret as it is stored."""
    return seal(new_secret())


def message_key() -> str:
    """A new webhook-id: what a receiver knows a repeated message by."""
    return f"msg_{uuid.uuid4().hex}"


class Endpoint(models.Model):
    """An address that events are posted to. `secret` signs; `old_secret` as well until
    `old_secret_until`: both are stored sealed (apps.core.sealing). `unit` (a work unit of `job`,
    queue webhook) says who delivers.
    """

    class Status(models.TextChoices):
        ON = "on", "on"
        OFF = "off", "switched off"
        FAILED = "failed", "off after too many failures"
        GONE = "gone", "off: the receiver answered 410 Gone"

    # Of these messages are kept: what failed is sent once it is switched on again.
    COLLECTING = (Status.ON, Status.FAILED)

    name = models.CharField(max_length=80, unique=True)
    url = models.CharField(max_length=500)
    events = ArrayField(models.CharField(max_length=30, choices=Event))
    sealed_secret = models.TextField(default=new_sealed)
    sealed_old_secret = models.TextField(blank=True, default="")
    old_secret_until = models.DateTimeField(null=True)
    status = models.CharField(max_length=6, choices=Status, default=Status.ON)
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="endpoint")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    @property
    def is_on(self) -> bool:
        return self.status == self.Status.ON

    @property
    def secret(self) -> str:
        """In clear. Raises SealError."""
        return unseal(self.sealed_secret)

    @property
    def has_two_secrets(self) -> bool:
        """Whether the one from before the last change still signs as well."""
        return self.old_secret_until is not None and self.old_secret_until > timezone.now()

    @property
    def secrets(self) -> list[str]:
        """Those that sign now, the newest first. Raises SealError."""
        return [self.secret, *([unseal(self.sealed_old_secret)] if self.has_two_secrets else [])]


class MessageQuerySet(models.QuerySet["Message"]):
    def waiting(self) -> MessageQuerySet:
        return self.filter(status=Message.Status.WAITING)


class Message(models.Model):
    """An event as one endpoint is to be told of it. Its messages are delivered in the order of
    their ids, one after the other: the first that waits keeps the others waiting.

    An id is drawn while the locks of the event's rows are held: of two events of which one knows
    of the other, the later one has the higher id.
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting"
        DELIVERED = "delivered", "delivered"
        SKIPPED = "skipped", "skipped"

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.CASCADE, related_name="messages", db_index=False
    )
    key = models.CharField(max_length=40, default=message_key)
    event = models.CharField(max_length=30)
    data = models.JSONField(default=dict)
    status = models.CharField(max_length=9, choices=Status, default=Status.WAITING)
    attempts_made = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=timezone.now)
    happened_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)
    replay_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="+")

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["endpoint", "id"], name="message_waiting", condition=Q(status="waiting")
            ),
            models.Index(fields=["endpoint", "-id"], name="message_of_endpoint"),
            models.Index(
                fields=["ended_at"], name="message_ended", condition=Q(ended_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.key}"

    @property
    def data_json(self) -> str:
        """Its data as they are sent."""
        return json.dumps(self.data, ensure_ascii=False)

    @property
    def is_waiting(self) -> bool:
        return self.status == self.Status.WAITING


class Attempt(models.Model):
    """One try to deliver a message. `status` is the receiver's (null: it gave none), `problem`
    why it counts as failed ("" when it does not), `answer` the beginning of what it said.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    milliseconds = models.PositiveIntegerField()
    problem = models.CharField(max_length=500, blank=True, default="")
    answer = models.TextField(blank=True, default="")

    def __str__(self) -> str:
        return f"{self.message_id} at {self.at}"
