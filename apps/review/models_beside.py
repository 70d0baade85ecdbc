"""What stands beside labels: known answers held by a reviewer, second looks, preferences, examples
that pairs became, what was counted of them, and people's keys.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.fewshot.models import Example
from apps.generation.models import Instruction, Response


class GoldHold(models.Model):
    """A pair with a known answer that a reviewer is to judge in a queue without being told. It
    takes no seat: any number of people may have the same one.
    """

    queue = models.ForeignKey("review.Queue", on_delete=models.CASCADE, related_name="+")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "reviewer"], name="gold_hold_once")]

    def __str__(self) -> str:
        return f"{self.reviewer_id} has {self.response_id} in {self.queue_id}"


class Joined(models.Model):
    """A reviewer has reached the bound of an onboarding queue; it is never taken back."""

    queue = models.ForeignKey("review.Queue", on_delete=models.CASCADE, related_name="joined")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "reviewer"], name="joined_once")]

    def __str__(self) -> str:
        return f"{self.reviewer_id} by {self.queue_id}"


class SecondLook(models.Model):
    """A reviewer was shown the evidence of a pair after `first`, the label they gave without it.

    `last` is what they said then: `first` again when they kept it; null as long as they look.
    """

    first = models.OneToOneField("review.Label", on_delete=models.CASCADE, related_name="+")
    last = models.ForeignKey(
        "review.Label", null=True, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    queue = models.ForeignKey("review.Queue", on_delete=models.CASCADE, related_name="+")
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "reviewer"], condition=Q(last=None), name="second_look_open_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_id} then {self.last_id}"


class Duel(models.Model):
    """Two responses to one instruction that a pairwise queue puts side by side; `one` is the
    earlier of them, and stands for no side of the page.
    """

    queue = models.ForeignKey(
        "review.Queue", on_delete=models.CASCADE, related_name="duels", db_index=False
    )
    instruction = models.ForeignKey(Instruction, on_delete=models.CASCADE, related_name="+")
    one = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    is_done = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["queue", "one", "other"], name="duel_once"),
            models.CheckConstraint(name="duel_in_order", condition=Q(one__lt=F("other"))),
        ]
        indexes = [
            models.Index(fields=["queue", "id"], name="duel_open", condition=Q(is_done=False))
        ]

    def __str__(self) -> str:
        return f"{self.one_id} against {self.other_id}"


class Preference(models.Model):
    """What a reviewer said of a duel. `one_was_left`: which side `one` was drawn to.

    `judged` is the SHA-256 of the instruction and both responses: it is stale when they change.
    """

    class Choice(models.TextChoices):
        ONE = "one", "the earlier response is better"
        OTHER = "other", "the later response is better"
        BOTH_GOOD = "both_good", "both are good"
        BOTH_BAD = "both_bad", "both are bad"

    duel = models.ForeignKey(
        Duel, on_delete=models.CASCADE, related_name="preferences", db_index=False
    )
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="preferences"
    )
    choice = models.CharField(max_length=9, choices=Choice)
    one_was_left = models.BooleanField()
    seconds = models.FloatField(null=True)
    judged = models.BinaryField(max_length=32)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["duel", "reviewer"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.choice} of {self.duel_id} by {self.reviewer_id}"


class Acceptance(models.Model):
    """The acceptance model that holds (apps.review.acceptance.model), as JSON: one row.

    `labelled` pairs there were when it was fitted, on the newest `learnt` of them.
    """

    data = models.JSONField()
    labelled = models.PositiveIntegerField()
    learnt = models.PositiveIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "acceptance"

    def __str__(self) -> str:
        return f"of {self.learnt} labelled pairs"


class Guess(models.Model):
    """How likely the model takes a pair to be accepted: for the order of queues, never a label.
    `rank`: which share of the pairs it is less certain of, 0 to 1.
    """

    response = models.OneToOneField(
        Response, primary_key=True, on_delete=models.CASCADE, related_name="guess"
    )
    probability = models.FloatField()
    rank = models.FloatField()

    class Meta:
        verbose_name_plural = "guesses"

    def __str__(self) -> str:
        return f"{self.response_id}: {self.probability:.2f}"


class TeamFigures(models.Model):
    """What was counted last of the whole team (apps.review.team.figures): one row."""

    data = models.JSONField(default=dict)
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "team figures"

    def __str__(self) -> str:
        return f"team at {self.counted_at}"


class Promotion(models.Model):
    """A pair that became a few-shot example: models are shown it, so no export takes it by itself.

    It goes with the example while that is in a draft; a published one stays, and so does this.
    """

    response = models.OneToOneField(
        Response, primary_key=True, on_delete=models.CASCADE, related_name="promotion"
    )
    example = models.ForeignKey(Example, on_delete=models.CASCADE, related_name="promotions")
    editor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.response_id} became {self.example}"


class Tally(models.Model):
    """How many pairs a person labelled one by one on the last day (UTC) that they labelled: a
    trigger counts with each label, so that no request has to.
    """

    reviewer = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    day = models.DateField()
    labelled = models.IntegerField()

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"{self.labelled} on {self.day} by {self.reviewer_id}"


class KeyMap(models.Model):
    """The keys that a person chose: {action: key}, where they differ from the usual ones."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+"
    )
    keys = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"keys of {self.user_id}"
