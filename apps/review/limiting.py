"""Stops runs that have reached a limit: looked at every few seconds, by a periodic task."""

from __future__ import annotations

import logging
from typing import Any

from django.db import connection

from apps.core.evidence import Rate
from apps.core.models import Job
from apps.generation.controls import run_stop
from apps.generation.limits import Limits, Standing, reached
from apps.generation.models import Run
from apps.generation.usage import usage_of
from apps.review.models import Decision, Entry
from apps.validation.models import OVERALL
from apps.validation.values import Outcome

log = logging.getLogger(__name__)

# Of the run's newest responses; those that no database has judged yet wait among the first.
LOOKED_AT = 20_000
LAST_PASSED = """
    SELECT count(*) FILTER (WHERE outcome = %(passed)s), count(*) FROM (
        SELECT verdict.outcome FROM (
            SELECT id FROM generation_response WHERE run_id = %(run)s
            ORDER BY id DESC LIMIT %(looked_at)s) AS newest
        JOIN validation_verdict verdict ON verdict.response_id = newest.id
            AND verdict.database = %(overall)s
        ORDER BY newest.id DESC LIMIT %(last)s) AS judged
"""


def runs_limit() -> int:
    """Stop the running runs that have reached a limit of theirs; how many."""
    running = Run.objects.filter(job__status=Job.Status.RUNNING).exclude(limits={})
    return sum(map(_limited, running.select_related("job", "recipe")))


def _limited(run: Run) -> bool:
    """One run that cannot be looked at keeps no other from it."""
    try:
        limits = Limits.from_json(run.limits)
        why = reached(limits, standing_of(run, limits))
        return bool(why) and run_stop(run=run, why=why)
    except Exception:  # logged whole: the others go on whatever it was
        log.exception("The limits of run %s could not be looked at", run.pk)
        return False


def standing_of(run: Run, limits: Limits) -> Standing:
    """Where a run stands, as far as its limits ask for it."""
    used = usage_of(run)
    return Standing(
        tokens=used.completion_tokens,
        hours=used.busy_seconds / 3600,
        backlog=0 if limits.backlog is None else _waiting(limits.backlog + 1),
        passed=Rate(0, 0) if limits.pass_rate is None else _passed(run, limits.last),
        accepted=Rate(0, 0) if limits.interval is None else _accepted(run),
    )


def _waiting(most: int) -> int:
    return Entry.objects.filter(queue__is_default=True, state=Entry.State.OPEN)[:most].count()


def _passed(run: Run, last: int) -> Rate:
    names: dict[str, Any] = {
        "run": run.pk,
        "last": last,
        "looked_at": max(LOOKED_AT, 2 * last),
        "overall": OVERALL,
        "passed": Outcome.PASSED.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(LAST_PASSED, names)
        return Rate(*cursor.fetchone())


def _accepted(run: Run) -> Rate:
    good = list(Decision.objects.filter(response__run=run).values_list("good", flat=True))
    return Rate(sum(good), len(good))
