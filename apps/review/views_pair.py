"""One pair to look at again, its correction, and the labels that were given."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.accounts.unsent import unsent_take
from apps.core.params import number_in
from apps.generation.models import Response
from apps.review import services
from apps.review.correcting import corrected_in, may_correct, pair_correct
from apps.review.errors import ReviewError
from apps.review.flagging import flags_clear
from apps.review.forms import CorrectionForm, LabelForm
from apps.review.hiding import hidden_from
from apps.review.keys import keys_kept, keys_of
from apps.review.lineage import lineage_of
from apps.review.models import Flag, Ruling
from apps.review.presenting import present
from apps.review.promoting import promotion_context
from apps.review.queries import labels_around, labels_page, labels_seen_by, pair_data, siblings_of
from apps.review.rubric import by_stage, reasons_in_use, words_of_reasons
from apps.review.team.services import gold_of
from apps.review.views import NOT_SAVED


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
    return _pair_page(request, response_id, LabelForm(unsent.fields))


@require_POST
def relabel(request: HttpRequest, response_id: int) -> HttpResponse:
    """Another label from somebody who has labelled the pair before."""
    response = get_object_or_404(Response, pk=response_id)
    form = LabelForm(request.POST)
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
@audited
def correct(request: HttpRequest, response_id: int) -> HttpResponse:
    """Other texts for a pair: by editors, and by who holds it in a queue that allows it."""
    user = current_user(request)
    response = get_object_or_404(Response.objects.select_related("instruction"), pk=response_id)
    if not may_correct(user=user, response=response):
        raise PermissionDenied("This needs the role editor, or a queue that allows corrections.")
    begun = {
        "instruction": response.instruction.text,
        "text": response.text,
        "seen": response.corrections.count(),
    }
    unsent = unsent_take(request, request.path) if request.method != "POST" else None
    if unsent:
        messages.warning(request, NOT_SAVED)
        begun = dict(unsent.fields.items())
    form = CorrectionForm(request.POST if request.method == "POST" else None, initial=begun)
    # Whoever corrected a pair does not label it: a reviewer goes on to the next of the same queue,
    # in which the pair is theirs no longer.
    queue_id = None if user.is_editor else corrected_in(user=user, response=response)
    if form.is_valid():
        try:
            pair_correct(response=response, editor=user, **form.cleaned_data)
        except ReviewError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, "Corrected. It is run again, and comes back into the queue to be labelled."
            )
            if queue_id is None:
                return redirect("review:pair", response_id)
            return redirect("review:work", queue_id)
    return render(request, "review/correct.html", {"response": response, "form": form})


@require_POST
@editor_required
@audited
def unflag(request: HttpRequest, response_id: int) -> HttpResponse:
    """An editor has looked at a flagged pair."""
    flags_clear(response=get_object_or_404(Response, pk=response_id))
    messages.success(request, "The flags are down.")
    return redirect("review:pair", response_id)


def _pair_page(request: HttpRequest, response_id: int, form: LabelForm) -> HttpResponse:
    user = current_user(request)
    stored = pair_data(response_id)
    if stored is None:
        raise Http404("There is no such pair.")
    response = Response(pk=response_id, instruction_id=stored["instruction_id"])
    labels = list(labels_seen_by(user, response))
    own = [label for label in labels if label.reviewer_id == user.pk]
    flags = Flag.objects.filter(response=response_id).select_related("reviewer")
    ruling = Ruling.objects.filter(response=response_id).select_related("editor").first()
    hidden = hidden_from(user, response)
    context = {
        "pair": present(stored, hidden),
        "lineage": None if hidden.maker else lineage_of(response_id),
        "keys": keys_of(keys_kept(user.pk)),
        "form": form,
        "faults": by_stage(reasons_in_use()),
        "labels": labels,
        "reason_words": words_of_reasons(),
        "siblings": siblings_of(response),
        "flags": flags if user.is_editor else flags.filter(reviewer=user),
        "corrections": response.corrections.order_by("pk").select_related("editor"),
        "own": own[-1] if own and own[-1].value != "withdrawn" else None,
        "around": labels_around(user, own[-1].pk) if own else (None, None),
        # The last word is for those who have said theirs.
        "ruling": ruling if ruling and (own or user.is_editor) else None,
        "gold": gold_of(response) if user.is_editor else None,
        **(promotion_context(response) if user.is_editor else {}),
    }
    return render(request, "review/pair.html", context)
