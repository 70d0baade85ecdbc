"""Exports: started as a job, written by a worker, found in the exports folder."""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job
from apps.exports.models import Export
from apps.exports.records import Filters, Line, lines
from apps.generation.models import Recipe

QUEUE = "export"
SHOW_EVERY = 500
PROGRESS_SECONDS = 3600


def folder() -> Path:
    """Where exports lie; made when it is not there, for its owner only."""
    path = Path(settings.VAR_DIR) / "exports"
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def export_start(
    *, filters: Filters, tag: str = "winnow", created_by: User | None = None
) -> Export:
    """Make an export and the unit that writes it."""
    with transaction.atomic():
        job = Job.objects.create(kind="export", created_by=created_by)
        chosen = asdict(filters)
        short = hashlib.sha256(json.dumps(chosen, sort_keys=True).encode()).hexdigest()[:5]
        stamp = timezone.now().strftime("%Y%m%d_%H%M%S")
        export = Export.objects.create(
            job=job,
            filters=chosen,
            file_name=f"data-{tag}-{job.pk}-i_r-{short}-0-{stamp}.jsonl",
        )
        work.create_units(job=job, specs=[work.UnitSpec(queue=QUEUE, key="all", payload={})])
        work.planned(job=job)
    return export


def export_write(*, export: Export, lease: work.Lease) -> dict[str, Any]:
    """Write the file, its lineage and its manifest, each under a draft's name until it is whole.

    Everything is read in one snapshot, so that labels given meanwhile do not tear the file.
    Raises OSError when the disk is full; nothing under the final name is touched then.
    """
    filters = Filters(**{name: _frozen(value) for name, value in export.filters.items()})
    path = folder() / export.file_name
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        tally = _write_lines(export, filters, path, lease)
    manifest = _manifest(export, tally)
    _write_whole(path.with_suffix(".manifest.json"), json.dumps(manifest, indent=2) + "\n")
    Export.objects.filter(pk=export.pk).update(
        rows=tally.rows, bytes=tally.size, sha256=manifest["sha256"], manifest=manifest
    )
    cache.delete(_progress_key(export))
    return {"rows": tally.rows, "left_out": dict(tally.left_out)}


def rows_written(export: Export) -> int:
    """How many rows a running export has written so far."""
    return int(cache.get(_progress_key(export)) or export.rows)


@dataclass(slots=True)
class _Tally:
    """What has been written. `left_out` counts pairs by the reason they could not be exported."""

    rows: int = 0
    size: int = 0
    digest: Any = field(default_factory=hashlib.sha256)
    left_out: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    fingerprints: Counter[str] = field(default_factory=Counter)

    def add(self, line: Line, data: bytes) -> None:
        self.rows += 1
        self.size += len(data)
        self.digest.update(data)
        self.outcomes[line.lineage["verdicts"].get("overall", "none")] += 1
        self.fingerprints[line.record["fingerprint"] or "imported"] += 1


def _write_lines(export: Export, filters: Filters, path: Path, lease: work.Lease) -> _Tally:
    tally = _Tally()
    lineage_path = path.with_suffix(".lineage.jsonl")
    draft, lineage_draft = _draft(path), _draft(lineage_path)
    with draft.open("wb") as file, lineage_draft.open("wb") as lineage:
        for line in lines(filters):
            if line.reason:
                tally.left_out[line.reason] += 1
                continue
            data = _as_bytes(line.record)
            file.write(data)
            lineage.write(_as_bytes(line.lineage))
            tally.add(line, data)
            if tally.rows % SHOW_EVERY == 0:
                lease.check()
                cache.set(_progress_key(export), tally.rows, PROGRESS_SECONDS)
        _sync(file)
        _sync(lineage)
    lineage_draft.replace(lineage_path)
    draft.replace(path)
    return tally


def _as_bytes(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False, separators=(", ", ": ")).encode() + b"\n"


def _manifest(export: Export, tally: _Tally) -> dict[str, Any]:
    recipes = Recipe.objects.filter(fingerprint__in=tally.fingerprints).order_by("fingerprint")
    return {
        "file": export.file_name,
        "rows": tally.rows,
        "bytes": tally.size,
        "sha256": tally.digest.hexdigest(),
        "filters": export.filters,
        "left_out": dict(sorted(tally.left_out.items())),
        "outcomes": dict(sorted(tally.outcomes.items())),
        "recipes": [
            {
                "fingerprint": recipe.fingerprint,
                "rows": tally.fingerprints[recipe.fingerprint],
                "stages": recipe.stages,
                "model": recipe.model,
                "revision": recipe.revision,
                "engine": recipe.engine,
                "sampling": recipe.sampling,
                "examples": recipe.examples,
                "responses": recipe.responses,
                "random_seed": recipe.random_seed,
                "fewshot": str(recipe.fewshot),
                "templates_sha256": recipe.templates_hash,
            }
            for recipe in recipes.select_related("fewshot__fewshot_set")
        ],
    }


def _write_whole(path: Path, text: str) -> None:
    draft = _draft(path)
    with draft.open("wb") as file:
        file.write(text.encode())
        _sync(file)
    draft.replace(path)


def _draft(path: Path) -> Path:
    return path.with_name(f".{path.name}.part")


def _sync(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _progress_key(export: Export) -> str:
    return f"export:{export.pk}:rows"
