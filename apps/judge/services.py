"""Putting a run's pairs before a judge, and keeping what it says."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

from django.db import connection, transaction
from django.db.models import Min

from apps.accounts.models import User
from apps.core import work
from apps.core.excuses import is_nobodys_fault
from apps.core.models import Job
from apps.generation.models import Response, Run
from apps.generation.stages.base import ParseFailure
from apps.judge import rubric
from apps.judge.models import Judge, Judgement, Judging, SamplePair
from apps.review.models import Entry

log = logging.getLogger(__name__)

QUEUE = "judge"
NOT_STORED = "not_stored"
PAIRS_PER_UNIT = 64
SAMPLE = 200

# The same seed draws the same of the same pairs.
DRAW = """
    INSERT INTO judge_samplepair (judging_id, response_id)
    SELECT %s, id FROM generation_response WHERE run_id = %s
    ORDER BY sha256((%s || ':' || id)::bytea), id LIMIT %s
"""


class NothingToJudgeError(Exception):
    """The run has no pair."""


@dataclass(frozen=True, slots=True)
class JudgeSpec:
    """Who is to judge: an engine with its model, and from which score on a pair is good."""

    engine: str
    model: str
    revision: str = ""
    threshold: int = 4


@dataclass(frozen=True, slots=True)
class Said:
    """What a judge wrote of a response, or `reason` and `message` why it wrote nothing."""

    response_id: int
    text_hash: bytes
    text: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    reason: str = ""
    message: str = ""


def judging_start(
    *, run: Run, spec: JudgeSpec, sample: int = SAMPLE, created_by: User | None = None
) -> Judging:
    """Have all pairs of a run judged. A random sample of them comes first in the review queue, so
    that people's labels of it can calibrate the judge. Raises NothingToJudgeError.
    """
    ids = list(Response.objects.filter(run=run).order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise NothingToJudgeError(f"Run {run.pk} has no pair to judge.")
    with transaction.atomic():
        judge, _ = Judge.objects.get_or_create(
            engine=spec.engine,
            model=spec.model,
            revision=spec.revision,
            threshold=spec.threshold,
            rubric=rubric.VERSION,
        )
        job = Job.objects.create(kind="judge", created_by=created_by)
        judging = Judging.objects.create(
            job=job, judge=judge, run=run, random_seed=job.pk, created_by=created_by
        )
        _draw_sample(judging, sample)
        work.create_units(job=job, specs=_units(ids))
        work.planned(job=job)
    return judging


def _units(ids: Sequence[int]) -> list[work.UnitSpec]:
    return [
        work.UnitSpec(
            queue=QUEUE,
            key=f"responses-{ids[start]:010d}",
            payload={"responses": list(ids[start : start + PAIRS_PER_UNIT])},
        )
        for start in range(0, len(ids), PAIRS_PER_UNIT)
    ]


def _draw_sample(judging: Judging, size: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(DRAW, [judging.pk, judging.run_id, str(judging.random_seed), size])
    waiting = Entry.objects.filter(queue__is_default=True, state=Entry.State.OPEN)
    front = waiting.aggregate(front=Min("position"))["front"] or 0
    drawn = SamplePair.objects.filter(judging=judging).values("response")
    waiting.filter(response__in=drawn).update(position=front - 1)


def pairs_to_judge(*, judge: Judge, response_ids: Sequence[int]) -> list[Response]:
    """Those of these responses that the judge has not judged yet, with all that it is shown."""
    judged = Judgement.objects.filter(judge=judge, response__in=response_ids)
    rows = Response.objects.filter(pk__in=response_ids).exclude(pk__in=judged.values("response"))
    return list(rows.select_related("instruction__concepts").order_by("pk"))


def judgements_save(*, judge: Judge, said: Sequence[Said]) -> int:
    """Keep what a judge said, read by the rubric; one that is there already stays. Matched by the
    response's id; returns how many could be read. What cannot be read or stored is kept as that,
    with the reason, and the others as they are.
    """
    try:
        with transaction.atomic():
            rows = [_judgement(judge, each) for each in said]
            Judgement.objects.bulk_create(rows, ignore_conflicts=True)
        return sum(row.good is not None for row in rows)
    except Exception as error:
        if is_nobodys_fault(error) or not said:
            raise
        if len(said) > 1:
            return sum(judgements_save(judge=judge, said=[each]) for each in said)
        (one,) = said
        if one.reason == NOT_STORED:
            raise
        log.exception("What was said of response %s cannot be kept", one.response_id)
        words = f"Winnow failed over it ({type(error).__name__}: {error}); the log says where."
        told = replace(one, text="", reason=NOT_STORED, message=words.replace("\0", "\u2400")[:500])
        return judgements_save(judge=judge, said=[told])


def _judgement(judge: Judge, said: Said) -> Judgement:
    row = Judgement(
        judge=judge,
        response_id=said.response_id,
        text_hash=said.text_hash,
        text=said.text.replace("\0", "\u2400")[: rubric.MOST_ANSWER],
        prompt_tokens=said.prompt_tokens,
        completion_tokens=said.completion_tokens,
        reason=said.reason,
        message=said.message,
    )
    if said.reason:
        return row
    result = rubric.parse(said.text)
    if isinstance(result, ParseFailure):
        row.reason, row.message = result.reason, result.message
    else:
        row.relevance, row.clear, row.answers, row.true = astuple(result)
        row.good = result.is_good(judge.threshold)
    return row
