"""Searches for the examples that pass best: listed, begun, looked at, proposed as a draft."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.core.how_far import how_far
from apps.core.params import number_in
from apps.evidence.forms import SearchForm
from apps.evidence.models import Search
from apps.evidence.searching import SearchError, candidates, search_propose, search_start
from apps.generation.runs import NoSeedsError

PAGE = 25
MOST_SHOWN = 100


@require_safe
def searches(request: HttpRequest) -> HttpResponse:
    """Searches, the newest first, by keyset."""
    rows = _rows().order_by("-pk")
    before = number_in(request, "before")
    shown = list((rows if before is None else rows.filter(pk__lt=before))[: PAGE + 1])
    more = shown[PAGE - 1].pk if len(shown) > PAGE else None
    return render(request, "evidence/searches.html", {"searches": shown[:PAGE], "more": more})


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def search_new(request: HttpRequest) -> HttpResponse:
    """A recipe, how many examples, and the budget; a POST starts the run."""
    form = SearchForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = search_start(
                like=form.cleaned_data["like"],
                size=form.cleaned_data["size"],
                budget=form.budget(),
                created_by=current_user(request),
            )
        except (SearchError, NoSeedsError) as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, "The search is begun.")
            return redirect("evidence:search", made.pk)
    return render(request, "evidence/search_new.html", {"form": form})


@require_safe
def search(request: HttpRequest, search_id: int) -> HttpResponse:
    """What was tried, the best first; asked again by htmx until its run ends."""
    shown = get_object_or_404(_rows(), pk=search_id)
    found = candidates(shown)
    job = shown.run.job
    context = {
        "search": shown,
        "tried": len(found),
        "candidates": found[:MOST_SHOWN],
        "far": how_far([job])[job.pk] if job.is_running else None,
    }
    template = "evidence/search.html" + ("#search" if request.headers.get("HX-Request") else "")
    return render(request, template, context)


@require_POST
@editor_required
@audited
def propose(request: HttpRequest, search_id: int) -> HttpResponse:
    """Make a draft of the best; its page says what it rests on."""
    shown = get_object_or_404(_rows(), pk=search_id)
    try:
        draft = search_propose(search=shown, created_by=current_user(request))
    except SearchError as error:
        messages.error(request, str(error))
        return redirect("evidence:search", shown.pk)
    messages.success(request, "The draft has these examples on and the others off.")
    return redirect("fewshot:version", draft.pk)


def _rows() -> QuerySet[Search]:
    return Search.objects.select_related(
        "version__fewshot_set", "run__job", "run__recipe", "draft__fewshot_set"
    )
