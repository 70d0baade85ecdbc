"""Finished pairs that are brought in."""

from __future__ import annotations

from typing import Annotated, Any

from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router

from apps.accounts.audit import deed, notes_deeds
from apps.api.access import person
from apps.api.models import Scope
from apps.api.once import made
from apps.api.operating import Before, Number, job_state, operation, page
from apps.api.problems import ProblemError
from apps.api.schemas import ImportOut, Page
from apps.core import work
from apps.generation.importing import import_start
from apps.generation.models import Import
from apps.generation.views_imports import MOST_BYTES
from apps.seeds.uploads import upload_store

router = Router(tags=["Imports"])
_PIECE = 1 << 18
_BYTES = {"schema": {"type": "string", "format": "binary"}}
_FILE = {"requestBody": {"required": True, "content": {"application/jsonl": _BYTES}}}
FileName = Annotated[
    str,
    Query(min_length=1, max_length=200, pattern="^[A-Za-z0-9 ._()+-]+$", description="Its name."),
]


@operation(router, "GET", "/imports", Scope.READ, response=Page[ImportOut])
def imports(request: HttpRequest, before: Before = None) -> dict[str, Any]:
    """Imports, the newest first."""
    rows, more = page(_imports(), before)
    return {"items": [_import(row) for row in rows], "next": more}


@operation(
    router,
    "POST",
    "/imports",
    Scope.RUN,
    response={200: ImportOut, 201: ImportOut},
    extra=_FILE,
)
@notes_deeds
def start(request: HttpRequest, file_name: FileName = "pairs.jsonl") -> HttpResponse:
    """Bring a file in: the body is the file, JSONL or a JSON array of records, 64 MiB at most. A
    worker reads its pairs. The same bytes are brought in once: then the answer is 200 with the
    import that is there.
    """
    with _file(request, file_name) as upload:
        path = upload_store(upload)
    with deed(request) as noted:
        row, is_new = import_start(path=path, file_name=file_name, created_by=person(request))
        noted.status = 201 if is_new else 200
    out = ImportOut(**_import(_imports().get(pk=row.pk)))
    return made(out, status=201 if is_new else 200, location=f"/api/v1/imports/{row.pk}")


@operation(router, "GET", "/imports/{import_id}", Scope.READ, response=ImportOut)
def detail(request: HttpRequest, import_id: Number) -> dict[str, Any]:
    """How far an import is read, and what was rejected."""
    return _import(get_object_or_404(_imports(), pk=import_id))


@operation(router, "POST", "/imports/{import_id}/stop", Scope.RUN, response=ImportOut)
def stop(request: HttpRequest, import_id: Number) -> dict[str, Any]:
    """Stop bringing a file in; what is done is kept. 409 where it does not run."""
    row = get_object_or_404(_imports(), pk=import_id)
    if not (row.job and work.stop_job(job=row.job)):
        raise ProblemError(409, "It is not being brought in.")
    return _import(_imports().get(pk=row.pk))


@operation(router, "POST", "/imports/{import_id}/resume", Scope.RUN, response=ImportOut)
def resume(request: HttpRequest, import_id: Number) -> dict[str, Any]:
    """Let an import that was stopped or failed go on. 409 where it is neither."""
    row = get_object_or_404(_imports(), pk=import_id)
    if not (row.job and work.resume_job(job=row.job)):
        raise ProblemError(409, "It was neither stopped nor did it fail.")
    return _import(_imports().get(pk=row.pk))


def _file(request: HttpRequest, name: str) -> TemporaryUploadedFile:
    """The body in a temporary file. Raises ProblemError 422 without a body, 413
    before more than the most is on disk.
    """
    upload = TemporaryUploadedFile(name, "application/jsonl", 0, None)
    size = 0
    while piece := request.read(_PIECE):
        size += len(piece)
        if size > MOST_BYTES:
            upload.close()
            raise ProblemError(413, f"A file has {MOST_BYTES // 2**20} MiB at most.")
        upload.write(piece)
    if not size:
        upload.close()
        raise ProblemError(422, "The body is empty: send the file as it is.")
    upload.size = size
    upload.seek(0)
    return upload


def _imports() -> Any:
    return Import.objects.select_related("job__created_by")


def _import(row: Import) -> dict[str, Any]:
    same = ("id", "file_name", "sha256", "rejected", "reasons", "rejections", "created_at")
    return {name: getattr(row, name) for name in same} | {
        "bytes": row.size,
        "bytes_read": row.place,
        "pairs": row.rows,
        "job": job_state(row.job) if row.job else None,
    }
