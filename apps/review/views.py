"""The queue, the labels in it, the history, and one pair to look at again."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.unsent import COOKIE, unsent_take
from apps.core.params import number_in
from apps.generation.models import Response
from apps.review import services
from apps.review.correcting import response_correct
from apps.review.errors import ReviewError
from apps.review.forms import CorrectionForm, LabelForm, seconds_of
from apps.review.presenting import present
from apps.review.queries import labels_page, labels_seen_by, pairs, progress_of
from apps.review.queue import default_queue
from apps.review.rubric import by_stage, known_codes, reasons_in_use, words_of_reasons

NOT_SAVED = "Your session had ended, and nothing was saved. This is what you sent: send it again."


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The pair to label next, held for this reviewer; with what they sent of it after their
    session's end.
    """
    held = services.held_by(current_user(request)) if COOKIE in request.COOKIES else None
    unsent = unsent_take(request, reverse("review:label", args=[held])) if held else None
    if held is None or unsent is None:
        return _work(request)
    return _work(
        request, refused=(held, LabelForm(unsent.fields, known=known_codes())), problem=NOT_SAVED
    )


@require_POST
def label(request: HttpRequest, response_id: int) -> HttpResponse:
    """Good or bad; the answer is the next pair, or the same one with what is wrong."""
    response = get_object_or_404(Response, pk=response_id)
    form = LabelForm(request.POST, known=known_codes())
    if not form.is_valid():
        return _work(request, refused=(response_id, form))
    try:
        given = services.label_add(
            response=response, reviewer=current_user(request), **form.cleaned_data
        )
    except ReviewError as error:
        return _next(request, problem=str(error))
    return _next(request, said=f"Labelled {given.value}.")


@require_POST
def skip(request: HttpRequest, response_id: int) -> HttpResponse:
    """Leave the pair to others; the answer is the next one."""
    response = get_object_or_404(Response, pk=response_id)
    seconds = seconds_of(request.POST.get("seconds", ""))
    try:
        services.skip(response=response, reviewer=current_user(request), seconds=seconds)
    except ReviewError as error:
        return _next(request, problem=str(error))
    return _next(request, said="Skipped.")


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take the latest label back; the answer is its pair."""
    try:
        response = services.undo(reviewer=current_user(request))
    except ReviewError as error:
        return _next(request, problem=str(error))
    if response is None:
        return _next(request, problem="You have no label to take back.")
    return _next(request, said="Taken back. This is the pair again.")


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Give the pair back at once instead of when the hold runs out."""
    services.release(reviewer=current_user(request))
    messages.success(request, "The pair you had is free for others now.")
    return redirect("home:index")


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """Own labels, newest first; editors see everyone's when they ask for them."""
    everyone = bool(request.GET.get("everyone"))
    labels, more = labels_page(
        current_user(request), everyone=everyone, before=number_in(request, "before")
    )
    context = {
        "labels": labels,
        "more": more,
        "everyone": everyone,
        "reason_words": words_of_reasons(),
    }
    return render(request, "review/history.html", context)


@require_safe
def pair(request: HttpRequest, response_id: int) -> HttpResponse:
    """One pair with all its verdicts and the labels that this user may see."""
    unsent = unsent_take(request, reverse("review:relabel", args=[response_id]))
    if unsent is None:
        return _pair_page(request, response_id, LabelForm())
    messages.warning(request, NOT_SAVED)
    return _pair_page(request, response_id, LabelForm(unsent.fields, known=known_codes()))


@require_http_methods(["POST"])
def relabel(request: HttpRequest, response_id: int) -> HttpResponse:
    """Another label from somebody who has labelled the pair before."""
    response = get_object_or_404(Response, pk=response_id)
    form = LabelForm(request.POST, known=known_codes())
    if not form.is_valid():
        return _pair_page(request, response_id, form)
    try:
        given = services.label_add(
            response=response, reviewer=current_user(request), **form.cleaned_data
        )
    except ReviewError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, f"Labelled {given.value}.")
    return redirect("review:pair", response_id)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def correct(request: HttpRequest, response_id: int) -> HttpResponse:
    """An editor changes the response's text."""
    response = get_object_or_404(Response, pk=response_id)
    begun = {"text": response.text, "seen": response.corrections.count()}
    unsent = unsent_take(request, request.path) if request.method != "POST" else None
    if unsent:
        messages.warning(request, NOT_SAVED)
        begun = dict(unsent.fields.items())
    form = CorrectionForm(request.POST if request.method == "POST" else None, initial=begun)
    if form.is_valid():
        try:
            response_correct(response=response, editor=current_user(request), **form.cleaned_data)
        except ReviewError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, "Corrected. It is run again, and comes back into the queue to be labelled."
            )
            return redirect("review:pair", response_id)
    return render(request, "review/correct.html", {"response": response, "form": form})


def _pair_page(request: HttpRequest, response_id: int, form: LabelForm) -> HttpResponse:
    user = current_user(request)
    response = get_object_or_404(pairs(), pk=response_id)
    labels = list(labels_seen_by(user, response))
    own = [label for label in labels if label.reviewer_id == user.pk]
    context = {
        "pair": present(response),
        "form": form,
        "faults": by_stage(reasons_in_use()),
        "labels": labels,
        "reason_words": words_of_reasons(),
        "corrections": response.corrections.order_by("pk").select_related("editor"),
        "own": own[-1] if own and own[-1].value != "withdrawn" else None,
    }
    return render(request, "review/pair.html", context)


def _next(request: HttpRequest, *, said: str = "", problem: str = "") -> HttpResponse:
    """What comes after an action: with htmx the next pair at once, else the queue page anew."""
    if request.htmx:  # type: ignore[attr-defined]
        return _work(request, said=said, problem=problem)
    if problem:
        messages.error(request, problem)
    elif said:
        messages.success(request, said)
    return redirect("review:index")


def _work(
    request: HttpRequest,
    *,
    refused: tuple[int, LabelForm] | None = None,
    said: str = "",
    problem: str = "",
) -> HttpResponse:
    """The pair that this reviewer holds; refused: a pair's form, shown again if it is that pair."""
    user = current_user(request)
    queue = default_queue()
    found = services.claim_next(reviewer=user, queue=queue)
    claimed = pairs().get(pk=found.pk) if found else None
    again = refused[1] if refused and claimed and refused[0] == claimed.pk else None
    context = {
        "pair": present(claimed) if claimed else None,
        "form": again or LabelForm(),
        "faults": by_stage(reasons_in_use()),
        "progress": progress_of(user, queue),
        "said": said,
        "hold": timedelta(seconds=settings.CLAIM_SECONDS),
        "problem": problem,
    }
    template = "review/queue.html#work" if request.htmx else "review/queue.html"  # type: ignore[attr-defined]
    return render(request, template, context)
