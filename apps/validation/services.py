"""Validating responses: read, run on every configured database, judge, check, store."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from functools import lru_cache, partial
from itertools import islice
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count

from apps.core.excuses import is_nobodys_fault
from apps.generation.models import Response
from apps.generation.prompting import examples_of
from apps.sql.dialects import Dialect
from apps.validation import checks
from apps.validation.apart import IN_CHILDREN, read_response
from apps.validation.databases.base import Unavailable
from apps.validation.judging import Judgement, not_judged, overall, validate_reading
from apps.validation.judging.tools import once
from apps.validation.models import OVERALL, Verdict
from apps.validation.results.apart import came_out, rows_differ
from apps.validation.runners import Runner, runners
from apps.validation.storing import Validated, store
from apps.validation.values import VERSION, Note, Outcome, Reading

log = logging.getLogger(__name__)

BATCH = 16


def responses_validate(*, response_ids: Sequence[int], again: bool = False) -> Counter[str]:
    """Validate and store, a batch at a time; return how many responses got which outcome.

    What has a verdict of this VERSION of every database that can be used here is left alone
    unless `again`: a worker that lacked one leaves it to the next that has it.
    """
    available = runners(settings.WINNOW_DATABASES)
    skip = set() if again else _done(response_ids, available)
    counts: Counter[str] = Counter()
    for batch in _batches(pk for pk in response_ids if pk not in skip):
        found = store(_validate_batch(_load(batch), available), version=VERSION)
        counts.update(one.overall.outcome.value for one in found)
    return counts


def responses_judge(*, response_ids: Sequence[int]) -> dict[int, str]:
    """Run responses again and tell their overall outcomes; nothing is stored."""
    available = runners(settings.WINNOW_DATABASES)
    return {
        one.response.pk: one.overall.outcome.value
        for batch in _batches(response_ids)
        for one in _validate_batch(_load(batch), available)
    }


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
    shown = [_shown_with(response) for response in responses]
    with ThreadPoolExecutor(max_workers=settings.WINNOW_SANDBOX_CHILDREN) as threads:
        one = partial(validated, available)
        return list(threads.map(one, responses, shown))


def _shown_with(response: Response) -> checks.PairText | Exception:
    """What the checks look at; or the error of a pair that has something else than that."""
    try:
        return _pair_text(response)
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        return error


def validated(
    available: dict[str, Runner], response: Response, pair: checks.PairText | Exception
) -> Validated:
    """Whatever one response does to reading, running or checking, its neighbours are judged.

    pair: or why there is none. Raises `Unavailable` and what else says nothing of the response
    (no room, no processes): its unit is done again.
    """
    try:
        if isinstance(pair, Exception):
            raise pair
        return _validate_one(available, response, pair)
    except Unavailable:
        raise
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        log.exception("Response %s is not judged", response.pk)
        said = not_judged(error)
        return Validated(response, Reading(), dict.fromkeys(available, said), said, [], {})


def _validate_one(
    available: dict[str, Runner], response: Response, pair: checks.PairText
) -> Validated:
    instruction = response.instruction.text
    reading = read_response(response.text, instruction=instruction)
    tools = once(IN_CHILDREN)
    judgements: dict[str, Judgement] = {}
    milliseconds: dict[str, float] = {}
    for name, runner in available.items():
        timed = runner.timed()
        judgements[name] = validate_reading(
            reading,
            timed,
            runner.dialect,
            instruction=instruction,
            run_together=timed.together,
            mutate=True,
            tools=tools,
        )
        milliseconds[name] = timed.milliseconds
    return Validated(
        response=response,
        reading=reading,
        judgements=judgements,
        overall=_overall(reading, judgements, available),
        checks=checks.run_checks(replace(pair, reading=reading)),
        milliseconds=milliseconds,
    )


def _overall(
    reading: Reading, judgements: dict[str, Judgement], available: dict[str, Runner]
) -> Judgement:
    """The judgement that decides: of the database with the overall outcome, the first of them.

    Its notes are those of all databases: what one of them shows holds for the response. One is
    of them together: that what is wrong on one is not what is wrong on another.
    """
    by_dialect: dict[Dialect, Outcome] = {
        available[name].dialect: judgement.outcome for name, judgement in judgements.items()
    }
    outcome = overall(by_dialect, native=reading.dialect)
    name, deciding = next(
        (name, judgement) for name, judgement in judgements.items() if judgement.outcome is outcome
    )
    noted = {note for judgement in judgements.values() for note in judgement.notes}
    if _give_other_rows(judgements.values()):
        noted.add(Note.OTHER_ROWS)
    notes = tuple(note for note in Note if note in noted)
    if len(judgements) > 1:
        return replace(deciding, message=f"{name}: {deciding.message}", notes=notes)
    return deciding


def _give_other_rows(judgements: Iterable[Judgement]) -> bool:
    wrong = [one.diff for one in judgements if one.outcome is Outcome.WRONG_RESULT]
    given = [came_out(asdict(diff)) for diff in wrong if diff]
    return any(rows_differ(given[0], other) for other in given[1:])


def _pair_text(response: Response) -> checks.PairText:
    instruction, completion = response.instruction, response.completion
    shown: tuple[str, ...] = ()
    if completion:
        examples = {e.number: e for e in examples_of(completion.recipe.fewshot_id)}
        used = [examples[number] for number in completion.example_numbers if number in examples]
        shown = tuple(
            part for e in used for part in (e.instruction, f"{e.reasoning}\n{e.implementation}")
        )
    record = instruction.record if isinstance(instruction.record, dict) else {}
    return checks.PairText(
        instruction=instruction.text,
        response=response.text,
        concepts=tuple(
            map(str, instruction.concepts.items if instruction.concepts else _listed(record))
        ),
        seed=instruction.seed.text if instruction.seed else str(record.get("seed") or ""),
        shown=shown,
        finish_reason=completion.finish_reason if completion else "",
        benchmark=benchmark_questions(),
    )


def _listed(record: dict[str, Any]) -> list[Any]:
    """The concepts of an imported record, whatever its writer put there."""
    concepts = record.get("concepts")
    return concepts if isinstance(concepts, list) else []


@lru_cache(maxsize=1)
def benchmark_questions() -> checks.BenchmarkIndex | None:
    """The operator's benchmark questions, read once a process.

    A file that cannot be used is said once, and nothing is held against it: no unit waits for it.
    So are lines of it that hold no question; the others count.
    """
    path = settings.WINNOW_BENCHMARK_FILE
    try:
        index = checks.read_benchmark(Path(path)) if path else None
    except (checks.BenchmarkError, OSError) as error:
        log.error("WINNOW_BENCHMARK_FILE %s is not used: %s", path, error)
        return None
    if index and index.odd:
        log.warning(
            "WINNOW_BENCHMARK_FILE %s: %s lines are not used. %s",
            path,
            f"{index.odd:,}",
            " ".join(index.told),
        )
    return index
