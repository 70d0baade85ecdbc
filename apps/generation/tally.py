"""What became of a run's seeds. A work unit's share is counted once, when the unit ends, and kept
in its result: a page that looks every other second sums up units and counts only the open ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from apps.generation.models import Run
from apps.generation.runs import QUEUE

# Asked for, parsed well, rejected; prompt tokens, completion tokens.
Counts = tuple[int, int, int, int, int]
Range = tuple[int, int]

# In the result of a unit that is done.
KEY = "tally"
SEEDS = """
    SELECT chosen.seed_id FROM unnest(%(firsts)s::int[], %(lasts)s::int[]) AS part(first, last)
    JOIN generation_runseed chosen ON chosen.run_id = %(run)s
    AND chosen.position BETWEEN part.first AND part.last
"""
BY_STAGE = f"""
    SELECT stage, count(*), count(*) FILTER (WHERE parsed AND reason = ''),
           count(*) FILTER (WHERE reason <> ''), sum(prompt_tokens), sum(completion_tokens)
    FROM generation_completion WHERE recipe_id = %(recipe)s AND seed_id IN ({SEEDS})
    AND NOT superseded GROUP BY stage
"""  # noqa: S608
BY_REASON = f"""
    SELECT stage, reason, count(*) FROM generation_completion
    WHERE recipe_id = %(recipe)s AND seed_id IN ({SEEDS}) AND reason <> ''
    AND NOT superseded GROUP BY stage, reason
"""  # noqa: S608
ENDED = f"""
    SELECT count(DISTINCT seed_id) FROM generation_completion
    WHERE recipe_id = %(recipe)s AND seed_id IN ({SEEDS})
    AND NOT superseded AND parsed AND (reason <> '' OR stage = 'i_r')
"""  # noqa: S608

SETTLED = """
    core_workunit unit
    WHERE unit.job_id = %(job)s AND unit.queue = %(queue)s AND unit.status = 'done'
    AND unit.result ? 'tally'
"""
SETTLED_STAGES = f"""
    SELECT stage.key, sum((stage.value ->> 0)::bigint), sum((stage.value ->> 1)::bigint),
           sum((stage.value ->> 2)::bigint), sum((stage.value ->> 3)::bigint),
           sum((stage.value ->> 4)::bigint)
    FROM (SELECT result FROM {SETTLED}) AS done, jsonb_each(result -> 'tally' -> 'stages') AS stage
    GROUP BY 1
"""  # noqa: S608
SETTLED_REASONS = f"""
    SELECT stage.key, reason.key, sum(reason.value::bigint)
    FROM (SELECT result FROM {SETTLED}) AS done,
         jsonb_each(result -> 'tally' -> 'reasons') AS stage,
         jsonb_each_text(stage.value) AS reason
    GROUP BY 1, 2
"""  # noqa: S608
SETTLED_ENDED = f"""
    SELECT coalesce(sum((result -> 'tally' ->> 'ended')::bigint), 0) FROM {SETTLED}
"""  # noqa: S608
# What nobody has begun holds nothing to count.
OPEN = """
    SELECT (payload ->> 'first')::int, (payload ->> 'last')::int FROM core_workunit unit
    WHERE job_id = %(job)s AND queue = %(queue)s AND lease_owner <> ''
    AND NOT (status = 'done' AND result ? 'tally')
"""


@dataclass(slots=True)
class Tally:
    """Completions by stage, rejected ones by stage and reason, and seeds that came to an end."""

    stages: dict[str, Counts] = field(default_factory=dict)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    ended: int = 0

    def __add__(self, other: Tally) -> Tally:
        stages = dict(self.stages)
        for name, counts in other.stages.items():
            before = stages.get(name, (0, 0, 0, 0, 0))
            stages[name] = tuple(map(sum, zip(before, counts, strict=True)))  # type: ignore[assignment]
        return Tally(stages, self.reasons + other.reasons, self.ended + other.ended)

    def as_json(self) -> dict[str, Any]:
        reasons: dict[str, dict[str, int]] = {}
        for (stage, reason), number in self.reasons.items():
            reasons.setdefault(stage, {})[reason] = number
        return {"stages": self.stages, "reasons": reasons, "ended": self.ended}

    def most_frequent_reasons(self) -> tuple[tuple[str, str, int], ...]:
        """Stage, reason and number, the most frequent first."""
        found = [(stage, reason, number) for (stage, reason), number in self.reasons.items()]
        return tuple(sorted(found, key=lambda one: (-one[2], one[0], one[1])))


def tally_of_seeds(run: Run, ranges: Sequence[Range]) -> Tally:
    """Count the completions of these positions of the run's seeds (first and last, inclusive)."""
    if not ranges:
        return Tally()
    firsts, lasts = zip(*ranges, strict=True)
    names = {
        "run": run.pk,
        "recipe": run.recipe_id,
        "firsts": list(firsts),
        "lasts": list(lasts),
    }
    return _tally(rows(BY_STAGE, names), rows(BY_REASON, names), rows(ENDED, names))


def tally_of_run(run: Run) -> Tally:
    """The whole run: units that are done as they said themselves, those at work counted now."""
    names = {"job": run.job_id, "queue": QUEUE}
    settled = [rows(sql, names) for sql in (SETTLED_STAGES, SETTLED_REASONS, SETTLED_ENDED)]
    return _tally(*settled) + tally_of_seeds(run, rows(OPEN, names))


def _tally(
    stages: list[tuple[Any, ...]], reasons: list[tuple[Any, ...]], ended: list[tuple[Any, ...]]
) -> Tally:
    return Tally(
        {name: tuple(map(int, counts)) for name, *counts in stages},  # type: ignore[misc]
        Counter({(stage, reason): int(number) for stage, reason, number in reasons}),
        int(ended[0][0]),
    )


def rows(sql: str, names: dict[str, Any]) -> list[tuple[Any, ...]]:
    """The rows of a statement."""
    with connection.cursor() as cursor:
        cursor.execute(sql, names)
        return list(cursor.fetchall())
