"""What an editor does with a run: pause, resume, cancel; a page to extend, retry and limit it."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.generation import controls
from apps.generation.forms_controls import ExtendForm, LimitsForm
from apps.generation.limits import Limits
from apps.generation.models import Run


@require_POST
@editor_required
@audited
def pause(request: HttpRequest, run_id: int) -> HttpResponse:
    """Leave a run alone until it is resumed."""
    by = current_user(request).username
    return _done(
        request, run_id, lambda run: controls.run_pause(run=run, by=by), "Run {} is paused."
    )


@require_POST
@editor_required
@audited
def resume(request: HttpRequest, run_id: int) -> HttpResponse:
    """Let a paused, stopped or failed run go on."""
    return _done(request, run_id, lambda run: controls.run_resume(run=run), "Run {} goes on.")


@require_POST
@editor_required
@audited
def cancel(request: HttpRequest, run_id: int) -> HttpResponse:
    """End a run for good; what is written is kept."""
    by = current_user(request).username
    said = "Run {} is cancelled. What it wrote is kept and validated."
    return _done(request, run_id, lambda run: controls.run_cancel(run=run, by=by), said)


@require_safe
@editor_required
def change(request: HttpRequest, run_id: int) -> HttpResponse:
    """A page to extend a run, to ask again for what was rejected, and to set its limits."""
    return _page(request, _run(run_id))


@require_POST
@editor_required
@audited
def extend(request: HttpRequest, run_id: int) -> HttpResponse:
    """Give a run more seeds, more responses, or both."""
    run, form = _run(run_id), ExtendForm(request.POST)
    if not form.is_valid():
        return _page(request, run, extend=form)
    seeds, responses = form.cleaned_data["seeds"], form.cleaned_data["responses"]
    try:
        taken = controls.run_extend(run=run, seeds=seeds, responses=responses)
    except controls.ControlError as error:
        form.add_error(None, str(error))
        return _page(request, run, extend=form)
    told = controls.extended(run, wanted=seeds, taken=taken, responses=responses)
    messages.success(request, told)
    return redirect("generation:run", run.pk)


@require_POST
@editor_required
@audited
def retry(request: HttpRequest, run_id: int) -> HttpResponse:
    """Ask again for what was rejected."""
    run = _run(run_id)
    try:
        number = controls.run_retry(run=run)
    except controls.ControlError as error:
        messages.error(request, str(error))
    else:
        told = f"{number:,} rejected completion{pluralize(number)}"
        messages.success(request, f"Run {run.pk} asks again for {told}.")
    return redirect("generation:run", run.pk)


@require_POST
@editor_required
@audited
def limit(request: HttpRequest, run_id: int) -> HttpResponse:
    """Set when a run stops by itself."""
    run, form = _run(run_id), LimitsForm(request.POST)
    if not form.is_valid():
        return _page(request, run, limits=form)
    controls.run_limit(run=run, limits=form.limits())
    messages.success(request, f"The limits of run {run.pk} are set.")
    return redirect("generation:run", run.pk)


def _done(request: HttpRequest, run_id: int, do: Callable[[Run], None], said: str) -> HttpResponse:
    run = _run(run_id)
    try:
        do(run)
    except controls.ControlError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, said.format(run.pk))
    return redirect("generation:run", run.pk)


def _page(
    request: HttpRequest,
    run: Run,
    *,
    extend: ExtendForm | None = None,
    limits: LimitsForm | None = None,
) -> HttpResponse:
    initial = LimitsForm.initial_of(Limits.from_json(run.limits))
    context = {
        "run": run,
        "extend": extend or ExtendForm(),
        "limits": limits or LimitsForm(initial=initial),
    }
    return render(request, "generation/change.html", context)


def _run(run_id: int) -> Run:
    runs = Run.objects.select_related("job", "recipe__fewshot__fewshot_set")
    return get_object_or_404(runs, pk=run_id)
