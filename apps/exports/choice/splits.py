"""Splits from which nothing leaks: pairs of one repository, schema or skeleton stay together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from apps.exports.choice.care import Care
from apps.exports.choice.quotas import drawn

if TYPE_CHECKING:
    from apps.exports.choice.features import Features

TRAIN, VALIDATION, TEST = "train", "validation", "test"


@dataclass(frozen=True, slots=True)
class Splits:
    """The split of every response, and the pairs of the largest group that stays together."""

    of: dict[int, str]
    largest_group: int


def split(pairs: Sequence[Features], care: Care) -> Splits:
    """Groups in an order drawn by the random seed; each goes where it still has room, test and
    validation first, and what has none is to train with.
    """
    groups = _groups(pairs)
    room = {TEST: care.test * len(pairs), VALIDATION: care.validation * len(pairs)}
    of: dict[int, str] = {}
    for group in sorted(groups, key=lambda one: drawn(care.random_seed, _name(one))):
        name = next((one for one, left in room.items() if len(group) <= left), TRAIN)
        if name in room:
            room[name] -= len(group)
        of |= dict.fromkeys((pair.response_id for pair in group), name)
    return Splits(of, max(map(len, groups), default=0))


def _name(group: Sequence[Features]) -> str:
    """By what is in it, so that one pair more elsewhere moves nothing."""
    return str(min(pair.exact for pair in group))


def _groups(pairs: Sequence[Features]) -> list[list[Features]]:
    """What shares a repository, schema, skeleton or text, and what shares one with that."""
    parents = list(range(len(pairs)))

    def root(place: int) -> int:
        while parents[place] != place:
            parents[place] = parents[parents[place]]
            place = parents[place]
        return place

    first: dict[tuple[str, int], int] = {}
    for place, pair in enumerate(pairs):
        for name in ("repository", "schema", "skeleton", "exact"):
            value = getattr(pair, name)
            if value:
                one, other = root(first.setdefault((name, value), place)), root(place)
                parents[max(one, other)] = min(one, other)
    members: defaultdict[int, list[Features]] = defaultdict(list)
    for place, pair in enumerate(pairs):
        members[root(place)].append(pair)
    return list(members.values())
