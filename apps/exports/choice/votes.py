"""Which of two responses people prefer who saw them side by side: the votes of pairwise queues."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from apps.review import pairwise


class Count(NamedTuple):
    """How many prefer the first of two responses, how many the second, and how many call both bad.
    Who calls both good has no preference and is not counted.
    """

    first: int
    second: int
    both_bad: int


@dataclass(frozen=True, slots=True)
class Votes:
    """won: by (winner, loser) the votes as they fell; undecided: how many twos without a winner."""

    won: Mapping[tuple[int, int], Count] = field(default_factory=dict)
    undecided: int = 0

    def winners(self) -> list[int]:
        """The responses that won against another, in the order of their numbers."""
        return sorted({winner for winner, _ in self.won})

    def against(self, one: int, other: int) -> bool:
        """Whether people prefer the other one."""
        return (other, one) in self.won


def votes() -> Votes:
    """All votes on the texts as they stand, of whatever queue."""
    preferred = ((one.chosen_id, one.rejected_id) for one in pairwise.preferences())
    return counted(preferred, pairwise.both_bad())


def counted(preferred: Iterable[tuple[int, int]], both_bad: Iterable[tuple[int, int]]) -> Votes:
    """One vote each: (preferred, other), and twos of which somebody said that both are bad. A
    winner has more votes than the other, and more than call both bad.
    """
    fell, bad = Counter(preferred), Counter(tuple(sorted(two)) for two in both_bad)
    won: dict[tuple[int, int], Count] = {}
    twos = sorted({(min(two), max(two)) for two in fell})
    for one, other in twos:
        count = Count(fell[one, other], fell[other, one], bad[one, other])
        if count.first > max(count.second, count.both_bad):
            won[one, other] = count
        elif count.second > max(count.first, count.both_bad):
            won[other, one] = Count(count.second, count.first, count.both_bad)
    return Votes(won, len(twos) - len(won))
