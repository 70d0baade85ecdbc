"""Pages of runs: the list, a new one, one with its progress."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.defaultfilters import pluralize
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.access import current_user, editor_required
from apps.accounts.audit import deed, notes_deeds
from apps.core.params import number_in
from apps.generation import funnel, ingredients
from apps.generation.caching import cached_share
from apps.generation.charts import charts_of
from apps.generation.controls import why_fewer
from apps.generation.costs import costs_of
from apps.generation.engines import is_small
from apps.generation.forms import RunForm
from apps.generation.forms_controls import LimitsForm
from apps.generation.limits import Limits
from apps.generation.loads import load_of, servers_of
from apps.generation.models import Run
from apps.generation.recipes import recipe_get_or_create
from apps.generation.rehearsal import run_rehearse
from apps.generation.runs import NoSeedsError, run_start

PAGE = 25


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Runs, the newest first, by keyset; tries have a page of their own."""
    runs = Run.objects.without_tries().select_related("job__created_by", "recipe").order_by("-pk")
    before = number_in(request, "before")
    if before is not None:
        runs = runs.filter(pk__lt=before)
    rows = list(runs[: PAGE + 1])
    context = {"runs": rows[:PAGE], "more": rows[PAGE - 1].pk if len(rows) > PAGE else None}
    return render(request, "generation/index.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@editor_required
@notes_deeds
def new(request: HttpRequest) -> HttpResponse:
    """A form for a recipe and a choice of seeds, htmx asks for another engine's usual figures; a
    POST starts the run, or only shows what it would ask.
    """
    form = RunForm(request.POST or None, engine=request.GET.get("engine", ""))
    limits = LimitsForm(request.POST or None)
    context: dict[str, Any] = {"form": form, "limits": limits}
    if request.method == "POST" and form.is_valid() and limits.is_valid():
        try:
            if "dry" not in request.POST:
                return _started(request, form, limits)
            context["rehearsal"] = run_rehearse(
                fewshot=form.cleaned_data["fewshot"], spec=form.spec(), selection=form.selection()
            )
        except NoSeedsError as error:
            form.add_error("count", str(error))
    template = "generation/new.html" + ("#of-engine" if request.headers.get("HX-Request") else "")
    return render(request, template, context)


def _started(request: HttpRequest, form: RunForm, limits: LimitsForm) -> HttpResponse:
    """Raises NoSeedsError."""
    with deed(request):
        run = run_start(
            recipe=recipe_get_or_create(fewshot=form.cleaned_data["fewshot"], spec=form.spec()),
            selection=form.selection(),
            created_by=current_user(request),
            limits=limits.limits(),
        )
    seeds = f"{run.seeds_total} seed{pluralize(run.seeds_total)}"
    messages.success(request, f"Run {run.pk} has begun with {seeds}.")
    return redirect("generation:run", run.pk)


@require_safe
def detail(request: HttpRequest, run_id: int) -> HttpResponse:
    """One run: its progress (asked again by htmx until it ends), funnel and recipe."""
    run = _run(run_id)
    servers = servers_of(run)
    context = {
        "run": run,
        "progress": funnel.progress(run),
        "earlier": funnel.written_before(run),
        "limits": Limits.from_json(run.limits).sentences,
        "fewer": why_fewer(run),
        "load": load_of(run, servers),
        "cached": cached_share(run),
        "cost": costs_of([run]).get(run.pk),
    }
    if request.headers.get("HX-Request"):
        return render(request, "generation/run.html#progress", context)
    of_recipe = {
        "tokens": ingredients.tokens_at_most(run.recipe),
        "mix": ingredients.drawn_from(run.recipe),
        "chosen": ingredients.seeds_chosen(run),
        "examples": ingredients.examples_shown(run.recipe),
        "led": ingredients.led(run.recipe),
        "charts": charts_of(run, servers),
        "is_small": is_small(run.recipe.engine, run.recipe.model),
    }
    return render(request, "generation/run.html", context | of_recipe)


@require_safe
def charts(request: HttpRequest, run_id: int) -> HttpResponse:
    """The numbers of a run's charts, as the tables that they are drawn from: for htmx."""
    run = _run(run_id)
    context = {"run": run, "charts": charts_of(run, servers_of(run))}
    return render(request, "generation/charts.html", context)


def _run(run_id: int) -> Run:
    runs = Run.objects.select_related("job__created_by", "recipe__fewshot__fewshot_set")
    return get_object_or_404(runs, pk=run_id)
