"""What the choice of a batch must know of what is stored: a fixed number of look-ups by index."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache
from typing import Any

from apps.seeds.choice.keeping import MOST_OF_BAND, Bounds, Kept
from apps.seeds.extraction.chain import SeedCandidate
from apps.seeds.gathering.files import ReadFile
from apps.seeds.models import Gathering, GatheringCount
from apps.sql.dialects import Dialect
from apps.sql.normalise import normalise

# Lists go as one text: thousands of values are slow to send one by one.
TEXTS = "SELECT text_hash FROM seeds_seed WHERE text_hash = ANY(%s::bytea[])"
# At most `per_template` seeds of a template are stored, unless a gathering allowed more.
TEMPLATES = """
SELECT wanted.hash, file.repository, count(*)
FROM unnest(%s::bytea[]) AS wanted(hash)
CROSS JOIN LATERAL (
    SELECT seed.file_id FROM seeds_seed seed WHERE seed.template_hash = wanted.hash LIMIT %s
) AS seed
JOIN seeds_sourcefile file ON file.id = seed.file_id
GROUP BY 1, 2
"""
NEIGHBOURS = """
SELECT wanted.band, shared.seed_id
FROM unnest(%s::bigint[]) AS wanted(band)
CROSS JOIN LATERAL (
    SELECT seed_id FROM seeds_seedband stored WHERE stored.band = wanted.band
    ORDER BY seed_id LIMIT %s
) AS shared
"""
SEEDS = "SELECT id, template_hash, text, dialect FROM seeds_seed WHERE id = ANY(%s::bigint[])"


def kept(cursor: Any, *, gathering: Gathering, files: Sequence[ReadFile], bounds: Bounds) -> Kept:
    """Look up what bears on the statements of these files."""
    found = Kept()
    lines = gathering.counts.filter(group=GatheringCount.Group.KEPT)
    found.kinds.update(dict(lines.values_list("code", "number")))
    seeds = [seed for file in files for seed in file.seeds]
    if not seeds:
        return found
    cursor.execute(TEXTS, [_hashes({seed.text_hash for seed in seeds})])
    found.texts.update(bytes(row[0]) for row in cursor.fetchall())
    fresh = [seed for seed in seeds if seed.text_hash not in found.texts]
    templates = _hashes({seed.template_hash for seed in fresh})
    cursor.execute(TEMPLATES, [templates, bounds.per_template])
    for template, repository, number in cursor.fetchall():
        found.templates[bytes(template)] += number
        found.in_repository[bytes(template), repository] += number
    if bounds.near_duplicates:
        _add_neighbours(cursor, found, [seed for seed in fresh if found.is_new(seed)])
    return found


def _add_neighbours(cursor: Any, found: Kept, seeds: Sequence[SeedCandidate]) -> None:
    bands = {band for seed in seeds for band in seed.bands}
    cursor.execute(NEIGHBOURS, [_numbers(sorted(bands)), MOST_OF_BAND])
    shared: list[tuple[int, int]] = cursor.fetchall()
    cursor.execute(SEEDS, [_numbers({seed_id for _, seed_id in shared})])
    stored: dict[int, bytes] = {}
    texts: dict[bytes, tuple[str, str]] = {}
    for seed_id, template, text, dialect in cursor.fetchall():
        stored[seed_id] = bytes(template)
        texts[stored[seed_id]] = (text, dialect)
    for band, seed_id in sorted(shared):
        if seed_id in stored:  # else its source was deleted
            found.add_to_band(band, stored[seed_id])
    found.template_of = _templates(texts)


def _templates(texts: dict[bytes, tuple[str, str]]) -> Callable[[bytes], bytes | None]:
    """Templates are not stored beside their seeds: those that are compared are made again."""

    @cache
    def template_of(template_hash: bytes) -> bytes | None:
        if template_hash not in texts:
            return None
        text, dialect = texts[template_hash]
        return normalise(text.encode(), Dialect(dialect)).template

    return template_of


def _hashes(values: Collection[bytes]) -> str:
    return "{" + ",".join([f'"\\\\x{value.hex()}"' for value in values]) + "}"


def _numbers(values: Collection[int]) -> str:
    return "{" + ",".join(map(str, values)) + "}"
