"""Which run, gathering, export, … a job does: people know these by their numbers, not the job's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from apps.core.how_far import HowFar, how_far
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
    """A job that is at work. `number`: of the row that it does, None where it has no page. A
    webhook's waits for something to tell, for ever: it is nowhere.
    """

    job: int
    kind: str
    number: int | None
    created_at: datetime
    far: HowFar | None


def at_work(most: int) -> list[Running]:
    """The newest jobs that run: one query, and one for how far they are where there are any."""
    jobs = Job.objects.filter(status=Job.Status.RUNNING).select_related(*ROWS.values())
    shown = list(jobs.order_by("-id")[:most])
    far = how_far([job for job in shown if job.kind != "webhook"])
    return [
        Running(job.pk, job.kind, _number(job), job.created_at, far.get(job.pk)) for job in shown
    ]


def _number(job: Job) -> int | None:
    row = getattr(job, ROWS[job.kind], None) if job.kind in ROWS else None
    return row.pk if row else None
