"""The figures that pages show: counted by a periodic task, read from core.Figure in requests."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, fields
from datetime import datetime

from django.db import connection
from django.utils import timezone

from apps.core.evidence import Rate
from apps.core.models import Figure
from apps.validation.models import OVERALL

# One statement, so that the figures belong together: a label given meanwhile counts in all of
# them or in none. `exported` is what the newest finished export holds. The sample counts in none
# but `sample` and `open`: a reviewer may label it. What tries of few-shot drafts wrote counts
# when it was sent to the reviewers. Concepts count of runs alone; what S→I asked has none.
_COUNT = """
WITH sample AS MATERIALIZED (
    SELECT response.id FROM generation_import AS import
    JOIN generation_instruction AS instruction ON instruction.imported_id = import.id
    JOIN generation_response AS response ON response.instruction_id = instruction.id
    WHERE import.is_sample
), hidden AS MATERIALIZED (
    SELECT id FROM sample UNION ALL SELECT id FROM generation_response WHERE is_held_back
), tried AS (
    SELECT asked.id FROM generation_instruction AS asked
    JOIN generation_recipe AS recipe ON recipe.id = asked.recipe_id AND recipe.is_trial
    WHERE NOT EXISTS (
        SELECT FROM generation_response AS response
        WHERE response.instruction_id = asked.id AND NOT response.is_held_back
    )
), altered AS MATERIALIZED (
    SELECT response_id AS id FROM review_gold WHERE origin_id IS NOT NULL
), conceived AS MATERIALIZED (
    SELECT noted.id, noted.seed_id FROM generation_concepts AS noted
    JOIN generation_recipe AS recipe ON recipe.id = noted.recipe_id AND NOT recipe.is_trial
), answered AS (
    SELECT count(*) AS instructions FROM generation_instruction AS asked
    WHERE made_of_id IS NULL AND EXISTS (
        SELECT FROM generation_response AS response
        WHERE response.instruction_id = asked.id AND NOT response.is_held_back
    )
), decided AS (
    SELECT count(*) AS labelled, count(*) FILTER (WHERE good) AS good FROM review_decision
    WHERE NOT EXISTS (SELECT FROM sample WHERE sample.id = response_id)
      AND NOT EXISTS (SELECT FROM altered WHERE altered.id = response_id)
), verdicts AS (
    SELECT count(*) AS validated, count(*) FILTER (WHERE outcome = 'passed') AS passed
    FROM validation_verdict
    WHERE database = %s AND NOT EXISTS (SELECT FROM hidden WHERE hidden.id = response_id)
)
SELECT
    (SELECT count(*) FROM seeds_seed),
    (SELECT count(*) FROM seeds_sourcefile),
    (SELECT count(DISTINCT seed_id) FROM conceived),
    (SELECT count(*) FROM conceived),
    (SELECT count(*) FROM conceived WHERE EXISTS (
        SELECT FROM generation_instruction AS asked WHERE asked.concepts_id = conceived.id
    )),
    (SELECT count(*) FROM generation_instruction WHERE made_of_id IS NULL)
        - (SELECT count(*) FROM sample) - (SELECT count(*) FROM tried),
    answered.instructions - (SELECT count(*) FROM sample),
    (SELECT count(*) FROM generation_response) - (SELECT count(*) FROM hidden),
    verdicts.passed,
    verdicts.validated,
    decided.labelled,
    decided.good,
    decided.labelled - decided.good,
    (
        SELECT count(*) FROM review_entry AS entry
        JOIN review_queue AS queue ON queue.id = entry.queue_id
        WHERE queue.is_default AND entry.state = 'open'
    ),
    coalesce((
        SELECT export.rows FROM exports_export AS export
        JOIN core_job AS job ON job.id = export.job_id
        WHERE job.status = 'done' ORDER BY export.id DESC LIMIT 1
    ), 0),
    (SELECT count(*) FROM sample)
FROM answered, decided, verdicts
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """How many rows each step of the way has; in the order of the way."""

    seeds: int = 0
    source_files: int = 0
    seeds_with_concepts: int = 0
    concepts: int = 0
    concepts_with_instruction: int = 0
    instructions: int = 0
    instructions_with_pair: int = 0
    responses: int = 0
    passed: int = 0
    validated: int = 0
    labelled: int = 0
    good: int = 0
    bad: int = 0
    open: int = 0
    exported: int = 0
    sample: int = 0
    counted_at: datetime | None = None

    @classmethod
    def of(cls, rows: Collection[Figure]) -> Figures:
        """From what was stored; `counted_at` is None when nothing was."""
        values = {row.name: row.value for row in rows}
        return cls(**values, counted_at=min((row.counted_at for row in rows), default=None))

    @property
    def steps(self) -> list[tuple[str, Rate, str]]:
        """The funnel: of what came so far, how much went a step further; and how that is drawn.
        Without the steps to which nothing came yet.
        """
        steps = [
            ("with concepts, of all seeds", Rate(self.seeds_with_concepts, self.seeds), ""),
            (
                "with an instruction, of all concepts",
                Rate(self.concepts_with_instruction, self.concepts),
                "",
            ),
            (
                "with a pair, of all instructions",
                Rate(self.instructions_with_pair, self.instructions),
                "",
            ),
            ("run, of all pairs", Rate(self.validated, self.responses), ""),
            ("passed, of those run", Rate(self.passed, self.validated), "good"),
            ("labelled, of all pairs", Rate(self.labelled, self.responses), ""),
            ("accepted, of labelled", Rate(self.good, self.labelled), "good"),
            (
                "in the newest export, of accepted",
                Rate(min(self.exported, self.good), self.good),
                "",
            ),
        ]
        return [step for step in steps if step[1].whole]


NAMES = tuple(field.name for field in fields(Figures) if field.name != "counted_at")


def count_figures() -> Figures:
    """Count all figures and store them, one Figure row each; slow on big tables."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, [OVERALL])
        counted = dict(zip(NAMES, cursor.fetchone(), strict=True))
    now = timezone.now()
    Figure.objects.bulk_create(
        [Figure(name=name, value=value, counted_at=now) for name, value in counted.items()],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["value", "counted_at"],
    )
    return Figures(**counted, counted_at=now)


def read_figures() -> Figures:
    """The figures as they were counted last: one query. `counted_at` is None when never."""
    return Figures.of(list(Figure.objects.filter(name__in=NAMES)))
