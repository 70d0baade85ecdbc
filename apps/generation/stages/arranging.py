"""Arrangements: which examples the prompts of a stage show, in which order.

Prompts that share an arrangement share their whole beginning, so that a server reads it once.
Many arrangements, each for an equal share of the seeds, show every example about equally often.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from math import gcd, lcm

# Beyond so many times what was asked for, evenness is given up.
_MOST_TIMES = 4


def arrangement_count(wanted: int, *, available: int, shown: Iterable[int]) -> int:
    """The number nearest to `wanted` at which every stage shows each of the `available` examples
    equally often; `shown` says how many each stage's prompts show.

    1 stays 1: who wants one arrangement wants the prompts to be alike.
    """
    counts = [number for number in shown if 0 < number <= available]
    if wanted <= 1 or not counts:
        return max(wanted, 1)
    even = lcm(*(available // gcd(available, number) for number in counts))
    if even > wanted * _MOST_TIMES:
        return wanted
    return max(wanted // even, 1) * even


@lru_cache(maxsize=64)
def draw_arrangements(
    numbers: Sequence[int], *, shown: int, count: int, key: str, always: tuple[int, ...] = ()
) -> tuple[tuple[int, ...], ...]:
    """`count` arrangements of `shown` of the examples' numbers (a tuple); the same key draws the
    same. No example is in more than one arrangement more than any other, but for those that are
    `always` to be shown, by turns where there is no room for all. Raises ValueError where there
    are fewer examples than are to be shown.
    """
    if not 0 <= shown <= len(numbers):
        raise ValueError(f"{shown} examples are to be shown and there are {len(numbers)}.")
    times: Counter[int] = Counter()
    drawn = []
    for index in range(count):
        place = f"{key}:{index}"
        turn = index % max(len(always), 1)
        chosen = [*always[turn:], *always[:turn]][:shown]
        others = [number for number in numbers if number not in chosen]
        others.sort(key=lambda number: (times[number], _rank(place, number)))
        chosen += others[: shown - len(chosen)]
        times.update(chosen)
        drawn.append(tuple(sorted(chosen, key=lambda number: _rank(f"{place}:order", number))))
    return tuple(drawn)


def arrangement_of(text_hash: bytes, *, random_seed: int, count: int) -> int:
    """Which arrangement a seed's prompts have, 0 to count - 1; evenly over the hashes."""
    digest = hashlib.sha256(f"{random_seed}:".encode() + text_hash).digest()
    return int.from_bytes(digest[:3]) % count


def _rank(key: str, number: int) -> bytes:
    return hashlib.sha256(f"{key}\0{number}".encode()).digest()
