"""docs/troubleshooting.md goes by message: each of its messages is one that the code says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from apps.validation.models import OUTCOMES
from tests.test_documents import ROOT

PAGE = (ROOT / "docs/troubleshooting.md").read_text()
# What is bold and in quotes; what differs from time to time stands in brackets.
MESSAGES = [
    message
    for bold in re.findall(r"\*\*(.+?)\*\*", PAGE, re.S)
    for message in re.findall(r"“(.+?)”", " ".join(bold.split()))
]
PLACE = "\0"
# Between what is said; no message goes on beyond it.
END = "\1"
# A part of a message that only the run knows.
DIFFERS = re.compile(r"\[[^\]]+\]|…")
PASSED_ON = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\$\{?\w+\}?|\$\(.*?\)", re.S)


def said_by_python(text: str) -> Iterator[str]:
    """Every string of a module, with PLACE for what is put into it."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.JoinedStr):
            yield "".join(
                part.value if isinstance(part, ast.Constant) else PLACE  # type: ignore[misc]
                for part in node.values
            )


@cache
def everything_said() -> str:
    """What programs, pages and scripts say, each with END behind it."""
    modules = [*ROOT.glob("apps/**/*.py"), *ROOT.glob("worker/**/*.py")]
    told = [said for module in modules for said in said_by_python(module.read_text())]
    others = [*ROOT.glob("templates/**/*.html"), *ROOT.glob("scripts/*")]
    for other in (path for path in others if path.is_file()):
        text = PASSED_ON.sub(PLACE, other.read_text())
        told.append(re.sub(r"<[^>]+>", "", text) if other.suffix == ".html" else text)
    return "".join(" ".join(said.split()) + END for said in told)


def pattern(message: str) -> re.Pattern[str]:
    parts = (re.escape(part.strip()) for part in DIFFERS.split(message))
    between = f"[^{END}]{{1,200}}?"
    return re.compile(between.join(parts).removesuffix(between))


def is_said(message: str) -> bool:
    return pattern(message).search(everything_said()) is not None


def test_messages_are_looked_for() -> None:
    assert len(MESSAGES) > 20
    assert not is_said("The hamster of [name] is ill.")
    assert not is_said("No PostgreSQL at all [folder].")


@pytest.mark.parametrize("message", MESSAGES)
def test_a_message_of_the_page_is_one_that_is_said(message: str) -> None:
    assert is_said(message)


def test_every_verdict_but_good_ones_is_explained() -> None:
    rows = set(re.findall(r"^\| ([\w ]+?) +\| ", PAGE.lower(), re.M)) - {"verdict"}
    words = {words for _, words in OUTCOMES}
    assert rows <= words
    assert words - rows == {"passed", "wrong result", "vacuous"}
