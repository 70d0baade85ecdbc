"""I→R: an instruction in, a response with SQL and tests out."""

from __future__ import annotations

from dataclasses import dataclass

from apps.fewshot.values import Example
from apps.generation.stages.base import NO_OPTIONS, About, Mode, ParseFailure, Prompt, StageOptions
from apps.generation.stages.completions import finished_text
from apps.generation.stages.composing import compose, next_example_stop


@dataclass(frozen=True, slots=True)
class _Row:
    instruction: str


def build(
    instruction: str,
    *,
    system: str,
    examples: tuple[Example, ...],
    options: StageOptions = NO_OPTIONS,
    about: About | None = None,
) -> Prompt:
    """The prompt that asks for a response to one instruction."""
    row = _Row(instruction.strip())
    stop = (next_example_stop(len(examples)),)
    return compose(
        Mode.I_R, row, system=system, examples=examples, options=options, stop=stop, about=about
    )


def parse(
    text: str,
    *,
    finish_reason: str | None,
    stop_reason: object = None,
    options: StageOptions = NO_OPTIONS,
) -> str | ParseFailure:
    """The whole response, only without an example that the model has begun after it.

    What is inside it, `apps.validation.reading` finds out. Reasons: empty, cut_off, too_long.
    """
    return finished_text(
        text,
        finish_reason=finish_reason,
        stop_reason=stop_reason,
        response_prefix=options.response_prefix,
    )
