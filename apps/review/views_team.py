"""Pages of the team: how far people agree, what they disagree on, and who has the last word."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.accounts.models import User
from apps.core.params import number_in
from apps.generation.models import Response
from apps.review.acceptance.queries import acceptance_shown
from apps.review.errors import ReviewError
from apps.review.hiding import hidden_from
from apps.review.keys import keys_kept, keys_of
from apps.review.presenting import present
from apps.review.queries import pair_data
from apps.review.rubric import words_of_reasons
from apps.review.team import services
from apps.review.team.figures import read_team
from apps.review.team.forms import GoldForm, RulingForm
from apps.review.team.misses import misses_of


@require_safe
def team(request: HttpRequest) -> HttpResponse:
    """The team's figures; a reviewer sees their own row and no comparison of two others."""
    user = current_user(request)
    found = read_team()
    people = [each for each in found.people if user.is_editor or each.pk == user.pk]
    context = {"team": found, "people": people, "twos": found.twos if user.is_editor else []}
    return render(request, "review/team.html", context)


@require_safe
@editor_required
def person(request: HttpRequest, user_id: int) -> HttpResponse:
    """One reviewer: their figures, and the known answers that they missed."""
    row = get_object_or_404(User, pk=user_id)
    figures = next((each for each in read_team().people if each.pk == row.pk), None)
    context = {"person": row, "figures": figures, "misses": misses_of(row)}
    return render(request, "review/person.html", context)


@require_safe
@editor_required
def acceptance(request: HttpRequest) -> HttpResponse:
    """How well the acceptance model foretells labels, and what it goes by."""
    return render(request, "review/acceptance.html", {"shown": acceptance_shown()})


@require_safe
@editor_required
def conflicts(request: HttpRequest) -> HttpResponse:
    """Pairs that people disagree on, one of them open to be ruled on: `?pair=`, else the first;
    with ?ruled=1 those that were. A fixed number of queries, however many there are.
    """
    ruled, after = bool(request.GET.get("ruled")), number_in(request, "after")
    found, more = services.conflicts(after=after, ruled=ruled)
    older = _conflicts(ruled, found[-1].response.pk) if more else ""
    context: dict[str, object] = {
        "conflicts": found,
        "ruled": ruled,
        "older": older,
        "reason_words": words_of_reasons(),
    }
    if found:
        asked = number_in(request, "pair")
        place = next((n for n, each in enumerate(found) if each.response.pk == asked), 0)
        context |= _opened(current_user(request), found[place])
        ids = [each.response.pk for each in found]
        before = _conflicts(ruled, after, ids[place - 1]) if place else ""
        following = _conflicts(ruled, after, ids[place + 1]) if place + 1 < len(ids) else older
        context |= {
            "number": place + 1,
            "before": before,
            "following": following,
            # What was ruled on is in this list no more.
            "back": request.get_full_path() if ruled else following or _conflicts(ruled, after),
            "addresses": [(each, _conflicts(ruled, after, each.response.pk)) for each in found],
        }
    return render(request, "review/conflicts.html", context)


def _opened(user: User, conflict: services.Conflict) -> dict[str, object]:
    """All of one conflict: the pair as on the desk, and the keys that rule on it."""
    stored = pair_data(conflict.response.pk)
    if stored is None:
        raise Http404("There is no such pair.")
    keys = keys_of(keys_kept(user.pk))
    return {
        "each": conflict,
        "pair": present(stored, hidden_from(user, conflict.response)),
        "keys": keys.shown(),
        "meant": keys.ruling(),
        "help": keys.lines_ruling(),
    }


def _conflicts(ruled: bool, after: int | None, pair: int | None = None) -> str:
    """The address of a page of conflicts, with one of them open."""
    asked = {"after": after, "ruled": 1 if ruled else None, "pair": pair}
    query = urlencode({name: value for name, value in asked.items() if value is not None})
    address = reverse("review:conflicts")
    return f"{address}?{query}" if query else address


@require_POST
@editor_required
@audited
def rule(request: HttpRequest, response_id: int) -> HttpResponse:
    """Give a ruling, or take it back."""
    response = get_object_or_404(Response, pk=response_id)
    form = RulingForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return _back(request)
    word, note, gold = (form.cleaned_data[name] for name in ("word", "note", "gold"))
    try:
        if word == "labels":
            services.unrule(response=response)
        else:
            editor = current_user(request)
            services.rule(
                response=response, good=word == "good", note=note, editor=editor, gold=gold
            )
    except ReviewError as error:
        messages.error(request, str(error))
        return _back(request)
    said = "The labels decide again." if word == "labels" else f"It is {word}."
    said += " Its answer is known from now on." if gold and word != "labels" else ""
    messages.success(request, f"Pair {response.pk}: {said}")
    return _back(request)


@require_POST
@editor_required
@audited
def gold(request: HttpRequest, response_id: int) -> HttpResponse:
    """Say that the answer of a pair is known, or no longer."""
    response = get_object_or_404(Response, pk=response_id)
    form = GoldForm(request.POST)
    if form.is_valid():
        good = form.good
        why = form.cleaned_data["why"]
        services.gold_set(response=response, good=good, editor=current_user(request), why=why)
        said = "is no gold any more" if good is None else f"is gold: {form.cleaned_data['word']}"
        messages.success(request, f"Pair {response.pk} {said}.")
    else:
        messages.error(request, "Say good, bad or none.")
    return _back(request)


def _back(request: HttpRequest) -> HttpResponse:
    address = request.POST.get("next", "")
    # `redirect` would look for a view of such a name where it is no path.
    if address.startswith("/") and url_has_allowed_host_and_scheme(address, allowed_hosts=None):
        return HttpResponseRedirect(address)
    return redirect(reverse("review:conflicts"))
