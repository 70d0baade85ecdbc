"""What is still to be asked of the model: one ask for the draws that one prompt lacks.

Whatever has a completion is not asked again, whichever run or worker has stored it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from apps.core.excuses import is_nobodys_fault
from apps.generation.models import Completion, Concepts, Instruction, Recipe, Run, RunSeed, Stage
from apps.generation.prompting import (
    NO_PROPERTIES,
    Input,
    Prompter,
    draw_seed,
    draws_of,
    properties_of,
)
from apps.generation.stages import composing
from apps.generation.stages.base import Prompt
from apps.generation.stages.properties import Properties
from apps.seeds.models import Seed

log = logging.getLogger(__name__)
NO_PROMPT = Prompt(text="", messages=(), stop=(), prefix="")


@dataclass(frozen=True, slots=True)
class Ask:
    """Draws of one prompt that follow each other, to be sampled in one request or one by one.

    properties: what the prompt says beside its input.
    attempt: how often these draws were rejected and are asked for again.
    seed: the seed at the beginning of the way, None where the stage needs nothing of it.
    sampling_seed: of the first draw; the next ones have the numbers after it.
    problem: why there is no prompt to ask with, "" where there is one.
    """

    run: Run
    stage: str
    input_id: int
    seed_id: int
    seed: Seed | None
    draws: range
    sampling_seed: int
    prompt: Prompt
    properties: Properties
    example_numbers: tuple[int, ...]
    arrangement: int | None
    attempt: int = 0
    problem: str = ""

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
class Known:
    """What is stored of one row: draws that have a completion, and how often others were rejected
    and are to be asked for again.
    """

    asked: set[int] = field(default_factory=set)
    attempts: dict[int, int] = field(default_factory=dict)


NOTHING = Known()


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


def asks_left(*, group: Group, stages: Sequence[str], seed_ids: Sequence[int]) -> list[Ask]:
    """Asks of these stages, which follow each other, for these seeds that have no completion yet;
    inputs in the order of ids. A stage before which nothing was answered has no inputs.
    """
    known = _known(group.run.recipe, stages, seed_ids)
    asks: list[Ask] = []
    for place, stage in enumerate(stages):
        if place and stages[place - 1] not in known:
            break
        asks += _asks_of_stage(group, stage, seed_ids, known.get(stage, {}))
    return asks


def _asks_of_stage(
    group: Group, stage: str, seed_ids: Sequence[int], known: dict[int, Known]
) -> list[Ask]:
    rows = [
        row
        for row in _inputs(group.run.recipe, stage, seed_ids)
        if len(known.get(row.pk, NOTHING).asked) < draws_of(group.run, stage)
    ]
    return asks_of(group=group, stage=stage, rows=rows, known=known)


def _known(
    recipe: Recipe, stages: Sequence[str], seed_ids: Sequence[int]
) -> dict[str, dict[int, Known]]:
    """What is stored of these seeds, by stage and row; a stage without completions is missing."""
    known: dict[str, dict[int, Known]] = {}
    stored = Completion.objects.filter(recipe=recipe, stage__in=stages, seed__in=seed_ids)
    fields = ("stage", "input_id", "draw", "attempt", "superseded")
    for stage, input_id, draw, attempt, superseded in stored.values_list(*fields):
        of_row = known.setdefault(stage, {}).setdefault(input_id, Known())
        if superseded:
            of_row.attempts[draw] = max(of_row.attempts.get(draw, 0), attempt + 1)
        else:
            of_row.asked.add(draw)
    return known


def asks_of(
    *, group: Group, stage: str, rows: Iterable[Input], known: dict[int, Known] | None = None
) -> list[Ask]:
    """Asks of a stage for rows that it starts from; `known`: what is stored of them, by row."""
    rows = list(rows)
    prompter = group.prompter(stage)
    positions = _positions(group.run, stage, rows)
    return [
        ask
        for row in rows
        for ask in _guarded(
            group.run,
            stage,
            prompter,
            row,
            positions.get(_seed_id(row), 0),
            (known or {}).get(row.pk, NOTHING),
        )
    ]


def _guarded(
    run: Run, stage: str, prompter: Prompter, row: Input, position: int, known: Known
) -> list[Ask]:
    """The asks of a row; a row that no prompt can be built of is asked nothing, and told so."""
    try:
        return list(_asks_of_row(run, stage, prompter, row, position, known))
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        log.exception("No prompt of %s can be built of %s %s", stage, type(row).__name__, row.pk)
        problem = f"No prompt can be built of it ({type(error).__name__}: {error})."[:2000]
        return [
            Ask(
                run=run,
                stage=stage,
                input_id=row.pk,
                seed_id=_seed_id(row),
                seed=_seed_of(row),
                draws=draws,
                sampling_seed=0,
                prompt=NO_PROMPT,
                properties=NO_PROPERTIES,
                example_numbers=(),
                arrangement=prompter.arrangement,
                attempt=attempt,
                problem=problem,
            )
            for attempt, draws in _stretches(_wanted(run, stage, known), known.attempts)
        ]


def _positions(run: Run, stage: str, rows: Sequence[Input]) -> dict[int, int]:
    """The places of these rows' seeds in their run, where what is asked depends on them.

    In a try the seed itself is the place: whatever else is tried beside it, it is asked the same.
    """
    if run.recipe.is_trial:
        return {_seed_id(row): _seed_id(row) for row in rows}
    if run.recipe.format == composing.FIRST or stage not in (Stage.C_I, Stage.S_I):
        return {}
    chosen = RunSeed.objects.filter(run=run, seed__in=[_seed_id(row) for row in rows])
    return dict(chosen.values_list("seed", "position"))


def _asks_of_row(
    run: Run, stage: str, prompter: Prompter, row: Input, position: int, known: Known
) -> Iterator[Ask]:
    """Draws share a prompt, except those of instructions: each has properties of its own."""
    of_their_own = stage in (Stage.C_I, Stage.S_I)
    for attempt, draws in _stretches(_wanted(run, stage, known), known.attempts):
        for part in [range(d, d + 1) for d in draws] if of_their_own else [draws]:
            properties = properties_of(
                recipe=run.recipe, stage=stage, row=row, position=position, draw=part.start
            )
            prompt = prompter.prompt(row, properties)
            yield Ask(
                run=run,
                stage=stage,
                input_id=row.pk,
                seed_id=_seed_id(row),
                seed=_seed_of(row),
                draws=part,
                sampling_seed=draw_seed(
                    run.recipe, prompt, part.start, attempt, place=_place(run, stage, row)
                ),
                prompt=prompt,
                properties=properties,
                example_numbers=prompter.example_numbers,
                arrangement=prompter.arrangement,
                attempt=attempt,
            )


def _wanted(run: Run, stage: str, known: Known) -> list[int]:
    return [draw for draw in range(draws_of(run, stage)) if draw not in known.asked]


def _place(run: Run, stage: str, row: Input) -> str:
    """What stands for the prompt in a try's sampling seeds; "" in any other run."""
    return f"{stage}:{_seed_id(row)}" if run.recipe.is_trial else ""


def _stretches(draws: Sequence[int], attempts: dict[int, int]) -> Iterator[tuple[int, range]]:
    """Ascending draws as ranges without gaps, of one attempt each."""
    start = 0
    for at in range(1, len(draws) + 1):
        before = draws[at - 1]
        if at == len(draws) or _is_apart(before, draws[at], attempts):
            yield attempts.get(before, 0), range(draws[start], before + 1)
            start = at


def _is_apart(before: int, draw: int, attempts: dict[int, int]) -> bool:
    return draw != before + 1 or attempts.get(draw, 0) != attempts.get(before, 0)


def _seed_id(row: Input) -> int:
    return row.pk if isinstance(row, Seed) else row.seed_id or 0


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
