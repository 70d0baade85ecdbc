"""What an editor does with the pairs of a filter: review them at once, see them beside others."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.review.errors import ReviewError
from apps.review.filters import filter_of
from apps.review.managing import queue_of_these
from apps.review.naming import said_by_name
from apps.review.two_filters import filter_in, lines_of, side_of

MOST_CHARACTERS = 2_000


@require_POST
@editor_required
@audited
def review_these(request: HttpRequest) -> HttpResponse:
    """Work in a queue of one's own that has the pairs of the filter that is sent."""
    chosen = filter_of(request.POST, is_editor=True).filter
    if not chosen:
        messages.error(request, "No filter was chosen: these are all pairs.")
        return redirect("review:index")
    words = ", ".join(words for _, words in said_by_name(chosen))
    try:
        queue = queue_of_these(chosen=chosen, words=words, user=current_user(request))
    except ReviewError as error:
        messages.error(request, str(error))
        return redirect("review:pairs")
    messages.info(request, f"These pairs are your queue “{queue.name}”; new ones come in.")
    return redirect("review:work", queue.pk)


@require_safe
@editor_required
def compare(request: HttpRequest) -> HttpResponse:
    """What came of the pairs of the filter in the address, beside those of another one."""
    chosen = filter_of(request.GET, is_editor=True).filter
    address = request.GET.get("beside", "")[:MOST_CHARACTERS]
    beside = filter_in(address)
    one, other = side_of(chosen), side_of(beside.filter)
    context = {
        "chosen": chosen,
        "said": said_by_name(chosen),
        "query": chosen.as_query(),
        "beside": beside.filter.as_query(),
        "said_beside": said_by_name(beside.filter),
        "problems": beside.problems,
        "one": one,
        "other": other,
        "lines": lines_of(one, other),
    }
    return render(request, "review/compare.html", context)
