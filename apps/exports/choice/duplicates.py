"""Duplicates among the chosen pairs; of each group the best labelled stays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from apps.exports.choice.care import Likeness
from apps.validation.likeness.placing import LEAST_BANDS

if TYPE_CHECKING:
    from apps.exports.choice.features import Features

# A band that so many pairs share says that they are made alike, not that they are the same.
MOST_IN_BAND = 2_000


def doubles(pairs: Sequence[Features], likenesses: Sequence[str]) -> dict[int, int]:
    """Which pair is a duplicate of which: by response, the response that stays in its place.

    A likeness after the other, on what those before it have left: exact, near, skeleton.
    """
    gone: dict[int, int] = {}
    for likeness in Likeness:
        if likeness in likenesses:
            left = [one for one in pairs if one.response_id not in gone]
            _FINDERS[likeness](left, gone)
    return {one: _end(two, gone) for one, two in gone.items()}


def _end(one: int, gone: dict[int, int]) -> int:
    while one in gone:
        one = gone[one]
    return one


def _alike(pairs: Sequence[Features], gone: dict[int, int], key: Callable[[Features], int]) -> None:
    best: dict[int, Features] = {}
    for pair in sorted(pairs, key=_order):
        value = key(pair)
        if not value:
            continue
        kept = best.setdefault(value, pair)
        if kept is not pair:
            gone[pair.response_id] = kept.response_id


def _exact(pairs: Sequence[Features], gone: dict[int, int]) -> None:
    _alike(pairs, gone, lambda pair: pair.exact)


def _skeleton(pairs: Sequence[Features], gone: dict[int, int]) -> None:
    _alike(pairs, gone, lambda pair: pair.skeleton)


def _near(pairs: Sequence[Features], gone: dict[int, int]) -> None:
    """Each pair is compared with the better ones that stay, never with one that is gone: chains
    of small changes do not swallow each other.
    """
    kept_by_band: defaultdict[int, list[int]] = defaultdict(list)
    for pair in sorted(pairs, key=_order):
        shared: defaultdict[int, int] = defaultdict(int)
        for band in pair.bands:
            for kept in kept_by_band[band]:
                shared[kept] += 1
        like = [kept for kept, number in shared.items() if number >= LEAST_BANDS]
        if like:
            gone[pair.response_id] = min(like, key=lambda kept: (-shared[kept], kept))
            continue
        for band in pair.bands:
            if len(kept_by_band[band]) < MOST_IN_BAND:
                kept_by_band[band].append(pair.response_id)


def _order(pair: Features) -> tuple[int, int, int, int]:
    """The best labelled first, then the oldest."""
    good, passed, portable = pair.rank
    return -good, -passed, -portable, pair.response_id


_FINDERS = {Likeness.EXACT: _exact, Likeness.NEAR: _near, Likeness.SKELETON: _skeleton}
