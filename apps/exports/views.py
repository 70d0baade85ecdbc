"""Pages of exports: the list, a new one, one with its progress, manifest and files."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.core import work
from apps.core.params import number_in
from apps.exports import queries
from apps.exports.forms import ExportForm
from apps.exports.models import Export
from apps.exports.queries import Part
from apps.exports.services import export_start, rows_written


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Exports, the newest first, by keyset; asked again by htmx while one of them is running."""
    rows = queries.exports()
    before = number_in(request, "before")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    page = list(rows[: queries.PAGE + 1])
    shown = page[: queries.PAGE]
    context = {
        "exports": [(export, _rows(export)) for export in shown],
        "running": any(export.job.is_running for export in shown),
        "more": shown[-1].pk if len(page) > queries.PAGE else None,
    }
    template = "exports/index.html#list" if request.htmx else "exports/index.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def new(request: HttpRequest) -> HttpResponse:
    """A form for which pairs; a POST starts the export."""
    form = ExportForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        export = export_start(
            filters=form.filters(), tag=form.cleaned_data["tag"], created_by=current_user(request)
        )
        return redirect("exports:export", export.pk)
    return render(request, "exports/new.html", {"form": form})


@require_safe
def detail(request: HttpRequest, export_id: int) -> HttpResponse:
    """One export: its progress (asked again by htmx until it ends), files and manifest."""
    export = _export(export_id)
    files = {part.value: queries.file_of(export, part) for part in Part}
    context = {
        "export": export,
        "written": queries.written(export),
        "filters": [(name, _words(value)) for name, value in export.filters.items() if value],
        "files": {name: path.stat().st_size for name, path in files.items() if path},
        "manifest": json.dumps(export.manifest, indent=2) if export.manifest else "",
    }
    template = "exports/export.html#progress" if request.htmx else "exports/export.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@editor_required
def stop(request: HttpRequest, export_id: int) -> HttpResponse:
    """Stop a running export; no file is left."""
    export = _export(export_id)
    if work.stop_job(job=export.job):
        messages.success(request, f"Export {export.pk} is stopped.")
    return redirect("exports:export", export.pk)


@require_safe
@editor_required
def download(request: HttpRequest, export_id: int, part: str) -> FileResponse:  # noqa: ARG001  the decorators' form
    """A file of a finished export, streamed."""
    export = _export(export_id)
    path = queries.file_of(export, Part(part)) if part in list(Part) else None
    if path is None or not export.sha256:
        raise Http404("This export has no such file (any more).")
    return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


def _export(export_id: int) -> Export:
    return get_object_or_404(queries.exports(), pk=export_id)


def _rows(export: Export) -> int:
    return rows_written(export) if export.job.is_running else export.rows


def _words(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else f"at least {value}"
