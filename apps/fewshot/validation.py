"""What an example and a system text must be, so that the file can be written and read back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

from apps.fewshot.values import DIFFICULTIES, LANGUAGE, MODE_LABELS, Example

MAX_TEXT = 20_000
MAX_LINE = 80
MAX_CONCEPTS = 12
# What the columns hold: a draft keeps more than may be published.
KEPT_LENGTHS = {"category": 200, "language": 20, "concepts": 200, "difficulty": 80}
OPEN_FENCE = "A code block is opened with ``` and not closed."

HEADING = re.compile(
    r"###[ \t]+(?:System:[ \t]*(?P<label>.+?)|Example[ \t]+(?P<number>[0-9]{1,6})"
    # Switched off: kept in the file, shown to no model.
    r"(?P<off>[ \t]+\(off\))?)[ \t]*"
)
SECTION = re.compile(
    r"\[(Code|Property|Instruction|Solution|Response|Reasoning|Implementation|Explanation|Tests"
    r"|Not shown)\][ \t]*",
    re.IGNORECASE,
)
_FENCE = re.compile(r" {0,3}(`{3,})([^`]*)")
_SQL_FIELDS = ("code", "solution", "implementation")
_TEXT_FIELDS = ("instruction", "reasoning", "explanation", "tests")


def normalised_text(text: str, *, strip: bool = True) -> str:
    """The same text with \\n line ends, no byte order mark and no space around it."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return text.strip() if strip else text


def code_text(text: str) -> str:
    """The same code with \\n line ends and no blank lines around it; its indentation stays."""
    lines = normalised_text(text, strip=False).split("\n")
    first = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    return "\n".join(lines[first:]).rstrip()


def normalised(example: Example) -> Example:
    """The same example with its texts normalised and its concepts stripped, empty ones dropped."""
    texts: dict[str, Any] = {
        item.name: normalised_text(getattr(example, item.name))
        for item in fields(example)
        if item.name not in ("number", "concepts", *_SQL_FIELDS)
    }
    texts |= {name: code_text(getattr(example, name)) for name in _SQL_FIELDS}
    if texts["language"].upper() == LANGUAGE:
        texts["language"] = LANGUAGE
    if texts["difficulty"].capitalize() in DIFFICULTIES:
        texts["difficulty"] = texts["difficulty"].capitalize()
    concepts = tuple(text for raw in example.concepts if (text := normalised_text(raw)))
    return replace(example, concepts=concepts, **texts)


def validate_example(example: Example) -> dict[str, str]:
    """Messages by field name, for a form to show next to the field; empty when all is well."""
    example = normalised(example)
    messages = {
        "category": _line_problem(example.category),
        "concepts": _concepts_problem(example.concepts),
    }
    if not 1 <= example.number <= 999_999:
        messages["number"] = "Number the examples 1, 2, 3, …"
    if example.language != LANGUAGE:
        messages["language"] = f"Write {LANGUAGE}: the model is taught nothing else."
    if example.difficulty not in DIFFICULTIES:
        messages["difficulty"] = f"Choose one of {', '.join(DIFFICULTIES)}."
    for name in _SQL_FIELDS:
        optional = name == "solution"
        messages[name] = _sql_problem(getattr(example, name), optional=optional)
    for name in _TEXT_FIELDS:
        messages[name] = _text_problem(getattr(example, name))
    messages["unshown"] = _content_problem(example.unshown) if example.unshown else ""
    if not messages["tests"] and "expected output:" not in example.tests.lower():
        messages["tests"] = "Say what is expected: a line 'Expected Output:' and a table."
    return {name: message for name, message in messages.items() if message}


def unkeepable(example: Example) -> dict[str, str]:
    """Messages by field name for what not even a draft can keep and give back the same."""
    messages: dict[str, str] = {}
    for item in fields(example):
        value = getattr(example, item.name)
        for text in value if item.name == "concepts" else [str(value)]:
            most = KEPT_LENGTHS.get(item.name, MAX_TEXT)
            message = f"Keep it below {most:,} characters." if len(text) > most else ""
            message = message or (_content_problem(text) if text else "")
            if message:
                messages[item.name] = message
    return messages


def validate_system(label: str, text: str) -> str:
    """What is wrong with the system text of a mode, "" when nothing is."""
    if label not in MODE_LABELS:
        return f"there is no such mode; the modes are {', '.join(MODE_LABELS)}"
    if not re.search(rf"\b{LANGUAGE}\b", text):
        return "name SQL in the system text: without it the model answers in Python"
    return _content_problem(text)


def fence_states(lines: Iterable[str]) -> Iterator[tuple[str, bool]]:
    """Each line and whether it belongs to a fenced block (its fences included)."""
    opened = ""
    for line in lines:
        match = _FENCE.fullmatch(line)
        if opened:
            yield line, True
            if match and len(match[1]) >= len(opened) and not match[2].strip():
                opened = ""
        else:
            opened = match[1] if match else ""
            yield line, bool(match)


def open_fence(line: str, opened: str = "") -> str:
    """The marks of the block that is open behind a line, "" for none; `opened`: before it."""
    match = _FENCE.fullmatch(line)
    if match and not opened:
        return match[1]
    if match and len(match[1]) >= len(opened) and not match[2].strip():
        return ""
    return opened


def has_open_fence(text: str) -> bool:
    """True where a fenced block is begun and not ended."""
    opened = ""
    for line in text.split("\n"):
        opened = open_fence(line, opened)
    return bool(opened)


def _content_problem(text: str) -> str:
    if not text:
        return "Write something here."
    if len(text) > MAX_TEXT:
        return f"Keep it below {MAX_TEXT:,} characters."
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text):
        return "Remove the control characters."
    if any(HEADING.fullmatch(line) for line in text.split("\n")):
        return "A line like '### Example 1' or '### System: …' would begin a new part of the file."
    return ""


def _line_problem(text: str) -> str:
    if "\n" in text or len(text) > MAX_LINE:
        return f"Write one line of at most {MAX_LINE} characters."
    return _content_problem(text)


def _concepts_problem(concepts: tuple[str, ...]) -> str:
    if not 1 <= len(concepts) <= MAX_CONCEPTS:
        return f"Name 1 to {MAX_CONCEPTS} concepts, separated by commas."
    if any("," in concept for concept in concepts):
        return "A concept cannot hold a comma."
    if len({concept.casefold() for concept in concepts}) < len(concepts):
        return "A concept stands twice."
    return next(filter(None, map(_line_problem, concepts)), "")


def _sql_problem(text: str, *, optional: bool) -> str:
    if not text and optional:
        return ""
    if "```" in text:
        return "Write the SQL alone, without a fence."
    return _content_problem(text)


def _text_problem(text: str) -> str:
    lines = text.split("\n")
    if any(SECTION.fullmatch(line) for line, inside in fence_states(lines) if not inside):
        return "A line like [Code] or [Tests] would begin a new section of the file."
    if has_open_fence(text):
        return OPEN_FENCE
    return _content_problem(text)
