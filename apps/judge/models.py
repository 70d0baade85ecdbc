"""Judges, what they were asked to judge, and their scores: apart from people's labels."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from apps.core.models import Job
from apps.generation.models import Response, Run


class Judge(models.Model):
    """A model with a version of the rubric. It calls a pair good when every score is at least
    `threshold`. `is_shown`: reviewers may see its scores before they have decided themselves.
    """

    engine = models.CharField(max_length=10)
    model = models.CharField(max_length=300)
    revision = models.CharField(max_length=80, blank=True, default="")
    rubric = models.PositiveSmallIntegerField()
    threshold = models.PositiveSmallIntegerField(default=4)
    is_shown = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["engine", "model", "revision", "rubric", "threshold"], name="judge_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.model} (rubric {self.rubric}, good from {self.threshold})"


class Judging(models.Model):
    """A run's pairs put before a judge. `random_seed` draws the sample that calibrates it."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="judging")
    judge = models.ForeignKey(Judge, on_delete=models.PROTECT, related_name="judgings")
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="judgings")
    random_seed = models.BigIntegerField(default=0)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )

    def __str__(self) -> str:
        return f"judging {self.pk}"


class SamplePair(models.Model):
    """A pair that was drawn at random for people to label, so that the judge can be calibrated."""

    judging = models.ForeignKey(Judging, on_delete=models.CASCADE, related_name="sample")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["judging", "response"], name="sample_pair_once")
        ]

    def __str__(self) -> str:
        return f"{self.judging_id}: {self.response_id}"


class Judgement(models.Model):
    """What a judge said of a pair: four scores of 1 to 5, or `reason` why there are none.

    `text_hash` is the SHA-256 of what was judged, `text` what the model wrote. Never a label.
    """

    judge = models.ForeignKey(Judge, on_delete=models.PROTECT, related_name="judgements")
    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="judgements")
    text_hash = models.BinaryField(max_length=32)
    relevance = models.PositiveSmallIntegerField(null=True)
    clear = models.PositiveSmallIntegerField(null=True)
    answers = models.PositiveSmallIntegerField(null=True)
    true = models.PositiveSmallIntegerField(null=True)
    good = models.BooleanField(null=True)
    text = models.TextField(blank=True, default="")
    reason = models.CharField(max_length=40, blank=True, default="")
    message = models.TextField(blank=True, default="")
    prompt_tokens = models.PositiveIntegerField(default=0)
    completion_tokens = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["judge", "response"], name="judgement_once"),
            models.CheckConstraint(
                name="judgement_scored_or_reason",
                condition=Q(good__isnull=True) ^ Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.judge_id} of {self.response_id}"
