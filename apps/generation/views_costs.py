"""Pages that compare: two runs side by side, and what recipes and few-shot versions cost."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.params import number_in
from apps.fewshot.models import Version
from apps.generation import funnel
from apps.generation.costs import Cost, costs_by_recipe, costs_by_version, costs_of
from apps.generation.ingredients import ingredients
from apps.generation.models import Recipe, Run

CHOICES = 100


@dataclass(frozen=True, slots=True)
class Side:
    """One of two runs: the run, its progress, its cost (None: not counted yet)."""

    run: Run
    progress: funnel.Progress
    cost: Cost | None


@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Two runs side by side, named `a` and `b` in the address; a form to choose them."""
    runs = Run.objects.select_related("job", "recipe__fewshot__fewshot_set")
    wanted = [number_in(request, "a"), number_in(request, "b")]
    found = {run.pk: run for run in runs.filter(pk__in=[pk for pk in wanted if pk is not None])}
    costs = costs_of(found.values())
    sides = [
        Side(found[pk], funnel.progress(found[pk]), costs.get(pk))
        for pk in wanted
        if pk is not None and pk in found
    ]
    choices = list(runs.without_tries().order_by("-pk")[:CHOICES])
    context = {
        "sides": sides if len(sides) == 2 else [],
        "missing": [pk for pk in wanted if pk is not None and pk not in found],
        "choices": choices,
        "chosen": _chosen(wanted, [run.pk for run in choices]),
        "differences": _differences(*sides) if len(sides) == 2 else [],
    }
    return render(request, "generation/compare.html", context)


def _chosen(wanted: list[int | None], newest: list[int]) -> list[int | None]:
    """What the form begins with: what was asked for, else the newest runs that differ."""
    others = [pk for pk in newest if pk not in wanted]
    return [pk or (others.pop(0) if others else None) for pk in reversed(wanted)][::-1]


@require_safe
def costs(request: HttpRequest) -> HttpResponse:
    """What an accepted pair costs, by recipe and by few-shot version."""
    recipes, versions = costs_by_recipe(), costs_by_version()
    named = Recipe.objects.in_bulk([share.key for share in recipes])
    of = Version.objects.select_related("fewshot_set").in_bulk([share.key for share in versions])
    context = {
        "recipes": [(named[share.key], share) for share in recipes],
        "versions": [(of[share.key], share) for share in versions],
    }
    return render(request, "generation/costs.html", context)


def _differences(a: Side, b: Side) -> list[tuple[str, str, str]]:
    """What two runs were made from differently: name and both values."""
    pairs = zip(ingredients(a.run), ingredients(b.run), strict=True)
    return [(name, mine, other) for (name, mine), (_, other) in pairs if mine != other]
