"""The duplicates of a pair: what one may do with them after one's own label."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.access import current_user
from apps.generation.models import Response
from apps.review.alike import alike_label, alike_offer, alike_undo
from apps.review.errors import ReviewError
from apps.review.keys import keys_kept, keys_of


@require_http_methods(["GET", "HEAD", "POST"])
def alike(request: HttpRequest, response_id: int) -> HttpResponse:
    """The offer, on the desk as a part of it; a POST gives the label, `take=1` takes it back."""
    user = current_user(request)
    response = get_object_or_404(Response, pk=response_id)
    said = ""
    if request.method == "POST":
        try:
            said = _done(request, response)
        except ReviewError as error:
            said = str(error)
    if request.method == "POST" and not request.htmx:  # type: ignore[attr-defined]
        messages.info(request, said)
        return redirect("review:pair", response_id)
    context = {
        "response": response,
        "offer": alike_offer(response=response, reviewer=user),
        "said": said,
        "keys": keys_of(keys_kept(user.pk)).shown(),
    }
    template = "review/alike.html#offer" if request.htmx else "review/alike.html"  # type: ignore[attr-defined]
    return render(request, template, context)


def _done(request: HttpRequest, response: Response) -> str:
    user = current_user(request)
    if request.POST.get("take") != "1":
        _, given = alike_label(response=response, reviewer=user)
        return f"Labelled {given} alike."
    batch = alike_offer(response=response, reviewer=user).batch
    if batch is None:
        raise ReviewError("There is nothing to take back.")
    return f"Taken back: {alike_undo(batch=batch, reviewer=user)}."
