"""Pairs of given ids in their order. While one batch is written the next one is on its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice

import psycopg
from django.db import connection, transaction

from apps.exports.rows.sql import rows_statement
from apps.exports.rows.values import Row

# A round trip has so many pairs: with texts of some kilobytes a few megabytes, whatever is chosen.
BATCH = 500
# Some hundred rows of tables of millions: by their indexes, whatever the statistics say.
_SETTINGS = ("enable_hashjoin", "enable_mergejoin", "jit")
_BY_INDEX = "; ".join(f"SET LOCAL {name} = off" for name in _SETTINGS)
_AS_BEFORE = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _SETTINGS)


def stream(
    ids: Iterable[int], *, with_schema: bool = False, with_sql: bool = False
) -> Iterator[Row]:
    """The pairs of these ids, in the order given; one that is gone is left out. It must be read
    within a transaction, which it does not leave: all is of one snapshot.
    """
    statement = rows_statement(with_schema=with_schema, with_sql=with_sql)
    raw = _raw_connection()
    raw.execute(_BY_INDEX)
    with ThreadPoolExecutor(1, thread_name_prefix="rows") as pool:
        waiting: Future[list[Row]] | None = None
        for batch in _batches(ids):
            following = pool.submit(_fetched, raw, statement, batch)
            if waiting:
                yield from waiting.result()
            waiting = following
        if waiting:
            yield from waiting.result()
    raw.execute(_AS_BEFORE)


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    them = iter(ids)
    while batch := list(islice(them, BATCH)):
        yield batch


def _raw_connection() -> psycopg.Connection[tuple[object, ...]]:
    """psycopg's own, which may be used from two threads: Django's may not."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Pairs are read within one transaction.")
    connection.ensure_connection()
    raw: psycopg.Connection[tuple[object, ...]] = connection.connection
    return raw


def _fetched(
    raw: psycopg.Connection[tuple[object, ...]], statement: str, ids: Sequence[int]
) -> list[Row]:
    with psycopg.Cursor(raw) as cursor:
        cursor.execute(statement, [list(ids)], binary=True, prepare=True)
        by_id = {row[0]: row for row in cursor}
    return [Row._make(by_id[one]) for one in ids if one in by_id]
