"""Jobs, their work units, and the figures that pages show: shared by every app, owned by none."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class Job(models.Model):
    """A long piece of work (a gathering, a run, an export) that is done in work units."""

    class Status(models.TextChoices):
        RUNNING = "running", "running"
        DONE = "done", "done"
        PAUSED = "paused", "paused"
        STOPPED = "stopped", "stopped"
        FAILED = "failed", "failed"
        CANCELLED = "cancelled", "cancelled"

    RESUMABLE = (Status.PAUSED, Status.STOPPED, Status.FAILED)

    kind = models.CharField(max_length=20)
    status = models.CharField(max_length=10, choices=Status, default=Status.RUNNING)
    # False while units are still being made: a job must not end before it has them all.
    is_planned = models.BooleanField(default=False)
    message = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "-id"])]
        constraints = [
            models.CheckConstraint(
                name="job_finished_at_set_when_ended",
                condition=Q(status="running") | Q(finished_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_running(self) -> bool:
        return self.status == self.Status.RUNNING

    @property
    def can_go_on(self) -> bool:
        """Whether somebody may resume it: it ended before its work did, and not for good."""
        return self.status in self.RESUMABLE

    @property
    def duration(self) -> timedelta:
        """Time from start to end, or until now."""
        return (self.finished_at or timezone.now()) - self.created_at


class WorkUnitQuerySet(models.QuerySet["WorkUnit"]):
    def unfinished(self) -> WorkUnitQuerySet:
        return self.filter(status__in=[WorkUnit.Status.WAITING, WorkUnit.Status.LEASED])

    def claimable(self) -> WorkUnitQuerySet:
        """Waiting, or leased by someone whose lease has run out."""
        return self.filter(
            Q(status=WorkUnit.Status.WAITING)
            | Q(status=WorkUnit.Status.LEASED, lease_expires_at__lt=timezone.now())
        )

    def wanted(self) -> WorkUnitQuerySet:
        """Of jobs that run, and what is to be done however its job ended."""
        return self.filter(Q(job__status=Job.Status.RUNNING) | Q(outlives_job=True))


class WorkUnit(models.Model):
    """A slice of a job that one task does. This row is the truth; a queue message is a hint."""

    class Status(models.TextChoices):
        WAITING = "waiting", "waiting"
        LEASED = "leased", "at work"
        DONE = "done", "done"
        FAILED = "failed", "failed"

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="units")
    queue = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    # Follows from what is kept when the job is stopped or fails, and is done all the same.
    outlives_job = models.BooleanField(default=False)
    # What is more urgent is done first, before what is older: a person's try before a run.
    priority = models.SmallIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(blank=True, default="")
    lease_owner = models.CharField(max_length=80, blank=True, default="")
    lease_expires_at = models.DateTimeField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = WorkUnitQuerySet.as_manager()
    # Not stored: whether the attempt that this object was claimed for is among `attempts`.
    is_counted: bool = True

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "queue", "key"], name="unit_once_per_job"),
            models.CheckConstraint(
                name="unit_leased_has_lease",
                condition=~Q(status="leased") | Q(lease_expires_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["queue", "-priority", "id"],
                name="unit_next",
                condition=Q(status__in=["waiting", "leased"]),
            ),
            models.Index(fields=["job", "status"], name="unit_of_job"),
        ]

    def __str__(self) -> str:
        return f"{self.queue} {self.job_id}/{self.key}"


class Figure(models.Model):
    """A counted figure that pages show; recounted in the background, never in a request."""

    name = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()
    counted_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name
