"""Validating again: what a filter finds, in a job of its own; and a response that was edited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job
from apps.generation.models import Instruction, Response
from apps.validation.likeness.placing import likeness_forget
from apps.validation.models import OVERALL, Agreement, CheckResult, StoredReading, Verdict

KIND = QUEUE = "validate"
UNIT = 100
# So many responses are looked up at once; 20 units are made of them.
BATCH = 2000


class NothingToValidateError(Exception):
    """No response fits the filter."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which responses; conditions add up, none at all takes every response.

    outcome: of `database`'s verdict. missing: without a verdict of `database`.
    older: their verdict, or what a check said, is of an earlier version than today's rules.
    """

    runs: tuple[int, ...] = ()
    responses: tuple[int, ...] = ()
    outcomes: tuple[str, ...] = ()
    database: str = OVERALL
    missing: bool = False
    older: bool = False


def responses_of(chosen: Filter) -> QuerySet[Response]:
    """The responses that a filter names, in no order."""
    responses = Response.objects.all()
    if chosen.responses:
        responses = responses.filter(pk__in=chosen.responses)
    if chosen.runs:
        responses = responses.filter(run__in=chosen.runs)
    verdict = Verdict.objects.filter(response=OuterRef("pk"), database=chosen.database)
    if chosen.outcomes:
        responses = responses.filter(Exists(verdict.filter(outcome__in=chosen.outcomes)))
    elif chosen.database != OVERALL and not chosen.missing:
        responses = responses.filter(Exists(verdict))
    if chosen.missing:
        responses = responses.filter(~Exists(verdict))
    return _older(responses) if chosen.older else responses


def _older(responses: QuerySet[Response]) -> QuerySet[Response]:
    """Validated by earlier rules: an old verdict, or fewer checks of today's than there are."""
    # The rules bring all parsers along; who looks at a page needs none of them.
    from apps.validation.checks import CHECKS
    from apps.validation.values import VERSION

    verdict = Verdict.objects.filter(response=OuterRef("pk"), database=OVERALL)
    today = Q()
    for check in CHECKS:
        today |= Q(code=check.name, version=check.version)
    checked = (
        CheckResult.objects.filter(today, response=OuterRef("pk"))
        .order_by()
        .values("response")
        .annotate(number=Count("pk"))
        .values("number")
    )
    number = Coalesce(Subquery(checked, output_field=IntegerField()), Value(0))
    return (
        responses.filter(Exists(verdict))
        .alias(checked_today=number)
        .filter(Exists(verdict.filter(version__lt=VERSION)) | Q(checked_today__lt=len(CHECKS)))
    )


def validation_start(
    *,
    chosen: Filter,
    created_by: User | None = None,
    told: Callable[[int], object] | None = None,
) -> Job:
    """Make a job that validates what the filter names, in units of 100, sent as they are made.

    told: called with how many responses are in units so far. A job that cannot be made whole is
    stopped. Raises NothingToValidateError.
    """
    job = Job.objects.create(kind=KIND, created_by=created_by)
    try:
        number = 0
        for ids in _batches(responses_of(chosen)):
            work.create_units(job=job, specs=list(_specs(ids)))
            number += len(ids)
            if told:
                told(number)
    except BaseException:
        work.stop_job(job=job)
        raise
    if not number:
        job.delete()
        raise NothingToValidateError("No response fits: widen the filter, or generate some first.")
    work.planned(job=job)
    return job


def _batches(responses: QuerySet[Response]) -> Iterator[list[int]]:
    """Ids by keyset, so that neither a list of all nor a long-lived cursor is needed."""
    after = 0
    while ids := list(
        responses.filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        yield ids
        after = ids[-1]


def _specs(ids: list[int]) -> Iterator[work.UnitSpec]:
    for start in range(0, len(ids), UNIT):
        part = ids[start : start + UNIT]
        payload = {"responses": part, "again": True}
        yield work.UnitSpec(queue=QUEUE, key=f"responses-{part[0]:012d}", payload=payload)


def outcomes_of(job: Job) -> Counter[str]:
    """How many responses got which outcome in the units of a job that are done."""
    counts: Counter[str] = Counter()
    for result in job.units.values_list("result", flat=True).iterator(chunk_size=500):
        counts.update(result)
    return counts


def response_edited(*, response: Response, text: str, edited_by: User | None = None) -> Job:
    """Store a response's new text; what was said of the old one goes, and it is validated anew.

    Returns the job; its one unit is sent when the transaction is committed.
    """
    with transaction.atomic():
        Response.objects.filter(pk=response.pk).update(text=text)
        job = _again(response, edited_by)
    response.text = text
    return job


def instruction_edited(*, response: Response, text: str, edited_by: User | None = None) -> Job:
    """The same for what is asked: the response goes to an instruction of its own, made of the one
    that it was written for. That one, and what else was answered to it, stays as it is: so does
    the prompt that the model was sent.
    """
    with transaction.atomic():
        before = Instruction.objects.get(pk=response.instruction_id)
        corrected = before.copied(text=text)
        corrected.save()
        Response.objects.filter(pk=response.pk).update(instruction=corrected)
        # The others agree among themselves: how far is asked anew when they are validated next.
        Agreement.objects.filter(instruction=before).delete()
        job = _again(response, edited_by)
    response.instruction = corrected
    return job


def _again(response: Response, edited_by: User | None) -> Job:
    for said in (Verdict, StoredReading, CheckResult, Agreement):
        said.objects.filter(response=response).delete()
    likeness_forget(response_ids=[response.pk])
    job = Job.objects.create(kind=KIND, created_by=edited_by)
    work.create_units(job=job, specs=list(_specs([response.pk])))
    work.planned(job=job)
    return job
