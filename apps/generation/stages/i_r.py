"""I→R: an instruction in, a response with SQL and tests out."""

from __future__ import annotations

from dataclasses import dataclass

from apps.fewshot.values import Example
from apps.generation.stages.as_json import text_of_json
from apps.generation.stages.base import NO_OPTIONS, About, Mode, ParseFailure, Prompt, StageOptions
from apps.generation.stages.completions import finished_text, without_heading
from apps.generation.stages.composing import compose, next_example_stop
from apps.generation.stages.responses import begins_next_task, without_talk_around

_KEYS = ("response", "answer", "solution", "output", "content", "text")


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
    """The whole response, without talk around it and without what the model has begun after it.

    What is inside it, `apps.validation.reading` finds out. Reasons: empty, cut_off, too_long.
    """
    answer = finished_text(
        text,
        finish_reason=finish_reason,
        stop_reason=stop_reason,
        response_prefix=options.response_prefix,
        ends_after_code_at=begins_next_task,
    )
    if isinstance(answer, ParseFailure):
        return answer
    told = text_of_json(answer, _KEYS) if answer.startswith(("{", "```json")) else answer
    own = without_heading(without_talk_around(told), "response")
    return without_talk_around(own).strip() or answer
