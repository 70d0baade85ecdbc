"""The review queue, claims on it, and labels."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from apps.generation.models import Response


class QueueItem(models.Model):
    """A pair that waits for labels, or has got enough of them. Low `position` comes first."""

    class State(models.TextChoices):
        OPEN = "open", "open"
        DONE = "done", "done"

    response = models.OneToOneField(
        Response, primary_key=True, on_delete=models.CASCADE, related_name="queue_item"
    )
    position = models.BigIntegerField()
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["position", "response"], name="queue_open", condition=Q(state="open")
            )
        ]

    def __str__(self) -> str:
        return f"{self.state} {self.response_id}"


class Claim(models.Model):
    """A reviewer's hold on a pair; after `expires_at` another may take it."""

    item = models.OneToOneField(
        QueueItem, primary_key=True, on_delete=models.CASCADE, related_name="claim"
    )
    reviewer = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["reviewer"], name="claim_one_per_reviewer")]

    def __str__(self) -> str:
        return f"{self.reviewer_id} holds {self.item_id}"


class Label(models.Model):
    """A reviewer's judgement. Only added: a trigger refuses UPDATE and DELETE. The newest one of
    a reviewer counts; `withdrawn` takes the one before it back.
    """

    class Value(models.TextChoices):
        GOOD = "good", "good"
        BAD = "bad", "bad"
        SKIPPED = "skipped", "skipped"
        WITHDRAWN = "withdrawn", "withdrawn"

    response = models.ForeignKey(Response, on_delete=models.PROTECT, related_name="labels")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="labels"
    )
    value = models.CharField(max_length=9, choices=Value)
    reasons = ArrayField(models.CharField(max_length=40), default=list)
    note = models.TextField(blank=True, default="")
    seconds = models.FloatField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            models.Index(fields=["response", "-id"], name="label_of_response"),
            models.Index(fields=["reviewer", "-id"], name="label_of_reviewer"),
            models.Index(fields=["reviewer", "created_at"], name="label_of_day"),
        ]

    def __str__(self) -> str:
        return f"{self.value} by {self.reviewer_id}"


class Decision(models.Model):
    """Where a pair stands after its newest labels; rewritten with every label, so that exports
    and figures need not replay them. `good` is true when the newest label of a reviewer is good
    and none is bad.
    """

    response = models.OneToOneField(
        Response, primary_key=True, on_delete=models.CASCADE, related_name="decision"
    )
    good = models.BooleanField()
    label = models.ForeignKey(Label, on_delete=models.PROTECT)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["good", "response"], name="decision_good")]

    def __str__(self) -> str:
        return f"{self.response_id}: {'good' if self.good else 'bad'}"


class Correction(models.Model):
    """An editor's change of a response. `before` is the text until then: none is lost."""

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="corrections")
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    before = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.response_id} by {self.editor_id}"
