"""Tries: a few-shot draft beside the published version."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from apps.generation.models import Run


class Trial(models.Model):
    """Two small runs of one recipe on the same seeds: one with a draft as it was then, one with
    the version that was published. Their recipes say which, and are those of tries alone.
    """

    draft_run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="+")
    published_run = models.OneToOneField(Run, on_delete=models.CASCADE, related_name="+")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"try {self.pk}"

    @property
    def is_running(self) -> bool:
        """Whether anything of it is still written or validated."""
        return self.draft_run.job.is_running or self.published_run.job.is_running
