"""Pairs of given ids in their order. While one batch is written the next one is on its way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import Any

import psycopg
from django.db import connection, transaction

from apps.exports.rows import sql
from apps.exports.rows.values import Asked, Row

# A batch has so many pairs: with texts of some kilobytes a few megabytes, whatever is chosen.
BATCH = 500
# Some hundred rows of tables of millions: by their indexes, whatever the statistics say.
_SETTINGS = ("enable_hashjoin", "enable_mergejoin", "enable_seqscan", "jit")
_BY_INDEX = "; ".join(f"SET LOCAL {name} = off" for name in _SETTINGS)
_AS_BEFORE = "; ".join(f"SET LOCAL {name} TO DEFAULT" for name in _SETTINGS)

_Raw = psycopg.Connection[tuple[object, ...]]


def stream(
    ids: Iterable[int], *, with_schema: bool = False, with_sql: bool = False
) -> Iterator[Row]:
    """The pairs of these ids, in the order given; one that is gone is left out. It must be read
    within a transaction, which it does not leave: all is of one snapshot.
    """
    statement = sql.responses_statement(with_schema=with_schema, with_sql=with_sql)
    raw = _raw_connection()
    raw.execute(_BY_INDEX)
    fetching = _Fetching(raw, statement)
    with ThreadPoolExecutor(1, thread_name_prefix="rows") as pool:
        waiting: Future[list[Row]] | None = None
        for batch in _batches(ids):
            following = pool.submit(fetching.rows, batch)
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


def _raw_connection() -> _Raw:
    """psycopg's own, which may be used from two threads: Django's may not."""
    if not transaction.get_connection().in_atomic_block:
        raise transaction.TransactionManagementError("Pairs are read within one transaction.")
    connection.ensure_connection()
    raw: _Raw = connection.connection
    return raw


class _Fetching:
    """Fetches batches, one after the other. Instructions of the last one are kept: the next one
    often begins with responses to the same.
    """

    def __init__(self, raw: _Raw, statement: str) -> None:
        self._raw = raw
        self._statement = statement
        self._asked: dict[int, Asked] = {}

    def rows(self, ids: Sequence[int]) -> list[Row]:
        """The pairs of these ids, in that order."""
        by_id = {row[0]: row for row in self._fetch(self._statement, ids)}
        verdicts = dict(self._fetch(sql.VERDICTS, ids))
        labels = dict(self._fetch(sql.LABELS, ids))
        editors = dict(self._fetch(sql.EDITORS, ids))
        asked = self._asked_for({row[2] for row in by_id.values()})
        return [
            Row._make((
                asked[row[2]], one, row[1], *row[3:],
                verdicts.get(one, ""), labels.get(one, "[]"), editors.get(one, "[]"),
            ))
            for one in ids
            if (row := by_id.get(one))
        ]  # fmt: skip

    def _asked_for(self, wanted: set[int]) -> dict[int, Asked]:
        known = {one: self._asked[one] for one in wanted if one in self._asked}
        missing = wanted - known.keys()
        if missing:
            known |= {row[0]: Asked(*row) for row in self._fetch(sql.ASKED, sorted(missing))}
        self._asked = known
        return known

    def _fetch(self, statement: str, ids: Sequence[int]) -> list[tuple[Any, ...]]:
        with psycopg.Cursor(self._raw) as cursor:
            cursor.execute(statement, [list(ids)], binary=True, prepare=True)
            return cursor.fetchall()
