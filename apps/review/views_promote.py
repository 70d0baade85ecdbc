"""A good pair becomes a few-shot example."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.core.params import number_sent
from apps.fewshot.models import FewShotSet
from apps.generation.models import Response
from apps.review.errors import ReviewError
from apps.review.promoting import response_promote


@require_POST
@editor_required
@audited
def promote(request: HttpRequest, response_id: int) -> HttpResponse:
    """Make an example of the pair and open the draft at it; `set`: another than the usual set."""
    response = get_object_or_404(Response, pk=response_id)
    number = number_sent(request, "set")
    chosen = get_object_or_404(FewShotSet, pk=number) if number is not None else None
    try:
        example = response_promote(
            response=response, editor=current_user(request), fewshot_set=chosen
        )
    except ReviewError as error:
        messages.error(request, str(error))
        return redirect("review:pair", response_id)
    messages.success(
        request,
        f"Pair {response_id} is example {example.number} of {example.version}. Complete what is"
        " named here; exports leave the pair out from now on.",
    )
    if example.version.is_draft:
        return redirect("fewshot:example_edit", example.pk)
    return redirect("fewshot:example", example.pk)
