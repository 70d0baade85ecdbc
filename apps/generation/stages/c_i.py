"""C→I: concepts in, an instruction that uses them out."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from apps.fewshot.values import DIFFICULTIES, Example
from apps.generation.stages.base import NO_OPTIONS, About, Mode, Prompt, StageOptions
from apps.generation.stages.composing import compose, next_example_stop
from apps.generation.stages.instructions import parse as parse


@dataclass(frozen=True, slots=True)
class _Row:
    concepts: tuple[str, ...]
    category: str
    difficulty: str


def build(
    concepts: tuple[str, ...],
    *,
    category: str,
    difficulty: str,
    system: str,
    examples: tuple[Example, ...],
    options: StageOptions = NO_OPTIONS,
    about: About | None = None,
) -> Prompt:
    """The prompt that asks for an instruction; see categories.category_of and `draw_difficulty`."""
    row = _Row(concepts, category, difficulty)
    stop = (next_example_stop(len(examples)), "\n### Response\n", "\n### Property\n")
    return compose(
        Mode.C_I, row, system=system, examples=examples, options=options, stop=stop, about=about
    )


def draw_difficulty(key: str) -> str:
    """Easy, Medium or Hard, evenly over the keys; the same key draws the same."""
    digest = hashlib.sha256(f"difficulty\0{key}".encode()).digest()
    return DIFFICULTIES[int.from_bytes(digest[:8]) % len(DIFFICULTIES)]
