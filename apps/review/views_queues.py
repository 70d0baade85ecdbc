"""Pages of all pairs, and of queues: list, one with its people, made, changed, closed."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited, deed, notes_deeds
from apps.core.params import number_in
from apps.review import managing
from apps.review.acceptance.queries import random_rate
from apps.review.filter_form import PairFilterForm
from apps.review.filters import (
    FilterError,
    PairFilter,
    filter_of,
    read_filter,
    said,
    stored_in_words,
)
from apps.review.hiding import evidence_hidden
from apps.review.listing import PairsPage, pairs_count, pairs_page
from apps.review.looking import Patience
from apps.review.models import Queue
from apps.review.naming import said_by_name
from apps.review.people import NEWEST, people_of
from apps.review.queue_forms import QueueForm, initial_of
from apps.review.rendering import markdown
from apps.review.team.onboarding import known_answers, onboarding_lines

STALE = (
    "Labels by the guideline before are being taken back: their pairs, and no others, come back."
)
# How long a page that looks further may look: by the indexes once, then along the ids.
_PATIENCE = {"1": Patience.FURTHER, "2": Patience.ON}


@require_safe
def pairs(request: HttpRequest) -> HttpResponse:
    """All pairs, filtered by the address, the newest first."""
    is_editor = current_user(request).is_editor
    read = filter_of(request.GET, is_editor=is_editor)
    page = pairs_page(
        read.filter,
        before=number_in(request, "before"),
        after=number_in(request, "after"),
        patience=_PATIENCE.get(request.GET.get("looking", ""), Patience.PAGE),
    )
    is_further = bool(request.htmx) and "looking" in request.GET  # type: ignore[attr-defined]
    context = {
        "chosen": read.filter,
        "said": said_by_name(read.filter) if is_editor else said(read.filter),
        "query": read.filter.as_query(),
        "problems": read.problems,
        "is_further": is_further,
        "is_empty": not page.lines and page.looked_to is None,
        "further": _further(request, read.filter, page),
        **_without_hidden(request, read.filter, page),
    }
    if is_further:
        return render(request, "review/pairs.html#lines", context)
    context["count"] = pairs_count(read.filter, page)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "review/pairs.html#pairs", context)
    context["form"] = PairFilterForm(request.GET, is_editor=is_editor)
    return render(request, "review/pairs.html", context)


def _further(request: HttpRequest, chosen: PairFilter, page: PairsPage) -> str:
    """Where to look for what this page has not found yet; "" where it is whole."""
    if page.looked_to is None or "after" in request.GET:
        return ""
    looking = "2" if "looking" in request.GET else "1"
    return f"?{chosen.as_query()}&before={page.looked_to}&looking={looking}"


def _without_hidden(request: HttpRequest, chosen: PairFilter, page: PairsPage) -> dict[str, object]:
    """The page, which of its verdicts are hidden, and how many pairs are left out: that they are
    found would say what is hidden.
    """
    hidden = evidence_hidden(current_user(request), [line.pk for line in page.lines])
    if not (hidden and chosen.asks_evidence):
        return {"page": page, "hidden": hidden}
    kept = tuple(line for line in page.lines if line.pk not in hidden)
    return {"page": replace(page, lines=kept), "hidden": hidden, "without": len(hidden)}


@require_safe
def queues(request: HttpRequest) -> HttpResponse:
    """The queues that this person may work in; editors see all, closed ones too."""
    user = current_user(request)
    rows = Queue.objects.order_by("is_closed", "-is_default", "name") if user.is_editor else None
    shown = rows if rows is not None else managing.queues_of(user)
    lines = [(queue, managing.progress_of_queue(queue)) for queue in shown[:100]]
    return render(request, "review/queues.html", {"lines": lines})


@require_safe
def queue(request: HttpRequest, queue_id: int) -> HttpResponse:
    """One queue: what is in it, how far it is, who did how much, and its guideline."""
    user = current_user(request)
    row = managing.queue_for(user, queue_id)
    guideline = row.newest_guideline
    people = people_of(row)
    shown = [p for p in people if user.is_editor or p.reviewer_id == user.pk]
    context = {
        "queue": row,
        "onboarding": onboarding_lines(row, None if user.is_editor else user),
        "known": known_answers(row) if row.is_onboarding else 0,
        "random": random_rate(row) if user.is_editor else None,
        "said": stored_in_words(row.filter),
        "progress": managing.progress_of_queue(row),
        "people": shown,
        "newest": NEWEST,
        "is_of_newest": any(line.is_of_newest for line in shown),
        "guideline": guideline,
        "guideline_html": markdown(guideline.text) if guideline else "",
        "versions": row.guidelines.order_by("-number").select_related("created_by")[1:21],
        "query": _filter(row).as_query(),
    }
    return render(request, "review/queue_page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@notes_deeds
def queue_new(request: HttpRequest) -> HttpResponse:
    """A queue of the filter in the address."""
    chosen = filter_of(request.GET, is_editor=True).filter
    form = QueueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        wanted, by = form.settings(chosen), current_user(request)
        with deed(request):
            made = managing.queue_create(chosen=wanted, created_by=by)
        messages.success(request, f"The queue “{made.name}” is there.")
        return redirect("review:queue", made.pk)
    context = {"form": form, "said": said_by_name(chosen), "count": pairs_count(chosen)}
    return render(request, "review/queue_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@audited
def queue_edit(request: HttpRequest, queue_id: int) -> HttpResponse:
    """All of a queue but its filter and order."""
    row = get_object_or_404(Queue, pk=queue_id)
    form = QueueForm(request.POST or None, queue=row, initial=initial_of(row))
    if request.method == "POST" and form.is_valid():
        has_stale = managing.queue_change(
            queue=row, chosen=form.settings(_filter(row)), changed_by=current_user(request)
        )
        messages.success(request, f"Changed. {STALE}" if has_stale else "Changed.")
        return redirect("review:queue", row.pk)
    return render(
        request,
        "review/queue_form.html",
        {"form": form, "queue": row, "said": stored_in_words(row.filter)},
    )


@require_POST
@editor_required
@audited
def queue_close(request: HttpRequest, queue_id: int) -> HttpResponse:
    """Close a queue, or open it again: `open=1`."""
    row = get_object_or_404(Queue, pk=queue_id)
    closed = request.POST.get("open") != "1"
    if managing.queue_close(queue=row, closed=closed):
        messages.success(request, "The queue is closed." if closed else "The queue is open again.")
    else:
        messages.error(request, "The queue of all pairs cannot be closed.")
    return redirect("review:queues")


def _filter(row: Queue) -> PairFilter:
    try:
        return read_filter(row.filter)
    except FilterError:
        return PairFilter()
