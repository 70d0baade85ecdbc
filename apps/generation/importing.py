"""Finished pairs of this or another pipeline, brought in to be validated and reviewed."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import IO, Any

from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job
from apps.generation.import_reading import BadRow, Pair, name_details, read_pairs
from apps.generation.models import Import, Instruction, Response
from apps.generation.runs import VALIDATE_QUEUE

BATCH = 512
RESPONSES_PER_UNIT = 64
SAMPLES = 100  # rejections that are kept to look at, of all that are counted


class ImportRefusedError(Exception):
    """Nothing of the file can be brought in; the message says why."""


def pairs_import(
    *,
    stream: IO[bytes],
    file_name: str,
    created_by: User | None = None,
    is_sample: bool = False,
) -> tuple[Import, bool]:
    """Bring in the pairs of a file of output records, JSONL or a JSON array.

    All of them or none: one transaction, at whose end the responses are sent to validation and
    from there to the reviewers. Returns the import, and whether it is new: a file with the same
    bytes is brought in once. Raises ImportRefusedError when no row is a pair.
    """
    digest = _sha256(stream)
    known = Import.objects.filter(sha256=digest).first()
    if known:
        return known, False
    try:
        with transaction.atomic():
            return _import(stream, file_name, digest, created_by, is_sample), True
    except IntegrityError:
        # Somebody else brought the same bytes in meanwhile; else the error is another one.
        known = Import.objects.filter(sha256=digest).first()
        if known is None:
            raise
        return known, False


def _sha256(stream: IO[bytes]) -> str:
    stream.seek(0)
    digest = hashlib.sha256()
    while piece := stream.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()


def _import(
    stream: IO[bytes], file_name: str, digest: str, created_by: User | None, is_sample: bool
) -> Import:
    job = Job.objects.create(kind="import", created_by=created_by)
    made = Import.objects.create(
        file_name=file_name[:300],
        sha256=digest,
        job=job,
        name_details=name_details(file_name),
        created_by=created_by,
        is_sample=is_sample,
    )
    reasons: Counter[str] = Counter()
    waiting: list[Pair] = []
    for item in read_pairs(stream):
        if isinstance(item, BadRow):
            reasons[item.reason] += 1
            if reasons.total() <= SAMPLES:
                made.rejections.append(_told(item))
            continue
        waiting.append(item)
        if len(waiting) == BATCH:
            _write(made, job, waiting)
            waiting = []
    _write(made, job, waiting)
    made.rejected, made.reasons = reasons.total(), dict(reasons.most_common())
    made.save(update_fields=["rows", "rejected", "rejections", "reasons"])
    if not made.rows:
        raise ImportRefusedError(_nothing(made))
    work.planned(job=job)
    return made


def _told(bad: BadRow) -> dict[str, Any]:
    return {"row": bad.row, "line": bad.line, "reason": bad.reason, "message": bad.message}


def _nothing(made: Import) -> str:
    if not made.rejections:
        return f"{made.file_name} has no records: it is empty."
    first = made.rejections[0]
    stage = made.name_details.get("stage", "i_r")
    hint = "" if stage == "i_r" else f" By its name it is of the stage {stage}: no pairs yet."
    return (
        f"None of the {made.rejected:,} records of {made.file_name} is a pair with instruction and"
        f" response. Line {first['line']}: {first['message']}{hint}"
    )


def _write(made: Import, job: Job, pairs: Sequence[Pair]) -> None:
    """Rows of a batch and the units that validate them, in the import's transaction."""
    instructions = Instruction.objects.bulk_create(
        Instruction(imported=made, import_row=pair.row, record=pair.record, text=pair.instruction)
        for pair in pairs
    )
    responses = Response.objects.bulk_create(
        Response(instruction=instruction, text=pair.response)
        for instruction, pair in zip(instructions, pairs, strict=True)
    )
    ids = [response.pk for response in responses]
    work.create_units(
        job=job,
        specs=[
            work.UnitSpec(
                queue=VALIDATE_QUEUE,
                key=f"responses-{ids[start]:012d}",
                payload={"responses": ids[start : start + RESPONSES_PER_UNIT]},
            )
            for start in range(0, len(ids), RESPONSES_PER_UNIT)
        ],
    )
    made.rows += len(ids)
