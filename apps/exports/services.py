"""Exports: started as a job, deleted on purpose; `exporting` writes them."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core import work
from apps.core.excuses import is_nobodys_fault
from apps.core.models import Job
from apps.core.progress import progress_of
from apps.core.storage import StorageAwayError
from apps.exports import storing
from apps.exports.choice.care import Care
from apps.exports.choice.filters import Filters
from apps.exports.models import BenchmarkRuling, Export
from apps.exports.shape import Shape
from apps.generation.models import Response

log = logging.getLogger(__name__)
QUEUE = "export"


class ExportError(Exception):
    """Why something cannot be done with an export, in a sentence for who asked."""


def export_start(
    *,
    filters: Filters,
    care: Care | None = None,
    shape: Shape | None = None,
    tag: str = "winnow",
    created_by: User | None = None,
) -> Export:
    """Make an export and the unit that writes it."""
    care, shape = care or Care(), shape or Shape()
    with transaction.atomic():
        job = Job.objects.create(kind="export", created_by=created_by)
        chosen = {"filters": filters.stored(), "care": care.stored(), "shape": shape.stored()}
        short = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:5]
        stamp = timezone.now().strftime("%Y%m%d_%H%M%S")
        export = Export.objects.create(
            job=job,
            file_name=f"data-{tag}-{job.pk}-i_r-{short}-0-{stamp}.{shape.file}",
            **chosen,
        )
        work.create_units(job=job, specs=[work.UnitSpec(queue=QUEUE, key="all", payload={})])
        work.planned(job=job)
    return export


def export_delete(*, export: Export) -> None:
    """Delete an export's files. Its row, manifest and hashes stay: what it was is still known.

    That they are deleted is written first; they themselves go when that is committed, or, where
    the process dies or the bucket is away, with `exports_remove`. Raises ExportError while it is
    being written, or pushed.
    """
    export.job.refresh_from_db()
    if export.job.is_running:
        raise ExportError("It is being written: stop it first.")
    if export.pushes.filter(job__status=Job.Status.RUNNING).exists():
        raise ExportError("It is being pushed to the Hub: stop that first.")
    Export.objects.filter(pk=export.pk, deleted_at=None).update(deleted_at=timezone.now())
    transaction.on_commit(lambda: _remove(export))


def exports_expire() -> int:
    """Delete the files of exports that are older than the setting says; how many there were."""
    if settings.WINNOW_EXPORT_DAYS <= 0:
        return 0
    before = timezone.now() - timedelta(days=settings.WINNOW_EXPORT_DAYS)
    old = (
        Export.objects.select_related("job")
        .filter(deleted_at=None, job__finished_at__lt=before)
        .exclude(job__status=Job.Status.RUNNING)
        .exclude(pushes__job__status=Job.Status.RUNNING)
    )
    return sum(_guarded(export, _expire) for export in old)


def _expire(export: Export) -> bool:
    export_delete(export=export)
    return True


def _guarded(export: Export, do: Callable[[Export], bool]) -> bool:
    """An export that something is odd about keeps no other from what is due."""
    try:
        return do(export)
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        log.exception("Export %s is left as it is", export.pk)
        return False


def exports_remove() -> int:
    """Remove the files of deleted exports that are still there; of how many exports they are gone
    now.
    """
    left = Export.objects.filter(deleted_at__isnull=False, removed_at=None)
    return sum(_guarded(export, _remove) for export in left)


def _remove(export: Export) -> bool:
    # Whoever asks waits for no bucket: it is tried again.
    try:
        storing.remove(export, patience=0.0)
    except StorageAwayError as error:
        log.warning("Export %s is deleted, its files are not yet gone: %s", export.pk, error)
        return False
    Export.objects.filter(pk=export.pk).update(removed_at=timezone.now())
    return True


def benchmark_ruling_make(
    *, response: Response, benchmark: str, number: int, keeps: bool, made_by: User | None
) -> BenchmarkRuling:
    """Say whether a pair that a benchmark's question was found in stays in later exports."""
    made, _ = BenchmarkRuling.objects.update_or_create(
        response=response,
        benchmark=benchmark,
        number=number,
        defaults={"keeps": keeps, "made_by": made_by},
    )
    return made


def rows_written(export: Export) -> int:
    """How many rows a running export has written so far."""
    return int(progress_of(progress_key(export)) or export.rows)


def progress_key(export: Export) -> str:
    """The name under which a running export says how far it is."""
    return f"export:{export.pk}:rows"
