"""A response beside another one to the same instruction."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import current_user
from apps.core.params import number_in
from apps.generation.models import Response
from apps.review.comparing import compare
from apps.review.differences import difference_ask, difference_view
from apps.review.hiding import hidden_from
from apps.review.keys import keys_kept, keys_of
from apps.review.presenting import Hidden, PairView, present
from apps.review.queries import pair_data, siblings_of


@require_safe
def siblings(request: HttpRequest, response_id: int) -> HttpResponse:
    """A pair and one of its siblings, `?with=`: the first one where none is named."""
    user = current_user(request)
    response = get_object_or_404(Response.objects.select_related("instruction"), pk=response_id)
    ids = [pk for pk, _ in siblings_of(response)]
    asked = number_in(request, "with")
    if asked is not None and asked not in ids:
        raise Http404("That is no other response to this instruction.")
    chosen = asked or (ids[0] if ids else None)
    place = ids.index(chosen) if chosen is not None else 0
    keys = keys_of(keys_kept(user.pk))
    context = {
        "response": response,
        "ids": ids,
        "number": place + 1,
        "before": ids[place - 1] if place else None,
        "after": ids[place + 1] if place + 1 < len(ids) else None,
        "keys": keys,
        "help": keys.lines_beside(),
        "queue_id": number_in(request, "queue"),
        "back": _back(request),
    }
    if chosen is not None:
        other = Response.objects.get(pk=chosen)
        hidden = _of_either(hidden_from(user, response), hidden_from(user, other))
        context |= {
            "sides": [_side(response, hidden), _side(other, hidden)],
            "comparison": compare(response.text, other.text),
            **_found(response, other, hidden),
        }
    return render(request, "review/siblings.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def difference(request: HttpRequest, response_id: int, other_id: int) -> HttpResponse:
    """The smallest data on which two responses differ; a POST has it looked for."""
    rows = Response.objects.select_related("instruction")
    response = get_object_or_404(rows, pk=response_id)
    other = get_object_or_404(rows, pk=other_id)
    if response.instruction_id != other.instruction_id or response.pk == other.pk:
        raise Http404("That is no other response to this instruction.")
    user = current_user(request)
    hidden = _of_either(hidden_from(user, response), hidden_from(user, other))
    if request.method == "POST" and not hidden.evidence:
        difference_ask(response=response, other=other)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect(f"{reverse('review:siblings', args=[response_id])}?with={other_id}")
    context = _found(response, other, hidden) | {"keys": keys_of(keys_kept(user.pk))}
    return render(request, "review/difference.html", context)


def _found(response: Response, other: Response, hidden: Hidden) -> dict[str, object]:
    """What the difference's part shows; nothing where it would tell of the evidence."""
    found = None if hidden.evidence else difference_view(response=response, other=other)
    return {"response": response, "other": other, "difference": found}


def _side(response: Response, hidden: Hidden) -> PairView:
    stored = pair_data(response.pk)
    if stored is None:
        raise Http404("There is no such pair.")
    return present(stored, hidden)


def _of_either(one: Hidden, other: Hidden) -> Hidden:
    """What the one tells would tell of the other."""
    return Hidden(maker=one.maker or other.maker, evidence=one.evidence or other.evidence)


def _back(request: HttpRequest) -> str:
    queue_id = number_in(request, "queue")
    return reverse("review:work", args=[queue_id]) if queue_id else reverse("review:index")
