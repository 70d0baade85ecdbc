"""Pages of pushes to the Hugging Face Hub: a new one, stopped, and going on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.core import work
from apps.exports.forms import PushForm
from apps.exports.models import Push
from apps.exports.pushing import push_start
from apps.exports.queries import exports
from apps.exports.services import ExportError


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def new(request: HttpRequest, export_id: int) -> HttpResponse:
    """A form for where to; a POST starts the push."""
    export = get_object_or_404(exports(), pk=export_id)
    form = PushForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            push_start(
                export=export,
                repository=data["repository"],
                is_private=not data["is_public"],
                with_lineage=data["with_lineage"],
                created_by=current_user(request),
            )
        except ExportError as error:
            form.add_error(None, str(error))
        else:
            return redirect("exports:export", export.pk)
    return render(request, "exports/push.html", {"export": export, "form": form})


@require_POST
@editor_required
@audited
def stop(request: HttpRequest, push_id: int) -> HttpResponse:
    """Stop a push. What the Hub has taken so far is not in any commit."""
    push = get_object_or_404(Push.objects.select_related("job"), pk=push_id)
    if work.stop_job(job=push.job):
        messages.success(request, f"The push to {push.repository} is stopped.")
    else:
        messages.error(request, "It is not at work any more.")
    return redirect("exports:export", push.export_id)


@require_POST
@editor_required
@audited
def again(request: HttpRequest, push_id: int) -> HttpResponse:
    """Let a push that failed or was stopped go on."""
    push = get_object_or_404(Push.objects.select_related("job"), pk=push_id)
    if work.resume_job(job=push.job):
        messages.success(request, f"The push to {push.repository} goes on.")
    else:
        messages.error(request, "It neither stopped nor failed.")
    return redirect("exports:export", push.export_id)
