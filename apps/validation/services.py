"""Validating responses: read, run on every configured database, judge, check, store."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count

from apps.generation.models import Response
from apps.generation.prompting import examples_of
from apps.sql.dialects import Dialect
from apps.validation import checks
from apps.validation.judging import Judgement, overall, validate_reading
from apps.validation.models import OVERALL, CheckResult, StoredReading, Verdict
from apps.validation.reading import read_response
from apps.validation.runners import Runner, runners
from apps.validation.values import Outcome, Reading

log = logging.getLogger(__name__)

# Raised whenever reading, running or judging changes, so that `validate` can find what is old.
VERSION = 2
BATCH = 16


@dataclass(frozen=True, slots=True)
class Validated:
    """All that was found out about one response. `judgements` is by database name."""

    response: Response
    reading: Reading
    judgements: dict[str, Judgement]
    overall: Judgement
    checks: list[checks.CheckResult]
    milliseconds: dict[str, float]


def responses_validate(*, response_ids: Sequence[int], again: bool = False) -> Counter[str]:
    """Validate and store, a batch at a time; return how many responses got which outcome.

    What has a verdict of this VERSION of every database that can be used here is left alone
    unless `again`: a worker that lacked one leaves it to the next that has it.
    """
    available = runners(settings.WINNOW_DATABASES)
    skip = set() if again else _done(response_ids, available)
    counts: Counter[str] = Counter()
    for batch in _batches(pk for pk in response_ids if pk not in skip):
        found = _validate_batch(_load(batch), available)
        _store(found)
        counts.update(one.overall.outcome.value for one in found)
    return counts


def _done(response_ids: Sequence[int], available: Iterable[str]) -> set[int]:
    names = [*available, OVERALL]
    verdicts = Verdict.objects.filter(
        response__in=response_ids, database__in=names, version=VERSION
    )
    counted = verdicts.order_by().values("response_id").annotate(number=Count("pk"))
    return set(counted.filter(number=len(names)).values_list("response_id", flat=True))


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    iterator = iter(ids)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _load(ids: Sequence[int]) -> list[Response]:
    related = ("completion__recipe", "instruction__seed", "instruction__concepts")
    return list(Response.objects.filter(pk__in=ids).select_related(*related).order_by("pk"))


def _validate_batch(responses: list[Response], available: dict[str, Runner]) -> list[Validated]:
    """Responses side by side, as many as there are sandbox children; no database access inside."""
    shown = [_pair_text(response) for response in responses]
    with ThreadPoolExecutor(max_workers=settings.WINNOW_SANDBOX_CHILDREN) as threads:
        one = partial(_validate_one, available)
        return list(threads.map(one, responses, shown))


def _validate_one(
    available: dict[str, Runner], response: Response, pair: checks.PairText
) -> Validated:
    reading = read_response(response.text, instruction=response.instruction.text)
    judgements: dict[str, Judgement] = {}
    milliseconds: dict[str, float] = {}
    for name, runner in available.items():
        timed = runner.timed()
        judgements[name] = validate_reading(
            reading, timed, runner.dialect, run_together=timed.together, mutate=True
        )
        milliseconds[name] = timed.milliseconds
    return Validated(
        response=response,
        reading=reading,
        judgements=judgements,
        overall=_overall(reading, judgements, available),
        checks=checks.run_checks(pair),
        milliseconds=milliseconds,
    )


def _overall(
    reading: Reading, judgements: dict[str, Judgement], available: dict[str, Runner]
) -> Judgement:
    """The judgement that decides: of the database with the overall outcome, the first of them."""
    by_dialect: dict[Dialect, Outcome] = {
        available[name].dialect: judgement.outcome for name, judgement in judgements.items()
    }
    outcome = overall(by_dialect, native=reading.dialect)
    name, deciding = next(
        (name, judgement) for name, judgement in judgements.items() if judgement.outcome is outcome
    )
    if len(judgements) > 1:
        return replace(deciding, message=f"{name}: {deciding.message}")
    return deciding


def _pair_text(response: Response) -> checks.PairText:
    instruction, completion = response.instruction, response.completion
    shown: tuple[str, ...] = ()
    if completion:
        examples = {e.number: e for e in examples_of(completion.recipe.fewshot_id)}
        used = [examples[number] for number in completion.example_numbers if number in examples]
        shown = tuple(
            part for e in used for part in (e.instruction, f"{e.reasoning}\n{e.implementation}")
        )
    record = instruction.record or {}
    return checks.PairText(
        instruction=instruction.text,
        response=response.text,
        concepts=tuple(
            instruction.concepts.items if instruction.concepts else record.get("concepts") or ()
        ),
        seed=instruction.seed.text if instruction.seed else str(record.get("seed") or ""),
        shown=shown,
        finish_reason=completion.finish_reason if completion else "",
        benchmark=_benchmark(),
    )


@lru_cache(maxsize=1)
def _benchmark() -> checks.BenchmarkIndex | None:
    """The operator's benchmark questions, read once a process.

    A file that cannot be read is said once, and nothing is held against it: no unit waits for it.
    """
    path = settings.WINNOW_BENCHMARK_FILE
    try:
        return checks.read_benchmark(Path(path)) if path else None
    except (checks.BenchmarkError, OSError, UnicodeDecodeError) as error:
        log.error("WINNOW_BENCHMARK_FILE %s is not used: %s", path, error)
        return None


def _store(found: list[Validated]) -> None:
    """One transaction a batch: a response has all its verdicts, or none and is done again."""
    with transaction.atomic():
        found = _still_so(found)
        Verdict.objects.bulk_create(
            [row for one in found for row in _verdicts(one)],
            update_conflicts=True,
            unique_fields=["response", "database"],
            update_fields=[
                "outcome", "message", "diff", "strength", "transpiled", "version", "milliseconds",
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


def _verdicts(one: Validated) -> list[Verdict]:
    every = {**one.judgements, OVERALL: one.overall}
    return [
        Verdict(
            response=one.response,
            database=name,
            outcome=judgement.outcome.value,
            message=storable(judgement.message),
            diff=storable(asdict(judgement.diff)) if judgement.diff else None,
            strength=judgement.strength,
            transpiled=judgement.transpiled,
            version=VERSION,
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
