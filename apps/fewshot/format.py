"""The few-shot file, prompts/self-ossinstruct-fewshot.txt, as text.

Plain text: `### System: I->R` and its like, then `### Example 1`, … each with the sections [Code],
[Property], [Instruction], [Solution] (optional) and [Response] with [Reasoning],
[Implementation], [Explanation], [Tests]. `### Example 3 (off)` is kept and shown to no model, and
so is the section [Not shown]. What is rejected on reading is what `validation` rejects in a form,
so a file that was written is always a file that can be read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from apps.fewshot.blocks import FewShotFormatError, Problem
from apps.fewshot.reading import FIELD_SECTIONS, missing, parse, read
from apps.fewshot.rendering import code_section, property_lines
from apps.fewshot.validation import (
    normalised,
    normalised_text,
    validate_example,
    validate_system,
)
from apps.fewshot.values import MODE_LABELS, Example, FewShotFile

__all__ = [
    "FewShotFormatError",
    "Problem",
    "parse",
    "read",
    "render",
    "render_example",
    "render_kept",
]


def render(file: FewShotFile) -> str:
    """Write a few-shot file; `parse` of it gives the same values, normalised.

    Raises FewShotFormatError where a value could not be read back (lines are then 0).
    """
    examples = [normalised(example) for example in file.examples]
    problems = [
        Problem(example.number, FIELD_SECTIONS.get(name, ""), 0, message)
        for example in examples
        for name, message in validate_example(example).items()
    ]
    problems += [
        Problem(None, f"System: {label}", 0, message)
        for label, text in file.systems.items()
        if (message := validate_system(label, normalised_text(text)))
    ]
    numbers = [example.number for example in (*examples, *file.off)]
    if len(set(numbers)) < len(numbers):
        problems.append(Problem(None, "", 0, "two examples have the same number"))
    problems += [problem._replace(line=0) for problem in missing(file.systems, examples)]
    if problems:
        raise FewShotFormatError(problems)
    return render_kept(file)


def render_kept(file: FewShotFile) -> str:
    """Write a file that may be incomplete, as a draft is; `read` of it gives the same values."""
    parts = [
        f"### System: {label}\n\n{normalised_text(file.systems[label])}"
        for label in MODE_LABELS
        if label in file.systems
    ]
    off = {example.number for example in file.off}
    for example in sorted((*file.examples, *file.off), key=lambda one: one.number):
        text = render_example(normalised(example))
        if example.number in off:
            heading, rest = text.split("\n", 1)
            text = f"{heading} (off)\n{rest}"
        parts.append(text)
    return "\n\n".join(parts) + "\n"


def render_example(example: Example) -> str:
    """One example as it stands in the file, from its heading to its tests."""
    sections = [
        ("Code", _code(example, example.code)),
        ("Property", property_lines(example)),
        ("Instruction", example.instruction),
        ("Solution", _code(example, example.solution)),
    ]
    answer = [
        ("Reasoning", example.reasoning),
        ("Implementation", _code(example, example.implementation)),
        ("Explanation", example.explanation),
        ("Tests", example.tests),
    ]
    parts = [f"### Example {example.number}", *_written(sections)]
    parts.append("\n".join(["[Response]", "\n\n".join(_written(answer))]).rstrip())
    return "\n\n".join([*parts, *_written([("Not shown", _apart(example.unshown))])])


def _written(sections: Sequence[tuple[str, str]]) -> Iterator[str]:
    return (f"[{name}]\n{text}" for name, text in sections if text)


def _code(example: Example, code: str) -> str:
    return code_section(code, example.language) if code else ""


def _apart(text: str) -> str:
    """In a fence, so that a marker of a section in it is text; longer than any fence in it."""
    if not text:
        return ""
    longest = max((len(line) - len(line.lstrip("`")) for line in text.split("\n")), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"
