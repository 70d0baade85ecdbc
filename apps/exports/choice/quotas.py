"""At most so many pairs of a kind, dialect and concept: drawn by a random seed, always the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.exports.choice.care import Care

if TYPE_CHECKING:
    from apps.exports.choice.features import Features


def over_quota(pairs: Sequence[Features], care: Care) -> set[int]:
    """The responses that are too many. They are looked at in an order drawn by the random seed:
    one stays while each of its kind, dialect and concepts has room.
    """
    taken: Counter[tuple[str, str]] = Counter()
    over: set[int] = set()
    for pair in sorted(pairs, key=lambda one: drawn(care.random_seed, str(one.response_id))):
        shares = _shares(pair, care)
        if all(taken[share] < most for share, most in shares.items()):
            taken.update(shares.keys())
        else:
            over.add(pair.response_id)
    return over


def drawn(random_seed: int, name: str) -> bytes:
    """16 bytes to sort by, the same for the same seed and name."""
    return hashlib.blake2b(f"{random_seed}\0{name}".encode(), digest_size=16).digest()


def _shares(pair: Features, care: Care) -> dict[tuple[str, str], int]:
    shares: dict[tuple[str, str], int] = {}
    if care.per_kind:
        shares["kind", pair.kind] = care.per_kind
    if care.per_dialect:
        shares["dialect", pair.dialect] = care.per_dialect
    if care.per_concept:
        shares |= {("concept", concept): care.per_concept for concept in pair.concepts}
    return shares
