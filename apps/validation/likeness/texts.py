"""What pairs are compared by: a few hashes of their texts and of their SQL's skeleton."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from apps.seeds.choice.duplicates import bands_of
from apps.sql.dialects import Dialect
from apps.sql.skeleton import Skeleton, skeleton

MOST_SQL = 20_000  # characters that are looked at
_WORD = re.compile(r"\w+|[^\w\s]")


def words(text: str) -> list[str]:
    """Words and marks in lower case; marks of pairs of words matter in SQL only."""
    return _WORD.findall(text.lower())


def joined(instruction: str, sql: str) -> str:
    """The words of a pair: of what is asked and of the SQL, or the whole response without any."""
    return " ".join([*words(instruction), "\0", *words(sql)])


def bands(text: str) -> tuple[int, ...]:
    """The MinHash bands of a pair's words (`joined`)."""
    return bands_of(text[:MOST_SQL].encode("utf-8", "surrogatepass"))


@lru_cache(maxsize=20_000)
def skeleton_of(sql: str, dialect: str) -> Skeleton | None:
    """The skeleton of SQL that is one statement, whatever ends it."""
    if not sql.strip():
        return None
    known = Dialect(dialect) if dialect in set(Dialect) else Dialect.UNKNOWN
    return skeleton(sql[:MOST_SQL], known)


def number(text: str) -> int:
    """The first 8 bytes of the text's BLAKE2b as a number of 63 bits; 0 for an empty text."""
    if not text:
        return 0
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest) >> 1
