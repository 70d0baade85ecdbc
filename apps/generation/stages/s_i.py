"""S→I: a seed's SQL in, an instruction that it inspires out; the short way without concepts."""

from __future__ import annotations

from dataclasses import dataclass

from apps.fewshot.values import Example
from apps.generation.stages.base import NO_OPTIONS, About, Mode, Prompt, StageOptions
from apps.generation.stages.composing import compose, next_example_stop
from apps.generation.stages.instructions import parse as parse


@dataclass(frozen=True, slots=True)
class _Row:
    code: str


def build(
    code: str,
    *,
    system: str,
    examples: tuple[Example, ...],
    options: StageOptions = NO_OPTIONS,
    about: About | None = None,
) -> Prompt:
    """The prompt that asks for an instruction inspired by one SQL statement."""
    row = _Row(code.strip())
    stop = (next_example_stop(len(examples)), "\n### Response\n", "\n### Snippet\n")
    return compose(
        Mode.S_I, row, system=system, examples=examples, options=options, stop=stop, about=about
    )
