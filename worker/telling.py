"""Units of the queue `webhook`: an endpoint is told what it waits for."""

from __future__ import annotations

from typing import Any

from apps.core.models import WorkUnit
from apps.core.work import Lease
from apps.webhooks.delivering import deliver
from apps.webhooks.models import Endpoint


def do(unit: WorkUnit, _owner: str, lease: Lease) -> dict[str, Any]:
    """Deliver what is due; the unit waits again when there is more (worker.tasks.tell)."""
    endpoint = Endpoint.objects.get(job=unit.job_id)
    return {"delivered": deliver(endpoint=endpoint, check=lease.check)}
