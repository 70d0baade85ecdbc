"""Pages of verifications: a new one, one with its progress and result, stopped."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.core import work
from apps.core.evidence import Rate
from apps.exports.forms import VerifyForm
from apps.exports.models import Verification
from apps.exports.queries import exports
from apps.exports.services import ExportError
from apps.exports.verifications import report_of, verification_start


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def new(request: HttpRequest, export_id: int) -> HttpResponse:
    """A form for how many pairs are run again; a POST starts the verification."""
    export = get_object_or_404(exports(), pk=export_id)
    form = VerifyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        share, by = (form.cleaned_data["share"] or 0.0) / 100, current_user(request)
        try:
            made = verification_start(export=export, share=share, created_by=by)
        except ExportError as error:
            form.add_error(None, str(error))
        else:
            return redirect("exports:verification", made.pk)
    return render(request, "exports/verify.html", {"export": export, "form": form})


@require_safe
def detail(request: HttpRequest, verification_id: int) -> HttpResponse:
    """One verification: how far it is (asked again by htmx until it ends), and what it found."""
    made = _verification(verification_id)
    report = report_of(made)
    again = report.get("run_again", 0)
    context = {
        "verification": made,
        "export": made.export,
        "by": made.job.created_by,
        "report": report,
        "same": Rate(again - report.get("outcomes_wrong", 0), again),
    }
    template = "exports/verification.html"
    return render(request, f"{template}#progress" if request.htmx else template, context)  # type: ignore[attr-defined]


@require_POST
@editor_required
@audited
def stop(request: HttpRequest, verification_id: int) -> HttpResponse:
    """Stop a verification."""
    made = _verification(verification_id)
    if work.stop_job(job=made.job):
        messages.success(request, f"The verification of export {made.export_id} is stopped.")
    else:
        messages.error(request, "It is not at work any more.")
    return redirect("exports:verification", made.pk)


def _verification(number: int) -> Verification:
    rows = Verification.objects.select_related("export", "job__created_by")
    return get_object_or_404(rows, pk=number)
