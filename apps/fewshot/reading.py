"""Reads a few-shot file, ours or another pipeline's, and says what is wrong with it.

Other pipelines write the same headings and sections and less of their form: code without a
fence or in Python, properties without dashes, a [Response] that nobody divided, sections of their
own. Nothing of that is lost: each goes to the field that it means, what means none to `unshown`,
and every place where it is not our form is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from apps.fewshot.blocks import (
    ANSWER,
    Block,
    FewShotFormatError,
    Problem,
    Section,
    Sections,
    blocks,
    sections,
)
from apps.fewshot.rendering import fence_word
from apps.fewshot.validation import (
    OPEN_FENCE,
    fence_states,
    has_open_fence,
    normalised,
    normalised_text,
    unkeepable,
    validate_example,
    validate_system,
)
from apps.fewshot.values import LANGUAGE, REQUIRED_MODE_LABELS, Example, FewShotFile

FIELD_SECTIONS = {
    "code": "Code",
    "category": "Property",
    "language": "Property",
    "concepts": "Property",
    "difficulty": "Property",
    "instruction": "Instruction",
    "solution": "Solution",
    "reasoning": "Reasoning",
    "implementation": "Implementation",
    "explanation": "Explanation",
    "tests": "Tests",
    "unshown": "Not shown",
}
_SQL_SECTIONS = ("Code", "Solution", "Implementation")
_PROPERTIES = ("category", "language", "concepts", "difficulty")
_PROPERTY_LINE = re.compile(r"(?:[-*][ \t]*)?([A-Za-z]+)[ \t]*:(.*)")
_FENCED = re.compile(r"```([^\n`]*)\n(.*?)\n?```[ \t]*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Place:
    """An example as it was read, whether models are shown it, and the line of each section."""

    example: Example
    is_on: bool
    lines: dict[str, int]


@dataclass(slots=True)
class Read:
    """What a file holds, and what is to say of it.

    problems: why it cannot be published as it stands. refused: because of these not even a draft
    could give back what stood there.
    """

    systems: dict[str, str] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)

    @property
    def file(self) -> FewShotFile:
        """What stood there."""
        on = tuple(place.example for place in self.places if place.is_on)
        off = tuple(place.example for place in self.places if not place.is_on)
        return FewShotFile(self.systems, on, off)

    @property
    def kept(self) -> FewShotFile:
        """The same for a set of ours: what is not in SQL is switched off, no number stands twice.

        Models are taught nothing but SQL; who wants such an example rewrites it and switches it on.
        """
        numbers = [place.example.number for place in self.places]
        if len(set(numbers)) < len(numbers) or 0 in numbers:
            numbers = list(range(1, len(numbers) + 1))
        on: list[Example] = []
        off: list[Example] = []
        for place, number in zip(self.places, numbers, strict=True):
            is_on = place.is_on and place.example.language == LANGUAGE
            (on if is_on else off).append(replace(place.example, number=number))
        return FewShotFile(self.systems, tuple(on), tuple(off))


def parse(text: str) -> FewShotFile:
    """Read a few-shot file of ours.

    Raises FewShotFormatError with every problem of the whole file, not only the first.
    """
    found = read(text)
    if found.problems:
        raise FewShotFormatError(found.problems)
    return found.file


def read(text: str) -> Read:
    """Read what can be read of a few-shot file, with everything that is to say of it."""
    found = Read()
    taken: set[str] = set()
    for block in blocks(text):
        if block.kind == "System":
            _read_system(block, found)
        elif block.kind == "Example":
            _read_example(block, found, is_taken=block.name in taken)
            taken.add(block.name)
        elif block.text:
            message = "text before the first heading; begin with a line like '### System: I->R'"
            _refuse(found, Problem(None, "", block.line, message))
    found.problems += missing(found.systems, found.file.examples)
    if not found.places:
        found.refused.append(found.problems[-1])
    return found


def answer_sections(response: str) -> dict[str, str]:
    """What stands in an answer by the names of our sections, as far as it can be told apart."""
    lines = ["[Response]", *normalised_text(response).split("\n")]
    parts = sections(Block("Example", "1", 1, lines=lines), [], strange=False)
    return _told_apart({name: section.text for name, section in parts.by_name.items()})


def missing(systems: Iterable[str], examples: Iterable[Example]) -> list[Problem]:
    """What a file lacks that no file may lack."""
    problems = [
        Problem(None, f"System: {label}", 1, f"add '### System: {label}' and its text")
        for label in REQUIRED_MODE_LABELS
        if label not in systems
    ]
    if not any(examples):
        problems.append(Problem(None, "", 1, "there is no example; add '### Example 1'"))
    return problems


def _refuse(found: Read, problem: Problem) -> None:
    found.problems.append(problem)
    found.refused.append(problem)


def _read_system(block: Block, found: Read) -> None:
    section = f"System: {block.name}"
    if block.name in found.systems:
        message = "this mode has a system text already; keep one of the two"
        _refuse(found, Problem(None, section, block.line, message))
    elif message := validate_system(block.name, block.text):
        problem = Problem(None, section, block.line, message)
        found.problems.append(problem)
        if validate_system(block.name, f"{LANGUAGE} {block.text}"):
            found.refused.append(problem)
    found.systems.setdefault(block.name, block.text)


def _read_example(block: Block, found: Read, *, is_taken: bool) -> None:
    number = int(block.name)
    problems: list[Problem] = []
    if is_taken:
        message = "this number is taken by an earlier example; number them 1, 2, 3, …"
        problems.append(Problem(number, "", block.line, message))
    example, parts = _example(block, problems)
    refused = [
        Problem(number, section.name, section.line, OPEN_FENCE)
        for section in parts.by_name.values()
        if has_open_fence("\n".join(section.lines))
    ]
    for name, message in unkeepable(example).items():
        section = FIELD_SECTIONS.get(name, "")
        refused.append(Problem(number, section, parts.line(section, block.line), message))
    if not block.text:
        refused.append(Problem(number, "", block.line, "this example is empty; remove its heading"))
    found.refused += refused
    # One that is switched off may be incomplete: no model is shown it.
    found.problems += problems if block.is_on else refused
    lines = {name: section.line for name, section in parts.by_name.items()}
    found.places.append(Place(example, block.is_on, lines))


def _example(block: Block, problems: list[Problem]) -> tuple[Example, Sections]:
    """An example as our file has it, and where it is not ours as other pipelines mean it."""
    ours: list[Problem] = []
    example, parts = _understood(block, ours, strange=False)
    if ours:
        ours = []
        example, parts = _understood(block, ours, strange=True)
    problems += ours
    return example, parts


def _understood(
    block: Block, problems: list[Problem], *, strange: bool
) -> tuple[Example, Sections]:
    number = int(block.name)
    found: list[Problem] = []
    parts = sections(block, found, strange=strange)
    example = _values(number, parts, found)
    reported = {problem.section for problem in found}
    for name, message in validate_example(example).items():
        section = FIELD_SECTIONS.get(name, "")
        if section in _SQL_SECTIONS and example.language != LANGUAGE:
            continue
        if section not in reported or section == "Property" and getattr(example, name):
            found.append(Problem(number, section, parts.line(section, block.line), message))
    problems += found
    return example, parts


def _values(number: int, parts: Sections, problems: list[Problem]) -> Example:
    texts = {
        name: section.code if name in _SQL_SECTIONS else section.text
        for name, section in parts.by_name.items()
    }
    properties = _properties(number, parts, problems)
    texts = _told_apart(texts)
    language = properties.get("language") or _language(texts)
    for name in _SQL_SECTIONS:
        if name in texts:
            code, is_ours = _code(texts[name], language)
            texts[name] = code
            if not is_ours and name in parts.by_name:
                message = "write exactly one fenced block: ```sql, the code, ```"
                problems.append(Problem(number, name, parts.by_name[name].line, message))
    example = Example(
        number=number,
        code=texts.get("Code", ""),
        category=properties.get("category", ""),
        language=language,
        concepts=tuple(properties.get("concepts", "").split(",")),
        difficulty=properties.get("difficulty", ""),
        instruction=texts.get("Instruction", ""),
        solution=texts.get("Solution", ""),
        reasoning=texts.get("Reasoning", ""),
        implementation=texts.get("Implementation", ""),
        explanation=texts.get("Explanation", ""),
        tests=texts.get("Tests", ""),
        unshown=_unshown(texts.get("Not shown", ""), parts.unshown),
    )
    return normalised(example)


def _code(text: str, language: str) -> tuple[str, bool]:
    """The code of a section without its fence, and whether it stood in one as our file has it.

    A fence with another word than the example's language is kept around its code.
    """
    match = _FENCED.fullmatch(text.strip())
    if match is None or "```" in match[2]:
        return text, False
    word = match[1].strip().lower()
    is_ours = word == LANGUAGE.lower()
    return (match[2] if word in ("", fence_word(language)) else text), is_ours


def _language(texts: dict[str, str]) -> str:
    """The language of an example that does not say it: the word behind its first fence."""
    for name in ("Implementation", "Code"):
        if match := _FENCED.fullmatch(texts.get(name, "").strip()):
            word = match[1].strip()
            return LANGUAGE if word.upper() == LANGUAGE else word
    return ""


def _told_apart(texts: dict[str, str]) -> dict[str, str]:
    if any(name in texts for name in ANSWER):
        return texts
    return {**texts, **_divided(texts.get("Response", ""))}


def _divided(response: str) -> dict[str, str]:
    """An answer that nobody divided: what is before its first code, the code, what follows."""
    lines = response.split("\n")
    inside = [is_inside for _, is_inside in fence_states(lines)]
    if True not in inside:
        return {"Explanation": response} if response else {}
    first = inside.index(True)
    last = next((i for i in range(first, len(lines)) if not inside[i]), len(lines))
    return {
        "Reasoning": "\n".join(lines[:first]).strip(),
        "Implementation": "\n".join(lines[first:last]),
        "Explanation": "\n".join(lines[last:]).strip(),
    }


def _unshown(section: str, found: list[str]) -> str:
    """What is kept apart: what was so already, without the fence around it, and what is new."""
    first, *inner = section.split("\n")
    if len(inner) > 0 and first.startswith("```") and first == f"{inner[-1]}text":
        section = "\n".join(inner[:-1])
    return "\n\n".join(filter(None, (section, *found)))


def _properties(number: int, parts: Sections, problems: list[Problem]) -> dict[str, str]:
    """Values by property name; the order of the lines says nothing."""
    properties: dict[str, str] = {}
    section: Section | None = parts.by_name.get("Property")
    if section is None:
        return properties
    for line_number, line in enumerate(section.lines, start=section.line + 1):
        if not line.strip():
            continue
        match = _PROPERTY_LINE.fullmatch(line.strip())
        name = match[1].lower() if match else ""
        if match is not None and name in _PROPERTIES and name not in properties:
            properties[name] = match[2].strip()
            continue
        parts.unshown.append(line)
        message = f"'{name}' stands twice; keep one of the two"
        if name not in _PROPERTIES:
            message = f"not a property line; write '- name: value' with {', '.join(_PROPERTIES)}"
        problems.append(Problem(number, "Property", line_number, message))
    for name in _PROPERTIES:
        if name not in properties:
            message = f"the line '- {name}: …' is missing"
            problems.append(Problem(number, "Property", section.line, message))
    return properties
