"""Units of the queue `label`: a batch of labels is given, or taken back, or stale ones are."""

from __future__ import annotations

from typing import Any

from apps.core.models import WorkUnit
from apps.core.progress import progress_end, progress_tell
from apps.core.work import Lease
from apps.review import bulk
from apps.review.guidelines import labels_stale_take
from apps.review.models import Batch, Guideline


def do(unit: WorkUnit, _owner: str, lease: Lease) -> dict[str, Any]:
    """Give or take back a batch's labels, or those of an older guideline; how many there were."""
    if "guideline" in unit.payload:
        guideline = Guideline.objects.select_related("queue").get(pk=unit.payload["guideline"])
        return {"labels": labels_stale_take(guideline=guideline, check=lease.check)}
    batch = Batch.objects.select_related("created_by").get(pk=unit.payload["batch"])
    change = bulk.batch_give if unit.payload["what"] == "give" else bulk.batch_take
    key = bulk.progress_key(unit)
    labels = change(
        batch=batch,
        check=lease.check,
        tell=lambda done, total: progress_tell(key, (done, total)),
    )
    progress_end(key)
    return {"labels": labels}
