"""Comments that stand above many statements of a repository: they describe none of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from apps.seeds.extraction.chain import SeedCandidate
from apps.seeds.extraction.descriptions import describe, without_numbers

RECURS = 3  # times


def recurring_comments(
    files: Iterable[tuple[str, Sequence[SeedCandidate]]],
) -> dict[str, frozenset[str]]:
    """By repository the comments of its seeds that come again, numbers left out of account.

    Files without a repository are counted together. Looks at a batch: files of a repository
    follow one another in every source.
    """
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for repository, seeds in files:
        told = (without_numbers(seed.comment) for seed in seeds if seed.comment)
        counted[repository].update(told)
    return {
        repository: frozenset(text for text, number in texts.items() if number >= RECURS)
        for repository, texts in counted.items()
    }


def without_recurring(
    seeds: Iterable[SeedCandidate], recurring: Set[str]
) -> Iterator[SeedCandidate]:
    """The seeds; those with such a comment are described by their kind."""
    for seed in seeds:
        if recurring and seed.comment and without_numbers(seed.comment) in recurring:
            told = describe(seed.kind, "")
            yield replace(seed, comment="", description=told.text, description_source=told.source)
        else:
            yield seed
