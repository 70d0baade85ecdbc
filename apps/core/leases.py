"""Many units under lease at once: claimed as they are needed, renewed together by one thread."""

from __future__ import annotations

import logging
import threading
from types import TracebackType
from typing import Any, Self

from django.db import connection, transaction
from django.utils import timezone

from apps.core import work
from apps.core.excuses import disk_is_full
from apps.core.models import WorkUnit

log = logging.getLogger(__name__)

# Parts: of the units whose payload names an arrangement, those of one server are asked for first.
# What failed a moment ago waits for its time, as `work.give_back` has set it.
NEXT = """
    SELECT unit.id FROM core_workunit unit JOIN core_job job ON job.id = unit.job_id
    WHERE unit.queue = %(queue)s
    AND (unit.status = 'waiting' OR (unit.status = 'leased' AND unit.lease_expires_at < %(now)s))
    AND unit.status IN ('waiting', 'leased')
    AND (job.status = 'running' OR unit.outlives_job)
    AND (unit.error = '' OR unit.sent_at IS NULL OR unit.sent_at < %(stale)s)
    AND (%(part)s < 0
         OR coalesce((unit.payload ->> 'arrangement')::bigint, unit.id) %% %(parts)s = %(part)s)
    ORDER BY unit.priority DESC, unit.id LIMIT %(count)s FOR UPDATE OF unit SKIP LOCKED
"""


def claim_next(
    *, queue: str, owner: str, count: int, part: int = -1, parts: int = 1
) -> list[WorkUnit]:
    """Lease up to `count` units of a queue to `owner`, the most urgent first, then the oldest.

    part, parts: only units whose arrangement has the remainder `part`; -1 takes any.
    """
    now, counts = timezone.now(), not disk_is_full()
    names: dict[str, Any] = {
        "queue": queue, "now": now, "stale": now - work.SEND_AGAIN_AFTER,
        "count": count, "part": part, "parts": parts,
    }  # fmt: skip
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(NEXT, names)
        ids = [row[0] for row in cursor.fetchall()]
        claimed = [work.claim(unit_id=unit_id, owner=owner, counts=counts) for unit_id in ids]
    return [unit for unit in claimed if unit]


class Leases:
    """Renews the leases of the units that it holds, in a thread of its own, for as long as its
    block runs. `lost` says of which units, and why, the lease is no longer ours.
    """

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self._changing = threading.Lock()
        self._held: dict[int, WorkUnit] = {}
        self._lost: dict[int, Exception] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join(timeout=5)

    def hold(self, unit: WorkUnit) -> None:
        with self._changing:
            self._held[unit.pk] = unit

    def drop(self, unit: WorkUnit) -> None:
        with self._changing:
            self._held.pop(unit.pk, None)
            self._lost.pop(unit.pk, None)

    def lost(self) -> dict[int, Exception]:
        """Units whose lease was lost or whose job was stopped, each with the reason."""
        with self._changing:
            return dict(self._lost)

    def _keep(self) -> None:
        while not self._ended.wait(work.LEASE.total_seconds() / 6):
            try:
                self._renew()
            except Exception as error:  # noqa: BLE001  the database may be restarting
                log.warning("The leases could not be renewed yet: %s", error)
                connection.close()
        connection.close()

    def _renew(self) -> None:
        with self._changing:
            asked = set(self._held)
        ours = WorkUnit.objects.filter(
            pk__in=asked, status=WorkUnit.Status.LEASED, lease_owner=self.owner
        )
        ours.update(lease_expires_at=timezone.now() + work.LEASE)
        held = dict(ours.values_list("pk", "job_id"))
        wanted = set(WorkUnit.objects.wanted().filter(pk__in=held).values_list("pk", flat=True))
        with self._changing:
            for pk in asked & set(self._held):
                if pk not in held:
                    self._lost[pk] = work.LeaseLostError(f"unit {pk} was taken over")
                elif pk not in wanted:
                    self._lost[pk] = work.JobStoppedError(f"job {held[pk]} was stopped")
