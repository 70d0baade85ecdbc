"""Pages of labels for many pairs at once: seen before, given in the background, taken back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited, deed, notes_deeds
from apps.core.params import number_in
from apps.review.bulk import BatchLabel, batch_progress, batch_start, batch_undo, labels_of
from apps.review.errors import ReviewError
from apps.review.filters import filter_of, stored_in_words
from apps.review.forms import LabelForm
from apps.review.listing import pairs_count, pairs_page
from apps.review.looking import Patience
from apps.review.models import Batch
from apps.review.naming import said_by_name
from apps.review.rubric import by_stage, reasons_in_use, words_of_reasons

PAGE = 25
SAMPLES = 10


@require_safe
@editor_required
def batches(request: HttpRequest) -> HttpResponse:
    """Batches, the newest first."""
    rows = Batch.objects.select_related("created_by", "job").order_by("-pk")
    before = number_in(request, "before")
    rows = rows.filter(pk__lt=before) if before is not None else rows
    page = list(rows[: PAGE + 1])
    context = {
        "batches": [(batch, stored_in_words(batch.filter)) for batch in page[:PAGE]],
        "next": page[PAGE - 1].pk if len(page) > PAGE else None,
    }
    return render(request, "review/batches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@notes_deeds
def batch_new(request: HttpRequest) -> HttpResponse:
    """What a filter has, ten of it, and the label that all of it is to get."""
    chosen = filter_of(request.GET, is_editor=True).filter
    form = LabelForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        label = BatchLabel(value=data["value"], reasons=data["reasons"], note=data["note"])
        try:
            with deed(request):
                batch = batch_start(chosen=chosen, label=label, created_by=current_user(request))
        except ReviewError as error:
            form.add_error(None, str(error))
        else:
            return redirect("review:batch", batch.pk)
    context = {
        "form": form,
        "faults": by_stage(reasons_in_use()),
        "said": said_by_name(chosen),
        "count": pairs_count(chosen),
        "samples": pairs_page(chosen, patience=Patience.FURTHER).lines[:SAMPLES],
        "query": chosen.as_query(),
    }
    return render(request, "review/batch_new.html", context)


@require_safe
@editor_required
def batch(request: HttpRequest, batch_id: int) -> HttpResponse:
    """One batch; htmx asks for its progress until it ends."""
    rows = Batch.objects.select_related("created_by", "undone_by", "job")
    row = get_object_or_404(rows, pk=batch_id)
    context = {
        "batch": row,
        "said": stored_in_words(row.filter),
        "labels": labels_of(row),
        "progress": batch_progress(row),
        "reason_words": words_of_reasons(),
    }
    template = "review/batch.html#progress" if request.htmx else "review/batch.html"  # type: ignore[attr-defined]
    return render(request, template, context)


@require_POST
@editor_required
@audited
def undo(request: HttpRequest, batch_id: int) -> HttpResponse:
    """Take all labels of a batch back."""
    row = get_object_or_404(Batch.objects.select_related("job"), pk=batch_id)
    try:
        batch_undo(batch=row, undone_by=current_user(request))
    except ReviewError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, "The labels of this batch are being taken back.")
    return redirect("review:batch", batch_id)
