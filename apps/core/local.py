"""Doing a job's units in this process: what command lines do, beside or without workers."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

from apps.core import work
from apps.core.models import Job, WorkUnit

Do = Callable[[WorkUnit, work.Lease], dict[str, Any]]
WAIT = 1.0


def work_through(*, job: Job, do: Do) -> Iterator[WorkUnit]:
    """Do the job's units one after the other until it ends; yield each one done here.

    Units that workers hold are waited for. Ctrl-C gives the unit at hand back and goes up.
    """
    owner = f"{socket.gethostname()}:{os.getpid()}:command"
    while _is_running(job):
        unit_id = job.units.claimable().order_by("id").values_list("pk", flat=True).first()
        unit = work.claim(unit_id=unit_id, owner=owner) if unit_id else None
        if unit is None:
            work.end_job_if_finished(job.pk)
            if unit_id is None and _is_running(job):
                time.sleep(WAIT)
            continue
        _do_one(unit, owner, do)
        yield unit


def _do_one(unit: WorkUnit, owner: str, do: Do) -> None:
    try:
        with work.kept_lease(unit=unit, owner=owner) as lease:
            result = do(unit, lease)
    except (KeyboardInterrupt, work.JobStoppedError, work.LeaseLostError):
        work.release(unit=unit, owner=owner)
        raise
    except Exception as error:
        work.give_back(unit=unit, owner=owner, error=f"{type(error).__name__}: {error}"[:2000])
        if unit.attempts >= work.MAX_ATTEMPTS:
            raise
    else:
        work.finish(unit=unit, owner=owner, result=result)


def _is_running(job: Job) -> bool:
    return Job.objects.filter(pk=job.pk, status=Job.Status.RUNNING).exists()
