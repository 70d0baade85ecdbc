"""Blind tests of two recipes on the same seeds, and searches for the best examples."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from apps.fewshot.models import Version
from apps.generation.models import Recipe, Response, Run
from apps.review.models import Queue
from apps.seeds.models import Seed


class BlindTest(models.Model):
    """Which of two recipes reviewers accept more of, who are not told whose pair is whose.

    `random_seed` decides which seeds are taken and in which order their pairs come.
    """

    left = models.ForeignKey(Recipe, on_delete=models.PROTECT, related_name="+")
    right = models.ForeignKey(Recipe, on_delete=models.PROTECT, related_name="+")
    queue = models.OneToOneField(Queue, on_delete=models.PROTECT, related_name="blind_test")
    random_seed = models.BigIntegerField()
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="blind_test_of_two", condition=~Q(left=F("right")))
        ]

    def __str__(self) -> str:
        return f"blind test {self.pk}"


class BlindSeed(models.Model):
    """A seed of a blind test with one pair of each side."""

    test = models.ForeignKey(BlindTest, on_delete=models.CASCADE, related_name="seeds")
    seed = models.ForeignKey(Seed, on_delete=models.CASCADE, related_name="+")
    left = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")
    right = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["test", "seed"], name="blind_seed_once")]

    def __str__(self) -> str:
        return f"{self.test_id}: {self.seed_id}"


class Search(models.Model):
    """A search for the `size` examples of a version that pass best: a run of its own tries random
    arrangements of so many. `draft` is what was proposed of it.
    """

    version = models.ForeignKey(Version, on_delete=models.PROTECT, related_name="searches")
    size = models.PositiveSmallIntegerField()
    run = models.OneToOneField(Run, on_delete=models.PROTECT, related_name="search")
    draft = models.ForeignKey(Version, null=True, on_delete=models.SET_NULL, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "searches"

    def __str__(self) -> str:
        return f"search {self.pk}"
