"""Pages of the team: how far people agree, what they disagree on, and who has the last word."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
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
    """Pairs that people disagree on, to be ruled on; with ?ruled=1 those that were."""
    ruled = bool(request.GET.get("ruled"))
    found, more = services.conflicts(after=number_in(request, "after"), ruled=ruled)
    context = {
        "conflicts": found,
        "more": more,
        "ruled": ruled,
        "form": RulingForm(),
        "reason_words": words_of_reasons(),
    }
    return render(request, "review/conflicts.html", context)


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
