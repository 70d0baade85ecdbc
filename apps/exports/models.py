"""Exports: which pairs, where the file is, and its manifest."""

from __future__ import annotations

from django.db import models

from apps.core.models import Job


class Export(models.Model):
    """One export of accepted pairs. `file_name` is relative to the exports folder; the manifest
    has counts, filters, recipes and the SHA-256.
    """

    job = models.OneToOneField(Job, on_delete=models.CASCADE, related_name="export")
    filters = models.JSONField(default=dict)
    file_name = models.CharField(max_length=300, blank=True, default="")
    rows = models.PositiveIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True, default="")
    manifest = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"export {self.pk}"
