"""The instructions of a run's recipe, by what they were drawn to be."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from apps.core.params import number_in
from apps.fewshot.values import DIFFICULTIES
from apps.generation.models import Instruction, Run
from apps.generation.stages.properties import CATEGORY_NAMES, DIALECTS
from apps.generation.words import STYLE_WORDS, TASK_WORDS

PAGE = 25
# Each field with what people may choose; anything else in the address chooses nothing.
FILTERS: dict[str, tuple[str, dict[str, str]]] = {
    "task": ("Task", dict(TASK_WORDS)),
    "style": ("Wording", dict(STYLE_WORDS)),
    "dialect": ("Dialect", DIALECTS),
    "difficulty": ("Difficulty", {name: name for name in DIFFICULTIES}),
    "category": ("Category", {name: name for name in CATEGORY_NAMES}),
}


@require_safe
def instructions(request: HttpRequest, run_id: int) -> HttpResponse:
    """Instructions by the run's recipe, the newest first, as far as they were drawn to be such."""
    run = get_object_or_404(Run.objects.select_related("recipe"), pk=run_id)
    chosen = {
        name: value
        for name, (_, words) in FILTERS.items()
        if (value := request.GET.get(name, "")) in words
    }
    rows = Instruction.objects.filter(recipe=run.recipe, **chosen).order_by("-pk")
    before = number_in(request, "before")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    shown = list(rows.select_related("concepts")[: PAGE + 1])
    context = {
        "run": run,
        "rows": [(row, _words(row)) for row in shown[:PAGE]],
        "more": shown[PAGE - 1].pk if len(shown) > PAGE else None,
        "query": urlencode(chosen),
        "chosen": chosen,
        "filters": [
            (name, label, words.items(), chosen.get(name, ""))
            for name, (label, words) in FILTERS.items()
        ],
    }
    return render(request, "generation/instructions.html", context)


def _words(row: Instruction) -> list[str]:
    """What it was drawn to be, in words."""
    codes = ((name, getattr(row, name)) for name in FILTERS)
    return [FILTERS[name][1].get(code, code) for name, code in codes if code]
