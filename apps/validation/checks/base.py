"""What every check of a text shares: its input, its result, and how n-grams are made."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from apps.validation.reading import read_response
from apps.validation.values import Reading

MAX_TEXT = 60_000
# What is kept of texts is some hundred times as large.
_KEPT_TEXT = 16_000
_WORD = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class BenchmarkIndex:
    """Questions of benchmarks that no exported pair may contain; made by `read_benchmark`.

    grams: word 13-grams of the questions → number of the question.
    queries: normalised SQL → number of the question.
    short: all words of questions that are shorter than that → number of the question.
    odd: lines of the file that hold no question; told: why, of the first of them.
    """

    grams: dict[tuple[str, ...], int] = field(default_factory=dict)
    queries: dict[str, int] = field(default_factory=dict)
    short: dict[tuple[str, ...], int] = field(default_factory=dict)
    odd: int = 0
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PairText:
    """The texts that the checks look at; what is not known is left empty.

    shown: instructions and responses of the few-shot examples that the prompt showed.
    finish_reason: what the model server said: "stop" or "length".
    reading: of the response, where it has been read.
    """

    instruction: str = ""
    response: str = ""
    concepts: tuple[str, ...] = ()
    seed: str = ""
    shown: tuple[str, ...] = ()
    finish_reason: str = ""
    benchmark: BenchmarkIndex | None = None
    reading: Reading | None = None

    def read(self) -> Reading:
        """What was understood of the response; it is read only where nobody has."""
        return self.reading or read_response(self.response, instruction=self.instruction)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check's answer.

    reason: "" when it passed, else a code that stays the same over versions.
    message: one sentence for a reviewer. where: the text meant, "instruction", "response",
    "concepts" or "". start, end: the place to highlight in that text, in characters.
    """

    check: str
    version: int
    reason: str = ""
    message: str = ""
    where: str = ""
    start: int = 0
    end: int = 0

    @property
    def passed(self) -> bool:
        return not self.reason


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found: a reason code, a sentence, and the place."""

    reason: str
    message: str
    where: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Check:
    """A rule about a text that needs no database. version: raised whenever the rule changes."""

    name: str
    version: int
    look: Callable[[PairText], Finding | None]

    def run(self, pair: PairText) -> CheckResult:
        found = self.look(pair)
        if found is None:
            return CheckResult(self.name, self.version)
        return CheckResult(
            self.name,
            self.version,
            found.reason,
            found.message,
            found.where,
            found.start,
            found.end,
        )


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text in lower case.

    places: of each, its number among the words of the text; None where these are all of them.
    """

    text: str
    words: tuple[str, ...]
    places: tuple[int, ...] | None = None

    def grams(self, size: int) -> list[tuple[str, ...]]:
        return list(zip(*(self.words[start:] for start in range(size)), strict=False))

    def without_marks(self) -> Words:
        """Only what is a word."""
        kept = [index for index, word in enumerate(self.words) if word[0].isalnum()]
        return Words(self.text, tuple(self.words[index] for index in kept), tuple(kept))

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Where in the text the words from `first` to `last` stand; looked for only when asked."""
        if self.places is not None:
            first, last = self.places[first], self.places[last]
        found = list(islice(_WORD.finditer(self.text), first, last + 1))
        return found[0].start(), found[-1].end()


def words_of(text: str) -> Words:
    """Words and marks of at most 60,000 characters."""
    return _kept_words(text) if len(text) <= _KEPT_TEXT else _words(text)


def _words(text: str) -> Words:
    text = text[:MAX_TEXT]
    return Words(text, tuple(map(str.lower, _WORD.findall(text))))


# Each text of a pair is looked at by many checks, and the examples of a prompt with many pairs.
_kept_words = lru_cache(maxsize=64)(_words)


@dataclass(frozen=True, slots=True)
class Overlap:
    """share: of the text's n-grams that the other has too. start, end: the longest common run."""

    share: float
    run: int
    start: int
    end: int


_NOTHING = Overlap(0.0, 0, 0, 0)


def overlap(text: str, other: str, size: int) -> Overlap:
    """How much of `text` stands in `other`, by word n-grams of `size`."""
    grams, theirs = _grams_of(text, size).each, _grams_of(other, size).known
    if theirs.isdisjoint(grams):
        return _NOTHING
    hits = [gram in theirs for gram in grams]
    best, length, begin = 0, 0, 0
    for index, hit in enumerate(hits):
        length = length + 1 if hit else 0
        if length > best:
            best, begin = length, index - length + 1
    run = best + size - 1
    span = words_of(text).span(begin, begin + run - 1)
    return Overlap(sum(hits) / len(hits), run, *span)


class _Grams(NamedTuple):
    each: list[tuple[str, ...]]
    known: frozenset[tuple[str, ...]]


def _grams_of(text: str, size: int) -> _Grams:
    return (_kept_grams if len(text) <= _KEPT_TEXT else _grams)(text, size)


def _grams(text: str, size: int) -> _Grams:
    each = words_of(text).grams(size)
    return _Grams(each, frozenset(each))


_kept_grams = lru_cache(maxsize=64)(_grams)
