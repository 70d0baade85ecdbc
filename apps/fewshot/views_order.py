"""The examples of a draft as a list: copied, switched off, put in order, removed."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from apps.accounts.access import editor_required
from apps.accounts.audit import audited, deed, notes_deeds
from apps.core.params import numbers_sent
from apps.fewshot import services
from apps.fewshot.models import Example, Version
from apps.fewshot.services import FewShotError
from apps.fewshot.views import MAX_NUMBER, example_for, version_for, version_page


@require_POST
@editor_required
@audited
def example_duplicate(request: HttpRequest, example_id: int) -> HttpResponse:
    """A copy behind the example, opened for editing."""
    shown = example_for(example_id)
    try:
        copy = services.example_duplicate(example=shown)
    except FewShotError as error:
        return _refused(request, shown, error)
    messages.success(request, f"Example {copy.number} is a copy of example {shown.number}.")
    return redirect("fewshot:example_edit", copy.pk)


@require_POST
@editor_required
@notes_deeds
def example_switch(request: HttpRequest, example_id: int, state: str) -> HttpResponse:
    """Show an example to models, or to none; htmx gets the list again."""
    if state not in ("on", "off"):
        raise Http404
    shown = example_for(example_id)
    try:
        with deed(request):
            services.example_switch(example=shown, on=state == "on")
    except FewShotError as error:
        return _refused(request, shown, error)
    return _list_again(request, shown.version)


@require_POST
@editor_required
@notes_deeds
def examples_order(request: HttpRequest, version_id: int) -> HttpResponse:
    """The examples of a draft in the order of `example`, their ids; `was`: the one before."""
    shown = version_for(version_id)
    ids, was = (numbers_sent(request, name, most=MAX_NUMBER) for name in ("example", "was"))
    try:
        with deed(request):
            services.examples_order(version=shown, ids=ids, was=was or None)
    except FewShotError as error:
        return HttpResponse(str(error), status=409, content_type="text/plain")
    return _list_again(request, shown)


def _list_again(request: HttpRequest, shown: Version) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return version_page(request, shown, "#examples")
    address = reverse("fewshot:version", args=[shown.pk])
    text = request.GET.get("text", "")
    return redirect(f"{address}?{urlencode({'text': text})}" if text else address)


@require_POST
@editor_required
@notes_deeds
def example_move(request: HttpRequest, example_id: int, direction: str) -> HttpResponse:
    """One place up or down in a draft; htmx gets the list again."""
    if direction not in ("up", "down"):
        raise Http404
    shown = example_for(example_id)
    try:
        with deed(request):
            services.example_move(example=shown, up=direction == "up")
    except FewShotError as error:
        return _refused(request, shown, error)
    return _list_again(request, shown.version)


@require_POST
@editor_required
@audited
def example_remove(request: HttpRequest, example_id: int) -> HttpResponse:
    """Take an example out of a draft."""
    shown = example_for(example_id)
    try:
        services.example_remove(example=shown, seen=request.POST.get("seen") or None)
    except FewShotError as error:
        return _refused(request, shown, error)
    messages.success(request, f"Example {shown.number} is removed from the draft.")
    return redirect("fewshot:version", shown.version_id)


def _refused(request: HttpRequest, shown: Example, error: FewShotError) -> HttpResponse:
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(str(error), status=409, content_type="text/plain")
    messages.error(request, str(error))
    return redirect("fewshot:version", shown.version_id)
