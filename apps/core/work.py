"""Work units: made, claimed under a lease, finished; swept when somebody died.

The row in PostgreSQL decides who works. A message in the queue only says "look at this unit", so
it may be lost, doubled or late. `send` names the Celery task by its name: no app imports the
worker.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.core.models import Job, WorkUnit

log = logging.getLogger(__name__)
TASK = "worker.tasks.work"
LEASE = timedelta(seconds=settings.WINNOW_LEASE_SECONDS)
MAX_ATTEMPTS = 5
# A unit sent this long ago whose queue is empty and that nobody has begun is sent again.
SEND_AGAIN_AFTER = LEASE
SWEEP_BATCH = 500
# After an attempt that does not count: until then there may be room.
EXCUSED_PAUSE = timedelta(seconds=15)


class LeaseLostError(Exception):
    """Another worker has taken the unit over; whoever holds it must stop writing."""


class JobStoppedError(Exception):
    """Somebody stopped the job; what is done so far is kept."""


class JobFailsError(Exception):
    """No unit of the job can be done until a person mends what the message names."""


@dataclass(frozen=True, slots=True)
class UnitSpec:
    """A unit to be made: `key` is unique within its job and queue. `outlives_job`: it is to be
    done also when the job is stopped or fails. `priority`: higher goes first.
    """

    queue: str
    key: str
    payload: dict[str, Any]
    outlives_job: bool = False
    priority: int = 0


def create_units(*, job: Job, specs: Iterable[UnitSpec], batch: int = 1000) -> int:
    """Add units that are not there yet and send them on commit; return how many were new."""
    made = 0
    rows = [WorkUnit(job=job, **{f.name: getattr(s, f.name) for f in fields(s)}) for s in specs]
    for start in range(0, len(rows), batch):
        part = rows[start : start + batch]
        keys = {(unit.queue, unit.key) for unit in part}
        with transaction.atomic():
            before = job.units.filter(key__in=[key for _, key in keys]).count()
            WorkUnit.objects.bulk_create(part, ignore_conflicts=True)
            new = list(
                job.units.filter(key__in=[key for _, key in keys], sent_at=None).order_by("id")
            )
            made += len(keys) - before
            transaction.on_commit(lambda units=new: send(units))  # type: ignore[misc]
    return made


def send(units: Iterable[WorkUnit]) -> None:
    """Put a hint for each unit into its queue. When the queue is down the sweep does it later."""
    from apps.core.queue import app  # Celery takes half a second: not for who sends nothing

    units = list(units)
    try:
        for unit in units:
            app.send_task(TASK, args=[unit.pk], queue=unit.queue, retry=False)
    except Exception as error:  # noqa: BLE001  kombu raises the transport's own errors
        log.warning("The queue does not answer (%s); the sweep will send the units.", error)
        return
    WorkUnit.objects.filter(pk__in=[unit.pk for unit in units]).update(sent_at=timezone.now())


def claim(*, unit_id: int, owner: str, counts: bool = True) -> WorkUnit | None:
    """Lease a unit to `owner` for LEASE; None when it is done, another's, or no longer wanted.

    counts: whether it is one of the unit's MAX_ATTEMPTS; none is while the disk is full.
    """
    now = timezone.now()
    claimed = (
        WorkUnit.objects.claimable()
        .wanted()
        .filter(pk=unit_id)
        .update(
            status=WorkUnit.Status.LEASED,
            lease_owner=owner,
            lease_expires_at=now + LEASE,
            attempts=F("attempts") + int(counts),
        )
    )
    if not claimed:
        return None
    unit = WorkUnit.objects.select_related("job").get(pk=unit_id)
    unit.is_counted = counts
    if unit.attempts > MAX_ATTEMPTS:
        fail(unit=unit, owner=owner, error=unit.error or "its worker died at every attempt")
        return None
    return unit


def queue_of(unit_id: int) -> str:
    """The queue of a unit; "" for one that is not there any more."""
    return WorkUnit.objects.filter(pk=unit_id).values_list("queue", flat=True).first() or ""


def is_claimable(unit_id: int) -> bool:
    """Whether a unit waits to be done."""
    return WorkUnit.objects.claimable().wanted().filter(pk=unit_id).exists()


def renew(*, unit: WorkUnit, owner: str) -> None:
    """Prolong the lease. Raises LeaseLostError or JobStoppedError."""
    held = WorkUnit.objects.filter(
        pk=unit.pk, status=WorkUnit.Status.LEASED, lease_owner=owner
    ).update(lease_expires_at=timezone.now() + LEASE)
    if not held:
        raise LeaseLostError(f"unit {unit.pk} was taken over")
    if not WorkUnit.objects.wanted().filter(pk=unit.pk).exists():
        raise JobStoppedError(f"job {unit.job_id} was stopped")


def got_on(*, unit: WorkUnit, owner: str) -> None:
    """Something of the unit is done and stored: its earlier attempts are forgotten, so that it
    fails of what stands in its way, not of how often its workers were ended meanwhile.
    """
    if unit.attempts > 1 and got_on_with(units=[unit.pk], owner=owner):
        unit.attempts = 1


def got_on_with(*, units: Iterable[int], owner: str) -> int:
    """The same for many units by their ids; how many had earlier attempts."""
    held = WorkUnit.objects.filter(pk__in=list(units), status=WorkUnit.Status.LEASED)
    return held.filter(lease_owner=owner, attempts__gt=1).update(attempts=1)


class Lease:
    """Says whether a unit is still ours. Checked by the work between its steps."""

    def __init__(self) -> None:
        self.lost: Exception | None = None

    def check(self) -> None:
        """Raise when the lease was lost or the job stopped."""
        if self.lost:
            raise self.lost


@contextmanager
def kept_lease(*, unit: WorkUnit, owner: str) -> Iterator[Lease]:
    """Renew the lease in a thread for as long as the block runs."""
    lease, ended = Lease(), threading.Event()

    def keep() -> None:
        while not ended.wait(LEASE.total_seconds() / 6):
            try:
                renew(unit=unit, owner=owner)
            except (LeaseLostError, JobStoppedError) as error:
                lease.lost = error
                break
            except Exception as error:  # noqa: BLE001  the database may be restarting
                log.warning("The lease of unit %s could not be renewed yet: %s", unit.pk, error)
                connection.close()
        connection.close()

    thread = threading.Thread(target=keep, name=f"lease-{unit.pk}", daemon=True)
    thread.start()
    try:
        yield lease
    finally:
        ended.set()
        thread.join(timeout=5)


def finish(*, unit: WorkUnit, owner: str, result: dict[str, Any]) -> bool:
    """Mark a unit done if `owner` still holds it; then end its job when it was the last one."""
    with transaction.atomic():
        done = WorkUnit.objects.filter(
            pk=unit.pk, status=WorkUnit.Status.LEASED, lease_owner=owner
        ).update(
            status=WorkUnit.Status.DONE,
            result=result,
            finished_at=timezone.now(),
            error="",
            lease_expires_at=None,
        )
    if done:
        end_job_if_finished(unit.job_id)
    return bool(done)


def give_back(*, unit: WorkUnit, owner: str, error: str, excuse: str = "") -> None:
    """After an error: the unit waits for another attempt, or fails for good after the last.

    excuse: why this attempt does not count (apps.core.excuses), "" when it does.
    """
    if unit.attempts >= MAX_ATTEMPTS and not excuse:
        fail(unit=unit, owner=owner, error=error)
        return
    WorkUnit.objects.filter(pk=unit.pk, lease_owner=owner, status=WorkUnit.Status.LEASED).update(
        status=WorkUnit.Status.WAITING,
        error=error,
        attempts=_without_this(unit) if excuse else F("attempts"),
        lease_expires_at=None,
        sent_at=timezone.now()
        - SEND_AGAIN_AFTER
        + (EXCUSED_PAUSE if excuse else timedelta(seconds=5 * unit.attempts)),
    )


def release(*, unit: WorkUnit, owner: str) -> None:
    """The worker is going down on purpose: the unit waits again and the attempt is not counted."""
    WorkUnit.objects.filter(pk=unit.pk, lease_owner=owner, status=WorkUnit.Status.LEASED).update(
        status=WorkUnit.Status.WAITING,
        attempts=_without_this(unit),
        lease_expires_at=None,
        sent_at=None,
    )


def _without_this(unit: WorkUnit) -> Greatest:
    """A unit's attempts without the one that it is leased for."""
    return Greatest(F("attempts") - int(unit.is_counted), 0)


def fail(*, unit: WorkUnit, owner: str, error: str) -> None:
    """Mark a unit failed for good, with the reason; the job goes on with the others."""
    WorkUnit.objects.filter(pk=unit.pk, lease_owner=owner, status=WorkUnit.Status.LEASED).update(
        status=WorkUnit.Status.FAILED,
        error=error,
        finished_at=timezone.now(),
        lease_expires_at=None,
    )
    end_job_if_finished(unit.job_id)


def fail_with_job(*, unit: WorkUnit, owner: str, error: str) -> None:
    """Fail the unit and at once its running job, with the message; resumed, they try again."""
    with transaction.atomic():
        held = WorkUnit.objects.filter(
            pk=unit.pk, lease_owner=owner, status=WorkUnit.Status.LEASED
        ).update(
            status=WorkUnit.Status.FAILED,
            error=error,
            finished_at=timezone.now(),
            lease_expires_at=None,
        )
        if held:
            Job.objects.filter(pk=unit.job_id, status=Job.Status.RUNNING).update(
                status=Job.Status.FAILED, message=error, finished_at=timezone.now()
            )


def end_job_if_finished(job_id: int) -> bool:
    """End a job none of whose units is unfinished. True for the one call that ended it.

    A job with failed units ends as failed; its message counts them and quotes one.
    """
    unfinished = WorkUnit.objects.unfinished().filter(job=OuterRef("pk"))
    with transaction.atomic():
        # Whoever adds units to the job holds this row: what it added is seen below.
        Job.objects.select_for_update().filter(pk=job_id).first()
        failed = WorkUnit.objects.filter(job=job_id, status=WorkUnit.Status.FAILED)
        first = failed.order_by("id").first()
        ended = (
            Job.objects.filter(pk=job_id, status=Job.Status.RUNNING, is_planned=True)
            .exclude(Exists(unfinished))
            .update(
                status=Job.Status.FAILED if first else Job.Status.DONE,
                message=f"{failed.count()} work units failed; the first: {first.error}"
                if first
                else "",
                finished_at=timezone.now(),
            )
        )
    return bool(ended)


def planned(*, job: Job) -> None:
    """All units of the job have been made: from now on it ends with its last unit."""
    Job.objects.filter(pk=job.pk).update(is_planned=True)
    end_job_if_finished(job.pk)


def stop_job(*, job: Job, message: str = "", status: str = Job.Status.STOPPED) -> bool:
    """Stop a running job (or pause it, by its new status): workers notice at their next step and
    keep what is done.
    """
    return _end_early(job, status, message, of=[Job.Status.RUNNING])


def cancel_job(*, job: Job, message: str = "") -> bool:
    """End a job that is not done for good: it cannot be resumed. What is done is kept."""
    return _end_early(job, Job.Status.CANCELLED, message, of=[Job.Status.RUNNING, *Job.RESUMABLE])


def _end_early(job: Job, status: str, message: str, *, of: list[str]) -> bool:
    ended = Job.objects.filter(pk=job.pk, status__in=of)
    return bool(ended.update(status=status, message=message, finished_at=timezone.now()))


def resume_job(*, job: Job) -> bool:
    """Let a job that was paused, stopped or failed go on: failed units get their attempts anew."""
    return _go_on(job, Job.RESUMABLE)


def reopen_job(*, job: Job) -> bool:
    """Let a job that is done go on, for it was given more to do."""
    return _go_on(job, [Job.Status.DONE])


def _go_on(job: Job, statuses: Iterable[str]) -> bool:
    with transaction.atomic():
        resumed = Job.objects.filter(pk=job.pk, status__in=list(statuses)).update(
            status=Job.Status.RUNNING, finished_at=None, message=""
        )
        if resumed:
            job.units.filter(status=WorkUnit.Status.FAILED).update(
                status=WorkUnit.Status.WAITING, attempts=0, sent_at=None, finished_at=None
            )
            waiting = job.units.filter(status=WorkUnit.Status.WAITING)
            waiting.update(sent_at=None)
    if resumed and not end_job_if_finished(job.pk):
        # No worker sees before the commit that its units wait again.
        transaction.on_commit(sweep)
    return bool(resumed)


def do_again(*, units: QuerySet[WorkUnit]) -> int:
    """Let units wait again, for there is more to do in them; how many.

    One that a worker holds is taken from it: what it has not stored yet is lost to it. Nobody gets
    that one before its worker has noticed.
    """
    noticed = timezone.now() + LEASE / 3
    held = units.filter(status=WorkUnit.Status.LEASED)
    taken = held.update(lease_owner="taken back", lease_expires_at=noticed, attempts=0, error="")
    ended = units.filter(status__in=[WorkUnit.Status.DONE, WorkUnit.Status.FAILED])
    return taken + ended.update(
        status=WorkUnit.Status.WAITING,
        result={},
        error="",
        attempts=0,
        sent_at=None,
        finished_at=None,
    )


def sweep() -> int:
    """Send again what is unfinished and nobody works on. Returns how many were sent.

    A queue that still has messages is left alone: its units wait their turn and are not lost.
    """
    stale = timezone.now() - SEND_AGAIN_AFTER
    lost = (
        WorkUnit.objects.claimable()
        .wanted()
        .filter(Q(sent_at=None) | Q(sent_at__lt=stale))
        .order_by("id")
    )
    queues = lost.order_by("queue").values_list("queue", flat=True).distinct()
    empty = [queue for queue in queues if not _messages_in(queue)]
    units = list(lost.filter(queue__in=empty)[:SWEEP_BATCH])
    send(units)
    for job_id in Job.objects.filter(status=Job.Status.RUNNING).values_list("pk", flat=True):
        end_job_if_finished(job_id)
    return len(units)


def _messages_in(queue: str) -> int:
    from apps.core.queue import messages_in  # Celery: as in send

    return messages_in(queue)
