"""Finding pairs that say the same as one known before, as they are validated."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from django.db import connection

from apps.generation.models import Response
from apps.validation.likeness.placing import likeness_forget, likeness_store
from apps.validation.likeness.texts import bands, joined, number, skeleton_of
from apps.validation.models import Likeness

log = logging.getLogger(__name__)

BATCH = 500
_TEXTS = """
SELECT response.id, instruction.text, coalesce(nullif(reading.data->>'sql', ''), response.text),
    coalesce(reading.data->>'sql', ''), coalesce(reading.dialect, '')
FROM generation_response response
JOIN generation_instruction instruction ON instruction.id = response.instruction_id
LEFT JOIN validation_storedreading reading ON reading.response_id = response.id
WHERE response.id = ANY(%s) ORDER BY response.id
"""


def likeness_find(*, response_ids: Sequence[int]) -> int:
    """Store what these responses are compared by, and which pair known before says the same.

    Again is free where nothing has changed. Returns how many rows were written.
    """
    fresh = [row for row in _rows(response_ids) if row is not None]
    stored = Likeness.objects.in_bulk([row.pk for row in fresh])
    changed = [row for row in fresh if not _is_stored(row, stored.get(row.pk))]
    if changed:
        likeness_store(rows=changed)
    return len(changed)


def likeness_fill(*, again: bool = False) -> Iterator[int]:
    """The same for all that is stored, in batches; yields how many responses were looked at.

    again: also what has been compared before.
    """
    rows = Response.objects.all() if again else Response.objects.filter(likeness=None)
    after = 0
    while ids := list(
        rows.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        if again:
            likeness_forget(response_ids=ids)
        likeness_find(response_ids=ids)
        after = ids[-1]
        yield len(ids)


def _rows(response_ids: Sequence[int]) -> Iterator[Likeness | None]:
    with connection.cursor() as cursor:
        cursor.execute(_TEXTS, [list(response_ids)])
        found = cursor.fetchall()
    return (_row(*each) for each in found)


def _row(pk: int, instruction: str, said: str, sql: str, dialect: str) -> Likeness | None:
    """None where a text does what nobody foresaw to a parser: it costs only itself."""
    try:
        text = joined(instruction, said)
        tree = skeleton_of(sql, dialect)
        return Likeness(
            response_id=pk,
            exact=number(text),
            skeleton=number(tree.text) if tree else 0,
            bands=list(bands(text)),
        )
    except Exception:  # logged whole: the others go on whatever it was
        log.exception("Response %s is not compared with others", pk)
        return None


def _is_stored(row: Likeness, stored: Likeness | None) -> bool:
    return stored is not None and (row.exact, row.skeleton, row.bands) == (
        stored.exact,
        stored.skeleton,
        stored.bands,
    )
