"""Runs and what they wrote."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from ninja import Query, Router
from pydantic import WithJsonSchema

from apps.api.access import person
from apps.api.bodies import body_of, cleaned
from apps.api.models import Scope
from apps.api.once import made, once
from apps.api.operating import After, Before, Number, Rejected, job_state, operation, page
from apps.api.schemas import CompletionOut, Done, Extended, Page, RunFigures, RunOut
from apps.api.streams import jsonl, lines_of
from apps.generation import controls, funnel
from apps.generation.costs import costs_of
from apps.generation.forms import RunForm
from apps.generation.forms_controls import ExtendForm, LimitsForm
from apps.generation.models import Completion, Run, Stage
from apps.generation.recipes import recipe_get_or_create
from apps.generation.runs import run_start
from apps.generation.usage import usage_of

router = Router(tags=["Runs"])
LimitsBody = body_of(LimitsForm, "Limits")
RunBody = type("NewRun", (body_of(RunForm, "Recipe"), body_of(LimitsForm, "Stops")), {})
ExtendBody = body_of(ExtendForm, "Extend")
COMPLETIONS = 20
_STAGES = WithJsonSchema({"enum": ["s_c", "c_i", "i_r", "s_i"]})
StageName = Annotated[Literal["s_c", "c_i", "i_r", "s_i"] | None, _STAGES, Query(None)]


@operation(router, "GET", "/runs", Scope.READ, response=Page[RunOut])
def runs(request: HttpRequest, before: Before = None) -> dict[str, Any]:
    """Runs, the newest first."""
    rows, more = page(_runs(), before)
    return {"items": [_run(row) for row in rows], "next": more}


@operation(router, "POST", "/runs", Scope.RUN, response={201: RunOut}, keyed=True)
def start(request: HttpRequest, body: RunBody) -> HttpResponse:  # type: ignore[valid-type]
    """Start a run. What is left out is as the form shows it for that engine."""

    def do() -> HttpResponse:
        form = cleaned(RunForm, body, engine=body.engine or "")  # type: ignore[attr-defined]
        run = run_start(
            recipe=recipe_get_or_create(fewshot=form.cleaned_data["fewshot"], spec=form.spec()),
            selection=form.selection(),
            created_by=person(request),
            limits=cleaned(LimitsForm, body).limits(),
        )
        return made(RunOut(**_run(run)), location=f"/api/v1/runs/{run.pk}")

    return once(request, do)


@operation(router, "GET", "/runs/{run_id}", Scope.READ, response=RunOut)
def run(request: HttpRequest, run_id: Number) -> dict[str, Any]:
    """One run."""
    return _run(get_object_or_404(_runs(), pk=run_id))


@operation(router, "GET", "/runs/{run_id}/figures", Scope.READ, response=RunFigures)
def figures(request: HttpRequest, run_id: Number) -> dict[str, Any]:
    """How far it is, what was rejected, what it used and what its pairs cost."""
    row = get_object_or_404(_runs(), pk=run_id)
    told, used = funnel.progress(row), usage_of(row)
    cost = costs_of([row]).get(row.pk)
    remaining = told.remaining
    return {
        "run": row.pk,
        "status": row.job.status,
        "seeds": row.seeds_total,
        "seeds_ended": told.seeds_with_end,
        "pairs": told.pairs,
        "stages": [asdict(stage) for stage in told.stages],
        "rejected": [asdict(one) for one in told.reasons],
        "units": told.units,
        "errors": [error for error, _ in told.errors],
        "tokens_per_second": told.tokens_per_second,
        "remaining_seconds": remaining.total_seconds() if remaining is not None else None,
        "busy_seconds": used.busy_seconds,
        "gpu_seconds": used.gpu_seconds,
        "cost": asdict(cost) if cost else None,
    }


@operation(router, "POST", "/runs/{run_id}/pause", Scope.RUN, response=RunOut)
def pause(request: HttpRequest, run_id: Number) -> dict[str, Any]:
    """Leave a run alone until it is resumed. 409 where it does not run."""
    row = get_object_or_404(_runs(), pk=run_id)
    controls.run_pause(run=row, by=person(request).username)
    return _run(_runs().get(pk=row.pk))


@operation(router, "POST", "/runs/{run_id}/resume", Scope.RUN, response=RunOut)
def resume(request: HttpRequest, run_id: Number) -> dict[str, Any]:
    """Let a paused, stopped or failed run go on. 409 where it is none of these."""
    row = get_object_or_404(_runs(), pk=run_id)
    controls.run_resume(run=row)
    return _run(_runs().get(pk=row.pk))


@operation(router, "POST", "/runs/{run_id}/cancel", Scope.RUN, response=RunOut)
def cancel(request: HttpRequest, run_id: Number) -> dict[str, Any]:
    """End a run for good; what it wrote is kept. 409 where there is nothing to cancel."""
    row = get_object_or_404(_runs(), pk=run_id)
    controls.run_cancel(run=row, by=person(request).username)
    return _run(_runs().get(pk=row.pk))


@operation(router, "POST", "/runs/{run_id}/extend", Scope.RUN, response={200: Extended}, keyed=True)
def extend(request: HttpRequest, run_id: Number, body: ExtendBody) -> HttpResponse:  # type: ignore[valid-type]
    """Give a run more seeds, more responses to every instruction, or both."""
    row = get_object_or_404(_runs(), pk=run_id)

    def do() -> HttpResponse:
        data = cleaned(ExtendForm, body).cleaned_data
        seeds, responses = data["seeds"], data["responses"]
        taken = controls.run_extend(run=row, seeds=seeds, responses=responses)
        told = controls.extended(row, wanted=seeds, taken=taken, responses=responses)
        return made(Extended(run=row.pk, seeds=taken, detail=told), status=200)

    return once(request, do)


@operation(router, "POST", "/runs/{run_id}/retry", Scope.RUN, response={200: Done}, keyed=True)
def retry(request: HttpRequest, run_id: Number) -> HttpResponse:
    """Ask again for what was rejected. 409 where nothing was."""
    row = get_object_or_404(_runs(), pk=run_id)

    def do() -> HttpResponse:
        number = controls.run_retry(run=row)
        return made(Done(detail=f"{number:,} completions are asked for again."), status=200)

    return once(request, do)


@operation(router, "PUT", "/runs/{run_id}/limits", Scope.RUN, response=RunOut)
def limit(request: HttpRequest, run_id: Number, body: LimitsBody) -> dict[str, Any]:  # type: ignore[valid-type]
    """Say when a run is to stop by itself; what is left out is no limit."""
    row = get_object_or_404(_runs(), pk=run_id)
    controls.run_limit(run=row, limits=cleaned(LimitsForm, body).limits())
    return _run(_runs().get(pk=row.pk))


@operation(router, "GET", "/runs/{run_id}/completions", Scope.READ, response=Page[CompletionOut])
def completions(
    request: HttpRequest,
    run_id: Number,
    stage: StageName = None,
    rejected: Rejected = None,
    before: Before = None,
) -> dict[str, Any]:
    """What the model wrote for a run, raw, the newest first."""
    rows, more = page(_completions(run_id, stage, rejected), before, COMPLETIONS)
    return {"items": [_completion(row) for row in rows], "next": more}


@operation(
    router,
    "GET",
    "/runs/{run_id}/completions.jsonl",
    Scope.READ,
    response=None,
    extra=lines_of("CompletionOut"),
)
def completions_jsonl(
    request: HttpRequest,
    run_id: Number,
    stage: StageName = None,
    rejected: Rejected = None,
    after: After = 0,
) -> StreamingHttpResponse:
    """All that the model wrote for a run, one completion a line, oldest first."""
    return jsonl(_completions(run_id, stage, rejected), _completion, after=after, size=500)


def _runs() -> Any:
    return Run.objects.select_related("job__created_by", "recipe__fewshot__fewshot_set")


def _run(row: Run) -> dict[str, Any]:
    recipe = row.recipe
    return {
        "id": row.pk,
        "job": job_state(row.job),
        "recipe": recipe.pk,
        "fewshot_version": recipe.fewshot_id,
        "engine": recipe.engine,
        "model": recipe.model,
        "stages": recipe.stages,
        "seeds": row.seeds_total,
        "responses": row.draws,
        "limits": row.limits,
    }


def _completions(run_id: int, stage: str | None, rejected: bool | None) -> Any:
    rows = Completion.objects.filter(run=get_object_or_404(Run, pk=run_id))
    if stage in Stage.values:
        rows = rows.filter(stage=stage)
    if rejected is not None:
        rows = rows.exclude(reason="") if rejected else rows.filter(reason="")
    return rows


def _completion(row: Completion) -> dict[str, Any]:
    others = {"run": row.run_id, "seed": row.seed_id, "input": row.input_id}
    names = set(CompletionOut.model_fields) - set(others)
    return {name: getattr(row, name) for name in names} | others
