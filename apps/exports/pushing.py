"""Sending a finished export to the Hugging Face Hub: a job of its own, done by a worker."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.accounts.models import User
from apps.core import storage as stores
from apps.core import work
from apps.core.models import Job
from apps.core.progress import progress_end, progress_tell
from apps.exports import hub, queries, storing
from apps.exports.fetching import fetch
from apps.exports.models import Export, Push
from apps.exports.queries import Offer, push_key
from apps.exports.services import QUEUE, ExportError
from apps.exports.storing import Part

KIND = "push"
# What a data set at the Hub has beside its data. Lineage names reviewers: only where it is wanted.
_ALWAYS = (Part.CARD, Part.MANIFEST)


def push_start(
    *,
    export: Export,
    repository: str,
    is_private: bool = True,
    with_lineage: bool = False,
    created_by: User | None = None,
) -> Push:
    """Make a push and the unit that does it. Raises ExportError where there are no files."""
    if not queries.offers(export):
        raise ExportError(f"Export {export.pk} has no files (any more).")
    with transaction.atomic():
        job = Job.objects.create(kind=KIND, created_by=created_by)
        push = Push.objects.create(
            export=export, job=job, repository=repository,
            is_private=is_private, with_lineage=with_lineage,
        )  # fmt: skip
        work.create_units(job=job, specs=[work.UnitSpec(queue=QUEUE, key=KIND, payload={})])
        work.planned(job=job)
    return push


def push_write(*, push: Push, lease: work.Lease) -> dict[str, Any]:
    """Send the files. A repeat sends nothing that the Hub has already.

    Raises work.JobFailsError where a person must do something, OSError where the Hub or the
    storage is away.
    """
    export = Export.objects.select_related("job").get(pk=push.export_id)
    try:
        files = _files(export, push, lease.check)
        commit = hub.commit_files(
            push.repository,
            files,
            message=f"Export {export.pk}: {export.rows} pairs",
            is_private=push.is_private,
            outdated=_earlier(push),
            check=lease.check,
            sent=lambda number: progress_tell(push_key(push), {"sent": number, "of": len(files)}),
        )
    except (hub.HubError, ExportError) as error:
        raise work.JobFailsError(str(error)) from error
    except (hub.HubAwayError, stores.StorageAwayError) as error:
        raise OSError(str(error)) from error
    Push.objects.filter(pk=push.pk).update(commit=commit[:500])
    shutil.rmtree(_scratch(push), ignore_errors=True)
    progress_end(push_key(push))
    return {"commit": commit}


def pushed(push: Push) -> list[Offer]:
    """The files of its export that it sends."""
    others = {part.value for part in (*_ALWAYS, *([Part.LINEAGE] if push.with_lineage else []))}
    return [one for one in queries.offers(push.export) if one.split or one.part in others]


def _files(export: Export, push: Push, check: Callable[[], None]) -> dict[str, Path]:
    """Where the files lie on this machine, by name; those of a bucket are fetched first."""
    found = {}
    for offer in pushed(push):
        path = queries.path_of(export, offer)
        if path is None and stores.is_shared():
            path = _scratch(push) / offer.name
            if not path.is_file():
                fetch(export, offer, path)
        if path is None:
            raise ExportError(f"{offer.name} is not in the exports folder of this machine.")
        _is_as_written(path, offer)
        found[offer.name] = path
        check()
    if not found:
        raise ExportError(f"Export {export.pk} has no files (any more).")
    return found


def _is_as_written(path: Path, offer: Offer) -> None:
    """What is published is what the manifest says. Raises ExportError."""
    if not offer.sha256:
        return
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != offer.sha256:
        raise ExportError(f"{offer.name} is not as the manifest says: its SHA-256 is {digest}.")


def _scratch(push: Push) -> Path:
    """What is fetched from a bucket lies there meanwhile; it goes with the export's drafts."""
    path = stores.folder(storing.NAME) / f".draft-{push.export_id}-push-{push.pk}"
    if stores.is_shared():
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def _earlier(push: Push) -> set[str]:
    """Names of what earlier pushes have put there."""
    done = Push.objects.filter(repository=push.repository, commit__gt="", pk__lt=push.pk)
    names = set()
    for one in done.select_related("export"):
        names |= {file["name"] for file in one.export.manifest.get("files", [])}
        names.add(storing.part_name(one.export, Part.MANIFEST))
    return names
