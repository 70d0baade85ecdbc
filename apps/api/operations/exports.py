"""Exports: started, watched, downloaded."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from ninja import Path, Router

from apps.api.access import person
from apps.api.bodies import body_of, cleaned
from apps.api.models import Scope
from apps.api.once import made, once
from apps.api.operating import Before, Number, job_state, operation, page
from apps.api.problems import ProblemError
from apps.api.schemas import Done, ExportOut, ExportSeen, Page
from apps.core import work
from apps.exports import queries
from apps.exports.downloads import send
from apps.exports.forms import ExportForm
from apps.exports.models import Export
from apps.exports.services import export_delete, export_start, rows_written

router = Router(tags=["Exports"])
ExportBody = body_of(ExportForm, "NewExport")
Part = Annotated[str, Path(pattern="^[a-z-]{1,40}$", description="Its word in the export's list.")]
_FILE = {
    "responses": {
        200: {
            "description": "The file. A Range is answered with 206.",
            "content": {
                "application/octet-stream": {"schema": {"type": "string", "format": "binary"}}
            },
        }
    }
}


@operation(router, "GET", "/exports", Scope.READ, response=Page[ExportOut])
def exports(request: HttpRequest, before: Before = None) -> dict[str, Any]:
    """Exports, the newest first."""
    rows, more = page(queries.exports(), before)
    return {"items": [_export(row) for row in rows], "next": more}


@operation(router, "POST", "/exports", Scope.EXPORT, response={201: ExportOut}, keyed=True)
def start(request: HttpRequest, body: ExportBody) -> HttpResponse:  # type: ignore[valid-type]
    """Start an export of accepted pairs; nothing chosen means all of them."""

    def do() -> HttpResponse:
        form = cleaned(ExportForm, body)
        export = export_start(
            filters=form.filters(),
            care=form.care(),
            shape=form.shape(),
            tag=form.cleaned_data["tag"],
            created_by=person(request),
        )
        return made(ExportOut(**_export(export)), location=f"/api/v1/exports/{export.pk}")

    return once(request, do)


@operation(router, "GET", "/exports/{export_id}", Scope.READ, response=ExportSeen)
def detail(request: HttpRequest, export_id: Number) -> dict[str, Any]:
    """How far an export is; its files and its manifest when it is finished."""
    row = _found(export_id)
    names = ("part", "name", "bytes", "sha256")
    files = [{name: getattr(one, name) for name in names} for one in queries.offers(row)]
    return _export(row) | {"files": files, "manifest": row.manifest}


@operation(router, "POST", "/exports/{export_id}/stop", Scope.EXPORT, response=ExportOut)
def stop(request: HttpRequest, export_id: Number) -> dict[str, Any]:
    """Stop a running export; no file is left. 409 where it does not run."""
    row = _found(export_id)
    if not work.stop_job(job=row.job):
        raise ProblemError(409, "It is not being written.")
    return _export(_found(row.pk))


@operation(router, "DELETE", "/exports/{export_id}/files", Scope.EXPORT, response=Done)
def delete(request: HttpRequest, export_id: Number) -> dict[str, str]:
    """Delete an export's files, for good; its manifest stays. 409 while it is written."""
    export_delete(export=_found(export_id))
    return {"detail": "The files are deleted."}


@operation(
    router, "GET", "/exports/{export_id}/files/{part}", Scope.EXPORT, response=None, extra=_FILE
)
def download(request: HttpRequest, export_id: Number, part: Part) -> HttpResponseBase:
    """A file of a finished export, or where it lies in the bucket (302)."""
    row = _found(export_id)
    offer = next((one for one in queries.offers(row) if one.part == part), None)
    path = queries.path_of(row, offer) if offer else None
    link = queries.link_of(row, offer) if offer else ""
    if offer is None or not (path or link):
        raise Http404("This export has no such file (any more).")
    if link:
        return redirect(link)
    assert path is not None
    etag = offer.sha256 or f"{row.sha256[:32]}-{offer.part}"
    return send(request, path, etag=etag, as_name=offer.name)


def _found(export_id: int) -> Export:
    return get_object_or_404(queries.exports(), pk=export_id)


def _export(row: Export) -> dict[str, Any]:
    same = ("id", "file_name", "filters", "care", "shape", "sha256", "is_stale", "deleted_at")
    rows = rows_written(row) if row.job.is_running else row.rows
    return {name: getattr(row, name) for name in same} | {"job": job_state(row.job), "rows": rows}
