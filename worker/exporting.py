"""Units of the queue `export`: accepted pairs into files, those to the Hub, and looked at again."""

from __future__ import annotations

from typing import Any

from apps.core.models import WorkUnit
from apps.core.work import Lease
from apps.exports import verifications
from apps.exports.exporting import export_write
from apps.exports.models import Export, Push, Verification
from apps.exports.pushing import KIND, push_write


def do(unit: WorkUnit, owner: str, lease: Lease) -> dict[str, Any]:  # noqa: ARG001  the handlers' form
    """Write the export's files, push or verify them; a repeat writes them anew as another draft."""
    if unit.job.kind == KIND:
        return push_write(push=Push.objects.get(job=unit.job_id), lease=lease)
    if unit.job.kind == verifications.KIND:
        made = Verification.objects.get(job=unit.job_id)
        return verifications.verification_do(verification=made, lease=lease)
    export = Export.objects.get(job=unit.job_id)
    return export_write(export=export, lease=lease)
