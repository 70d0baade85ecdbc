"""Parts of an example as text: its properties, its response, and the templates in prompts/."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from apps.fewshot.values import LANGUAGE, Example

PROMPTS = Path(__file__).resolve().parents[2] / "prompts"
DEFAULT_FILE = PROMPTS / "self-ossinstruct-fewshot.txt"


_LANGUAGE = re.compile(r"[A-Za-z0-9+#.-]{1,20}")


def fenced(code: str, language: str = LANGUAGE) -> str:
    """Code as a fenced block; the fence is longer than any run of backticks in the code."""
    longest = max((len(run) for run in re.findall(r"`{3,}", code)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{fence_word(language)}\n{code}\n{fence}"


def fence_word(language: str) -> str:
    """What stands behind the fence of an example's code: "sql", or another language's name."""
    return language.lower() if _LANGUAGE.fullmatch(language) else ""


def code_section(code: str, language: str) -> str:
    """The text of a section with code; what has fences of its own stands as it is."""
    return code if "```" in code else fenced(code, language)


def property_lines(example: Example) -> str:
    """The four lines of an example's [Property] section, each `- name: value`."""
    return (
        f"- category: {example.category}\n- language: {example.language}\n"
        f"- concepts: {', '.join(example.concepts)}\n- difficulty: {example.difficulty}"
    )


def response_text(example: Example) -> str:
    """The response as a model is to write it, from [Reasoning] to [Tests]."""
    return (
        f"[Reasoning]\n{example.reasoning}\n\n"
        f"[Implementation]\n{code_section(example.implementation, example.language)}\n\n"
        f"[Explanation]\n{example.explanation}\n\n"
        f"[Tests]\n{example.tests}"
    )


@cache
def template_environment() -> Environment:
    """Jinja for prompts/: a variable that is missing is an error, never a blank."""
    environment = Environment(
        loader=FileSystemLoader(PROMPTS),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - prompts are plain text for a model, never HTML
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # str() of a missing variable raises UndefinedError, as printing it would.
    environment.filters["fenced"] = lambda code: fenced(str(code))
    return environment
