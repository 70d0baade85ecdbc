"""A few-shot file taken apart: its headings, the sections below them, and where each stands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.fewshot.validation import HEADING, SECTION, code_text, fence_states, normalised_text

# A marker that other pipelines have and we do not: "[Python]", "[Follow-up question]".
_STRANGE = re.compile(r"\[[A-Z][A-Za-z0-9 _()/-]{1,39}\][ \t]*")
REQUIRED_SECTIONS = (
    "Code",
    "Property",
    "Instruction",
    "Response",
    "Reasoning",
    "Implementation",
    "Explanation",
    "Tests",
)
ANSWER = ("Reasoning", "Implementation", "Explanation")


class Problem(NamedTuple):
    """What is wrong in a file: example is None outside the examples, line counts from 1."""

    example: int | None
    section: str
    line: int
    message: str

    def __str__(self) -> str:
        where = [f"line {self.line}"]
        if self.example is not None:
            where.append(f"example {self.example}")
        if self.section:
            where.append(f"[{self.section}]")
        return f"{', '.join(where)}: {self.message}"


class FewShotFormatError(ValueError):
    """A few-shot file cannot be read or written; `problems` holds everything that is wrong."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(problems, key=lambda problem: problem.line)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass(slots=True)
class Block:
    """Lines under one heading; name is a mode label or an example's number."""

    kind: str
    name: str
    line: int
    is_on: bool = True
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


@dataclass(slots=True)
class Section:
    """Lines under one marker; `line` is the marker's."""

    name: str
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()

    @property
    def code(self) -> str:
        """The text with the indentation of its first line, which is part of some languages."""
        return code_text("\n".join(self.lines))


@dataclass(slots=True)
class Sections:
    """The sections of one example by name, and what has no place among them, with its marker."""

    by_name: dict[str, Section]
    unshown: list[str] = field(default_factory=list)

    def line(self, name: str, default: int) -> int:
        """Where a section begins."""
        return self.by_name[name].line if name in self.by_name else default


def blocks(text: str) -> Iterator[Block]:
    """Split at the headings, also inside an open fence: one bad fence must not hide the rest."""
    block = Block("", "", 1)
    for number, line in enumerate(normalised_text(text, strip=False).split("\n"), start=1):
        if heading := HEADING.fullmatch(line):
            yield block
            block = _headed(heading, number)
        else:
            block.lines.append(line)
    yield block


def _headed(heading: re.Match[str], line: int) -> Block:
    if heading["label"] is not None:
        return Block("System", heading["label"], line)
    return Block("Example", str(int(heading["number"])), line, is_on=heading["off"] is None)


def sections(block: Block, problems: list[Problem], *, strange: bool) -> Sections:
    """The sections of an example. A marker inside a fenced block is text.

    strange: whether a line like [Python] begins a section too; in our own file it is text. What
    belongs to none of our sections is a problem and is kept in `unshown`.
    """
    number = int(block.name)
    found = Sections({})
    for section, is_ours in _marked(block, strange=strange):
        if not section.name:
            if section.text:
                message = "text before the first section; begin with a line [Code]"
                problems.append(Problem(number, "", block.line, message))
                found.unshown.append(section.text)
        elif not is_ours:
            message = "this section is none of ours; it is kept apart, and no model is shown it"
            problems.append(Problem(number, section.name, section.line, message))
            found.unshown.append(f"[{section.name}]\n{section.text}".strip())
        elif section.name in found.by_name:
            message = "this section stands twice; keep one of the two"
            problems.append(Problem(number, section.name, section.line, message))
            found.unshown.append(f"[{section.name}]\n{section.text}".strip())
        else:
            found.by_name[section.name] = section
    _check_response(number, found, problems)
    for name in REQUIRED_SECTIONS:
        if name not in found.by_name:
            message = f"the section is missing; add a line [{name}] and its text"
            problems.append(Problem(number, name, block.line, message))
    return found


def _marked(block: Block, *, strange: bool) -> Iterator[tuple[Section, bool]]:
    """Each run of lines under one marker, and whether that is one of ours."""
    current, is_ours = Section("", block.line), True
    for offset, (line, inside) in enumerate(fence_states(block.lines), start=1):
        ours = None if inside else SECTION.fullmatch(line)
        if ours is None and (inside or not strange or not _STRANGE.fullmatch(line)):
            current.lines.append(line)
            continue
        yield current, is_ours
        name = ours[1].capitalize() if ours else line.strip()[1:-1]
        current, is_ours = Section(name, block.line + offset), ours is not None
    yield current, is_ours


def _check_response(number: int, found: Sections, problems: list[Problem]) -> None:
    """Text right below [Response]: our file has none; it is an answer that nobody divided."""
    response = found.by_name.get("Response")
    if response is None or not response.text:
        return
    message = "text outside [Reasoning], [Implementation], [Explanation] and [Tests]"
    problems.append(Problem(number, "Response", response.line, message))
    if any(name in found.by_name for name in ANSWER):
        found.unshown.append(f"[Response]\n{response.text}")
