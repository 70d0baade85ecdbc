"""Near-duplicates: MinHash over masked token 5-grams, cut into bands that a database can look up.

64 permutations in 16 bands of 4 rows find a pair of Jaccard 0.7 with 1 - (1 - 0.7^4)^16 = 98.8 %
(Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4); `jaccard` then tells the true pairs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from hashlib import blake2b

from rensa import RMinHash

from apps.sql.dialects import Dialect
from apps.sql.normalise import normalise

PERMUTATIONS, BANDS, ROWS, SEED = 64, 16, 4, 42
SHINGLE = 5
THRESHOLD = 0.7
MOST_TOKENS = 4096  # of one statement; more says nothing new about its likeness

_PACK = struct.Struct(f"<{PERMUTATIONS}I")
_LANES = struct.Struct("<" + "q8x" * BANDS)
_FIRST, _SECOND, _THIRD = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9


def _in_lanes(numbers: Iterable[int]) -> int:
    """64-bit numbers side by side in one integer, 128 bits for each: room for a product."""
    return sum((number & ((1 << 64) - 1)) << 128 * lane for lane, number in enumerate(numbers))


_MASK = _in_lanes([-1] * BANDS)
_STEPS = _in_lanes(band * 0x27D4EB2F165667C5 for band in range(BANDS))


def template_hash(template: bytes) -> bytes:
    """16 bytes that stand for a masked statement (`Normalised.template`)."""
    return blake2b(template, digest_size=16).digest()


def minhash_bands(statement: str | bytes, dialect: Dialect = Dialect.UNKNOWN) -> tuple[int, ...]:
    """16 signed 64-bit band hashes of a statement; two statements are candidates when any one is
    equal.

    A band's hash includes its number, so that all bands of all seeds can share one indexed column.
    """
    raw = statement.encode() if isinstance(statement, str) else statement
    return bands_of(normalise(raw, dialect).template)


def bands_of(template: bytes) -> tuple[int, ...]:
    """The band hashes of a masked statement (`Normalised.template`)."""
    sketch = RMinHash(num_perm=PERMUTATIONS, seed=SEED)
    sketch.update(shingles(template))
    words = int.from_bytes(_PACK.pack(*sketch.digest()), "little")
    # All bands in one multiplication each: four minima of 32 bits are two words of 64.
    first, second = words & _MASK, words >> 64 & _MASK
    mixed = (first * _FIRST & _MASK) + (second * _SECOND & _MASK) + _STEPS & _MASK
    return _LANES.unpack(((mixed * _THIRD & _MASK) ^ first).to_bytes(16 * BANDS, "little"))


def shingles(template: bytes) -> list[bytes]:
    """The 5-grams of a masked statement, repeats included; the whole statement when it has fewer
    tokens.
    """
    tokens = template.split(b" ", MOST_TOKENS)[:MOST_TOKENS]
    if len(tokens) <= SHINGLE:
        return [template]
    grams = zip(tokens, tokens[1:], tokens[2:], tokens[3:], tokens[4:], strict=False)
    return list(map(b" ".join, grams))


def jaccard(one: bytes, other: bytes) -> float:
    """The exact Jaccard similarity of the 5-grams of two masked statements, 0 to 1."""
    first, second = set(shingles(one)), set(shingles(other))
    return len(first & second) / len(first | second)
