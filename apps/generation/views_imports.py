"""Pages of imports: finished pairs that were brought in, and a form for more."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import current_user, editor_required
from apps.generation.importing import ImportRefusedError, pairs_import
from apps.generation.models import Import

PAGE = 25
# A request that takes longer than a minute is no good; the command line has no such bound.
MOST_BYTES = 64 * 1024 * 1024


class ImportForm(forms.Form):
    """One file of output records."""

    file = forms.FileField(
        label="File", help_text="JSONL or a JSON array of records with instruction and response."
    )

    def clean_file(self) -> UploadedFile[bytes]:
        upload: UploadedFile[bytes] = self.cleaned_data["file"]
        if (upload.size or 0) > MOST_BYTES:
            raise forms.ValidationError(
                f"Larger than {MOST_BYTES // 2**20} MiB: use manage.py import_pairs for this one."
            )
        return upload


@require_GET
def imports(request: HttpRequest) -> HttpResponse:
    """Imports, the newest first."""
    rows = Import.objects.select_related("job", "created_by").order_by("-pk")
    before = request.GET.get("before", "")
    if before.isdecimal():
        rows = rows.filter(pk__lt=int(before))
    shown = list(rows[: PAGE + 1])
    more = shown[PAGE - 1].pk if len(shown) > PAGE else None
    return render(request, "generation/imports.html", {"imports": shown[:PAGE], "more": more})


@require_http_methods(["GET", "POST"])
@editor_required
def new(request: HttpRequest) -> HttpResponse:
    """A form for a file; a POST brings its pairs in."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        try:
            made, is_new = pairs_import(
                stream=upload.file, file_name=upload.name, created_by=current_user(request)
            )
        except ImportRefusedError as error:
            form.add_error("file", str(error))
        else:
            told = "Brought in" if is_new else "Here already"
            messages.success(request, f"{told}: {made.rows:,} pair{pluralize(made.rows)}.")
            return redirect("generation:import", made.pk)
    return render(request, "generation/import_new.html", {"form": form})


@require_GET
def detail(request: HttpRequest, import_id: int) -> HttpResponse:
    """One import: what its name says, its figures, and what was rejected."""
    made = get_object_or_404(Import.objects.select_related("job", "created_by"), pk=import_id)
    return render(request, "generation/import.html", {"made": made})
