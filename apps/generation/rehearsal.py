"""A dry run: the prompts of a few seeds with their tokens, and how long the run is likely to take.

Nothing of it is kept, and the model is not asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from django.db import transaction

from apps.fewshot.models import Version
from apps.generation import tally
from apps.generation.models import Concepts, Instruction, Recipe, Run, RunMinute, Stage
from apps.generation.prompting import Input, Prompter, examples_shown, properties_of
from apps.generation.recipes import RecipeSpec, recipe_get_or_create
from apps.generation.runs import Selection, run_start
from apps.generation.stages.arranging import arrangement_of
from apps.generation.tokens import TokenCounts, count_tokens
from apps.generation.usage import usage_of
from apps.generation.words import STAGES
from apps.seeds.models import Seed

SEEDS = 3
LAST_RUNS = 5


@dataclass(frozen=True, slots=True)
class Shown:
    """A prompt. `stands_in`: for what the model has yet to write an example's text stands there."""

    stage: str
    seed_id: int
    text: str
    stands_in: bool
    tokens: int = 0

    @property
    def label(self) -> str:
        return STAGES[self.stage]


@dataclass(frozen=True, slots=True)
class Estimate:
    """From an earlier run of the same model: output tokens, the speed it had, the time."""

    run_id: int
    tokens: int
    tokens_per_second: float
    time: timedelta


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a run would ask. asks: completions at most by stage, when nothing is rejected;
    prompt_tokens: all that would be read, by the mean of the prompts that are shown.
    """

    prompts: tuple[Shown, ...]
    how: str
    is_exact: bool
    asks: dict[str, int]
    prompt_tokens: int
    estimate: Estimate | None

    @property
    def asks_by_label(self) -> list[tuple[str, int]]:
        return [(STAGES[stage], number) for stage, number in self.asks.items()]


def run_rehearse(*, fewshot: Version, spec: RecipeSpec, selection: Selection) -> Rehearsal:
    """What `run_start` would do. Raises NoSeedsError and ValueError as that does."""
    with transaction.atomic():
        recipe = recipe_get_or_create(fewshot=fewshot, spec=spec)
        few = replace(selection, count=min(selection.count, SEEDS))
        run = run_start(recipe=recipe, selection=few)
        prompts = list(_prompts(run))
        asks = _asks(run, selection.count)
        transaction.set_rollback(True)
    texts = [prompt.text for prompt in prompts]
    counted = count_tokens(texts, engine=spec.engine, model=spec.model)
    shown = tuple(
        replace(prompt, tokens=tokens)
        for prompt, tokens in zip(prompts, counted.counts, strict=True)
    )
    return _rehearsal(shown, counted, asks, _estimate(recipe, asks))


def _rehearsal(
    shown: tuple[Shown, ...], counted: TokenCounts, asks: dict[str, int], estimate: Estimate | None
) -> Rehearsal:
    total = 0.0
    for stage, number in asks.items():
        tokens = [prompt.tokens for prompt in shown if prompt.stage == stage]
        total += number * sum(tokens) / len(tokens)
    return Rehearsal(shown, counted.how, counted.is_exact, asks, round(total), estimate)


def _prompts(run: Run) -> Iterator[Shown]:
    for chosen in run.chosen.select_related("seed").order_by("position"):
        for stage in run.recipe.stages:
            yield _shown(run, stage, chosen.seed, chosen.position)


def _shown(run: Run, stage: str, seed: Seed, position: int) -> Shown:
    recipe = run.recipe
    count, random_seed = max(recipe.arrangements, 1), recipe.random_seed
    place = arrangement_of(bytes(seed.text_hash), random_seed=random_seed, count=count)
    row, stands_in = row_standing_in(recipe, stage, seed)
    properties = properties_of(recipe=recipe, stage=stage, row=row, position=position)
    prompter = Prompter(recipe=recipe, stage=stage, arrangement=place)
    return Shown(stage, seed.pk, prompter.prompt(row, properties).text, stands_in)


def row_standing_in(recipe: Recipe, stage: str, seed: Seed) -> tuple[Input, bool]:
    """What the stage starts from: the seed, or what an example has in its place (IndexError where
    there is no example); whether it is the latter.
    """
    if stage in (Stage.S_C, Stage.S_I):
        return seed, False
    example = examples_shown(recipe.fewshot)[0]
    if stage == Stage.C_I:
        return Concepts(recipe=recipe, seed=seed, items=list(example.concepts)), True
    if stage == Stage.I_R:
        dialect = seed.dialect or recipe.mix["dialects"][0]
        return Instruction(
            recipe=recipe, seed=seed, text=example.instruction, dialect=dialect
        ), True
    raise ValueError(f"There is no stage {stage!r}.")


def _asks(run: Run, seeds: int) -> dict[str, int]:
    instructions = seeds * run.recipe.instructions
    numbers = {Stage.S_C: seeds, Stage.C_I: instructions, Stage.S_I: instructions}
    last = instructions * run.draws
    return {str(stage): numbers.get(Stage(stage), last) for stage in run.recipe.stages}


def _estimate(recipe: Recipe, asks: dict[str, int]) -> Estimate | None:
    """From the newest run of the same model and engine that got as far as its last stage."""
    same = Run.objects.filter(recipe__engine=recipe.engine, recipe__model=recipe.model)
    written = same.filter(pk__in=RunMinute.objects.values("run")).select_related("recipe", "job")
    for run in written.order_by("-pk")[:LAST_RUNS]:
        means = _means(run, list(asks))
        used = usage_of(run)
        if means and used.busy_seconds and used.completion_tokens:
            speed = used.completion_tokens / used.busy_seconds
            tokens = sum(number * means[stage] for stage, number in asks.items())
            return Estimate(run.pk, round(tokens), speed, timedelta(seconds=round(tokens / speed)))
    return None


def _means(run: Run, stages: Sequence[str]) -> dict[str, float]:
    """Output tokens per completion by stage; {} where one of these stages has none."""
    counted = tally.tally_of_run(run).stages
    if not all(stage in counted and counted[stage][0] for stage in stages):
        return {}
    return {stage: counted[stage][4] / counted[stage][0] for stage in stages}
