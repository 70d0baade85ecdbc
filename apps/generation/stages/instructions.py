"""Takes an instruction out of a completion: what C→I and S→I have in common."""

from __future__ import annotations

import re

from apps.generation.stages.as_json import text_of_json
from apps.generation.stages.base import NO_OPTIONS, ParseFailure, StageOptions
from apps.generation.stages.completions import finished_text, without_heading
from apps.generation.stages.sections import (
    begins_solution,
    without_empty_end,
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

_NAME = (
    r"(?:sql[ \t]+)?(?:instruction|task|exercise|challenge|prompt|question"
    r"|problem(?:[ \t]+statement)?|assignment)(?:[ \t]+description)?"
)
_NUMBER = r"(?:[ \t]+[0-9]{1,2})?"
_REMARK = r"(?:[ \t]*\([^()\n]{0,40}\))?"
_OTHERS = (
    *("q", r"final[ \t]+(?:answer|instruction|task|version)"),
    *("response|output|answer", "user|human"),
)
_NAMES = (f"{_NAME}{_NUMBER}{_REMARK}", *_OTHERS)
# A task of several parts: the first one's label goes with the others'.
_UNNUMBERED = (f"{_NAME}{_REMARK}", *_OTHERS)
_SECOND = re.compile(
    r"^(?:#{1,6}[ \t]+|[-*•][ \t]+)?(?:\*\*)?(?:task|question|exercise|problem|challenge|prompt"
    r"|assignment)[ \t]+[2-9]\b",
    re.IGNORECASE | re.MULTILINE,
)
# What was asked for, said once more before the task.
_PROPERTY = re.compile(
    r"(?:[-*•][ \t]+)?(?:\*\*)?(?:title|language|(?:sql[ \t]+)?concepts?|category"
    r"|difficulty(?:[ \t]+level)?|dialect|style|(?<=[-*•] )task)(?:\*\*)?:(?:\*\*)?[ \t]+"
    r"[^\n]{1,300}",
    re.IGNORECASE,
)
_PROPERTIES = re.compile(r"(?:#{1,6}[ \t]+|\[|\*\*)property(?:\]|\*\*)?:?[ \t]*", re.IGNORECASE)
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
    announced = without_announcement(without_plain_fence(text_of_json(answer, _KEYS)))
    unfenced = _without_properties(without_plain_fence(without_outer_fence(announced)))
    names = _UNNUMBERED if _SECOND.search(unfenced) else _NAMES
    told = without_empty_end(without_farewell(without_heading(unfenced, *names)))
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
    """The text without the paragraph before its own heading that only announces it, or says its
    properties.
    """
    heading = _OWN_HEADING.search(text)
    before = text[: heading.start()].rstrip() if heading else ""
    start = before.rfind("\n\n") + 2 if "\n\n" in before else 0
    talk = before[start:].strip()
    if heading is None or not talk:
        return text
    if without_announcement(f"{talk}\n\nX") != "X" and not all(
        map(_says_property, talk.split("\n"))
    ):
        return text
    return before[:start] + text[heading.start() :]


def _without_properties(text: str) -> str:
    """The text without lines above it that say its properties, where a task stands below them."""
    lines = text.strip().split("\n")
    place = next((n for n, line in enumerate(lines) if not _says_property(line)), len(lines))
    if place == len(lines) or not any(line.strip() for line in lines[:place]):
        return text
    return "\n".join(lines[place:])


def _says_property(line: str) -> bool:
    bare = line.strip()
    return not bare or bool(_PROPERTY.fullmatch(bare) or _PROPERTIES.fullmatch(bare))


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
