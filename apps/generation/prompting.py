"""Between rows and stages: which prompt a row gives, what a completion's text means.

A prompt is not stored: `rebuilt_prompt` makes it again from the recipe, the row it started from
and the numbers of the examples it showed, and checks it against the stored hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from apps.fewshot import values
from apps.fewshot.models import Version
from apps.generation.models import Completion, Concepts, Instruction, Recipe
from apps.generation.stages import c_i, i_r, s_c, s_i
from apps.generation.stages.base import (
    Mode,
    ParseFailure,
    Prompt,
    StageOptions,
    choose_examples,
)
from apps.seeds.models import Seed

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
        self, *, recipe: Recipe, stage: str, group: str = "", numbers: Sequence[int] | None = None
    ) -> None:
        """Examples are drawn by the recipe's random seed, stage and group, or given by number."""
        self.mode = Mode(stage)
        self.recipe = recipe
        shown = examples_of(recipe.fewshot_id)
        if numbers is None:
            key = f"{recipe.random_seed}:{stage}:{group}"
            count = min(recipe.examples.get(stage, 0), len(shown))
            self.examples = choose_examples(shown, count=count, key=key)
        else:
            by_number = {example.number: example for example in shown}
            self.examples = tuple(by_number[number] for number in numbers)
        self.system = str(recipe.fewshot.systems[self.mode.label])

    @property
    def example_numbers(self) -> tuple[int, ...]:
        return tuple(example.number for example in self.examples)

    def prompt(self, row: Input) -> Prompt:
        """The prompt for one row; `row` is what the stage starts from (TypeError otherwise)."""
        system, examples = self.system, self.examples
        match self.mode, row:
            case Mode.S_C, Seed():
                return s_c.build(row.text, system=system, examples=examples)
            case Mode.S_I, Seed():
                return s_i.build(row.text, system=system, examples=examples)
            case Mode.C_I, Concepts():
                return c_i.build(
                    tuple(row.items),
                    category=category_of(row.seed),
                    difficulty=difficulty_of(self.recipe, row.seed),
                    system=system,
                    examples=examples,
                )
            case Mode.I_R, Instruction():
                options = options_of(self.recipe, Mode.I_R)
                return i_r.build(row.text, system=system, examples=examples, options=options)
        raise TypeError(f"{self.mode} does not start from {type(row).__name__}")


def prompt_hash(prompt: Prompt) -> bytes:
    """SHA-256 of the prompt's text, 32 bytes."""
    return hashlib.sha256(prompt.text.encode()).digest()


def options_of(recipe: Recipe, mode: Mode) -> StageOptions:
    """A response prefix steers the last stage only; the other answers are too short to need it."""
    return StageOptions(response_prefix=recipe.response_prefix if mode == Mode.I_R else "")


def category_of(seed: Seed) -> str:
    """The category an instruction is asked for in."""
    return c_i.category_of(seed.kind)


def difficulty_of(recipe: Recipe, seed: Seed) -> str:
    """Drawn evenly by the recipe's random seed and the seed's text, the same on every machine."""
    return c_i.draw_difficulty(f"{recipe.random_seed}:{bytes(seed.text_hash).hex()}")


def draw_seed(recipe: Recipe, prompt: Prompt, draw: int) -> int:
    """The sampling seed of one draw, 31 bits; draws of one prompt differ, repeats are equal."""
    key = f"{recipe.random_seed}:{draw}:".encode() + prompt_hash(prompt)
    return int.from_bytes(hashlib.sha256(key).digest()[:4]) >> 1


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
    prompt = prompter.prompt(row)
    if prompt_hash(prompt) != bytes(completion.prompt_hash):
        raise PromptChangedError(
            f"The prompt of completion {completion.pk} cannot be rebuilt: its template in prompts/"
            " or the row it was made from has changed since it was sent."
        )
    return prompt


@lru_cache(maxsize=16)
def examples_of(version_id: int) -> tuple[values.Example, ...]:
    """The examples of a published version, which never change (that is why they may be kept)."""
    version = Version.objects.get(pk=version_id)
    return tuple(
        values.Example(
            number=row.number,
            code=row.code,
            category=row.category,
            language=row.language,
            concepts=tuple(row.concepts),
            difficulty=row.difficulty,
            instruction=row.instruction,
            solution=row.solution,
            reasoning=row.reasoning,
            implementation=row.implementation,
            explanation=row.explanation,
            tests=row.tests,
        )
        for row in version.examples.filter(is_on=True).order_by("number")
    )
