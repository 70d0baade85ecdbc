"""Comments that stand above many statements of a repository: they describe none of them."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from apps.seeds.extraction.chain import SeedCandidate
from apps.seeds.extraction.descriptions import describe, without_numbers

RECURS = 3  # times: from then on it describes nothing


def comment_key(repository: str, comment: str) -> bytes:
    """16 bytes, equal for comments of one repository that differ in numbers and case only.

    Files without a repository are of one together.
    """
    said = f"{repository}\0{without_numbers(comment)}"
    return blake2b(said.encode(errors="surrogatepass"), digest_size=16).digest()


def undescribed(seed: SeedCandidate) -> SeedCandidate:
    """The seed, described by its kind."""
    told = describe(seed.kind, "")
    return replace(seed, comment="", description=told.text, description_source=told.source)
