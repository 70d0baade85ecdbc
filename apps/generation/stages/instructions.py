"""Takes an instruction out of a completion: what C→I and S→I have in common."""

from __future__ import annotations

import re

from apps.generation.stages.base import NO_OPTIONS, ParseFailure, StageOptions
from apps.generation.stages.completions import finished_text, without_heading
from apps.generation.stages.talk import without_announcement, without_plain_fence

MIN_CHARS = 20
MAX_CHARS = 4_000

# A line that begins another section. What belongs to a task itself (a query to mend, an output
# that is wanted) is none.
_SECTION = (
    r"(?:(?:sample|example|possible|proposed|suggested|model|sql)[ \t]+)?"
    r"(?:response|solution|answer|reasoning|implementation|explanation)"
)
_ENDS_AT = re.compile(
    rf"(?:#{{1,6}}[ \t]+(?:{_SECTION}|property|snippet|concepts|instruction|tests?)[ \t]*:?[ \t]*$"
    rf"|\[(?:{_SECTION}|tests|property|code)\][ \t]*$"
    rf"|\*\*(?:{_SECTION})(?::\*\*|\*\*:?)"
    rf"|{_SECTION}[ \t]*:)",
    re.IGNORECASE,
)


def parse(
    text: str,
    *,
    finish_reason: str | None,
    stop_reason: object = None,
    options: StageOptions = NO_OPTIONS,
) -> str | ParseFailure:
    """The instruction, 20 to 4,000 characters, without section markers around it, without the
    model's announcement of it and without a solution below it.

    Reasons: empty, cut_off, too_short, too_long.
    """
    answer = finished_text(
        text,
        finish_reason=finish_reason,
        stop_reason=stop_reason,
        response_prefix=options.response_prefix,
        ends_at=_ENDS_AT,
    )
    if isinstance(answer, ParseFailure):
        return answer
    announced = without_announcement(without_plain_fence(answer))
    instruction = without_heading(announced, "instruction", "task")
    if not instruction:
        return ParseFailure("empty", "There is a heading and no instruction below it.")
    if len(instruction) < MIN_CHARS:
        message = f"The instruction has {len(instruction)} characters, at least {MIN_CHARS} count."
        return ParseFailure("too_short", message)
    if len(instruction) > MAX_CHARS:
        message = f"The instruction has {len(instruction):,} characters, at most {MAX_CHARS:,}."
        return ParseFailure("too_long", message)
    return instruction
