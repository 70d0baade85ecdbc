"""Which jobs may share a place: those that do the same in a transaction, and can be undone."""

from __future__ import annotations

import re
from itertools import chain

from apps.sql.lexical import BEFORE
from apps.validation.values import Ended, Execution, ScriptJob

_FIRST = re.compile(
    rf"{BEFORE}(?:SELECT|WITH|VALUES|INSERT|UPDATE|DELETE"
    r"|CREATE\s+(?:OR\s+REPLACE\s+)?(?:TEMP(?:ORARY)?\s+)?(?:TABLE|VIEW|(?:UNIQUE\s+)?INDEX))\b",
    re.IGNORECASE,
)
# The clock stands still in a transaction, deferred constraints wait for its end, sequences and
# settings may outlive it, and some indexes cannot be made in one.
_OTHERWISE = re.compile(
    r"\b(?:now|current_\w+|local(?:time|timestamp)|\w*_timestamp|today|random|setseed|setval"
    r"|nextval|set_config|defer\w*|concurrently)\b",
    re.IGNORECASE,
)


def can_be_undone(job: ScriptJob) -> bool:
    """Whether the job does the same in a transaction that is rolled back, and nothing else."""
    return all(map(_is_undone, chain(job.setup, job.statements, job.probes)))


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
