"""Doing a job's units in this process: what command lines do, beside or without workers."""

from __future__ import annotations

import logging
import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

from apps.core import work
from apps.core.models import Job, WorkUnit, WorkUnitQuerySet

log = logging.getLogger(__name__)
Do = Callable[[WorkUnit, work.Lease], dict[str, Any]]
WAIT = 1.0
PAUSE = 5.0  # seconds before the second attempt at a unit; longer before each further one


def work_through(*, job: Job, do: Do, queue: str = "") -> Iterator[WorkUnit]:
    """Do the job's units one after the other until it ends; yield each one done here. Of a job
    with units of several kinds those of one queue may be done, until none of them is left.

    Units that workers hold are waited for. One that fails is tried again after the others and a
    pause; after its last attempt it has failed, and so has the job in the end, as its status says.
    Ctrl-C gives the unit at hand back and goes up.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}:command"
    not_before: dict[int, float] = {}
    while _is_running(job, queue):
        unit_id = _next(job, queue, not_before)
        unit = work.claim(unit_id=unit_id, owner=owner) if unit_id else None
        if unit is None:
            work.end_job_if_finished(job.pk)
            if unit_id is None and _is_running(job, queue):
                time.sleep(WAIT)
        elif _do_one(unit, owner, do):
            yield unit
        else:
            not_before[unit.pk] = time.monotonic() + PAUSE * unit.attempts


def _next(job: Job, queue: str, not_before: dict[int, float]) -> int | None:
    now = time.monotonic()
    pausing = [pk for pk, moment in not_before.items() if moment > now]
    units = _units(job, queue).claimable().exclude(pk__in=pausing)
    return units.order_by("id").values_list("pk", flat=True).first()


def _do_one(unit: WorkUnit, owner: str, do: Do) -> bool:
    """Whether it was done."""
    try:
        with work.kept_lease(unit=unit, owner=owner) as lease:
            result = do(unit, lease)
    except (KeyboardInterrupt, work.JobStoppedError):
        work.release(unit=unit, owner=owner)
        raise
    except work.LeaseLostError:
        log.warning("%s was taken over: was this machine asleep? The rest goes on here.", unit)
        return False
    except work.JobFailsError as error:
        work.fail_with_job(unit=unit, owner=owner, error=str(error)[:2000])
        return False
    except Exception as error:
        work.give_back(unit=unit, owner=owner, error=f"{type(error).__name__}: {error}"[:2000])
        is_last = unit.attempts >= work.MAX_ATTEMPTS
        told = "Attempt %s of %s at %s failed: %s"
        log.warning(told, unit.attempts, work.MAX_ATTEMPTS, unit, error, exc_info=is_last)
        return False
    return work.finish(unit=unit, owner=owner, result=result)


def _is_running(job: Job, queue: str) -> bool:
    if queue and not _units(job, queue).unfinished().exists():
        return False
    return Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING).exists()


def _units(job: Job, queue: str) -> WorkUnitQuerySet:
    units = WorkUnit.objects.filter(job=job)
    return units.filter(queue=queue) if queue else units
