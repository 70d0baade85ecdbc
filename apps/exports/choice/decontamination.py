"""Which pairs have a benchmark's question in them: by their words, or by their SQL's skeleton.

Sure hits are left out. Near ones are held back and listed until a person has decided.
"""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
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

    def find(self, text: Text) -> list[Hit]:
        """The hits of a pair, the surest first: all sure ones, or else the nearest."""
        found = self._found(text.row.instruction, text.skeletons)
        return [_hit(text, asked, how) for asked, how in found]

    def asked_in(self, instruction: str, tree: Skeleton | None) -> tuple[str, Question, How] | None:
        """The same of texts that are no pair: the file's name, its question, how it was found."""
        found = self._found(instruction, (tree,) if tree else ())
        return next(((asked.benchmark.name, asked.question, how) for asked, how in found), None)

    def _found(self, instruction: str, trees: Sequence[Skeleton]) -> list[tuple[_Asked, How]]:
        """A pair may have two questions in it: a person who lets one pass has not seen the other.
        Each is there once.
        """
        spoken = _spoken(instruction)
        by_tree = [(self._skeletons[one.hash], one) for one in trees if one.hash in self._skeletons]
        sure = [(asked, How.WORDS) for asked in self._by_words(spoken)]
        sure += [
            (asked, How.SKELETON) for asked, tree in by_tree if tree.nodes.total() >= LEAST_EDGES
        ]
        if sure:
            return list({id(asked): (asked, how) for asked, how in reversed(sure)}.values())[::-1]
        near = self._nearest(spoken, trees)
        if near or len(trees) > 1:  # among other statements a small one is even more anybody's
            return near
        return [(asked, How.SMALL_SKELETON) for asked, _ in by_tree]

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

    def _by_words(self, spoken: list[str]) -> list[_Asked]:
        grams = (
            gram for size in sorted(self._sizes, reverse=True) for gram in _grams(spoken, size)
        )
        return [asked for gram in grams if (asked := self._grams.get(gram))]

    def _nearest(self, spoken: list[str], own: Sequence[Skeleton]) -> list[tuple[_Asked, How]]:
        shared: Counter[int] = Counter()
        by_id: dict[int, _Asked] = {}
        for gram in set(_grams(spoken, NEAR_GRAM)):
            for asked in self._near.get(gram, ()):
                shared[id(asked)] += 1
                by_id[id(asked)] = asked
        for key, number in shared.most_common(5):
            asked = by_id[key]
            if number / len(asked.near) >= NEAR_SHARE:
                return [(asked, How.NEAR_WORDS)]
            theirs = asked.skeleton
            if theirs and any(difference(one, theirs) <= NEAR_EDITS for one in own):
                return [(asked, How.NEAR_SKELETON)]
        return []


def _spoken(text: str) -> list[str]:
    """Words as they are read aloud: however their characters are put together, and without those
    that nobody sees.
    """
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
        text = "".join(one for one in text if unicodedata.category(one) != "Cf")
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
