"""Writing an export: what a worker does, or the command line."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from django.db.models import Max

from apps.core import work
from apps.core.progress import progress_end, progress_tell
from apps.core.storage import StorageAwayError
from apps.exports import storing
from apps.exports.card import card
from apps.exports.choice.benchmarks import BenchmarkError
from apps.exports.choice.care import Care
from apps.exports.choice.choosing import choose
from apps.exports.choice.filters import Filters
from apps.exports.manifest import as_text, manifest
from apps.exports.models import Export
from apps.exports.services import progress_key
from apps.exports.shape import Shape
from apps.exports.storing import Part
from apps.exports.writing import write
from apps.review.filters import FilterError
from apps.review.models import Correction, Label


@dataclass(frozen=True, slots=True)
class _Seen:
    """The newest label and correction of the snapshot that was written."""

    label: int
    correction: int


def export_write(*, export: Export, lease: work.Lease) -> dict[str, Any]:
    """Write the files into a draft, and publish it when it is whole.

    Everything is read in one snapshot, so that labels given meanwhile do not tear it. An attempt
    that was ended while it published goes on there; before that it begins anew.
    Raises OSError when the disk is full; then nothing of the attempt is left.
    """
    draft = storing.draft_whole(export)
    if draft is None:
        draft = _drafted(export, lease)
    made = json.loads((draft / storing.part_name(export, Part.MANIFEST)).read_text())
    seen = _Seen(**made.pop("seen"))
    try:
        storing.publish(export, draft, check=lease.check)
    except StorageAwayError as error:
        raise OSError(f"The storage of exports does not take the files: {error}") from error
    Export.objects.filter(pk=export.pk).update(
        rows=made["rows"],
        bytes=made["bytes"],
        sha256=made["sha256"],
        manifest=made,
        last_label=seen.label,
        last_correction=seen.correction,
        looked_at=seen.label,
        changes={},
    )
    progress_end(progress_key(export))
    return {"rows": made["rows"], "left_out": made["left_out"]}


def _drafted(export: Export, lease: work.Lease) -> Path:
    draft = storing.draft_begin(export)
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            _write(export, draft, lease)
    except (BenchmarkError, FilterError) as error:
        shutil.rmtree(draft, ignore_errors=True)
        raise work.JobFailsError(str(error)) from error
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return draft


def _write(export: Export, draft: Path, lease: work.Lease) -> None:
    """Data first, the manifest last: with it the draft is whole."""
    filters, care = Filters.of(export.filters), Care.of(export.care)
    shape = Shape.of(export.shape)

    def progress(rows: int) -> None:
        lease.check()
        progress_tell(progress_key(export), rows)

    seen = {
        "label": Label.objects.aggregate(newest=Max("pk"))["newest"] or 0,
        "correction": Correction.objects.aggregate(newest=Max("pk"))["newest"] or 0,
    }
    chosen = choose(filters, care, shape, check=lease.check)
    tally, files = write(draft, storing.stem(export), chosen, shape, progress)
    made = manifest(export, chosen, tally, files)
    _save(draft / storing.CARD, card(made))
    _save(draft / storing.part_name(export, Part.MANIFEST), as_text(made | {"seen": seen}))


def _save(path: Path, text: str) -> None:
    """Whole under its name, or not there."""
    scratch = path.with_name(f".{path.name}.part")
    with scratch.open("wb") as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
