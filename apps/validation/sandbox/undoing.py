"""Which jobs may share a place: those that do the same in a transaction, and can be undone."""

from __future__ import annotations

import re
from itertools import chain

from apps.validation.values import Ended, Execution, ScriptJob

_FIRST = re.compile(
    r"\s*(?:SELECT|WITH|VALUES|INSERT|UPDATE|DELETE"
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
    return all(
        _FIRST.match(sql) and not _OTHERWISE.search(sql)
        for sql in chain(job.setup, job.statements, job.probes)
    )


def is_as_if_alone(execution: Execution, *, fails_alike: bool) -> bool:
    """Whether the job would have ended so outside of a transaction.

    fails_alike: a property of the database, see `Database`. After a probe that failed the rest
    of a transaction says nothing; time and memory may have gone to the jobs before it.
    """
    if execution.ended is Ended.SQL_ERROR:
        return fails_alike and execution.phase != "probes"
    return execution.ended is Ended.OK
