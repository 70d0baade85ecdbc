"""Units of the queue `import`: a file of finished pairs is read."""

from __future__ import annotations

from typing import Any

from apps.core.models import WorkUnit
from apps.core.work import Lease
from apps.generation import importing


def do(unit: WorkUnit, owner: str, lease: Lease) -> dict[str, Any]:  # noqa: ARG001  the handlers' form
    """Read the file; what an earlier attempt stored is not stored again."""
    return importing.import_read(unit=unit, lease=lease)
