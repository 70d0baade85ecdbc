"""Gathering: from a source to seeds, in work units of chunks of files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.seeds.extraction import ExtractionSettings
from apps.seeds.models import Gathering, Source
from apps.seeds.readers.base import Entry, Reader, ReadOptions, chunks
from apps.seeds.readers.opening import open_source
from apps.seeds.reading_files import read_file
from apps.seeds.storing import ReadFile, file_key, known_keys, store

QUEUE = "gather"
PLAN = "plan"
FILES_PER_CHUNK = 16_000
# A batch goes into the database when it has this many files, or seeds, or bytes of source.
BATCH_FILES = 500
BATCH_SEEDS = 5_000
BATCH_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class GatherSettings:
    """What a person may set; sizes in bytes."""

    text_column: str | None = None
    files_per_chunk: int = FILES_PER_CHUNK


def gathering_start(
    *,
    spec: str,
    settings: GatherSettings | None = None,
    limit: int | None = None,
    created_by: User | None = None,
) -> Gathering:
    """Make a gathering over `spec` (a path or hf:…) and the unit that plans it.

    Raises SourceError when there is no such source.
    """
    settings = settings or GatherSettings()
    if not spec.startswith("hf:"):
        spec = str(Path(spec).resolve())
    reader = open_source(spec, options=_options(settings))
    source, _ = Source.objects.get_or_create(
        spec=spec, defaults={"kind": type(reader).__name__.removesuffix("Reader").lower()}
    )
    job = Job.objects.create(kind="gather", created_by=created_by)
    gathering = Gathering.objects.create(
        source=source, job=job, settings=asdict(settings), limit=limit
    )
    work.create_units(job=job, specs=[work.UnitSpec(queue=QUEUE, key=PLAN, payload={})])
    return gathering


def unit_do(*, unit: WorkUnit, lease: work.Lease) -> dict[str, Any]:
    """Do one unit of a gathering: plan it, or gather a chunk. Returns its result."""
    gathering = Gathering.objects.select_related("source", "job").get(job=unit.job_id)
    if unit.key == PLAN:
        return _plan(gathering, lease)
    return _gather_chunk(gathering, unit, lease)


def _plan(gathering: Gathering, lease: work.Lease) -> dict[str, Any]:
    """Make a unit per chunk; a repeat finds those that are there. Then the job may end."""
    settings = GatherSettings(**gathering.settings)
    made = 0
    for number, chunk in enumerate(
        chunks(_reader(gathering).manifest(), items=settings.files_per_chunk)
    ):
        lease.check()
        made += work.create_units(
            job=gathering.job,
            specs=[
                work.UnitSpec(
                    queue=QUEUE,
                    key=f"chunk-{number:06d}",
                    payload={
                        "entries": [entry.to_json() for entry in chunk],
                        "files": sum(entry.items for entry in chunk),
                    },
                )
            ],
        )
    Job.objects.filter(pk=gathering.job_id).update(is_planned=True)
    return {"chunks": made}


def _gather_chunk(gathering: Gathering, unit: WorkUnit, lease: work.Lease) -> dict[str, Any]:
    entries = [Entry.from_json(entry) for entry in unit.payload["entries"]]
    known = 0
    for batch in _batches(gathering, _reader(gathering), entries):
        lease.check()
        known += batch.known
        if store(gathering=gathering, files=batch.files) == 0:
            _end_at_limit(gathering)
            break
    return {"known": known}


@dataclass(slots=True)
class Batch:
    """New files with their seeds, and how many others an earlier gathering had stored."""

    files: list[ReadFile]
    known: int = 0


def _batches(gathering: Gathering, reader: Reader, entries: list[Entry]) -> Iterator[Batch]:
    settings = ExtractionSettings()
    waiting: list[Any] = []
    held = 0
    for origin in reader.read(entries):
        waiting.append(origin)
        held += len(getattr(origin, "data", b""))
        if len(waiting) >= BATCH_FILES or held >= BATCH_BYTES:
            yield from _read_new(gathering, waiting, settings)
            waiting, held = [], 0
    if waiting:
        yield from _read_new(gathering, waiting, settings)


def _read_new(
    gathering: Gathering, origins: list[Any], settings: ExtractionSettings
) -> Iterator[Batch]:
    """Read what is not stored yet; large finds are handed on before all files are read."""
    keys = [file_key(origin) for origin in origins]
    stored = known_keys(gathering=gathering, keys=keys)
    batch = Batch(files=[], known=sum(1 for by in stored.values() if by != gathering.pk))
    seeds = 0
    for key, origin in zip(keys, origins, strict=True):
        if key in stored:
            continue
        file = read_file(origin, settings)
        batch.files.append(file)
        seeds += len(file.seeds)
        if seeds >= BATCH_SEEDS:
            yield batch
            batch, seeds = Batch(files=[]), 0
    yield batch


def _end_at_limit(gathering: Gathering) -> None:
    """The limit is reached: chunks that have not begun are dropped, and the job can end."""
    gathering.job.units.filter(status=WorkUnit.Status.WAITING).delete()


def _reader(gathering: Gathering) -> Reader:
    return open_source(
        gathering.source.spec, options=_options(GatherSettings(**gathering.settings))
    )


def _options(settings: GatherSettings) -> ReadOptions:
    return ReadOptions(text_column=settings.text_column)
