"""The desk: the pair to label next, and what one does with it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import current_user
from apps.accounts.unsent import COOKIE, unsent_take
from apps.core.params import LARGEST
from apps.generation.models import Response
from apps.review import services
from apps.review.ahead import validate_ahead
from apps.review.coming import ahead
from apps.review.desk import Desk, GivenLabel, desk
from apps.review.errors import ReviewError
from apps.review.flagging import flag_turn
from apps.review.forms import LabelForm, label_sent, seconds_of
from apps.review.frame import work_html
from apps.review.keys import Line
from apps.review.managing import queue_for
from apps.review.models import Queue
from apps.review.queue import default_queue
from apps.review.rendering import markdown
from apps.review.team.onboarding import Feedback, feedback_on, onboarding_first

NOT_SAVED = "Your session had ended, and nothing was saved. This is what you sent: send it again."


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The pair to label next, held for this reviewer; with what they sent of it after their
    session's end.
    """
    return _opened(request, default_queue())


@require_safe
def work(request: HttpRequest, queue_id: int) -> HttpResponse:
    """The same in another queue."""
    row = queue_for(current_user(request), queue_id)
    if row.is_closed:
        messages.error(request, f"The queue “{row.name}” is closed.")
        return redirect("review:queues")
    if row.is_pairwise:
        return redirect("review:duel", row.pk)
    return _opened(request, row)


@require_POST
def label(request: HttpRequest, response_id: int) -> HttpResponse:
    """Good or bad; the answer is the next pair, or the same one with what is wrong."""
    sent, queue_id = label_sent(request.POST), _queue_id(request)
    if sent is None:
        get_object_or_404(Response, pk=response_id)
        return _work(request, queue_id, refused=(response_id, LabelForm(request.POST)))
    if response_id > LARGEST:
        raise Http404("There is no such pair.")
    looked = request.POST.get("looked") == "1"
    given = GivenLabel(response_id=response_id, looked=looked, **sent)
    found = _desk(request, queue_id, given)
    if found.problem:
        get_object_or_404(Response, pk=response_id)
        return _answer(request, found, problem=found.problem)
    alike = response_id if request.POST.get("alike") == "1" and not found.look else None
    return _answer(
        request,
        found,
        said=_said(found, given),
        labelled=alike,
        feedback=_feedback(request, found, given),
    )


@require_POST
def skip(request: HttpRequest, response_id: int) -> HttpResponse:
    """Leave the pair to others; the answer is the next one."""
    response = get_object_or_404(Response, pk=response_id)
    seconds = seconds_of(request.POST.get("seconds", ""))
    queue = _queue(request)
    try:
        services.skip(
            response=response, reviewer=current_user(request), seconds=seconds, queue=queue
        )
    except ReviewError as error:
        return _next(request, queue, problem=str(error))
    return _next(request, queue, said="Skipped.")


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the latest label back; the answer is its pair."""
    queue = _queue(request)
    try:
        response = services.undo(reviewer=current_user(request), queue=queue)
    except ReviewError as error:
        return _next(request, queue, problem=str(error))
    if response is None:
        return _next(request, queue, problem="You have no label to take back.")
    return _next(request, queue, said="Taken back. This is the pair again.")


@require_POST
def flag(request: HttpRequest, response_id: int) -> HttpResponse:
    """Flag a pair for an editor, or take the own flag down; the answer is the same pair."""
    response = get_object_or_404(Response, pk=response_id)
    up = flag_turn(response=response, reviewer=current_user(request))
    return _next(request, _queue(request), said="Flagged." if up else "The flag is down.")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Give the pair back at once instead of when the hold runs out."""
    services.release(reviewer=current_user(request))
    messages.success(request, "The pair you had is free for others now.")
    return redirect("home:index")


def _feedback(request: HttpRequest, found: Desk, given: GivenLabel) -> Feedback | None:
    """What an onboarding queue says of a label; others have nothing to say."""
    if found.queue.is_default or found.look:
        return None
    return feedback_on(
        queue_id=found.queue.pk,
        response_id=given.response_id,
        reviewer=current_user(request),
        said=given.value,
    )


def _said(found: Desk, given: GivenLabel) -> str:
    if found.look:
        return f"You say {given.value}. This is the evidence: keep your label, or change it."
    return f"Labelled {given.value}."


def _announced(found: Desk) -> str:
    """What is read out when the page has changed."""
    if found.pair is None:
        return "No pair is left."
    if found.pair.hidden.evidence:
        return "Next pair."
    outcome = found.pair.overall.outcome_label if found.pair.overall else "not run yet"
    return f"{outcome}." if found.look else f"Next pair: {outcome}."


def _opened(request: HttpRequest, queue: Queue) -> HttpResponse:
    held = services.held_by(current_user(request), queue) if COOKIE in request.COOKIES else None
    unsent = unsent_take(request, reverse("review:label", args=[held])) if held else None
    try:
        if held is None or unsent is None:
            return _work(request, queue.pk)
        form = LabelForm(unsent.fields)
        return _work(request, queue.pk, refused=(held, form), problem=NOT_SAVED)
    except Http404:
        first = onboarding_first(current_user(request))
        if first is None or first.pk == queue.pk:
            raise
        messages.info(request, f"“{first.name}” comes first: then you get into the other queues.")
        return redirect("review:work", first.pk)


def _queue_id(request: HttpRequest) -> int | None:
    """The queue that a form was sent from; None for the default one."""
    given = request.POST.get("queue", "")
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) < 19):
        raise Http404("There is no such queue.")
    return int(given)


def _queue(request: HttpRequest) -> Queue:
    queue_id = _queue_id(request)
    return queue_for(current_user(request), queue_id) if queue_id else default_queue()


def _next(request: HttpRequest, queue: Queue, *, said: str = "", problem: str = "") -> HttpResponse:
    return _answer(request, _desk(request, queue.pk), said=said, problem=problem)


def _desk(request: HttpRequest, queue_id: int | None, given: GivenLabel | None = None) -> Desk:
    found = desk(queue_id=queue_id, reviewer_id=current_user(request).pk, label=given)
    if found is None:
        raise Http404("There is no such queue, or it is closed.")
    if found.not_run:
        validate_ahead(response_ids=found.not_run)
    return found


def _answer(
    request: HttpRequest,
    found: Desk,
    *,
    said: str = "",
    problem: str = "",
    labelled: int | None = None,
    feedback: Feedback | None = None,
) -> HttpResponse:
    """What comes after an action: with htmx the next pair at once, else the queue page anew.
    labelled: a pair with duplicates, which are offered for the same label.
    """
    if request.htmx:  # type: ignore[attr-defined]
        return _page(
            request,
            found,
            None,
            said=said,
            problem=problem,
            labelled=labelled,
            feedback=feedback,
        )
    if problem:
        messages.error(request, problem)
    elif said:
        messages.success(request, said)
    if feedback:
        messages.info(request, feedback.words)
    if found.queue.is_default:
        return redirect("review:index")
    return redirect("review:work", found.queue.pk)


def _work(
    request: HttpRequest,
    queue_id: int | None,
    *,
    refused: tuple[int, LabelForm] | None = None,
    problem: str = "",
) -> HttpResponse:
    """The pair that this reviewer holds; refused: a pair's form, shown again if it is that pair."""
    found = _desk(request, queue_id)
    again = refused[1] if refused and found.pair and refused[0] == found.pair.pk else None
    return _page(request, found, again, problem=problem)


def _page(
    request: HttpRequest,
    found: Desk,
    form: LabelForm | None,
    *,
    said: str = "",
    problem: str = "",
    labelled: int | None = None,
    feedback: Feedback | None = None,
) -> HttpResponse:
    words = (said, feedback.words if feedback else "", _announced(found))
    work = work_html(
        request,
        found,
        form,
        said=" ".join(filter(None, words)),
        problem=problem,
        before=_before(labelled, feedback),
    )
    ahead.look(found, reviewer_id=current_user(request).pk)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(work)
    context = {
        "work": work,
        "desk": found,
        "pair": found.pair,
        "guideline": markdown(found.guideline[1]) if found.guideline else "",
        "hold": timedelta(seconds=settings.CLAIM_SECONDS),
        "help": _help(request, found),
    }
    return render(request, "review/queue.html", context)


def _help(request: HttpRequest, found: Desk) -> list[Line]:
    """The keys that work in this queue."""
    queue = found.queue
    is_there = {
        "correct": queue.may_correct or current_user(request).is_editor,
        "guideline": found.guideline is not None,
        "whence": not queue.is_blind,
    }
    without = [name for name, there in is_there.items() if not there]
    return found.keys.lines(without=without, looks=queue.evidence_last)


def _before(labelled: int | None, feedback: Feedback | None) -> SafeString:
    """What is said of the pair that was labelled before: mostly nothing."""
    if labelled is None and feedback is None:
        return SafeString()
    context = {"labelled": labelled, "feedback": feedback}
    return render_to_string("review/before.html", context)
