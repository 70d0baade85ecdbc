"""Which jobs may share a place: those that do the same in a transaction, and can be undone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import chain

from apps.sql.lexical import BEFORE
from apps.validation.values import Ended, Execution, ScriptJob

_FIRST = re.compile(
    rf"{BEFORE}(?:SELECT|WITH|VALUES|INSERT|UPDATE|DELETE"
    r"|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?(?:TABLE|VIEW|(?:UNIQUE\s+)?INDEX))\b",
    re.IGNORECASE,
)
# The clock stands still in a transaction, deferred constraints wait for its end, tables end with
# it, sequences, settings and locks outlive it, and some indexes cannot be made in one.
_OTHERWISE = re.compile(
    r"\b(?:now|current_\w+|local(?:time|timestamp)|\w*_timestamp|today|random\w*|setseed|setval"
    r"|nextval|lastval|set_config|pg_(?:try_)?advisory_\w+|defer\w*|concurrently|on\s+commit)\b",
    re.IGNORECASE,
)
_BEGIN = re.compile(
    rf"{BEFORE}(?:BEGIN|START(?=\s+TRANSACTION\b))(?:\s+(?:WORK|TRANSACTION))?\s*;?\s*",
    re.IGNORECASE,
)
_COMMIT = re.compile(rf"{BEFORE}(?:COMMIT|END)(?:\s+(?:WORK|TRANSACTION))?\s*;?\s*", re.IGNORECASE)


def undone(job: ScriptJob, *, alike: bool) -> ScriptJob | None:
    """The job for a transaction that is rolled back, None where it would not do the same there.

    alike: whether its statements fail alike in one, see `Database.fails_alike`: then transactions
    of its own, each with its end, are as good as none, and empty statements stand for their bounds.
    """
    statements = tuple(_without_bounds(job.statements)) if alike else job.statements
    if not all(map(_is_undone, chain(job.setup, filter(None, statements), job.probes))):
        return None
    return replace(job, statements=statements)


def _without_bounds(statements: Iterable[str]) -> Iterator[str]:
    """A BEGIN in a transaction, or without an end, and a COMMIT outside of one stay."""
    begun: list[str] = []
    for sql in statements:
        if begun and _COMMIT.fullmatch(sql):
            yield from ("", *begun[1:], "")
            begun = []
        elif begun or _BEGIN.fullmatch(sql):
            begun.append(sql)
        else:
            yield sql
    yield from begun


def _is_undone(sql: str) -> bool:
    first = _FIRST.match(sql)
    return first is not None and not _OTHERWISE.search(sql, first.end())


def is_as_if_alone(execution: Execution, job: ScriptJob, *, alike: bool) -> bool:
    """Whether the job would have ended so outside of a transaction.

    alike: whether it fails alike in one, see `Database.fails_alike`. After a probe that failed the
    rest of a transaction says nothing; memory may have gone to the jobs before it, and time too
    unless a statement was under way when the job had taken all that it may.
    """
    if execution.ended is Ended.SQL_ERROR:
        return alike and execution.phase != "probes"
    if execution.ended is Ended.TIMEOUT:
        took = execution.milliseconds / 1000
        return execution.phase == "statements" and took >= job.limits.seconds
    return execution.ended is Ended.OK
