"""Which run, gathering, export, … a job does: people know these by their numbers, not the job's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.core.models import Job

# The row that a job of that kind does, by the name that it has at the job.
ROWS = {
    "generate": "run",
    "gather": "gathering",
    "import": "imported",
    "export": "export",
    "judge": "judging",
}


@dataclass(frozen=True, slots=True)
class Running:
    """A job that is at work. `number`: of the row that it does, None where it has no page."""

    job: int
    kind: str
    number: int | None
    created_at: datetime


def at_work(most: int) -> list[Running]:
    """The newest jobs that run: one query."""
    jobs = Job.objects.filter(status=Job.Status.RUNNING).select_related(*ROWS.values())
    return [
        Running(job.pk, job.kind, _number(job), job.created_at)
        for job in jobs.order_by("-id")[:most]
    ]


def _number(job: Job) -> int | None:
    row = getattr(job, ROWS[job.kind], None) if job.kind in ROWS else None
    return row.pk if row else None
