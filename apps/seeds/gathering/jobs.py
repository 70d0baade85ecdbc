"""Gathering: from a source to seeds, in work units of chunks of files."""

from __future__ import annotations

import logging
import os
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import psutil
from django.utils import timezone

from apps.accounts.models import User
from apps.core import work
from apps.core.excuses import excuse_for, is_nobodys_fault
from apps.core.models import Job, WorkUnit
from apps.seeds.choice.keeping import Bounds
from apps.seeds.gathering.file_process import FileProcess
from apps.seeds.gathering.files import CRASHED, Limits, ReadFile, file_key
from apps.seeds.gathering.neighbours import Neighbours
from apps.seeds.gathering.reading_files import read_file
from apps.seeds.gathering.settings import GatherSettings
from apps.seeds.gathering.storing import kept_total, known_files, store
from apps.seeds.gathering.summary import summary
from apps.seeds.models import Gathering, Source
from apps.seeds.readers.base import (
    Entry,
    LicencePolicy,
    Outcome,
    Reader,
    SourceError,
    SourceItem,
    chunks,
)
from apps.seeds.readers.opening import kind_of_source, open_source, whole_spec
from apps.seeds.uploads import upload_here
from apps.sql.dialects import Dialect

log = logging.getLogger(__name__)

QUEUE = "gather"
PLAN = "plan"
# A batch goes into the database when it has this many files, or seeds, or bytes of source.
BATCH_FILES = 500
BATCH_SEEDS = 5_000
BATCH_BYTES = 16 * 1024 * 1024
Told = Callable[[], None]


def source_check(*, spec: str, settings: GatherSettings) -> None:
    """Open a source and look at its first rows, which may take minutes.

    Raises SourceError when it cannot be read.
    """
    open_source(whole_spec(spec), options=settings.read_options())


def gathering_start(
    *,
    spec: str,
    settings: GatherSettings | None = None,
    limit: int | None = None,
    created_by: User | None = None,
) -> Gathering:
    """Make a gathering over `spec` (a path or hf:…) and the unit that plans it.

    Only what is quick is looked at: the unit opens the source, and fails the job with the reason
    when it cannot. Raises SourceError for a path that is not there and a name that is none.
    """
    settings = settings or GatherSettings()
    spec = whole_spec(spec)
    source, _ = Source.objects.get_or_create(spec=spec, defaults={"kind": kind_of_source(spec)})
    job = Job.objects.create(kind="gather", created_by=created_by)
    gathering = Gathering.objects.create(
        source=source, job=job, settings=settings.to_json(), limit=limit
    )
    work.create_units(job=job, specs=[work.UnitSpec(queue=QUEUE, key=PLAN, payload={})])
    return gathering


def gathering_resume(*, gathering: Gathering) -> bool:
    """Let a gathering go on where it was stopped, failed or killed; false when it has ended.

    Units of workers of this machine that have died are free at once, others' when their lease
    runs out.
    """
    work.resume_job(job=gathering.job)
    gathering.job.refresh_from_db()
    if not gathering.job.is_running:
        return False
    stands = summary(gathering)
    gathering.resumed_at = timezone.now()
    gathering.files_before, gathering.share_before = stands.files_total, stands.done_share
    gathering.save(update_fields=["resumed_at", "files_before", "share_before"])
    for unit in gathering.job.units.filter(status=WorkUnit.Status.LEASED):
        if _has_died(unit.lease_owner):
            work.release(unit=unit, owner=unit.lease_owner)
    return True


def _has_died(owner: str) -> bool:
    """Owners are host:process:…; of another host nothing is known."""
    host, _, rest = owner.partition(":")
    number = rest.partition(":")[0]
    if host != socket.gethostname() or not number.isdecimal() or int(number) == os.getpid():
        return False
    return not psutil.pid_exists(int(number))


def unit_do(*, unit: WorkUnit, lease: work.Lease, told: Told = lambda: None) -> dict[str, Any]:
    """Do one unit of a gathering: plan it, or gather a chunk. Returns its result.

    `told` is called for everything that the plan lists and after every batch that is in the
    database.
    """
    gathering = Gathering.objects.select_related("source", "job").get(job=unit.job_id)
    if unit.key == PLAN:
        return _plan(gathering, lease, told)
    return _gather_chunk(gathering, unit, lease, told)


def _plan(gathering: Gathering, lease: work.Lease, told: Told) -> dict[str, Any]:
    """Make a unit per chunk; a repeat finds those that are there. Then the job may end."""
    settings = GatherSettings.from_json(gathering.settings)
    made = files = size = 0
    try:
        reader = open_source(upload_here(gathering.source.spec), options=settings.read_options())
    except SourceError as error:
        if excuse_for(error):
            raise
        raise work.JobFailsError(str(error)) from error
    listed = _telling(reader.manifest(), told)
    for number, chunk in enumerate(chunks(listed, items=settings.files_per_chunk)):
        lease.check()
        if _is_full(gathering):
            break
        files += sum(entry.items for entry in chunk)
        size += sum(entry.size for entry in chunk)
        payload = {"entries": [entry.to_json() for entry in chunk]}
        spec = work.UnitSpec(queue=QUEUE, key=f"chunk-{number:06d}", payload=payload)
        made += work.create_units(job=gathering.job, specs=[spec])
    Job.objects.filter(pk=gathering.job_id).update(is_planned=True)
    return {"chunks": made, "files": files, "bytes": size}


def _telling(entries: Iterable[Entry], told: Told) -> Iterator[Entry]:
    for entry in entries:
        told()
        yield entry


def _is_full(gathering: Gathering) -> bool:
    return gathering.limit is not None and kept_total(gathering) >= gathering.limit


def _gather_chunk(
    gathering: Gathering, unit: WorkUnit, lease: work.Lease, told: Told
) -> dict[str, Any]:
    known = 0
    entries = [Entry.from_json(entry) for entry in unit.payload["entries"]]
    with Chunk(gathering) as chunk:
        for batch in () if _is_full(gathering) else chunk.batches(entries):
            lease.check()
            known += batch.known
            left = store_each(gathering=gathering, files=batch.files, bounds=chunk.bounds)
            if batch.files:
                work.got_on(unit=unit, owner=unit.lease_owner)
            told()
            if left is not None and left <= 0:
                _end_at_limit(gathering)
                break
    return {"known": known}


def store_each(*, gathering: Gathering, files: Sequence[ReadFile], bounds: Bounds) -> int | None:
    """Store a batch, and where one of its files cannot be stored, that one as failed.

    Raises what the database says when it is away: then nothing of a file is to blame.
    """
    try:
        return store(gathering=gathering, files=files, bounds=bounds)
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        if len(files) > 1:
            left = [store_each(gathering=gathering, files=[file], bounds=bounds) for file in files]
            return left[-1]
        log.exception("What was read of %s cannot be stored", files[0].path)
        message = f"Winnow failed over it ({type(error).__name__}: {error}); the log says where."
        failed = replace(
            files[0], seeds=[], rejections=[], counts=Counter(), reason=CRASHED,
            message=message.replace("\0", "\u2400")[:2000],
        )  # fmt: skip
        return store(gathering=gathering, files=[failed], bounds=bounds)


@dataclass(slots=True)
class Batch:
    """New files with their seeds, and how many others an earlier gathering had stored."""

    files: list[ReadFile] = field(default_factory=list)
    known: int = 0


class Chunk:
    """Reads the files of one chunk, large ones in a child process that ends with the chunk."""

    def __init__(self, gathering: Gathering) -> None:
        self._settings = GatherSettings.from_json(gathering.settings)
        self._extraction = self._settings.extraction()
        self._limits = Limits(self._settings.file_seconds, self._settings.file_memory)
        self._process = FileProcess()
        self._neighbours = Neighbours()
        self._gathering = gathering
        self.bounds = self._settings.bounds(gathering.limit)

    def __enter__(self) -> Chunk:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.close()

    def batches(self, entries: list[Entry]) -> Iterator[Batch]:
        """Batches to store, in the order of the files; contents are let go as they are read."""
        options = self._settings.read_options()
        reader: Reader = open_source(upload_here(self._gathering.source.spec), options=options)
        waiting: list[Outcome] = []
        held = 0
        for origin in reader.read(entries):
            waiting.append(origin)
            held += len(origin.data) if isinstance(origin, SourceItem) else 0
            if len(waiting) >= BATCH_FILES or held >= BATCH_BYTES:
                del origin
                yield from self._read_new(waiting)
                waiting, held = [], 0
        if waiting:
            yield from self._read_new(waiting)

    def _read_new(self, origins: list[Outcome]) -> Iterator[Batch]:
        """Read what is not stored yet; large finds are handed on before all files are read.

        Files that say nothing of their dialect come last, when all others here have spoken.
        """
        keys = [file_key(origin) for origin in origins]
        stored = known_files(gathering=self._gathering, keys=keys)
        batch = Batch(
            known=sum(1 for one in stored.values() if one.gathering != self._gathering.pk)
        )
        waiting: list[tuple[bytes, Outcome]] = []
        seeds = 0
        origins.reverse()
        for key in keys:
            origin = origins.pop()
            file = None if key in stored else self._read(origin, key, None)
            dialect = file.dialect if file else stored[key].own_dialect
            self._neighbours.add(origin.repository, origin.path, Dialect(dialect))
            if file and file.waits:
                waiting.append((key, origin))
            elif file:
                batch.files.append(file)
                seeds += len(file.seeds)
            if seeds >= BATCH_SEEDS:
                yield batch
                batch, seeds = Batch(), 0
        del origin
        for key, origin in waiting:
            near = self._neighbours.of(origin.repository, origin.path)
            file = self._read(origin, key, near)
            file.dialect_of_neighbours = bool(near)
            batch.files.append(file)
        yield batch

    def _read(self, origin: Outcome, key: bytes, neighbours: Counter[Dialect] | None) -> ReadFile:
        return read_file(
            origin,
            key=key,
            settings=self._extraction,
            seeds_per_file=self._settings.seeds_per_file,
            policy=LicencePolicy(self._settings.licences),
            neighbours=neighbours,
            process=self._process,
            limits=self._limits,
        )


def _end_at_limit(gathering: Gathering) -> None:
    """The limit is reached: chunks that have not begun are dropped, and the job can end. A plan
    that waits for another attempt stays: the job ends only when it has said that there is no more.
    """
    gathering.job.units.filter(status=WorkUnit.Status.WAITING).exclude(key=PLAN).delete()
