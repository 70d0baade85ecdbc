"""Counts what few-shot versions came to, in the background: first a run's pairs by what their
prompts showed, then all runs of a version together. Both are kept in a core.Figure.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.core.models import Figure
from apps.evidence.summing import Summary, summary
from apps.evidence.tally import NAMES, Counted, Tally
from apps.fewshot.models import Example
from apps.generation.models import Run

log = logging.getLogger(__name__)

# The code of apps.validation.checks, which parsers come with.
FEW_SHOT_COPY = "few_shot_copy"
RUN, VERSION = "evidence-run-", "evidence-version-"
BATCH = 20
# A count that took a second is not made again within twenty.
REST = 20
# Runs whose cost was counted since: that is so after every verdict, token and label. What a try
# shows is chosen, not drawn.
DUE = """
    SELECT run.id FROM generation_run run
    JOIN generation_recipe recipe ON recipe.id = run.recipe_id AND NOT recipe.is_trial
    JOIN core_figure cost ON cost.name = 'cost-run-' || run.id
    LEFT JOIN core_figure counted ON counted.name = 'evidence-run-' || run.id
    WHERE counted.name IS NULL OR (cost.counted_at > counted.counted_at
        AND counted.counted_at < clock_timestamp()
            - make_interval(secs => %(rest)s * (counted.value ->> 'seconds')::float))
    ORDER BY run.id DESC LIMIT %(batch)s
"""
# The strength counts where it was measured. A stage that a run has not has no examples.
COUNT = """
    SELECT coalesce(seed.kind, ''), wrote.arrangement,
        found.example_numbers, (asked.stage = 's_i'), asked.example_numbers, wrote.example_numbers,
        count(*), count(verdict.id), count(*) FILTER (WHERE verdict.outcome = 'passed'),
        count(decision.response_id), count(*) FILTER (WHERE decision.good),
        count(copied.id), count(*) FILTER (WHERE NOT copied.passed),
        count(verdict.strength), coalesce(sum(verdict.strength), 0),
        coalesce(sum(verdict.strength ^ 2), 0),
        sum(wrote.prompt_tokens + wrote.completion_tokens),
        sum((wrote.prompt_tokens + wrote.completion_tokens)::float ^ 2)
    FROM generation_response response
    JOIN generation_completion wrote ON wrote.id = response.completion_id
    JOIN generation_instruction instruction ON instruction.id = response.instruction_id
    JOIN generation_completion asked ON asked.id = instruction.completion_id
    LEFT JOIN generation_concepts concepts ON concepts.id = instruction.concepts_id
    LEFT JOIN generation_completion found ON found.id = concepts.completion_id
    LEFT JOIN seeds_seed seed ON seed.id = instruction.seed_id
    LEFT JOIN validation_verdict verdict
        ON verdict.response_id = response.id AND verdict.database = 'overall'
    LEFT JOIN validation_checkresult copied
        ON copied.response_id = response.id AND copied.code = %(copy)s
    LEFT JOIN review_decision decision ON decision.response_id = response.id
    WHERE response.run_id = %(run)s
    GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY 1, 2, 3, 4, 5, 6
"""


def count_evidence() -> int:
    """Count the runs in which something changed since, and their versions; how many runs."""
    with connection.cursor() as cursor:
        cursor.execute(DUE, {"rest": REST, "batch": BATCH})
        due = [pk for (pk,) in cursor.fetchall()]
    runs = Run.objects.filter(pk__in=due).select_related("recipe").order_by("pk")
    counted = [run for run in runs if _counted(run)]
    for version_id in sorted({run.recipe.fewshot_id for run in counted}):
        _keep(f"{VERSION}{version_id}", version_summary(version_id).as_json())
    return len(counted)


def version_summary(version_id: int) -> Summary:
    """A version of the counts that are kept of its runs."""
    drawn = Run.objects.without_tries().filter(recipe__fewshot=version_id)
    runs = dict(drawn.values_list("pk", "recipe"))
    figures = Figure.objects.filter(name__in=[f"{RUN}{pk}" for pk in runs])
    counted = [
        each
        for figure in figures
        for each in _loaded(runs[int(figure.name.removeprefix(RUN))], figure.value["cells"])
    ]
    shown = Example.objects.filter(version=version_id, is_on=True).order_by("number")
    numbers = list(shown.values_list("number", flat=True))
    return summary(counted, numbers=numbers, runs=len(figures))


def run_counted(run: Run) -> list[Counted]:
    """A run as it was counted last, [] before that."""
    figure = Figure.objects.filter(name=f"{RUN}{run.pk}").first()
    return _loaded(run.recipe_id, figure.value["cells"]) if figure else []


def run_cells(run_id: int) -> list[list[Any]]:
    """A run's pairs, counted: kind, arrangement, the examples by stage, and a Tally's fields."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, {"run": run_id, "copy": FEW_SHOT_COPY})
        return [_cell(row) for row in cursor.fetchall()]


def _cell(row: Sequence[Any]) -> list[Any]:
    kind, arrangement, found, is_direct, asked, wrote, *tally = row
    shown = {"s_c": found, "s_i" if is_direct else "c_i": asked, "i_r": wrote}
    return [kind, arrangement, {stage: each for stage, each in shown.items() if each}, *tally]


def _loaded(recipe: int, cells: Iterable[Sequence[Any]]) -> list[Counted]:
    return [
        Counted(
            recipe,
            kind,
            arrangement,
            {stage: tuple(numbers) for stage, numbers in shown.items()},
            Tally.from_json(dict(zip(NAMES, tally, strict=True))),
        )
        for kind, arrangement, shown, *tally in cells
    ]


def _counted(run: Run) -> bool:
    """Count one; a run that cannot be counted keeps no other from it."""
    started = time.monotonic()
    try:
        cells = run_cells(run.pk)
        _keep(f"{RUN}{run.pk}", {"cells": cells, "seconds": time.monotonic() - started})
    except Exception:  # logged whole: the others go on whatever it was
        log.exception("The evidence of run %s is not counted", run.pk)
        return False
    return True


def _keep(name: str, value: dict[str, Any]) -> None:
    Figure.objects.update_or_create(
        name=name, defaults={"value": value, "counted_at": timezone.now()}
    )
