"""Which pairs have a benchmark's question in them: by their words, or by their SQL's skeleton.

Sure hits are left out. Near ones are held back and listed until a person has decided.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from apps.exports.choice.benchmarks import Benchmark, Question
from apps.exports.choice.features import Text
from apps.sql.skeleton import Skeleton, difference
from apps.validation.likeness.texts import skeleton_of, words

# Thirteen words in a row, as GPT-3's and later decontamination; a shorter question as a whole.
GRAM = 13
SHORTEST = 4  # "List all users" is anybody's
NEAR_GRAM, NEAR_SHARE = 4, 0.5
# A tree of fewer edges ("SELECT count(*) FROM t") is anybody's.
LEAST_EDGES = 12
NEAR_EDITS = 3
MOST_WORDS = 4_000  # of one instruction
_SHOWN = 300


class How(StrEnum):
    """How a question was found."""

    WORDS = "words"
    SKELETON = "skeleton"
    NEAR_WORDS = "near_words"
    NEAR_SKELETON = "near_skeleton"
    SMALL_SKELETON = "small_skeleton"


SURE = frozenset((How.WORDS, How.SKELETON))


@dataclass(frozen=True, slots=True)
class Hit:
    """A benchmark's question in a pair. benchmark: SHA-256 of the file, hex; file: its name."""

    response_id: int
    benchmark: str
    file: str
    number: int
    how: How
    question: str
    instruction: str

    @property
    def is_sure(self) -> bool:
        return self.how in SURE


@dataclass(frozen=True, slots=True)
class _Asked:
    benchmark: Benchmark
    question: Question
    near: frozenset[tuple[str, ...]]
    skeleton: Skeleton | None


class Questions:
    """An index of the questions of some benchmarks."""

    def __init__(self, benchmarks: Iterable[Benchmark]) -> None:
        self._grams: dict[tuple[str, ...], _Asked] = {}
        self._sizes: set[int] = set()
        self._near: defaultdict[tuple[str, ...], list[_Asked]] = defaultdict(list)
        self._skeletons: dict[bytes, _Asked] = {}
        for benchmark in benchmarks:
            for question in benchmark.questions:
                self._add(benchmark, question)

    def find(self, text: Text) -> Hit | None:
        """The surest hit of a pair; None where it has nothing of a benchmark."""
        found = self._found(text.row.instruction, text.skeleton)
        return _hit(text, *found) if found else None

    def asked_in(self, instruction: str, tree: Skeleton | None) -> tuple[str, Question, How] | None:
        """The same of texts that are no pair: the file's name, its question, how it was found."""
        found = self._found(instruction, tree)
        return (found[0].benchmark.name, found[0].question, found[1]) if found else None

    def _found(self, instruction: str, tree: Skeleton | None) -> tuple[_Asked, How] | None:
        spoken = _spoken(instruction)
        by_words = self._by_words(spoken)
        if by_words:
            return by_words, How.WORDS
        asked = self._skeletons.get(tree.hash) if tree else None
        if asked and tree and tree.nodes.total() >= LEAST_EDGES:
            return asked, How.SKELETON
        near = self._nearest(spoken, tree)
        if near:
            return near
        return (asked, How.SMALL_SKELETON) if asked else None

    def _add(self, benchmark: Benchmark, question: Question) -> None:
        spoken = _spoken(question.text)
        asked = _Asked(
            benchmark,
            question,
            frozenset(_grams(spoken, NEAR_GRAM)),
            skeleton_of(question.sql, ""),
        )
        size = min(GRAM, len(spoken))
        if size >= SHORTEST:
            self._sizes.add(size)
            for gram in _grams(spoken, size):
                self._grams.setdefault(gram, asked)
        for near in asked.near:
            self._near[near].append(asked)
        if asked.skeleton:
            self._skeletons.setdefault(asked.skeleton.hash, asked)

    def _by_words(self, spoken: list[str]) -> _Asked | None:
        for size in sorted(self._sizes, reverse=True):
            for gram in _grams(spoken, size):
                asked = self._grams.get(gram)
                if asked:
                    return asked
        return None

    def _nearest(self, spoken: list[str], own: Skeleton | None) -> tuple[_Asked, How] | None:
        shared: Counter[int] = Counter()
        by_id: dict[int, _Asked] = {}
        for gram in set(_grams(spoken, NEAR_GRAM)):
            for asked in self._near.get(gram, ()):
                shared[id(asked)] += 1
                by_id[id(asked)] = asked
        for key, number in shared.most_common(5):
            asked = by_id[key]
            if number / len(asked.near) >= NEAR_SHARE:
                return asked, How.NEAR_WORDS
            if own and asked.skeleton and difference(own, asked.skeleton) <= NEAR_EDITS:
                return asked, How.NEAR_SKELETON
        return None


def _spoken(text: str) -> list[str]:
    return [word for word in words(text)[:MOST_WORDS] if word[0].isalnum() or word[0] == "_"]


def _grams(spoken: list[str], size: int) -> list[tuple[str, ...]]:
    return [tuple(spoken[at : at + size]) for at in range(len(spoken) - size + 1)]


def _hit(text: Text, asked: _Asked, how: How) -> Hit:
    return Hit(
        response_id=text.row.response_id,
        benchmark=asked.benchmark.sha256,
        file=asked.benchmark.name,
        number=asked.question.number,
        how=how,
        question=(asked.question.text or asked.question.sql)[:_SHOWN],
        instruction=text.row.instruction[:_SHOWN],
    )
