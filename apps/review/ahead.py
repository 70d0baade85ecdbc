"""Pairs that a reviewer comes near before any database has run them: validated ahead of others."""

from __future__ import annotations

from collections.abc import Sequence

from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.generation.runs import AHEAD_QUEUE
from apps.validation.revalidating import KIND

QUEUE = AHEAD_QUEUE


def validate_ahead(*, response_ids: Sequence[int]) -> int:
    """Have these responses validated before all that waits; those on their way are left alone.
    Returns how many units were made.
    """
    keys = {f"response-{pk:012d}": pk for pk in response_ids}
    under_way = WorkUnit.objects.unfinished().filter(queue=QUEUE, key__in=keys)
    missing = sorted(set(keys) - set(under_way.values_list("key", flat=True)))
    if not missing:
        return 0
    job = Job.objects.create(kind=KIND)
    specs = [
        work.UnitSpec(queue=QUEUE, key=key, payload={"responses": [keys[key]]}) for key in missing
    ]
    made = work.create_units(job=job, specs=specs)
    work.planned(job=job)
    return made
