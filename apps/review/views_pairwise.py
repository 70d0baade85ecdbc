"""Two responses side by side: which one is better?"""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import current_user
from apps.review import pairwise
from apps.review.errors import ReviewError
from apps.review.forms import seconds_of
from apps.review.keys import PAIRWISE, keys_kept, keys_of
from apps.review.managing import queue_for
from apps.review.models import Queue
from apps.review.rendering import markdown

SAID = ("left", "right", "both_good", "both_bad")


class PreferForm(forms.Form):
    """What was said of a duel, and which side its earlier response was on."""

    said = forms.ChoiceField(choices=[(word, word) for word in SAID])
    one_was_left = forms.BooleanField(required=False)


@require_safe
def duel(request: HttpRequest, queue_id: int) -> HttpResponse:
    """The next two responses of a pairwise queue."""
    user = current_user(request)
    queue = _pairwise(request, queue_id)
    found = pairwise.duel_next(queue=queue, reviewer=user)
    keys = keys_of(keys_kept(user.pk), PAIRWISE)
    context: dict[str, object] = {
        "queue": queue,
        "duel": found,
        "keys": keys.shown(),
        "meant": {name: " ".join(keys.meant(name)) for name in keys.by_action},
        "help": keys.lines_pairwise(),
    }
    if found:
        left_is_one = pairwise.left_is_one()
        texts = [found.one.text, found.other.text]
        sides = texts if left_is_one else texts[::-1]
        context |= {
            "one_was_left": left_is_one,
            "instruction": markdown(found.instruction.text),
            "sides": [(name, markdown(text)) for name, text in zip("AB", sides, strict=True)],
        }
    return render(request, "review/duel.html", context)


@require_POST
def prefer(request: HttpRequest, duel_id: int) -> HttpResponse:
    """Say which is better; then come the next two."""
    user = current_user(request)
    found = pairwise.duel_for(user, duel_id)
    form = PreferForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say which is better: A, B, both good or both bad.")
        return redirect("review:duel", found.queue_id)
    seconds = seconds_of(request.POST.get("seconds", ""))
    try:
        pairwise.prefer(duel=found, reviewer=user, seconds=seconds, **form.cleaned_data)
    except ReviewError as error:
        messages.error(request, str(error))
    return redirect("review:duel", found.queue_id)


@require_POST
def undo(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Take the latest preference in a queue back."""
    queue = _pairwise(request, queue_id)
    if pairwise.preference_undo(queue=queue, reviewer=current_user(request)) is None:
        messages.error(request, "You have nothing to take back here.")
    else:
        messages.success(request, "Taken back.")
    return redirect("review:duel", queue.pk)


def _pairwise(request: HttpRequest, queue_id: int) -> Queue:
    queue = queue_for(current_user(request), queue_id)
    if not queue.is_pairwise or queue.is_closed:
        raise Http404("There is no such pairwise queue, or it is closed.")
    return queue
