"""What the choice of a batch must know of what is stored: a fixed number of look-ups by index."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from apps.seeds.choice.normalise import normalise
from apps.seeds.choosing import Bounds, Kept
from apps.seeds.extraction import SeedCandidate
from apps.seeds.lexing import Dialect
from apps.seeds.models import Gathering, GatheringCount

if TYPE_CHECKING:
    from apps.seeds.storing import ReadFile

# Seeds looked at of one band: a band that more share says little.
MOST_OF_BAND = 8
TEXTS = "SELECT text_hash FROM seeds_seed WHERE text_hash = ANY(%s)"
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
SELECT wanted.band, seed.template_hash, seed.id
FROM unnest(%s::bigint[]) AS wanted(band)
CROSS JOIN LATERAL (
    SELECT seed_id FROM seeds_seedband stored WHERE stored.band = wanted.band LIMIT %s
) AS shared
JOIN seeds_seed seed ON seed.id = shared.seed_id
"""
SEED = "SELECT text, dialect FROM seeds_seed WHERE id = %s"


def kept(cursor: Any, *, gathering: Gathering, files: Sequence[ReadFile], bounds: Bounds) -> Kept:
    """Look up what bears on the statements of these files."""
    found = Kept()
    lines = gathering.counts.filter(group=GatheringCount.Group.KEPT)
    found.kinds.update(dict(lines.values_list("code", "number")))
    seeds = [seed for file in files for seed in file.seeds]
    if not seeds:
        return found
    cursor.execute(TEXTS, [list({seed.text_hash for seed in seeds})])
    found.texts.update(bytes(row[0]) for row in cursor.fetchall())
    fresh = [seed for seed in seeds if seed.text_hash not in found.texts]
    hashes = list({seed.template_hash for seed in fresh})
    cursor.execute(TEMPLATES, [hashes, bounds.per_template])
    for template, repository, number in cursor.fetchall():
        found.templates[bytes(template)] += number
        found.in_repository[bytes(template), repository] += number
    if bounds.near_duplicates:
        _add_neighbours(cursor, found, [seed for seed in fresh if found.is_new(seed)])
    return found


def _add_neighbours(cursor: Any, found: Kept, seeds: Sequence[SeedCandidate]) -> None:
    bands = {band for seed in seeds for band in seed.bands}
    cursor.execute(NEIGHBOURS, [sorted(bands), MOST_OF_BAND])
    ids: dict[bytes, int] = {}
    for band, template, seed_id in cursor.fetchall():
        found.bands.setdefault(band, []).append(bytes(template))
        ids[bytes(template)] = seed_id
    found.template_of = _loader(cursor, ids)


def _loader(cursor: Any, ids: dict[bytes, int]) -> Callable[[bytes], bytes | None]:
    """Templates are not stored beside their seeds: the few that are compared are made again."""
    loaded: dict[bytes, bytes | None] = {}

    def load(template_hash: bytes) -> bytes | None:
        if template_hash not in loaded:
            cursor.execute(SEED, [ids.get(template_hash)])
            row = cursor.fetchone()
            loaded[template_hash] = (
                normalise(row[0].encode(), Dialect(row[1])).template if row else None
            )
        return loaded[template_hash]

    return load
