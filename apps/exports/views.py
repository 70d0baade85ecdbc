"""Pages of exports: the list, a new one, one with its progress, manifest and files."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited, deed, notes_deeds
from apps.core import work
from apps.core.params import number_in
from apps.exports import queries
from apps.exports.choice.benchmarks import BenchmarkError
from apps.exports.downloads import send
from apps.exports.forms import ExportForm, RulingForm
from apps.exports.models import Export
from apps.exports.previewing import preview
from apps.exports.services import (
    ExportError,
    benchmark_ruling_make,
    export_delete,
    export_start,
    rows_written,
)
from apps.review.filters import FilterError, filter_of, read_filter, said


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
@notes_deeds
def new(request: HttpRequest) -> HttpResponse:
    """A form for which pairs; a POST starts the export, or only shows what it would have. The
    pairs page's filter stands in the address, as it does there.
    """
    pairs = filter_of(request.GET, is_editor=True)
    form = ExportForm(request.POST or None)
    found = None
    for problem in pairs.problems if request.method == "POST" else ():
        form.add_error(None, problem)
    if request.method == "POST" and form.is_valid():
        filters, care, shape = form.filters(pairs.filter), form.care(), form.shape()
        if "preview" not in request.POST:
            tag, by = form.cleaned_data["tag"], current_user(request)
            with deed(request):
                export = export_start(
                    filters=filters, care=care, shape=shape, tag=tag, created_by=by
                )
            return redirect("exports:export", export.pk)
        try:
            found = preview(filters, care, shape)
        except BenchmarkError as error:
            form.add_error("benchmarks", str(error))
    context = {
        "form": form,
        "preview": found,
        "said": said(pairs.filter),
        "query": pairs.filter.as_query(),
        "problems": pairs.problems,
    }
    return render(request, "exports/new.html", context)


@require_safe
def detail(request: HttpRequest, export_id: int) -> HttpResponse:
    """One export: its progress (asked again by htmx until it ends), files and manifest."""
    export = _export(export_id)
    chosen = {name: _words(value) for name, value in export.filters.items() if name != "pairs"}
    chosen |= dict(_pairs_said(export))
    chosen |= {name: _words(value) for name, value in (export.care | export.shape).items()}
    pushes = queries.pushes(export)
    context = {
        "export": export,
        "pushes": [
            (push, queries.pushed_so_far(push) if push.job.is_running else None) for push in pushes
        ],
        "verifications": queries.verifications(export),
        "is_running": export.job.is_running or any(push.job.is_running for push in pushes),
        "written": queries.written(export),
        "filters": [(name.replace("_", " "), words) for name, words in chosen.items()],
        "files": queries.offers(export),
        "hits": None if request.htmx else queries.hits(export),  # type: ignore[attr-defined]
        "earlier": queries.earlier(export),
        "manifest": json.dumps(export.manifest, indent=2) if export.manifest else "",
    }
    template = "exports/export.html#progress" if request.htmx else "exports/export.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@editor_required
@audited
def stop(request: HttpRequest, export_id: int) -> HttpResponse:
    """Stop a running export; no file is left. It may be written later."""
    export = _export(export_id)
    if work.stop_job(job=export.job):
        messages.success(request, f"Export {export.pk} is stopped.")
    else:
        messages.error(request, "It is not at work any more.")
    return redirect("exports:export", export.pk)


@require_POST
@editor_required
@audited
def again(request: HttpRequest, export_id: int) -> HttpResponse:
    """Let an export that failed or was stopped go on, as after a disk that was full for long."""
    export = _export(export_id)
    if export.deleted_at is None and work.resume_job(job=export.job):
        messages.success(request, f"Export {export.pk} goes on.")
    else:
        messages.error(request, "It neither stopped nor failed.")
    return redirect("exports:export", export.pk)


@require_POST
@editor_required
@audited
def delete(request: HttpRequest, export_id: int) -> HttpResponse:
    """Delete an export's files, for good; its manifest stays on its page."""
    export = _export(export_id)
    try:
        export_delete(export=export)
    except ExportError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"The files of export {export.pk} are deleted.")
    return redirect("exports:export", export.pk)


@require_POST
@editor_required
@audited
def rule(request: HttpRequest, export_id: int) -> HttpResponse:
    """Decide of a pair that a benchmark's question was found in whether later exports have it."""
    export = _export(export_id)
    form = RulingForm(request.POST)
    if not form.is_valid():
        raise Http404("No such pair.")
    data = form.cleaned_data
    benchmark_ruling_make(
        response=data["response"],
        benchmark=data["benchmark"],
        number=data["number"],
        keeps=data["keeps"] == "yes",
        made_by=current_user(request),
    )
    messages.success(request, "Noted. The next export goes by it.")
    return redirect("exports:export", export.pk)


@require_safe
def diff(request: HttpRequest, export_id: int, other_id: int) -> HttpResponse:
    """Two exports beside each other: rows, composition, labels."""
    from apps.exports.differing import difference  # numpy and pyarrow: for this page only

    one, other = _export(export_id), _export(other_id)
    try:
        found = difference(one, other)
    except ExportError as error:
        raise Http404(str(error)) from error
    context = {"one": one, "other": other, "found": found, "counts": found.patch.counts()}
    return render(request, "exports/diff.html", context)


@require_safe
@editor_required
def download(request: HttpRequest, export_id: int, part: str) -> HttpResponseBase:
    """A file of a finished export: streamed, or a part of it; or where it lies in the bucket."""
    export = _export(export_id)
    offer = next((one for one in queries.offers(export) if one.part == part), None)
    if offer is None:
        raise Http404("This export has no such file (any more).")
    link = queries.link_of(export, offer)
    if link:
        return redirect(link)
    path = queries.path_of(export, offer)
    if path is None:
        raise Http404("This export has no such file (any more).")
    etag = offer.sha256 or f"{export.sha256[:32]}-{offer.part}"
    return send(request, path, etag=etag, as_name=offer.name)


def _export(export_id: int) -> Export:
    return get_object_or_404(queries.exports(), pk=export_id)


def _rows(export: Export) -> int:
    return rows_written(export) if export.job.is_running else export.rows


def _pairs_said(export: Export) -> list[tuple[str, str]]:
    """What the pairs page was narrowed to; a filter that there is not any more as it is stored."""
    stored = export.filters.get("pairs", {})
    try:
        return said(read_filter(stored))
    except FilterError as error:
        return [("pairs", f"{json.dumps(stored)} ({error})")]


def _words(value: object) -> str:
    """A value of a filter as people read it."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if value is True:
        return "yes"
    return f"at least {value}" if isinstance(value, float) else str(value).replace("_", " ")
