"""Puts a prompt together: system text, k examples, and one more with an open end."""

from __future__ import annotations

from functools import lru_cache
from typing import Protocol, cast

from apps.fewshot.rendering import template_environment
from apps.fewshot.values import Example
from apps.generation.stages.base import About, Message, Mode, Prompt, StageOptions
from apps.generation.stages.properties import about_example

# Raised whenever the order of a prompt's parts changes: it counts in a recipe's fingerprint. A
# recipe keeps its own, so that its prompts can be rebuilt. The first had no properties.
FIRST = 1
FORMAT = 2
FOLDERS = {FIRST: "", FORMAT: "second/"}


class _Template(Protocol):
    """The two macros that every file prompts/<folder of the format>/<mode>.jinja has; `about` is
    there from the second format on.
    """

    def ask(self, row: object, *about: About) -> str: ...

    def answer(self, example: Example) -> str: ...


def compose(
    mode: Mode,
    row: object,
    *,
    system: str,
    examples: tuple[Example, ...],
    options: StageOptions,
    stop: tuple[str, ...],
    about: About | None = None,
) -> Prompt:
    """The prompt for one row; `row` has the fields that the mode's template reads. Without `about`
    it is one of the first format.

    Raises jinja2.UndefinedError where the row lacks one of them.
    """
    turns = _example_turns(mode, system, examples, about is not None)
    heading = _heading(len(examples) + 1)
    prefix = _joined(turns) + heading
    ask = str(_template(mode, about is not None).ask(row, *([about] if about else [])))
    messages = [*turns, Message(role="user", content=heading + ask)]
    if options.response_prefix:
        messages.append(Message(role="assistant", content=options.response_prefix))
    text = f"{prefix}{ask}\n{options.response_prefix}"
    return Prompt(text=text, messages=tuple(messages), stop=stop, prefix=prefix)


def prefix_length(mode: Mode, system: str, examples: tuple[Example, ...]) -> int:
    """Characters of all that stands before a row in its prompt."""
    return len(_joined(_example_turns(mode, system, examples, True)))


def next_example_stop(shown: int) -> str:
    """The heading with which a model goes on to an example of its own.

    With its number and line end: a bare `## Example` would also cut an answer that has a heading
    `### Example usage` or `## Example output`.
    """
    return f"\n## Example {shown + 2}\n"


@lru_cache(maxsize=64)
def _example_turns(
    mode: Mode, system: str, examples: tuple[Example, ...], says_about: bool
) -> tuple[Message, ...]:
    """Kept, because thousands of rows share them."""
    template = _template(mode, says_about)
    turns = [Message(role="system", content=system.strip())]
    for number, example in enumerate(examples, start=1):
        known = [about_example(example)] if says_about else []
        ask = _heading(number) + str(template.ask(example, *known))
        turns.append(Message(role="user", content=ask))
        turns.append(Message(role="assistant", content=str(template.answer(example))))
    return tuple(turns)


def _joined(turns: tuple[Message, ...]) -> str:
    """Turns as one text: an answer follows its question at once, anything else after a blank."""
    ends = {"system": "\n\n", "user": "\n", "assistant": "\n\n"}
    return "".join(turn["content"] + ends[turn["role"]] for turn in turns)


def _heading(number: int) -> str:
    return f"## Example {number}\n\n"


@lru_cache
def _template(mode: Mode, says_about: bool) -> _Template:
    name = f"{FOLDERS[FORMAT if says_about else FIRST]}{mode.value}.jinja"
    return cast(_Template, template_environment().get_template(name).module)
