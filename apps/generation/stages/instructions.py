"""Takes an instruction out of a completion: what C→I and S→I have in common."""

from __future__ import annotations

import json
import re

from apps.generation.stages.base import NO_OPTIONS, ParseFailure, StageOptions
from apps.generation.stages.completions import finished_text, without_heading
from apps.generation.stages.sections import (
    begins_solution,
    without_final_query,
    without_inline_solution,
)
from apps.generation.stages.talk import (
    without_announcement,
    without_farewell,
    without_outer_fence,
    without_plain_fence,
)

MIN_CHARS = 20
MAX_CHARS = 4_000

_NAMES = (
    r"(?:sql[ \t]+)?(?:instruction|task|exercise|challenge|prompt|question"
    r"|problem(?:[ \t]+statement)?|assignment)(?:[ \t]+description)?"
    r"(?:[ \t]+[0-9]{1,2})?(?:[ \t]*\([^()\n]{0,40}\))?",
    "q",
    r"final[ \t]+(?:answer|instruction|task|version)",
)
_KEYS = (
    *("instruction", "instructions", "task", "tasks", "question", "prompt", "problem", "text"),
    *("output", "content"),
)
_OWN_HEADING = re.compile(
    r"^(?:#{1,6}[ \t]+(?:\*\*)?|\*\*|\[)(?:sql[ \t]+)?(?:instruction|task)(?:\*\*)?\]?:?(?:\*\*)?"
    r"[ \t]*$",
    re.IGNORECASE | re.MULTILINE,
)
_ITEM = re.compile(r"(?:1[.)]|[-*•])[ \t]+")
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
        _from_own_heading(text),
        finish_reason=finish_reason,
        stop_reason=stop_reason,
        response_prefix=options.response_prefix,
        ends_at=begins_solution,
    )
    if isinstance(answer, ParseFailure):
        return answer
    announced = without_announcement(without_plain_fence(_from_json(answer)))
    unfenced = without_plain_fence(without_outer_fence(announced))
    told = without_farewell(without_heading(unfenced, *_NAMES))
    instruction = without_final_query(without_inline_solution(_unquoted(_only_item(told))))
    if not instruction:
        return ParseFailure("empty", "There is a heading and no instruction below it.")
    if len(instruction) < MIN_CHARS:
        message = f"The instruction has {len(instruction)} characters, at least {MIN_CHARS} count."
        return ParseFailure("too_short", message)
    if len(instruction) > MAX_CHARS:
        message = f"The instruction has {len(instruction):,} characters, at most {MAX_CHARS:,}."
        return ParseFailure("too_long", message)
    return instruction


def _from_own_heading(text: str) -> str:
    """The text without the paragraph before its own heading that only announces it."""
    heading = _OWN_HEADING.search(text)
    before = text[: heading.start()].rstrip() if heading else ""
    start = before.rfind("\n\n") + 2 if "\n\n" in before else 0
    talk = before[start:].strip()
    if heading is None or not talk or without_announcement(f"{talk}\n\nX") != "X":
        return text
    return before[:start] + text[heading.start() :]


def _from_json(answer: str) -> str:
    """The instruction of an answer that is JSON with one; any other answer as it is."""
    inner = _JSON_FENCE.sub("", answer.strip())
    if not inner.startswith(("{", "[")):
        return answer
    try:
        value, end = json.JSONDecoder().raw_decode(inner)
    except (ValueError, RecursionError):
        return answer
    talk = without_farewell(inner[end:].strip("` \n"))
    return answer if talk else _text_in(value) or answer


def _text_in(value: object, depth: int = 3) -> str:
    """The first instruction in JSON, below the keys that it has; "" for none."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and depth:
        return _text_in(value[0], depth - 1)
    if isinstance(value, dict) and depth:
        named = (_text_in(value[key], depth - 1) for key in _KEYS if key in value)
        return next(filter(None, named), "")
    return ""


def _only_item(text: str) -> str:
    """The text of a list that has one item and one line."""
    item = _ITEM.match(text)
    return text if item is None or "\n" in text else text[item.end() :]


def _unquoted(text: str) -> str:
    """The text without quotes or stars around the whole of it, or marks of a quotation before each
    of its lines.
    """
    lines = text.split("\n")
    if all(line.startswith(">") for line in lines if line.strip()):
        text = "\n".join(line.removeprefix(">").removeprefix(" ") for line in lines)
    for opening, closing in (('"', '"'), ("“", "”"), ("**", "**"), ("'", "'"), ("«", "»")):
        inner = text[len(opening) : -len(closing)]
        around = text.startswith(opening) and text.endswith(closing)
        if around and not (opening in inner or closing in inner):
            return inner.strip()
    return text
