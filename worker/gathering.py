"""Units of the queue `gather`: a chunk of a source's files becomes seeds."""

from __future__ import annotations

from typing import Any

from apps.core.models import WorkUnit
from apps.core.work import Lease
from apps.seeds.gathering import jobs as gathering


def do(unit: WorkUnit, owner: str, lease: Lease) -> dict[str, Any]:  # noqa: ARG001  the handlers' form
    """Gather one chunk. Seeds carry unique keys, so a repeat by another worker is free."""
    return gathering.unit_do(unit=unit, lease=lease)
