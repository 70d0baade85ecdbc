"""Reads and writes the few-shot file, prompts/self-ossinstruct-fewshot.txt.

Plain text: `### System: I->R` and its like, then `### Example 1`, … each with the sections [Code],
[Property], [Instruction], [Solution] (optional) and [Response] with [Reasoning],
[Implementation], [Explanation], [Tests]. What is rejected on reading is what `validation` rejects
in a form, so a file that was written is always a file that can be read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.fewshot.rendering import fenced, property_lines, response_text
from apps.fewshot.validation import (
    HEADING,
    SECTION,
    fence_states,
    normalised,
    normalised_text,
    validate_example,
    validate_system,
)
from apps.fewshot.values import (
    MODE_LABELS,
    REQUIRED_MODE_LABELS,
    Example,
    FewShotFile,
)

_FIELD_SECTIONS = {
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
}
_SQL_SECTIONS = ("Code", "Solution", "Implementation")
_REQUIRED_SECTIONS = (
    "Code",
    "Property",
    "Instruction",
    "Response",
    "Reasoning",
    "Implementation",
    "Explanation",
    "Tests",
)
_PROPERTIES = ("category", "language", "concepts", "difficulty")
_PROPERTY_LINE = re.compile(r"[-*][ \t]*([A-Za-z]+)[ \t]*:(.*)")
_SQL_FENCE = re.compile(r"```sql[ \t]*\n(.*?)\n?```[ \t]*", re.DOTALL | re.IGNORECASE)


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
class _Block:
    """Lines under one heading; name is a mode label or an example's number."""

    kind: str
    name: str
    line: int
    lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Section:
    name: str
    line: int
    lines: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "\n".join(self.lines).strip()


def parse(text: str) -> FewShotFile:
    """Read a few-shot file.

    Raises FewShotFormatError with every problem of the whole file, not only the first.
    """
    problems: list[Problem] = []
    systems: dict[str, str] = {}
    examples: dict[int, Example] = {}
    for block in _blocks(text):
        if block.kind == "System":
            _read_system(block, systems, problems)
        elif block.kind == "Example":
            _read_example(block, examples, problems)
        elif "\n".join(block.lines).strip():
            message = "text before the first heading; begin with a line like '### System: I->R'"
            problems.append(Problem(None, "", block.line, message))
    problems += _missing(systems, examples)
    if problems:
        raise FewShotFormatError(problems)
    return FewShotFile(systems=systems, examples=tuple(examples.values()))


def render(file: FewShotFile) -> str:
    """Write a few-shot file; `parse` of it gives the same values, normalised.

    Raises FewShotFormatError where a value could not be read back (lines are then 0).
    """
    examples = [normalised(example) for example in file.examples]
    systems = {label: normalised_text(text) for label, text in file.systems.items()}
    problems = [
        Problem(example.number, _FIELD_SECTIONS.get(name, ""), 0, message)
        for example in examples
        for name, message in validate_example(example).items()
    ]
    problems += [
        Problem(None, f"System: {label}", 0, message)
        for label, text in systems.items()
        if (message := validate_system(label, text))
    ]
    by_number = {example.number: example for example in examples}
    if len(by_number) < len(examples):
        problems.append(Problem(None, "", 0, "two examples have the same number"))
    problems += [problem._replace(line=0) for problem in _missing(systems, by_number)]
    if problems:
        raise FewShotFormatError(problems)
    parts = [
        f"### System: {label}\n\n{systems[label]}" for label in MODE_LABELS if label in systems
    ]
    parts += [render_example(example) for example in examples]
    return "\n\n".join(parts) + "\n"


def render_example(example: Example) -> str:
    """One example as it stands in the file, from its heading to its tests."""
    parts = [
        f"### Example {example.number}",
        f"[Code]\n{fenced(example.code)}",
        f"[Property]\n{property_lines(example)}",
        f"[Instruction]\n{example.instruction}",
    ]
    if example.solution:
        parts.append(f"[Solution]\n{fenced(example.solution)}")
    parts.append(f"[Response]\n{response_text(example)}")
    return "\n\n".join(parts)


def _blocks(text: str) -> Iterator[_Block]:
    """Split at the headings, also inside an open fence: one bad fence must not hide the rest."""
    block = _Block("", "", 1)
    for number, line in enumerate(normalised_text(text, strip=False).split("\n"), start=1):
        if heading := HEADING.fullmatch(line):
            yield block
            block = _Block(*_heading_name(heading), number)
        else:
            block.lines.append(line)
    yield block


def _heading_name(heading: re.Match[str]) -> tuple[str, str]:
    if heading["label"] is not None:
        return "System", heading["label"]
    return "Example", heading["number"]


def _read_system(block: _Block, systems: dict[str, str], problems: list[Problem]) -> None:
    text = "\n".join(block.lines).strip()
    message = validate_system(block.name, text)
    if block.name in systems:
        message = "this mode has a system text already; keep one of the two"
    if message:
        problems.append(Problem(None, f"System: {block.name}", block.line, message))
    systems.setdefault(block.name, text)


def _read_example(block: _Block, examples: dict[int, Example], problems: list[Problem]) -> None:
    number = int(block.name)
    if number in examples:
        message = "this number is taken by an earlier example; number them 1, 2, 3, …"
        problems.append(Problem(number, "", block.line, message))
    found: list[Problem] = []
    sections = _sections(block, number, found)
    example = _example(number, sections, found)
    reported = {problem.section for problem in found}
    for name, message in validate_example(example).items():
        section = _FIELD_SECTIONS.get(name, "")
        if section not in reported or getattr(example, name):
            line = sections[section].line if section in sections else block.line
            found.append(Problem(number, section, line, message))
    problems += found
    examples.setdefault(number, example)


def _sections(block: _Block, number: int, problems: list[Problem]) -> dict[str, _Section]:
    sections: dict[str, _Section] = {}
    current = _Section("", block.line)
    preamble = current
    for offset, (line, inside) in enumerate(fence_states(block.lines), start=1):
        marker = None if inside else SECTION.fullmatch(line)
        if marker is None:
            current.lines.append(line)
            continue
        current = _Section(marker[1].capitalize(), block.line + offset)
        if current.name in sections:
            message = "this section stands twice; keep one of the two"
            problems.append(Problem(number, current.name, current.line, message))
        sections.setdefault(current.name, current)
    if preamble.text:
        message = "text before the first section; begin with a line [Code]"
        problems.append(Problem(number, "", block.line, message))
    if "Response" in sections and sections["Response"].text:
        message = "text outside [Reasoning], [Implementation], [Explanation] and [Tests]"
        problems.append(Problem(number, "Response", sections["Response"].line, message))
    for name in _REQUIRED_SECTIONS:
        if name not in sections:
            message = f"the section is missing; add a line [{name}] and its text"
            problems.append(Problem(number, name, block.line, message))
    return sections


def _example(number: int, sections: dict[str, _Section], problems: list[Problem]) -> Example:
    texts = {name: section.text for name, section in sections.items()}
    for name in _SQL_SECTIONS:
        if name not in sections:
            continue
        match = _SQL_FENCE.fullmatch(texts[name])
        if match is None:
            message = "write exactly one fenced block: ```sql, the code, ```"
            problems.append(Problem(number, name, sections[name].line, message))
        texts[name] = match[1] if match else ""
    properties = _properties(number, sections.get("Property"), problems)
    example = Example(
        number=number,
        code=texts.get("Code", ""),
        category=properties.get("category", ""),
        language=properties.get("language", ""),
        concepts=tuple(properties.get("concepts", "").split(",")),
        difficulty=properties.get("difficulty", ""),
        instruction=texts.get("Instruction", ""),
        solution=texts.get("Solution", ""),
        reasoning=texts.get("Reasoning", ""),
        implementation=texts.get("Implementation", ""),
        explanation=texts.get("Explanation", ""),
        tests=texts.get("Tests", ""),
    )
    return normalised(example)


def _properties(number: int, section: _Section | None, problems: list[Problem]) -> dict[str, str]:
    """Values by property name; the order of the lines says nothing."""
    properties: dict[str, str] = {}
    if section is None:
        return properties
    for line_number, line in enumerate(section.lines, start=section.line + 1):
        if not line.strip():
            continue
        match = _PROPERTY_LINE.fullmatch(line.strip())
        name = match[1].lower() if match else ""
        if match is None or name not in _PROPERTIES:
            message = f"not a property line; write '- name: value' with {', '.join(_PROPERTIES)}"
            problems.append(Problem(number, "Property", line_number, message))
        elif name in properties:
            message = f"'{name}' stands twice; keep one of the two"
            problems.append(Problem(number, "Property", line_number, message))
        else:
            properties[name] = match[2].strip()
    for name in _PROPERTIES:
        if name not in properties:
            message = f"the line '- {name}: …' is missing"
            problems.append(Problem(number, "Property", section.line, message))
    return properties


def _missing(systems: Iterable[str], examples: dict[int, Example]) -> list[Problem]:
    problems = [
        Problem(None, f"System: {label}", 1, f"add '### System: {label}' and its text")
        for label in REQUIRED_MODE_LABELS
        if label not in systems
    ]
    if not examples:
        problems.append(Problem(None, "", 1, "there is no example; add '### Example 1'"))
    return problems
