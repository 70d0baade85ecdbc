"""Known answers for free: when pairs are to be altered for a queue, and which may be."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.generation.models import Response
from apps.review.models import Gold, Queue
from apps.validation.models import OVERALL
from apps.validation.values import Outcome

KIND, QUEUE, KEY = "known bad", "validate", "known-bad"
WANTED = 60  # so many that no reviewer soon meets all of them
STRONG = 0.5  # a test that notices fewer alterations says little of one that it notices
REST = timedelta(hours=1)  # what could not be altered is not tried again at once


def known_bad_ask() -> bool:
    """Have known-bad pairs made where an open queue draws them and there are too few; whether a
    unit was made for it.
    """
    if not Queue.objects.filter(gold_altered=True, is_closed=False).exists():
        return False
    missing = WANTED - Gold.objects.filter(origin__isnull=False).count()
    if missing <= 0 or WorkUnit.objects.unfinished().filter(queue=QUEUE, key=KEY).exists():
        return False
    rested = Job.objects.filter(kind=KIND, created_at__gt=timezone.now() - REST)
    if rested.exists() or not sources().exists():
        return False
    job = Job.objects.create(kind=KIND)
    spec = work.UnitSpec(queue=QUEUE, key=KEY, payload={"known_bad": missing})
    work.create_units(job=job, specs=[spec])
    work.planned(job=job)
    return True


def sources() -> QuerySet[Response]:
    """Pairs that pass a strong test and were not altered before."""
    passed = Response.objects.filter(
        is_held_back=False,
        verdicts__database=OVERALL,
        verdicts__outcome=Outcome.PASSED.value,
        verdicts__strength__gte=STRONG,
    )
    altered = Gold.objects.filter(origin__isnull=False).values("origin")
    samples = passed.filter(instruction__imported__is_sample=True)
    return passed.exclude(pk__in=altered).exclude(pk__in=samples.values("pk"))
