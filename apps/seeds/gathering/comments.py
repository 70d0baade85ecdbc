"""Counting comments over all batches of a source, so that it makes no difference where one ends.

Called under the lock of `storing`: nobody else counts meanwhile.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from apps.seeds.choice.recurring import RECURS
from apps.seeds.extraction.descriptions import SENTENCES

STORED = "SELECT key, number, seeds FROM seeds_commentcount WHERE source_id = %s AND key = ANY(%s)"
# Lists of lists go as texts: PostgreSQL's arrays have no rows of different lengths.
COUNT = """
INSERT INTO seeds_commentcount (source_id, key, number, seeds)
SELECT %s, told.key, told.number, told.seeds::bigint[]
FROM unnest(%s::bytea[], %s::bigint[], %s::text[]) AS told(key, number, seeds)
ON CONFLICT (source_id, key) DO UPDATE SET number = excluded.number, seeds = excluded.seeds
"""
DESCRIBE = """
UPDATE seeds_seed seed
SET comment = '', description = told.sentence, description_source = 'kind'
FROM unnest(%s::text[], %s::text[]) AS told(kind, sentence)
WHERE seed.kind = told.kind AND seed.id = ANY(%s)
"""


class Told(NamedTuple):
    """The `recurring.comment_key` of a statement with a comment, and its seed if it is kept."""

    key: bytes
    seed_id: int | None


def count_comments(cursor: Any, *, source_id: int, told: Sequence[Told]) -> set[bytes]:
    """Add a batch to the counts. Returns the keys that have now come too often; seeds of earlier
    batches that they described are described by their kind from now on.
    """
    if not told:
        return set()
    numbers = Counter(one.key for one in told)
    cursor.execute(STORED, [source_id, list(numbers)])
    seeds: defaultdict[bytes, list[int]] = defaultdict(list)
    for key, number, ids in cursor.fetchall():
        numbers[bytes(key)] += number
        seeds[bytes(key)] += ids
    recurring = {key for key, number in numbers.items() if number >= RECURS}
    earlier = [seed_id for key in recurring for seed_id in seeds.pop(key, ())]
    for key, seed_id in told:
        if seed_id is not None and key not in recurring:
            seeds[key].append(seed_id)
    lists = ["{" + ",".join(map(str, seeds[key])) + "}" for key in numbers]
    cursor.execute(COUNT, [source_id, list(numbers), list(numbers.values()), lists])
    if earlier:
        cursor.execute(DESCRIBE, [list(SENTENCES), list(SENTENCES.values()), earlier])
    return recurring
