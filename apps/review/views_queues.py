"""Pages of all pairs, and of queues: list, one with its people, made, changed, closed."""

from __future__ import annotations

from dataclasses import replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.core.params import number_in
from apps.review import managing
from apps.review.acceptance.queries import random_rate
from apps.review.filters import FilterError, PairFilter, filter_of, read_filter, said
from apps.review.hiding import evidence_hidden
from apps.review.listing import TooBroadError, pairs_count, pairs_page
from apps.review.models import Queue
from apps.review.queue_forms import PairFilterForm, QueueForm, initial_of
from apps.review.rendering import markdown
from apps.review.team.onboarding import onboarding_lines


@require_safe
def pairs(request: HttpRequest) -> HttpResponse:
    """All pairs, filtered by the address, the newest first."""
    is_editor = current_user(request).is_editor
    read = filter_of(request.GET, is_editor=is_editor)
    context: dict[str, object] = {
        "form": PairFilterForm(request.GET, is_editor=is_editor),
        "chosen": read.filter,
        "said": said(read.filter),
        "query": read.filter.as_query(),
        "problems": read.problems,
    }
    try:
        page = pairs_page(
            read.filter, before=number_in(request, "before"), after=number_in(request, "after")
        )
        hidden = evidence_hidden(current_user(request), [line.pk for line in page.lines])
        if hidden and read.filter.asks_evidence:
            # That they are found would say what is hidden.
            kept = tuple(line for line in page.lines if line.pk not in hidden)
            page = replace(page, lines=kept)
            context["without"] = len(hidden)
        context |= {"page": page, "hidden": hidden}
        context["count"] = pairs_count(read.filter)
    except TooBroadError as error:
        context["too_broad"] = str(error)
    template = "review/pairs.html#pairs" if request.htmx else "review/pairs.html"  # type: ignore[attr-defined]
    return render(request, template, context)


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
    people = managing.people_of(row)
    shown = [p for p in people if user.is_editor or p.reviewer_id == user.pk]
    context = {
        "queue": row,
        "onboarding": onboarding_lines(row, None if user.is_editor else user),
        "random": random_rate(row) if user.is_editor else None,
        "said": _said(row),
        "progress": managing.progress_of_queue(row),
        "people": shown,
        "guideline": guideline,
        "guideline_html": markdown(guideline.text) if guideline else "",
        "query": _filter(row).as_query(),
    }
    return render(request, "review/queue_page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def queue_new(request: HttpRequest) -> HttpResponse:
    """A queue of the filter in the address."""
    chosen = filter_of(request.GET, is_editor=True).filter
    form = QueueForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        made = managing.queue_create(chosen=form.settings(chosen), created_by=current_user(request))
        messages.success(request, f"The queue “{made.name}” is there.")
        return redirect("review:queue", made.pk)
    context = {"form": form, "said": said(chosen), "count": pairs_count(chosen)}
    return render(request, "review/queue_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def queue_edit(request: HttpRequest, queue_id: int) -> HttpResponse:
    """All of a queue but its filter and order."""
    row = get_object_or_404(Queue, pk=queue_id)
    form = QueueForm(request.POST or None, queue=row, initial=initial_of(row))
    if request.method == "POST" and form.is_valid():
        managing.queue_change(
            queue=row, chosen=form.settings(_filter(row)), changed_by=current_user(request)
        )
        messages.success(request, "Changed.")
        return redirect("review:queue", row.pk)
    return render(
        request, "review/queue_form.html", {"form": form, "queue": row, "said": _said(row)}
    )


@require_POST
@editor_required
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


def _said(row: Queue) -> list[tuple[str, str]]:
    """A queue's filter in words; one that cannot be read any more says so."""
    try:
        return said(read_filter(row.filter))
    except FilterError as error:
        return [("Filter", str(error))]
