"""Seeds as records: the line of a seed file, and on request where each is from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from apps.seeds.models import Seed
from apps.seeds.queries import SeedFilter, seeds_matching

STEP = 2_000


def seed_records(chosen: SeedFilter, *, lineage: bool = False) -> Iterator[dict[str, Any]]:
    """The records of these seeds in the order of their ids, streamed, in one snapshot.

    Each has id, sql_statement and description; with `lineage` also what the seed's page shows.
    """
    seeds = seeds_matching(chosen).order_by("pk")
    seeds = seeds.select_related("file__source") if lineage else seeds.only("text", "description")
    # A server-side cursor lives within a transaction, and reads what was there at its beginning.
    with transaction.atomic():
        for seed in seeds.iterator(chunk_size=STEP):
            record = {
                "id": seed.pk,
                "sql_statement": seed.text,
                "description": seed.description,
            }
            yield record | _lineage(seed) if lineage else record


def _lineage(seed: Seed) -> dict[str, Any]:
    file = seed.file
    return {
        "kind": seed.kind,
        "dialect": seed.dialect,
        "description_source": seed.description_source,
        "comment": seed.comment,
        "schema_context": seed.schema_context,
        "trimmed": seed.trimmed,
        "masked": seed.masked,
        "source": file.source.spec,
        "path": file.path,
        "repository": file.repository,
        "licences": file.licences,
        "blob_id": file.blob_id,
        "encoding": file.encoding,
        "line": seed.line,
        "start": seed.start,
        "end": seed.end,
        "sha256": bytes(seed.text_hash).hex(),
    }
