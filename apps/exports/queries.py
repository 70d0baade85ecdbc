"""What the export pages read: exports with their jobs, and the files that may be downloaded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from django.db.models import QuerySet

from apps.core.models import Figure
from apps.exports.models import Export
from apps.exports.services import folder, rows_written

PAGE = 25


class Part(StrEnum):
    """The files of an export; values are used in addresses."""

    PAIRS = "pairs"
    LINEAGE = "lineage"
    MANIFEST = "manifest"


SUFFIXES = {
    Part.PAIRS: ".jsonl",
    Part.LINEAGE: ".lineage.jsonl",
    Part.MANIFEST: ".manifest.json",
}


@dataclass(frozen=True, slots=True)
class Written:
    """How far an export is. expected: accepted pairs as counted last, before any filter."""

    rows: int
    expected: int


def exports() -> QuerySet[Export]:
    """Exports with their jobs, the newest first."""
    return Export.objects.select_related("job__created_by").order_by("-pk")


def written(export: Export) -> Written:
    """How far an export is; one query and one look into the cache."""
    figure = Figure.objects.filter(name="good").first()
    return Written(rows=rows_written(export), expected=int(figure.value) if figure else 0)


def file_of(export: Export, part: Part) -> Path | None:
    """The file of an export, None where it is not there. It lies in the exports folder, nowhere
    else, whatever the row says.
    """
    root = folder().resolve()
    if not export.file_name:
        return None
    path = (root / export.file_name).with_suffix(SUFFIXES[part]).resolve()
    return path if path.parent == root and path.is_file() else None
