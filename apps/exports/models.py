"""Exports: which pairs, where their files are, and their manifests."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models

from apps.core.models import Job
from apps.generation.models import Response


class Export(models.Model):
    """One export of pairs: a folder of that name in the exports storage.

    `filters`, `care` and `shape` are what differs from the usual of the classes of that name.
    `rows` and `bytes` are of the data files, `sha256` is of the first of them; the manifest has
    them all. `last_label` and `last_correction` are the newest that it has seen; `changes` counts
    what has changed since, {} while nothing has. `deleted_at`: somebody has deleted the files;
    `removed_at`: they are gone.
    """

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="export")
    filters = models.JSONField(default=dict)
    care = models.JSONField(default=dict)
    shape = models.JSONField(default=dict)
    file_name = models.CharField(max_length=300, blank=True, default="")
    rows = models.PositiveIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    manifest = models.JSONField(default=dict)
    last_label = models.BigIntegerField(default=0)
    last_correction = models.BigIntegerField(default=0)
    looked_at = models.BigIntegerField(default=0)
    changes = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def is_stale(self) -> bool:
        """Whether labels have changed since what it has in it."""
        return any(self.changes.values())

    @property
    def expires_at(self) -> datetime | None:
        """When its files are deleted by themselves; None: never, or they are."""
        ended = self.job.finished_at
        if settings.WINNOW_EXPORT_DAYS <= 0 or self.deleted_at or not (self.sha256 and ended):
            return None
        return ended + timedelta(days=settings.WINNOW_EXPORT_DAYS)


class BenchmarkRuling(models.Model):
    """What a person decided of a pair that a benchmark's question was found in: whether it stays.

    `benchmark` is the SHA-256 of the file of questions, `number` that of the question.
    """

    response = models.ForeignKey(Response, on_delete=models.CASCADE, related_name="rulings")
    benchmark = models.CharField(max_length=64)
    number = models.PositiveIntegerField()
    keeps = models.BooleanField()
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    made_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["response", "benchmark", "number"], name="ruling_once")
        ]

    def __str__(self) -> str:
        return f"{self.response_id}: {'stays' if self.keeps else 'is left out'}"


class Push(models.Model):
    """An export's files sent to a data set of the Hugging Face Hub, in one commit.

    `is_private`: a data set that is not there yet is made private, and one that everybody sees is
    refused. `commit` is the address of the commit, "" before there is one.
    """

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="pushes")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="push")
    repository = models.CharField(max_length=200)
    is_private = models.BooleanField(default=True)
    with_lineage = models.BooleanField(default=False)
    commit = models.CharField(max_length=500, blank=True, default="")

    def __str__(self) -> str:
        return f"export {self.export_id} to {self.repository}"

    @property
    def link(self) -> str:
        """The commit's address where it can be opened; the Hub says what it is."""
        return self.commit if self.commit.startswith(("https://", "http://")) else ""


class Verification(models.Model):
    """An export's files looked at again: hashes, lineage, and `share` of the pairs (0 to 1) run
    again. `report` is a `verifying.Report` as JSON, {} before there is one.
    """

    export = models.ForeignKey(Export, on_delete=models.CASCADE, related_name="verifications")
    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="verification")
    share = models.FloatField(default=0.0)
    report = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"verification {self.pk} of export {self.export_id}"

    @property
    def percentage(self) -> str:
        """The share that is run again, as people write it."""
        return f"{100 * self.share:g}"

    @property
    def wrong(self) -> int:
        """How many things are not as the manifest says."""
        return sum(number for name, number in self.report.items() if name.endswith("_wrong"))
