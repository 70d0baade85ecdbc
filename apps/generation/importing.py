"""Finished pairs of this or another pipeline, brought in to be validated and reviewed.

A file is stored and named here; a work unit reads it, batch by batch, and goes on where another
worker was ended.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import IO, Any

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.core import work
from apps.core.excuses import is_nobodys_fault
from apps.core.models import Job, WorkUnit
from apps.generation.import_reading import BadRow, Pair, name_details, read_pairs
from apps.generation.models import Import, Instruction, Response
from apps.generation.runs import VALIDATE_QUEUE
from apps.seeds.uploads import upload_here

log = logging.getLogger(__name__)

QUEUE = "import"
READ = "read"
# A batch is stored when it has so many pairs, or records, or bytes of the file.
BATCH = 512
BATCH_RECORDS = 5_000
BATCH_BYTES = 16 * 1024 * 1024
# Also a small file is validated by several workers side by side.
UNITS_PER_BATCH = 8
FEWEST_PER_UNIT = 4
SAMPLES = 100  # rejections that are kept to look at, of all that are counted
# After so many broken records and no pair the file is another thing than what was meant.
MOST_BAD = 10_000


def import_start(
    *, path: Path, file_name: str, created_by: User | None = None, is_sample: bool = False
) -> tuple[Import, bool]:
    """Make an import of a file of pairs, in any of the forms of `import_formats`, and the unit that
    reads it; the file stays at `path` until then.

    Returns the import, and whether it is new: a file with the same bytes is brought in once; one
    that failed is tried again. Raises OSError where the file cannot be read.
    """
    digest = _sha256(path)
    known = Import.objects.select_related("job").filter(sha256=digest).first()
    if known:
        if known.job and known.job.status == Job.Status.FAILED:
            Import.objects.filter(pk=known.pk).update(path=str(path))
            work.resume_job(job=known.job)
        return known, False
    try:
        with transaction.atomic():
            job = Job.objects.create(kind="import", created_by=created_by)
            made = Import.objects.create(
                file_name=file_name[:300],
                sha256=digest,
                path=str(path),
                size=path.stat().st_size,
                job=job,
                name_details=name_details(file_name),
                created_by=created_by,
                is_sample=is_sample,
            )
            work.create_units(job=job, specs=[work.UnitSpec(queue=QUEUE, key=READ, payload={})])
            return made, True
    except IntegrityError:
        # Somebody else brought the same bytes in meanwhile; else the error is another one.
        known = Import.objects.filter(sha256=digest).first()
        if known is None:
            raise
        return known, False


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def import_read(*, unit: WorkUnit, lease: work.Lease) -> dict[str, Any]:
    """Do an import's unit: read what is not stored yet. The responses are sent to validation as
    they are stored, and from there to the reviewers.

    Raises JobFailsError when the file is gone, or nothing of it is a pair.
    """
    made = Import.objects.select_related("job").get(job=unit.job_id)
    try:
        with Path(upload_here(made.path)).open("rb") as stream:
            for batch in _batches(stream, made.records):
                lease.check()
                made = _store(made, batch)
                work.got_on(unit=unit, owner=unit.lease_owner)
                if not made.rows and made.rejected >= MOST_BAD:
                    break
    except FileNotFoundError as error:
        raise work.JobFailsError(
            f"{made.path} is not there: workers on other machines must share the folder of uploads,"
            " or a bucket (WINNOW_STORAGE_BUCKET)."
        ) from error
    if not made.rows:
        raise work.JobFailsError(_nothing(made))
    Job.objects.filter(pk=unit.job_id).update(is_planned=True)
    return {"pairs": made.rows, "rejected": made.rejected}


@dataclass(slots=True)
class Batch:
    """Some records that follow each other: the pairs, and what is none. `first` is the number of
    the first record, `after` that of the one behind the last, `place` the bytes read.
    """

    first: int
    after: int = 0
    place: int = 0
    pairs: list[Pair] = field(default_factory=list)
    bad: list[BadRow] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.after = self.first

    def add(self, item: Pair | BadRow) -> None:
        self.after = item.row + 1
        if isinstance(item, Pair):
            self.pairs.append(item)
        else:
            self.bad.append(item)

    def is_full(self, begun: int) -> bool:
        return (
            len(self.pairs) >= BATCH
            or self.after - self.first >= BATCH_RECORDS
            or self.place - begun >= BATCH_BYTES
        )


def _batches(stream: IO[bytes], first: int) -> Iterator[Batch]:
    """The records of a file from number `first` on; the last batch may be empty."""
    batch, begun = Batch(first), 0
    for item in read_pairs(stream):
        if item.row < first:
            continue
        batch.add(item)
        batch.place = stream.tell()
        if batch.is_full(begun):
            yield batch
            batch, begun = Batch(batch.after), batch.place
    batch.place = stream.tell()
    yield batch


def _store(made: Import, batch: Batch) -> Import:
    """One transaction: the batch's rows, the units that validate them, and how far it is read.

    Raises LeaseLostError when another worker has read on meanwhile.
    """
    with transaction.atomic():
        made = Import.objects.select_for_update().select_related(None).get(pk=made.pk)
        if made.records != batch.first:
            raise work.LeaseLostError(f"import {made.pk} was read on by another worker")
        _write_each(made, batch)
        reasons = Counter(made.reasons) + Counter(bad.reason for bad in batch.bad)
        made.reasons = dict(reasons.most_common())
        made.rejections += [_told(bad) for bad in batch.bad][: SAMPLES - len(made.rejections)]
        made.rows += len(batch.pairs)
        made.rejected += len(batch.bad)
        made.records, made.place = batch.after, batch.place
        made.save()
    return made


def _told(bad: BadRow) -> dict[str, Any]:
    return {"row": bad.row, "line": bad.line, "reason": bad.reason, "message": bad.message}


def _nothing(made: Import) -> str:
    if not made.rejections:
        return f"{made.file_name} has no records: it is empty."
    first = made.rejections[0]
    stage = made.name_details.get("stage", "i_r")
    hint = "" if stage == "i_r" else f" By its name it is of the stage {stage}: no pairs yet."
    which = "first " if made.rejected >= MOST_BAD else ""
    return (
        f"None of the {which}{made.rejected:,} records of {made.file_name} is a pair with"
        f" instruction and response. Line {first['line']}: {first['message']}{hint}"
    )


def _write_each(made: Import, batch: Batch) -> None:
    """Write a batch's pairs; one that cannot be stored is among those that are none from then on,
    with the reason.
    """
    waiting, batch.pairs = [batch.pairs], []
    while waiting:
        pairs = waiting.pop()
        try:
            with transaction.atomic():
                _write(made, pairs)
            batch.pairs += pairs
        except Exception as error:
            if is_nobodys_fault(error) or not pairs:
                raise
            if len(pairs) > 1:
                waiting += [[pair] for pair in reversed(pairs)]
                continue
            (pair,) = pairs
            log.exception("Record %s of import %s cannot be stored", pair.row, made.pk)
            said = f"It cannot be stored ({type(error).__name__}: {error})."
            message = said.replace("\0", "\u2400")[:300]
            batch.bad.append(BadRow(pair.row, pair.line, "not_stored", message))


def _write(made: Import, pairs: Sequence[Pair]) -> None:
    """Rows of a batch and the units that validate them."""
    instructions = Instruction.objects.bulk_create(
        Instruction(imported=made, import_row=pair.row, record=pair.record, text=pair.instruction)
        for pair in pairs
    )
    responses = Response.objects.bulk_create(
        Response(instruction=instruction, text=pair.response)
        for instruction, pair in zip(instructions, pairs, strict=True)
    )
    ids = [response.pk for response in responses]
    share = max(FEWEST_PER_UNIT, ceil(len(ids) / UNITS_PER_BATCH))
    assert made.job
    work.create_units(
        job=made.job,
        specs=[
            work.UnitSpec(
                queue=VALIDATE_QUEUE,
                key=f"responses-{ids[start]:012d}",
                payload={"responses": ids[start : start + share]},
            )
            for start in range(0, len(ids), share)
        ],
    )
