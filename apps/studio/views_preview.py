"""A page that shows one prompt of a version exactly, with its tokens."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.accounts.access import editor_required
from apps.fewshot.models import Version
from apps.studio.forms import PreviewForm, run_choices, spec_like
from apps.studio.previewing import PreviewError
from apps.studio.previewing import preview as preview_of


@require_safe
@editor_required
def preview(request: HttpRequest, version_id: int) -> HttpResponse:
    """The prompt of a stage for a seed and an arrangement, as text and as messages."""
    version = get_object_or_404(Version.objects.select_related("fewshot_set"), pk=version_id)
    form = PreviewForm(request.GET if "stage" in request.GET else {"like": run_choices()[0][0]})
    context: dict[str, Any] = {"version": version, "form": form}
    if form.is_valid():
        like = form.cleaned_data["like"]
        try:
            shown = preview_of(
                version=version, spec=spec_like(like), wanted=form.wanted(), run_id=like
            )
        except PreviewError as error:
            context["problem"] = str(error)
        else:
            context["preview"] = shown
    return render(request, "studio/preview.html", context)
