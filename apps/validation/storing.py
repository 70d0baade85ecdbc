"""Storing what was found out: a batch in one transaction, and where that fails one by one."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.db import transaction

from apps.core.excuses import is_nobodys_fault
from apps.generation.models import Response
from apps.validation.checks import CheckResult as Checked
from apps.validation.judging import Judgement, not_judged
from apps.validation.models import OVERALL, CheckResult, StoredReading, Verdict
from apps.validation.values import Reading

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Validated:
    """All that was found out about one response. `judgements` is by database name."""

    response: Response
    reading: Reading
    judgements: dict[str, Judgement]
    overall: Judgement
    checks: list[Checked]
    milliseconds: dict[str, float]

    def spoiled_by(self, error: Exception) -> Validated:
        """The same response when nothing of what was found out could be kept."""
        said = not_judged(error)
        return replace(
            self,
            reading=Reading(),
            judgements=dict.fromkeys(self.judgements, said),
            overall=said,
            checks=[],
        )


def store(found: list[Validated], *, version: int) -> list[Validated]:
    """Write verdicts, readings and checks; return them as they were stored.

    A response has all its verdicts, or none and is done again. One that cannot be stored is
    stored as not judged. Raises what says nothing of any of them: the database is away, or full.
    """
    try:
        _store(found, version)
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        if len(found) > 1:
            return [kept for one in found for kept in store([one], version=version)]
        spoiled = found[0].spoiled_by(error)
        _store([spoiled], version)
        log.exception("What was found out about response %s cannot be stored", spoiled.response.pk)
        return [spoiled]
    return found


def _store(found: list[Validated], version: int) -> None:
    with transaction.atomic():
        found = _still_so(found)
        Verdict.objects.bulk_create(
            [row for one in found for row in _verdicts(one, version)],
            update_conflicts=True,
            unique_fields=["response", "database"],
            update_fields=[
                "outcome", "message", "diff", "strength", "survivor", "notes", "transpiled",
                "version", "milliseconds",
            ],
        )  # fmt: skip
        StoredReading.objects.bulk_create(
            [_stored_reading(one) for one in found],
            update_conflicts=True,
            unique_fields=["response"],
            update_fields=["dialect", "missing_tables", "placeholders", "notes", "data"],
        )
        responses = [one.response.pk for one in found]
        CheckResult.objects.filter(response__in=responses).delete()
        CheckResult.objects.bulk_create(row for one in found for row in _check_rows(one))


def _still_so(found: list[Validated]) -> list[Validated]:
    """What is about the text as it stands now: an edit meanwhile is validated by its own unit."""
    judged = [one.response.pk for one in found]
    rows = Response.objects.filter(pk__in=judged).order_by("pk")
    now = dict(rows.select_for_update(no_key=True).values_list("pk", "text"))
    return [one for one in found if now.get(one.response.pk) == one.response.text]


def _verdicts(one: Validated, version: int) -> list[Verdict]:
    every = {**one.judgements, OVERALL: one.overall}
    return [
        Verdict(
            response=one.response,
            database=name,
            outcome=judgement.outcome.value,
            message=storable(judgement.message),
            diff=storable(asdict(judgement.diff)) if judgement.diff else None,
            strength=judgement.strength,
            survivor=storable(asdict(judgement.survivor)) if judgement.survivor else None,
            notes=[note.value for note in judgement.notes],
            transpiled=judgement.transpiled,
            version=version,
            milliseconds=one.milliseconds.get(name, sum(one.milliseconds.values())),
        )
        for name, judgement in every.items()
    ]


def _stored_reading(one: Validated) -> StoredReading:
    reading = one.reading
    return StoredReading(
        response=one.response,
        dialect=reading.dialect.value,
        missing_tables=storable(list(reading.missing_tables)),
        placeholders=storable(list(reading.placeholders)),
        notes=storable(list(reading.notes)),
        data=storable(asdict(reading)),
    )


def _check_rows(one: Validated) -> Iterator[CheckResult]:
    for result in one.checks:
        yield CheckResult(
            response=one.response,
            code=result.check,
            version=result.version,
            passed=result.passed,
            reason=result.reason,
            part=result.where,
            message=storable(result.message),
            start=None if result.passed else result.start,
            end=None if result.passed else result.end,
        )


def storable(value: Any) -> Any:
    """A value as JSON that can be stored: text and jsonb hold neither NUL nor lone surrogates."""
    if isinstance(value, str):
        return value.replace("\0", "\u2400").encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [storable(item) for item in value]
    if isinstance(value, dict):
        return {storable(key): storable(item) for key, item in value.items()}
    if isinstance(value, float) and value in (float("inf"), float("-inf")) or value != value:
        return str(value)
    return value
