"""Near-duplicates: MinHash over masked token 5-grams, cut into bands that a database can look up.

64 permutations in 16 bands of 4 rows find a pair of Jaccard 0.7 with 1 - (1 - 0.7^4)^16 = 98.8 %
(Leskovec, Rajaraman, Ullman, Mining of Massive Datasets, 3.4); `jaccard` then tells the true pairs.
"""

from __future__ import annotations

import struct
from hashlib import blake2b

from rensa import RMinHash

from apps.seeds.choice.normalise import normalise
from apps.seeds.lexing import Dialect

PERMUTATIONS, BANDS, ROWS, SEED = 64, 16, 4, 42
SHINGLE = 5
THRESHOLD = 0.7
MOST_TOKENS = 4096  # of one statement; more says nothing new about its likeness

_MASK = (1 << 64) - 1
_PACK = struct.Struct(f"<{PERMUTATIONS}I")
_UNPACK = struct.Struct(f"<{PERMUTATIONS // 2}Q")
_UNSIGNED, _SIGNED = struct.Struct(f"<{BANDS}Q"), struct.Struct(f"<{BANDS}q")
_FIRST, _SECOND, _THIRD = 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9
_STEPS = tuple(band * 0x27D4EB2F165667C5 & _MASK for band in range(BANDS))


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
    sketch.update(list(shingles(template)))
    words = _UNPACK.unpack(_PACK.pack(*sketch.digest()))
    return _SIGNED.unpack(
        _UNSIGNED.pack(
            *(
                (((first * _FIRST + second * _SECOND + step) & _MASK) * _THIRD & _MASK) ^ first
                for first, second, step in zip(words[::2], words[1::2], _STEPS, strict=True)
            )
        )
    )


def shingles(template: bytes) -> set[bytes]:
    """The 5-grams of a masked statement; the whole statement when it has fewer tokens."""
    tokens = template.split(b" ")[:MOST_TOKENS]
    if len(tokens) <= SHINGLE:
        return {template}
    return set(map(b" ".join, zip(*(tokens[i:] for i in range(SHINGLE)), strict=False)))


def jaccard(one: bytes, other: bytes) -> float:
    """The exact Jaccard similarity of the 5-grams of two masked statements, 0 to 1."""
    first, second = shingles(one), shingles(other)
    return len(first & second) / len(first | second)
