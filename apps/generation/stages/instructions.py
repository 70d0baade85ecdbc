"""Takes an instruction out of a completion: what C→I and S→I have in common."""

from __future__ import annotations

import json
import re

from apps.generation.stages.base import NO_OPTIONS, ParseFailure, StageOptions
from apps.generation.stages.completions import finished_text, without_heading
from apps.generation.stages.talk import (
    without_announcement,
    without_farewell,
    without_outer_fence,
    without_plain_fence,
)

MIN_CHARS = 20
MAX_CHARS = 4_000

# A line that begins another section. What belongs to a task itself (a query to mend, an output
# that is wanted) is none.
_KIND = (
    r"(?:sample|example|possible|proposed|suggested|model|sql|expected|reference|correct|final|ideal"
    r"|complete|full|query|corrected)"
)
_SECTION = (
    rf"(?:(?:{_KIND}[ \t]+){{0,2}}"
    r"(?:response|solution|answer|reasoning|implementation|explanation)"
    r"(?:[ \t]+(?:query|code|sql|script|statement))?|corrected[ \t]+(?:query|sql|code))"
    r"(?:[ \t]+[0-9]{1,2})?(?:[ \t]*\([^()\n]{0,60}\))?"
)
_ENDS_AT = re.compile(
    rf"(?:#{{1,6}}[ \t]+(?:\*\*)?(?:{_SECTION}|property|snippet|concepts|instruction|tests?)"
    r"[ \t]*(?:\*\*)?:?(?:\*\*)?[ \t]*$"
    rf"|(?:\[|【)(?:{_SECTION}|tests|property|code)(?:\]|】)[ \t]*$"
    r"|<(?:solution|answer|response|reasoning|explanation)>"
    rf"|(?:<details>)?<summary>[ \t]*{_SECTION}"
    rf"|(?:[-*][ \t]+)?\*\*(?:{_SECTION})(?:[ \t]*[:：-]\*\*|\*\*:?)"
    rf"|(?:__|_|\*)(?:{_SECTION})[:：]?(?:__|_|\*)[ \t]*[:：]?[ \t]*$"
    rf"|{_SECTION}(?:[ \t]*[:：]|[ \t]+[-–—][ \t]|[ \t]*$)"
    r"|(?:here(?:'s|’s|[ \t]+is)|below[ \t]+is|the|this[ \t]+is)[ \t]+"
    r"(?:(?:a|an|the|one|my|your|possible|complete|correct|sample|sql)[ \t]+){0,3}"
    r"(?:solution|answer|response)\b[^`:\n]{0,60}:[ \t]*$)",
    re.IGNORECASE,
)
_NAMES = (
    r"(?:sql[ \t]+)?(?:instruction|task|exercise|challenge|prompt|question"
    r"|problem(?:[ \t]+statement)?|assignment)(?:[ \t]+[0-9]{1,2})?(?:[ \t]*\([^()\n]{0,40}\))?",
    "q",
)
_KEYS = ("instruction", "task", "question", "prompt", "problem", "text")
_JSON_FENCE = re.compile(r"\A```(?:json)?[ \t]*\n|\n```[ \t]*\Z")


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
    announced = without_announcement(without_plain_fence(_from_json(answer)))
    unfenced = without_plain_fence(without_outer_fence(announced))
    instruction = _unquoted(without_farewell(without_heading(unfenced, *_NAMES)))
    if not instruction:
        return ParseFailure("empty", "There is a heading and no instruction below it.")
    if len(instruction) < MIN_CHARS:
        message = f"The instruction has {len(instruction)} characters, at least {MIN_CHARS} count."
        return ParseFailure("too_short", message)
    if len(instruction) > MAX_CHARS:
        message = f"The instruction has {len(instruction):,} characters, at most {MAX_CHARS:,}."
        return ParseFailure("too_long", message)
    return instruction


def _from_json(answer: str) -> str:
    """The instruction of an answer that is a JSON object with one; any other answer as it is."""
    inner = _JSON_FENCE.sub("", answer.strip())
    if not inner.startswith("{"):
        return answer
    try:
        value = json.loads(inner)
    except (ValueError, RecursionError):
        return answer
    named = (value.get(key) for key in _KEYS)
    return next((text for text in named if isinstance(text, str)), answer)


def _unquoted(text: str) -> str:
    """The text without quotes or stars around the whole of it."""
    for opening, closing in (('"', '"'), ("“", "”"), ("**", "**")):
        inner = text[len(opening) : -len(closing)]
        around = text.startswith(opening) and text.endswith(closing)
        if around and not (opening in inner or closing in inner):
            return inner.strip()
    return text
