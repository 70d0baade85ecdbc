"""The values that a few-shot file is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGE = "SQL"
MAX_SET_NAME = 80
DIFFICULTIES = ("Easy", "Medium", "Hard")
MODE_LABELS = ("I->R", "C->I", "S->C", "S->I")
REQUIRED_MODE_LABELS = ("I->R", "C->I", "S->C")


@dataclass(frozen=True, slots=True)
class Example:
    """One worked example.

    code, solution, implementation: SQL without its fence; solution may be "". A draft may hold
    something else there, with the fences that it came in.
    instruction, reasoning, explanation, tests: Markdown without its section marker.
    unshown: what a file of another pipeline had beside these; no model is shown it.
    """

    number: int
    code: str
    category: str
    language: str
    concepts: tuple[str, ...]
    difficulty: str
    instruction: str
    solution: str
    reasoning: str
    implementation: str
    explanation: str
    tests: str
    unshown: str = ""


@dataclass(frozen=True, slots=True)
class FewShotFile:
    """A whole file: system texts by mode label ("S->C"), and the examples in file order.

    off: examples that are kept and shown to no model; they may be incomplete.
    """

    systems: Mapping[str, str]
    examples: tuple[Example, ...]
    off: tuple[Example, ...] = ()
