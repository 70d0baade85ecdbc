"""Two responses to one instruction, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

# What is compared: beyond that two texts are no longer read side by side, and matching is slow.
MOST_LINES = 400
MOST_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Row:
    """A line of each side, "" where there is none. sign: "=" for the same, "≠" for another line in
    its place, "−" where only the left has it, "+" where only the right has it.
    """

    sign: str
    word: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The rows of two texts; cut: there are more lines or longer ones. same: nothing differs."""

    rows: tuple[Row, ...]
    cut: bool

    @property
    def same(self) -> bool:
        return not self.cut and all(row.sign == "=" for row in self.rows)


_WORDS = {"=": "same", "≠": "differs", "−": "only here", "+": "only there"}


def compare(left: str, right: str) -> Comparison:
    """Both texts side by side, their first 400 lines, of each its first 400 characters."""
    lines = [text.splitlines() for text in (left, right)]
    first, second = ([line[:MOST_CHARACTERS] for line in each[:MOST_LINES]] for each in lines)
    cut = any(
        len(each) > MOST_LINES or any(len(line) > MOST_CHARACTERS for line in each)
        for each in lines
    )
    return Comparison(tuple(_rows(first, second)), cut)


def _rows(left: list[str], right: list[str]) -> Iterator[Row]:
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        for one, other in zip_longest(left[a:b], right[c:d]):
            sign = "=" if tag == "equal" else "≠"
            if one is None:
                sign = "+"
            if other is None:
                sign = "−"
            yield Row(sign, _WORDS[sign], one or "", other or "")
