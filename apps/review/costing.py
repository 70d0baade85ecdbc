"""Counts what runs cost, in the background: what was validated is counted already
(apps.validation.figures), tokens are added up as they come, labels are counted here.
"""

from __future__ import annotations

import logging
from dataclasses import asdict

from django.db import connection
from django.utils import timezone

from apps.core.models import Figure
from apps.generation.costs import COST, Cost
from apps.generation.models import Run
from apps.generation.usage import usage_of
from apps.validation.figures import RunCount, counts_of

log = logging.getLogger(__name__)

# The newest label that was counted. Labels are only added, not quite in the order of their ids.
SEEN = "cost-labels-seen"
# Runs whose validation was counted, whose model wrote or whose pairs were labelled since.
DUE = """
    SELECT run.id FROM generation_run run
    JOIN core_figure counted ON counted.name = 'validation-run-' || run.id
    LEFT JOIN core_figure cost ON cost.name = 'cost-run-' || run.id
    WHERE cost.name IS NULL OR counted.counted_at > cost.counted_at
    OR EXISTS (SELECT FROM generation_runminute
        WHERE run_id = run.id AND busy_until > cost.counted_at)
    OR run.id IN (SELECT response.run_id FROM review_label label
        JOIN generation_response response ON response.id = label.response_id
        WHERE label.id > %(seen)s - 1000
        AND (label.id > %(seen)s OR label.created_at > now() - interval '1 minute'))
    ORDER BY run.id DESC
"""
LABELS = """
    SELECT count(*), count(*) FILTER (WHERE good), (
        SELECT coalesce(sum(label.seconds), 0) FROM review_label label
        JOIN generation_response response ON response.id = label.response_id
        WHERE response.run_id = %(run)s)
    FROM review_decision decision
    JOIN generation_response response ON response.id = decision.response_id
    WHERE response.run_id = %(run)s
"""


def count_costs() -> int:
    """Count the costs of the runs in which something changed since; how many."""
    seen = Figure.objects.filter(name=SEEN).first()
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM review_label")
        newest = cursor.fetchone()[0]
        cursor.execute(DUE, {"seen": seen.value if seen else 0})
        due = [pk for (pk,) in cursor.fetchall()]
    counts = counts_of(due)
    counted = sum(_counted(pk, counts[pk]) for pk in due if pk in counts)
    _keep(SEEN, newest)
    return counted


def _counted(run_id: int, count: RunCount) -> bool:
    """Count one; a run that cannot be counted keeps no other from it."""
    try:
        _keep(f"{COST}{run_id}", asdict(_cost(run_id, count)))
    except Exception:  # logged whole: the others go on whatever it was
        log.exception("The cost of run %s is not counted", run_id)
        return False
    return True


def _cost(run_id: int, count: RunCount) -> Cost:
    used = usage_of(Run(pk=run_id))
    with connection.cursor() as cursor:
        cursor.execute(LABELS, {"run": run_id})
        labelled, accepted, seconds = cursor.fetchone()
    milliseconds = sum(each.verdicts * each.milliseconds for each in count.databases)
    return Cost(
        responses=count.responses,
        validated=count.validated,
        passed=count.passed,
        labelled=labelled,
        accepted=accepted,
        gpu_seconds=used.gpu_seconds,
        prompt_tokens=used.prompt_tokens,
        cached_tokens=used.cached_tokens,
        completion_tokens=used.completion_tokens,
        sandbox_seconds=milliseconds / 1000,
        reviewer_seconds=seconds,
    )


def _keep(name: str, value: object) -> None:
    Figure.objects.update_or_create(
        name=name, defaults={"value": value, "counted_at": timezone.now()}
    )
