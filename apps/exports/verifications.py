"""Verifying an export from its page: a job of its own, done by a worker."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.core import storage as stores
from apps.core import work
from apps.core.models import Job
from apps.core.progress import progress_end, progress_of, progress_tell
from apps.exports import queries, storing
from apps.exports.fetching import fetch_all
from apps.exports.models import Export, Verification
from apps.exports.services import QUEUE, ExportError
from apps.exports.storing import Part
from apps.exports.verifying import Report, VerifyError, verify

KIND = "verify"
# Of a million rows that are run again a sandbox has work for days.
MOST_RUN = 20_000


def verification_start(
    *, export: Export, share: float = 0.0, created_by: User | None = None
) -> Verification:
    """Make a verification and the unit that does it.

    Raises ExportError where there are no files, or so many pairs would be run again that no
    sandbox is through with them soon.
    """
    if not queries.offers(export):
        raise ExportError(f"Export {export.pk} has no files (any more).")
    if share * export.rows > MOST_RUN:
        least = 100 * MOST_RUN / export.rows
        raise ExportError(f"Run {MOST_RUN:,} pairs again at most: {least:.3g} % of this export.")
    with transaction.atomic():
        job = Job.objects.create(kind=KIND, created_by=created_by)
        made = Verification.objects.create(export=export, job=job, share=share)
        work.create_units(job=job, specs=[work.UnitSpec(queue=QUEUE, key=KIND, payload={})])
        work.planned(job=job)
    return made


def verification_do(*, verification: Verification, lease: work.Lease) -> dict[str, Any]:
    """Look at the files. Nothing is written but the report, so that a repeat begins anew.

    Raises work.JobFailsError where it cannot be done, OSError where the storage is away.
    """
    export = Export.objects.get(pk=verification.export_id)

    def progress(report: Report) -> None:
        lease.check()
        progress_tell(_key(verification), asdict(report))

    try:
        with _folder(export) as folder:
            report = verify(
                folder, share=verification.share, rerun=_rerun if verification.share else None,
                progress=progress,
            )  # fmt: skip
            _manifest(export, folder, report)
    except VerifyError as error:
        raise work.JobFailsError(str(error)) from error
    except stores.StorageAwayError as error:
        raise OSError(f"The storage of exports does not give the files: {error}") from error
    Verification.objects.filter(pk=verification.pk).update(report=asdict(report))
    progress_end(_key(verification))
    return {"wrong": report.wrong}


def report_of(verification: Verification) -> dict[str, Any]:
    """The report, or what there is of it so far; {} before anything was looked at."""
    found: dict[str, Any] = verification.report or progress_of(_key(verification)) or {}
    return found


def _rerun(ids: list[int]) -> dict[int, str]:
    from apps.validation.services import responses_judge  # parsers: not for who shows the page

    return responses_judge(response_ids=ids)


def _manifest(export: Export, folder: Path, report: Report) -> None:
    """A manifest that somebody has changed with the files agrees with them, not with what is known
    of the export here.
    """
    name = storing.part_name(export, Part.MANIFEST)
    told = json.loads((folder / name).read_text())
    told.pop("seen", None)
    if told != export.manifest:
        report.file_problem(f"{name} is not the manifest that was written.")


@contextmanager
def _folder(export: Export) -> Iterator[Path]:
    """Where the files lie on this machine; those of a bucket are fetched and go afterwards."""
    if not stores.is_shared():
        yield stores.folder(storing.NAME) / storing.stem(export)
        return
    # As a draft, so that what a killed worker leaves goes with the export.
    prefix = f".draft-{export.pk}-verify-"
    scratch = Path(tempfile.mkdtemp(prefix=prefix, dir=stores.folder(storing.NAME)))
    try:
        fetch_all(export, scratch)
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _key(verification: Verification) -> str:
    return f"verification:{verification.pk}"
