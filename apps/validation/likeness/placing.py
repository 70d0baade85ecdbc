"""Saying of pairs that are compared which one known before says the same. No parser is needed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from apps.validation.models import Likeness

# Of sixteen: three are shared by 98 of 100 pairs of Jaccard 0.8, and by 8 of 100 of 0.5.
LEAST_BANDS = 3
# A band that so many pairs share says that they are made alike, not that they are the same.
MOST_IN_BAND = 2_000
# Whoever compares a pair with all that are known must see what others found just before.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('validation_likeness'))"
_BOUND = "SELECT set_config('gin_fuzzy_search_limit', %s, true)"
# The pair itself, equal ones, then near ones; of equals the one with most in common. Pairs of
# tries are before nobody: what is like them is no duplicate of anything that people see.
_TWIN = """
SELECT found.response_id, found.is_exact FROM (
    (SELECT like_it.response_id, true AS is_exact, 0 AS shared
     FROM validation_likeness like_it WHERE like_it.twin_id IS NULL AND like_it.exact = %(exact)s
     ORDER BY like_it.response_id LIMIT 10)
    UNION ALL
    (SELECT like_it.response_id, false, cardinality(ARRAY(
        SELECT unnest(like_it.bands) INTERSECT SELECT unnest(%(bands)s::bigint[])))
     FROM validation_likeness like_it
     WHERE like_it.twin_id IS NULL AND like_it.bands && %(bands)s::bigint[] LIMIT %(most)s)
) AS found
JOIN generation_response response ON response.id = found.response_id
WHERE found.response_id <> %(response)s AND NOT response.is_held_back
  AND (found.is_exact OR found.shared >= %(least)s)
ORDER BY found.is_exact DESC, found.shared DESC, found.response_id LIMIT 1
"""
_SAME_SQL = """
SELECT like_it.response_id FROM validation_likeness like_it
JOIN generation_response response ON response.id = like_it.response_id
WHERE like_it.skeleton = %(skeleton)s AND like_it.skeleton <> 0
  AND like_it.response_id <> %(response)s AND like_it.same_sql_id IS NULL
  AND NOT response.is_held_back
ORDER BY like_it.response_id LIMIT 1
"""


def likeness_store(*, rows: Sequence[Likeness]) -> None:
    """Write what was found of pairs, and compare them and what was like them before."""
    with _alone():
        _write([*rows, *_followers([row.pk for row in rows])])


def likeness_forget(*, response_ids: Sequence[int]) -> None:
    """Drop what is known of texts that have changed; what was like them is compared anew."""
    with _alone():
        followers = _followers(response_ids)
        Likeness.objects.filter(pk__in=response_ids).delete()
        _write(followers)


def likeness_place(*, response_ids: Sequence[int]) -> None:
    """Compare anew what is known of these: pairs of a try, say, that are before people now."""
    with _alone():
        _write(list(Likeness.objects.filter(pk__in=response_ids)))


@contextmanager
def _alone() -> Iterator[None]:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(_LOCK)
            cursor.execute(_BOUND, [str(MOST_IN_BAND)])
        yield


def _followers(response_ids: Sequence[int]) -> list[Likeness]:
    """Those that are said to be like one of these and stay themselves."""
    rows = Likeness.objects.exclude(pk__in=response_ids)
    return list(rows.filter(Q(twin__in=response_ids) | Q(same_sql__in=response_ids)))


def _write(rows: Sequence[Likeness]) -> None:
    """Say of each in turn which pair it is like; what has not had its turn is before nobody."""
    Likeness.objects.filter(pk__in=[row.pk for row in rows]).delete()
    with connection.cursor() as cursor:
        for row in sorted(rows, key=lambda each: each.pk):
            _insert(cursor, row)


def _insert(cursor: Any, row: Likeness) -> None:
    asked = {
        "response": row.pk,
        "exact": row.exact,
        "bands": row.bands,
        "skeleton": row.skeleton,
        "most": MOST_IN_BAND,
        "least": LEAST_BANDS,
    }
    cursor.execute(_TWIN, asked)
    row.twin_id, row.is_exact = cursor.fetchone() or (None, False)
    cursor.execute(_SAME_SQL, asked)
    row.same_sql_id = next(iter(cursor.fetchone() or ()), None)
    row.save(force_insert=True)
