"""How far a run is: its funnel, its reasons, its tokens, its errors, and what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone

from apps.core.models import Job, WorkUnit
from apps.generation.models import Completion, Run
from apps.generation.prompting import draws_of
from apps.generation.runs import QUEUE
from apps.generation.tally import Counts, rows, tally_of_run
from apps.generation.words import STAGES, reason_words

EARLIER_SHOWN = 5


@dataclass(frozen=True, slots=True)
class StageCount:
    """Completions of one stage: asked for, parsed well, rejected; and their tokens."""

    stage: str
    label: str
    asked: int
    parsed: int
    rejected: int
    waiting: int
    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Rejected:
    """What one stage rejected for one reason, how often, and what was said of one of them."""

    stage: str
    reason: str
    number: int
    message: str

    @property
    def stage_words(self) -> str:
        return STAGES[self.stage]

    @property
    def label(self) -> str:
        """The reason in words."""
        return reason_words(self.reason)


@dataclass(frozen=True, slots=True)
class Progress:
    """A run at one moment. `units` counts work units by queue and status; `errors` are what units
    failed of at their last attempt, with how many units each, the most frequent first.
    `remaining` is the time that the model still writes at the present speed, None while nobody
    can say.
    """

    stages: tuple[StageCount, ...]
    reasons: tuple[Rejected, ...]
    units: dict[str, dict[str, int]]
    tokens_per_second: float
    seeds_with_end: int
    errors: tuple[tuple[str, int], ...]
    remaining: timedelta | None

    @property
    def units_done(self) -> int:
        return sum(
            counts.get("done", 0) + counts.get("failed", 0) for counts in self.units.values()
        )

    @property
    def units_total(self) -> int:
        return sum(sum(counts.values()) for counts in self.units.values())

    @property
    def pairs(self) -> int:
        """Responses that there are to these seeds by this recipe, whichever run wrote them."""
        return self.stages[-1].parsed

    @property
    def nobody_works(self) -> bool:
        """Whether seeds wait and no worker has taken any of them: between two units for a moment,
        for longer where there is no worker.
        """
        counts = self.units.get(QUEUE, {})
        return bool(counts.get("waiting")) and not counts.get("leased")


# A unit that is done has forgotten its errors.
ERRORS = """
    SELECT error, count(*) FROM core_workunit WHERE job_id = %(job)s AND error <> ''
    GROUP BY error ORDER BY 2 DESC, 1 LIMIT 3
"""

# One rejected completion for each reason: found within its stage, at most a handful of reasons.
SAID = """
    SELECT one.stage, one.reason, coalesce((
        SELECT message FROM generation_completion completion
        WHERE run_id = %(run)s AND completion.stage = one.stage AND completion.reason = one.reason
        ORDER BY completion.id DESC LIMIT 1), '')
    FROM unnest(%(stages)s::text[], %(reasons)s::text[]) AS one(stage, reason)
"""

# No minute writes more; in the order of ids, the newest are found without an index on the time.
NEWEST = """
    SELECT coalesce(sum(completion_tokens), 0) FROM (
        SELECT run_id, created_at, completion_tokens FROM generation_completion
        ORDER BY id DESC LIMIT 20000) AS newest
    WHERE run_id = %(run)s AND created_at >= %(since)s
"""
WHOLE = """
    SELECT coalesce(sum(completion_tokens), 0)::float, coalesce(extract(epoch FROM
        max(created_at) - min(created_at - seconds * interval '1 second')), 0)::float
    FROM generation_completion WHERE run_id = %(run)s
"""


def progress(run: Run) -> Progress:
    """Count a run: what ended with its work units is summed up there, the rest is counted."""
    told = tally_of_run(run)
    stages = tuple(_stage(name, told.stages.get(name)) for name in run.recipe.stages)
    speed = _speed(run)
    return Progress(
        stages=stages,
        reasons=_rejected(run, told.most_frequent_reasons()),
        units=_units(run),
        tokens_per_second=speed,
        seeds_with_end=told.ended,
        errors=tuple(rows(ERRORS, {"job": run.job_id})),
        remaining=_remaining(run, stages, speed) if run.job.is_running else None,
    )


def written_before(run: Run) -> list[Run]:
    """Of a run that is done: the runs of the same recipe that had written everything before it;
    none when it wrote something itself.
    """
    if run.job.status != Job.Status.DONE or run.completions.exists():
        return []
    of_its_seeds = Completion.objects.filter(run=OuterRef("pk"), seed__in=run.chosen.values("seed"))
    return list(run.recipe.runs.filter(Exists(of_its_seeds)).order_by("pk")[:EARLIER_SHOWN])


def _stage(name: str, counts: Counts | None) -> StageCount:
    asked, parsed, rejected, prompt, completion = counts or (0, 0, 0, 0, 0)
    return StageCount(
        stage=name,
        label=STAGES[name],
        asked=asked,
        parsed=parsed,
        rejected=rejected,
        waiting=asked - parsed - rejected,
        prompt_tokens=prompt,
        completion_tokens=completion,
    )


def _rejected(run: Run, counted: Sequence[tuple[str, str, int]]) -> tuple[Rejected, ...]:
    if not counted:
        return ()
    names = {
        "run": run.pk,
        "stages": [stage for stage, _, _ in counted],
        "reasons": [reason for _, reason, _ in counted],
    }
    said = {(stage, reason): message for stage, reason, message in rows(SAID, names)}
    return tuple(Rejected(*one, message=said[one[:2]]) for one in counted)


def _remaining(run: Run, stages: Sequence[StageCount], speed: float) -> timedelta | None:
    """Each stage asks for what the one before it parsed well, in its present share; a stage that
    has not begun is taken to write as much per completion as the longest so far.
    """
    means = [stage.completion_tokens / stage.asked for stage in stages if stage.asked]
    if not means or speed <= 0:
        return None
    inputs, tokens = float(run.seeds_total), 0.0
    for stage in stages:
        asks = inputs * draws_of(run, stage.stage)
        mean = stage.completion_tokens / stage.asked if stage.asked else max(means)
        tokens += max(0.0, asks - stage.asked) * mean
        judged = stage.parsed + stage.rejected
        inputs = asks * stage.parsed / judged if judged else asks
    return timedelta(seconds=round(tokens / speed))


def _units(run: Run) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for queue, status, number in rows(
        "SELECT queue, status, count(*) FROM core_workunit WHERE job_id = %(job)s GROUP BY 1, 2",
        {"job": run.job_id},
    ):
        counts.setdefault(queue, dict.fromkeys(WorkUnit.Status.values, 0))[status] = number
    return counts


def _speed(run: Run) -> float:
    """Output tokens per second: over the last minute while it runs, else over the whole run."""
    names: dict[str, Any] = {"run": run.pk}
    if run.job.is_running:
        names["since"] = max(run.job.created_at, timezone.now() - timedelta(seconds=60))
        seconds = (timezone.now() - names["since"]).total_seconds()
        tokens = rows(NEWEST, names)[0][0]
    else:
        tokens, seconds = rows(WHOLE, names)[0]
    return float(tokens / seconds) if seconds > 0 else 0.0
