"""What is still to be asked of the model: one ask for the draws that one prompt lacks.

Whatever has a completion is not asked again, whichever run or worker has stored it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from apps.generation.models import Completion, Concepts, Instruction, Recipe, Run, Stage
from apps.generation.prompting import Input, Prompter, draw_seed, draws_of
from apps.generation.stages.base import Prompt
from apps.seeds.models import Seed


@dataclass(frozen=True, slots=True)
class Ask:
    """Draws of one prompt that follow each other, to be sampled in one request or one by one.

    seed: the seed at the beginning of the way, None where the stage needs nothing of it.
    sampling_seed: of the first draw; the next ones have the numbers after it.
    """

    run: Run
    stage: str
    input_id: int
    seed_id: int
    seed: Seed | None
    draws: range
    sampling_seed: int
    prompt: Prompt
    example_numbers: tuple[int, ...]
    arrangement: int | None

    @property
    def prefix_key(self) -> tuple[object, ...]:
        """Equal for prompts that begin alike."""
        return self.run.recipe.fewshot_id, self.stage, self.example_numbers

    @property
    def prefix_share(self) -> float:
        """The part of the prompt, by its characters, that prompts of its arrangement share."""
        return len(self.prompt.prefix) / len(self.prompt.text)

    def apart(self) -> list[Ask]:
        """One ask for each draw."""
        return [self.only(draw) for draw in self.draws]

    def only(self, draw: int) -> Ask:
        """The ask for one of the draws."""
        seed = self.sampling_seed + draw - self.draws.start
        return replace(self, draws=range(draw, draw + 1), sampling_seed=seed)


@dataclass(frozen=True, slots=True)
class Group:
    """What the prompts of a unit have in common: a run and an arrangement, or for a recipe of an
    older Winnow the `key` of the unit.
    """

    run: Run
    arrangement: int | None
    key: str = ""

    def prompter(self, stage: str) -> Prompter:
        recipe = self.run.recipe
        return Prompter(recipe=recipe, stage=stage, arrangement=self.arrangement, group=self.key)


def asks_left(*, group: Group, stage: str, seed_ids: Sequence[int]) -> list[Ask]:
    """Asks of a stage for these seeds that have no completion yet, inputs in the order of ids."""
    recipe = group.run.recipe
    asked: dict[int, set[int]] = {}
    stored = Completion.objects.filter(recipe=recipe, stage=stage, seed__in=seed_ids)
    for input_id, draw in stored.values_list("input_id", "draw"):
        asked.setdefault(input_id, set()).add(draw)
    rows = [
        row
        for row in _inputs(recipe, stage, seed_ids)
        if len(asked.get(row.pk, ())) < draws_of(group.run, stage)
    ]
    return asks_of(group=group, stage=stage, rows=rows, asked=asked)


def asks_of(
    *, group: Group, stage: str, rows: Iterable[Input], asked: dict[int, set[int]] | None = None
) -> list[Ask]:
    """Asks of a stage for rows that it starts from; `asked`: draws that are there, by row."""
    prompter = group.prompter(stage)
    wanted = range(draws_of(group.run, stage))
    return [
        ask
        for row in rows
        for ask in _asks_of_row(group.run, stage, prompter, row, wanted, (asked or {}).get(row.pk))
    ]


def _asks_of_row(
    run: Run, stage: str, prompter: Prompter, row: Input, wanted: range, asked: set[int] | None
) -> Iterator[Ask]:
    prompt = prompter.prompt(row)
    for draws in _stretches([draw for draw in wanted if draw not in (asked or ())]):
        yield Ask(
            run=run,
            stage=stage,
            input_id=row.pk,
            seed_id=row.pk if isinstance(row, Seed) else row.seed_id or 0,
            seed=_seed_of(row),
            draws=draws,
            sampling_seed=draw_seed(run.recipe, prompt, draws.start),
            prompt=prompt,
            example_numbers=prompter.example_numbers,
            arrangement=prompter.arrangement,
        )


def _stretches(draws: Sequence[int]) -> Iterator[range]:
    """Ascending draws as ranges without gaps."""
    start = 0
    for at in range(1, len(draws) + 1):
        if at == len(draws) or draws[at] != draws[at - 1] + 1:
            yield range(draws[start], draws[at - 1] + 1)
            start = at


def _seed_of(row: Input) -> Seed | None:
    match row:
        case Seed():
            return row
        case Concepts():
            return row.seed
    return None


def _inputs(recipe: Recipe, stage: str, seed_ids: Sequence[int]) -> Iterable[Input]:
    if stage in (Stage.S_C, Stage.S_I):
        return Seed.objects.filter(pk__in=seed_ids).order_by("pk")
    if stage == Stage.C_I:
        concepts = Concepts.objects.filter(recipe=recipe, seed__in=seed_ids)
        return concepts.select_related("seed").order_by("pk")
    return Instruction.objects.filter(recipe=recipe, seed__in=seed_ids).order_by("pk")
