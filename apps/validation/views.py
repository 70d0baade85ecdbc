"""Pages of validation: the runs, one run, pairs to look at, and the box to run SQL oneself."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import audited
from apps.core import work
from apps.core.models import Job
from apps.core.params import number_in
from apps.generation.models import Run
from apps.validation import queries, tries
from apps.validation.figures import Part, count_for
from apps.validation.forms import RESPONSE, SQL, AgainForm, PairsForm, TryForm
from apps.validation.revalidating import (
    KIND,
    Filter,
    NothingToValidateError,
    validation_start,
)


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Runs with their pass rates, by keyset; recipes compared; validations under way."""
    jobs = list(queries.validations())
    under_way = {"jobs": jobs, "busy": any(job.is_running for job in jobs)}
    if request.headers.get("HX-Request"):
        return render(request, "validation/index.html#jobs", under_way)
    lines, more = queries.runs_page(number_in(request, "before"))
    context = {**under_way, **_recipes(), "lines": lines, "more": more}
    return render(request, "validation/index.html", context)


@require_safe
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """What the databases and rules say of one run; asked again by htmx until the run ends."""
    shown = _run(run_id)
    context = {
        "run": shown,
        "chain": queries.chain_of(shown),
        "count": count_for(shown),
        "how_far_of": f"the validation of run {shown.pk}",
    }
    if request.headers.get("HX-Request"):
        return render(request, "validation/run.html#counted", context)
    return render(request, "validation/run.html", {**context, **_recipes()})


@require_safe
def pairs(request: HttpRequest, run_id: int) -> HttpResponse:
    """Pairs of a run to look at: where databases disagree, of one outcome, of one reason."""
    shown = _run(run_id)
    form = PairsForm(request.GET)
    if not form.is_valid():
        raise Http404("There is no such choice of pairs.")
    selection = form.selection()
    page = queries.pairs_page(shown, selection)
    again = request.GET.copy()
    if page.after is not None:
        again["after"] = str(page.after)
    context = {
        "run": shown,
        "selection": selection,
        "pairs": [(pair, *queries.verdicts_shown(pair)) for pair in page.pairs],
        "page": page,
        "next": again.urlencode() if page.after is not None else "",
    }
    return render(request, "validation/pairs.html", context)


@require_POST
@editor_required
@audited
def again(request: HttpRequest, run_id: int) -> HttpResponse:
    """Validate a run's pairs of one outcome again, in the background."""
    shown = _run(run_id)
    form = AgainForm(request.POST)
    if not form.is_valid():
        raise Http404("There is no such outcome.")
    chosen = Filter(runs=(shown.pk,), outcomes=(form.cleaned_data["outcome"],))
    try:
        job = validation_start(chosen=chosen, created_by=current_user(request))
    except NothingToValidateError as error:
        messages.error(request, str(error))
        return redirect("validation:run", shown.pk)
    messages.success(request, f"Validation {job.pk} has begun.")
    return redirect("validation:index")


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
def try_new(request: HttpRequest) -> HttpResponse:
    """A form for SQL or a response; a POST hands it to a worker and shows what comes of it."""
    form = TryForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            job = tries.try_start(wanted=form.wanted(), created_by=current_user(request))
        except tries.TooManyTriesError as error:
            form.add_error(None, str(error))
        else:
            # On a phone the result stands below the form.
            return redirect(reverse("validation:try_result", args=[job.pk]) + "#result")
    return render(request, "validation/try.html", {"form": form})


@require_safe
@editor_required
def try_result(request: HttpRequest, job_id: int) -> HttpResponse:
    """One's own try: what came of it; asked again by htmx until the worker is done with it."""
    jobs = Job.objects.filter(kind=tries.KIND, created_by=current_user(request))
    job = get_object_or_404(jobs, pk=job_id)
    unit = get_object_or_404(job.units, key="try")
    wanted = tries.try_of(unit)
    form = TryForm(
        initial={
            "kind": SQL if wanted.is_sql else RESPONSE,
            "text": wanted.text,
            "instruction": wanted.instruction,
            "databases": wanted.databases,
        }
    )
    context = {"form": form, "job": job, "unit": unit, "found": unit.result}
    template = "validation/try.html" + ("#result" if request.headers.get("HX-Request") else "")
    return render(request, template, context)


@require_POST
@editor_required
@audited
def stop(request: HttpRequest, job_id: int) -> HttpResponse:
    """Stop validating again; what is done is kept."""
    job = get_object_or_404(Job, pk=job_id, kind=KIND)
    if work.stop_job(job=job):
        messages.success(request, f"Validation {job.pk} stops. What is done is kept.")
    else:
        messages.error(request, "It is not at work any more.")
    return redirect("validation:index")


def _recipes() -> dict[str, list[Part]]:
    recent = queries.recent_lines()
    return {"by_fewshot": queries.by_fewshot(recent), "by_chain": queries.by_chain(recent)}


def _run(run_id: int) -> Run:
    return get_object_or_404(queries.runs(), pk=run_id)
