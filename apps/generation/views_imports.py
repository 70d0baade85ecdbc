"""Pages of imports: finished pairs that were brought in, and a form for more."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited, deed, notes_deeds
from apps.accounts.bodies import takes_files
from apps.core import work
from apps.core.params import number_in
from apps.generation.importing import import_start
from apps.generation.models import Import
from apps.generation.words import import_reason_words
from apps.seeds.uploads import UploadError, upload_store

PAGE = 25
# What a person sends from a browser; the command line has no such bound.
MOST_BYTES = 64 * 1024 * 1024


class ImportForm(forms.Form):
    """One file of output records."""

    file = forms.FileField(
        label="File",
        help_text="JSONL, a JSON array or Parquet: records with instruction and response, chat"
        " (messages), ShareGPT, Alpaca, or prompt and completion.",
    )

    def clean_file(self) -> UploadedFile[bytes]:
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                f"Larger than {MOST_BYTES // 2**20} MiB: use manage.py import_pairs for this one."
            )
        return upload


@require_safe
def imports(request: HttpRequest) -> HttpResponse:
    """Imports, the newest first."""
    rows = Import.objects.select_related("job", "created_by").order_by("-pk")
    before = number_in(request, "before")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    shown = list(rows[: PAGE + 1])
    more = shown[PAGE - 1].pk if len(shown) > PAGE else None
    return render(request, "generation/imports.html", {"imports": shown[:PAGE], "more": more})


@takes_files(lambda: MOST_BYTES)
@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@notes_deeds
def new(request: HttpRequest) -> HttpResponse:
    """A form for a file; a POST stores it, and a worker reads its pairs."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            path = upload_store(upload)
        except UploadError as error:
            form.add_error("file", str(error))
            return render(request, "generation/import_new.html", {"form": form})
        with deed(request):
            made, is_new = import_start(
                path=path, file_name=upload.name, created_by=current_user(request)
            )
        told = "It is being brought in." if is_new else "The same file is here already."
        messages.success(request, told)
        return redirect("generation:import", made.pk)
    return render(request, "generation/import_new.html", {"form": form})


@require_safe
def detail(request: HttpRequest, import_id: int) -> HttpResponse:
    """One import: how far it is read (asked again by htmx until it has ended), what its name
    says, its figures, and what was rejected.
    """
    template = "generation/import.html" + ("#progress" if request.headers.get("HX-Request") else "")
    made = _import(import_id)
    context = {
        "made": made,
        "reasons": [(import_reason_words(code), n) for code, n in made.reasons.items()],
        "rejections": [
            {**bad, "reason": import_reason_words(bad["reason"])} for bad in made.rejections
        ],
    }
    return render(request, template, context)


@require_POST
@editor_required
@audited
def stop(request: HttpRequest, import_id: int) -> HttpResponse:
    """Stop bringing a file in; what is done is kept."""
    made = _import(import_id)
    if made.job and work.stop_job(job=made.job):
        messages.success(request, "It stops. What is brought in is kept.")
    else:
        messages.error(request, "It is not at work any more.")
    return redirect("generation:import", made.pk)


@require_POST
@editor_required
@audited
def resume(request: HttpRequest, import_id: int) -> HttpResponse:
    """Let an import that was stopped or failed go on where it stands."""
    made = _import(import_id)
    if made.job and work.resume_job(job=made.job):
        messages.success(request, "It goes on.")
    else:
        messages.error(request, "It neither stopped nor failed.")
    return redirect("generation:import", made.pk)


def _import(import_id: int) -> Import:
    return get_object_or_404(Import.objects.select_related("job", "created_by"), pk=import_id)
