"""How far jobs are by their work units, for the bars on pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from apps.core.models import Job, WorkUnit

_ENDED = (WorkUnit.Status.DONE, WorkUnit.Status.FAILED)


@dataclass(frozen=True, slots=True)
class HowFar:
    """`ended` of `total` work units; None while not all of them are made, or there is only one:
    that is all or nothing.
    """

    ended: int
    total: int | None


def how_far(jobs: Iterable[Job]) -> dict[int, HowFar]:
    """Each job's, by its id: one query along an index, none without jobs."""
    planned = {job.pk: job.is_planned for job in jobs}
    if not planned:
        return {}
    units = WorkUnit.objects.filter(job__in=planned).values("job").order_by()
    rows = units.annotate(total=Count("id"), ended=Count("id", filter=Q(status__in=_ENDED)))
    found = {row["job"]: (row["ended"], row["total"]) for row in rows}
    return {pk: _told(*found.get(pk, (0, 0)), is_planned=planned[pk]) for pk in planned}


def _told(ended: int, total: int, *, is_planned: bool) -> HowFar:
    return HowFar(ended, total if is_planned and total > 1 else None)
