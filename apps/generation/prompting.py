"""Between rows and stages: which prompt a row gives, what a completion's text means.

A prompt is not stored: `rebuilt_prompt` makes it again from the recipe, the row it started from
and the numbers of the examples it showed, and checks it against the stored hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Protocol

from apps.fewshot import values
from apps.fewshot.models import Example, Version
from apps.fewshot.queries import example_value
from apps.generation.models import Completion, Concepts, Instruction, Recipe, Run, Stage
from apps.generation.stages import c_i, composing, i_r, s_c, s_i
from apps.generation.stages.arranging import draw_arrangements
from apps.generation.stages.base import (
    About,
    Mode,
    ParseFailure,
    Prompt,
    StageOptions,
    choose_examples,
)
from apps.generation.stages.categories import category_of
from apps.generation.stages.properties import Mix, Properties, about, draw_properties
from apps.seeds.models import Seed

NO_PROPERTIES = Properties()
Input = Seed | Concepts | Instruction
Written = str | tuple[str, ...]


class _Parser(Protocol):
    def __call__(
        self,
        text: str,
        *,
        finish_reason: str | None,
        stop_reason: object = None,
        options: StageOptions = ...,
    ) -> Written | ParseFailure: ...


PARSERS: dict[Mode, _Parser] = {
    Mode.S_C: s_c.parse,
    Mode.S_I: s_i.parse,
    Mode.C_I: c_i.parse,
    Mode.I_R: i_r.parse,
}


class PromptChangedError(Exception):
    """The prompt that can be rebuilt is not the one that was sent."""


class Prompter:
    """Builds the prompts of one stage for one group of rows; all show the same examples."""

    def __init__(
        self,
        *,
        recipe: Recipe,
        stage: str,
        arrangement: int | None = None,
        group: str = "",
        numbers: Sequence[int] | None = None,
    ) -> None:
        """The examples are those of an arrangement, or given by number. Without either (a recipe
        of an older Winnow) they are drawn by the recipe's random seed, stage and group.
        """
        self.mode = Mode(stage)
        self.recipe = recipe
        self.arrangement = arrangement
        available = examples_shown(recipe.fewshot)
        by_number = {example.number: example for example in available}
        count = min(recipe.examples.get(stage, 0), len(available))
        if numbers is None and arrangement is not None:
            numbers = draw_arrangements(
                tuple(by_number),
                shown=count,
                count=recipe.arrangements,
                key=stage,
                always=tuple(number for number in recipe.focus if number in by_number),
            )[arrangement]
        if numbers is None:
            key = f"{recipe.random_seed}:{stage}:{group}"
            self.examples = choose_examples(available, count=count, key=key)
        else:
            self.examples = tuple(by_number[number] for number in numbers)
        self.system = str(recipe.fewshot.systems[self.mode.label])

    @property
    def example_numbers(self) -> tuple[int, ...]:
        return tuple(example.number for example in self.examples)

    def prompt(self, row: Input, properties: Properties = NO_PROPERTIES) -> Prompt:
        """The prompt for one row; `row` is what the stage starts from (TypeError otherwise).
        properties: what was drawn for it; recipes of the first format say nothing of them.
        """
        system, examples = self.system, self.examples
        said = self._about(row, properties)
        match self.mode, row:
            case Mode.S_C, Seed():
                return s_c.build(row.text, system=system, examples=examples, about=said)
            case Mode.S_I, Seed():
                return s_i.build(row.text, system=system, examples=examples, about=said)
            case Mode.C_I, Concepts():
                return c_i.build(
                    tuple(row.items),
                    category=properties.category or category_of(row.seed.kind),
                    difficulty=properties.difficulty or difficulty_of(self.recipe, row.seed),
                    system=system,
                    examples=examples,
                    about=said,
                )
            case Mode.I_R, Instruction():
                options = options_of(self.recipe, Mode.I_R)
                return i_r.build(
                    row.text, system=system, examples=examples, options=options, about=said
                )
        raise TypeError(f"{self.mode} does not start from {type(row).__name__}")

    def _about(self, row: Input, properties: Properties) -> About | None:
        if self.recipe.format == composing.FIRST:
            return None
        match row:
            case Seed():
                tables = row.schema_context
            case Concepts():
                tables = row.seed.schema_context
            case Instruction():
                return about(replace(properties, dialect=properties.dialect or row.dialect))
        return about(properties, tables=tables)


def properties_of(
    *, recipe: Recipe, stage: str, row: Input, position: int = 0, draw: int = 0
) -> Properties:
    """What a prompt for a row says beside it. An instruction's are drawn, by the seed's position
    in its run; for a response they are those that the instruction was asked with.
    """
    if recipe.format == composing.FIRST:
        return NO_PROPERTIES
    if isinstance(row, Instruction):
        return Properties(dialect=row.dialect)
    seed = row if isinstance(row, Seed) else row.seed
    if stage == Stage.S_C:
        return Properties(source=seed.dialect)
    return draw_properties(
        key=str(recipe.random_seed),
        index=position * recipe.instructions + draw,
        kind=seed.kind,
        dialect=seed.dialect,
        mix=Mix.from_json(recipe.mix),
    )


def prompt_hash(prompt: Prompt) -> bytes:
    """SHA-256 of the prompt's text, 32 bytes."""
    return hashlib.sha256(prompt.text.encode()).digest()


def options_of(recipe: Recipe, mode: Mode) -> StageOptions:
    """A response prefix steers the last stage only; the other answers are too short to need it."""
    return StageOptions(response_prefix=recipe.response_prefix if mode == Mode.I_R else "")


def difficulty_of(recipe: Recipe, seed: Seed) -> str:
    """Drawn evenly by the recipe's random seed and the seed's text, the same on every machine."""
    return c_i.draw_difficulty(f"{recipe.random_seed}:{bytes(seed.text_hash).hex()}")


def draw_seed(
    recipe: Recipe, prompt: Prompt, draw: int, attempt: int = 0, *, place: str = ""
) -> int:
    """The sampling seed of one draw, 31 bits; draws of one prompt differ, repeats are equal.
    attempt: how often the draw was rejected and asked for again: each has a seed of its own.
    place: what stands for the prompt where two versions are to be sampled alike.

    Draws that follow each other have seeds that do: a server samples several in one request with
    the seed and the numbers after it. (Recipes of an older Winnow have unlike ones.)
    """
    again = f"{attempt}:" if attempt else ""
    if not recipe.arrangements:
        key = f"{recipe.random_seed}:{draw}:{again}".encode() + prompt_hash(prompt)
        return int.from_bytes(hashlib.sha256(key).digest()[:4]) >> 1
    key = f"{recipe.random_seed}:{again}".encode() + (place.encode() or prompt_hash(prompt))
    return (int.from_bytes(hashlib.sha256(key).digest()[:4]) >> 2) + draw


def draws_of(run: Run, stage: str) -> int:
    """How many completions a stage asks for from each of its inputs."""
    if stage == Stage.I_R:
        return run.draws
    return run.recipe.instructions if stage in (Stage.C_I, Stage.S_I) else 1


def parse_completion(completion: Completion, *, recipe: Recipe) -> Written | ParseFailure:
    """Concepts, instruction or response out of a stored completion, or why there is none."""
    mode = Mode(completion.stage)
    return PARSERS[mode](
        completion.text,
        finish_reason=completion.finish_reason,
        stop_reason=completion.stop_reason or None,
        options=options_of(recipe, mode),
    )


def rebuilt_prompt(completion: Completion, row: Input) -> Prompt:
    """The prompt that this completion answered. Raises PromptChangedError when it cannot be had:
    a template or the row it was made from has changed since.
    """
    prompter = Prompter(
        recipe=completion.recipe, stage=completion.stage, numbers=completion.example_numbers
    )
    prompt = prompter.prompt(row, Properties.from_json(completion.properties))
    if prompt_hash(prompt) != bytes(completion.prompt_hash):
        raise PromptChangedError(
            f"The prompt of completion {completion.pk} cannot be rebuilt: its template in prompts/"
            " or the row it was made from has changed since it was sent."
        )
    return prompt


def examples_shown(version: Version) -> tuple[values.Example, ...]:
    """The examples that a version shows to models; those of a draft as they are now."""
    return _examples(version.pk) if version.is_draft else examples_of(version.pk)


@lru_cache(maxsize=16)
def examples_of(version_id: int) -> tuple[values.Example, ...]:
    """The examples of a final version, which never change (that is why they may be kept)."""
    return _examples(version_id)


def _examples(version_id: int) -> tuple[values.Example, ...]:
    rows = Example.objects.filter(version=version_id, is_on=True).order_by("number")
    return tuple(map(example_value, rows))
