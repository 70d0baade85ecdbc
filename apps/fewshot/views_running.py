"""What the databases say of examples, and running them again."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited, deed, notes_deeds
from apps.fewshot.models import Example, Version
from apps.fewshot.running import examples_run, state_of, states_of


@require_safe
def example_verdicts(request: HttpRequest, example_id: int) -> HttpResponse:
    """What databases said of one example: the part of its page that is asked for again."""
    example = _example(example_id)
    if not request.htmx:  # type: ignore[attr-defined]
        return redirect("fewshot:example", example.pk)
    return _verdicts(request, example)


@require_POST
@editor_required
@notes_deeds
def example_run(request: HttpRequest, example_id: int) -> HttpResponse:
    """Run one example again, also when its text was run already."""
    example = _example(example_id)
    with deed(request):
        examples_run(examples=[example], asked_by=current_user(request), again=True)
    if request.htmx:  # type: ignore[attr-defined]
        return _verdicts(request, example)
    return redirect("fewshot:example", example.pk)


@require_safe
def version_verdicts(request: HttpRequest, version_id: int) -> HttpResponse:
    """What databases said of each example of a version; its table is asked for again by htmx."""
    part = "#states" if request.htmx else ""  # type: ignore[attr-defined]
    return _states(request, _version(version_id), part)


@require_POST
@editor_required
@audited
def version_run(request: HttpRequest, version_id: int) -> HttpResponse:
    """Run the examples of a version that were not run as they are; all of them when all were."""
    version, user = _version(version_id), current_user(request)
    rows = list(version.examples.order_by("number"))
    job = examples_run(examples=rows, asked_by=user)
    if job is None and rows:
        job = examples_run(examples=rows, asked_by=user, again=True)
    if job is None:
        messages.error(request, "There is no example to run: add one first.")
    return redirect("fewshot:version_verdicts", version.pk)


def _verdicts(request: HttpRequest, example: Example) -> HttpResponse:
    context = {
        "example": example,
        "state": state_of(example),
        "may_run": current_user(request).is_editor,
    }
    return render(request, "fewshot/verdicts.html", context)


def _states(request: HttpRequest, version: Version, part: str) -> HttpResponse:
    context = {
        "version": version,
        "states": states_of(version),
        "may_run": current_user(request).is_editor,
    }
    return render(request, f"fewshot/states.html{part}", context)


def _example(example_id: int) -> Example:
    return get_object_or_404(Example.objects.select_related("version"), pk=example_id)


def _version(version_id: int) -> Version:
    return get_object_or_404(Version.objects.select_related("fewshot_set"), pk=version_id)
