"""A newer parser over what models wrote before: nothing is asked again.

What was rejected and can be read now becomes good and goes on to the next stage. What was good and
reads otherwise now is told; it is changed only where that is asked for and nobody has built on it.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from apps.core import work
from apps.generation.models import Completion, Concepts, Instruction, Response, Run, RunSeed
from apps.generation.prompting import Written
from apps.generation.runs import QUEUE, VALIDATE_QUEUE
from apps.generation.stages.base import ParseFailure
from apps.generation.writing import PARSER_CRASHED, parse_safely, rows_make

BATCH = 200
SHOWN = 20
# What a parser says; other reasons are the server's, and there is no text to read again.
PARSERS_OWN = frozenset(
    ("empty", "cut_off", "too_short", "too_long", "too_many", "vacuous", "not_concepts")
) | {PARSER_CRASHED}

# Of responses' ids, those that must stay as they are: labelled, or corrected by a person.
Settled = Callable[[Collection[int]], set[int]]
Row = Concepts | Instruction | Response


@dataclass(slots=True)
class Reparsed:
    """What a newer parser makes of completions: all it read; rejected ones that are good now, or
    are rejected for another reason; good ones that read otherwise, of them those that were changed
    and those that a person has judged. `told`: some of those that read otherwise, and how.
    """

    read: int = 0
    rescued: int = 0
    other_reason: int = 0
    differ: int = 0
    changed: int = 0
    settled: int = 0
    told: list[str] = field(default_factory=list)


def run_reparse(
    *, run: Run, settled: Settled, change: bool = False, dry_run: bool = False
) -> Reparsed:
    """Read all that a run's model wrote once more. Safe to be done again and to be cut off."""
    found = Reparsed()
    rescued: set[int] = set()
    after = 0
    while True:
        with transaction.atomic():
            rows = list(_completions(run, after))
            if not rows:
                break
            after = rows[-1].pk
            rescued |= _reparse(run, rows, found, settled, change)
            if dry_run:
                transaction.set_rollback(True)
    if rescued and not dry_run:
        _go_on(run, rescued)
    return found


def _completions(run: Run, after: int) -> Iterator[Completion]:
    rows = Completion.objects.select_for_update(of=("self",)).select_related("seed")
    yield from rows.filter(run=run, parsed=True, superseded=False, pk__gt=after).order_by("pk")[
        :BATCH
    ]


def _reparse(
    run: Run, rows: Sequence[Completion], found: Reparsed, settled: Settled, change: bool
) -> set[int]:
    """One batch; returns the seeds that have something new."""
    good = [row for row in rows if not row.reason]
    rejected = [row for row in rows if row.reason in PARSERS_OWN]
    found.read += len(good) + len(rejected)
    _compare(run, good, found, settled, change)
    return _rescue(run, rejected, found)


def _rescue(run: Run, rejected: Sequence[Completion], found: Reparsed) -> set[int]:
    by_stage: dict[str, list[tuple[Completion, Written]]] = {}
    changed = []
    for row in rejected:
        result = parse_safely(row, run)
        before = row.reason
        if isinstance(result, ParseFailure):
            row.reason, row.message = result.reason, result.message
            found.other_reason += row.reason != before
        else:
            row.reason, row.message = "", ""
            by_stage.setdefault(row.stage, []).append((row, result))
            found.rescued += 1
        if row.reason != before:
            changed.append(row)
    Completion.objects.bulk_update(changed, ["reason", "message"])
    for stage, parsed in by_stage.items():
        rows_make(run, stage, parsed)
    return {row.seed_id for row in changed}


def _compare(
    run: Run, good: Sequence[Completion], found: Reparsed, settled: Settled, change: bool
) -> None:
    made = _made(good)
    judged = settled([row.pk for row in made.values() if isinstance(row, Response)])
    changed: list[Response] = []
    for completion in good:
        row = made.get(completion.pk)
        result = parse_safely(completion, run)
        if row is None or result == _said(row):
            continue
        found.differ += 1
        if len(found.told) < SHOWN:
            found.told.append(_told(completion, result))
        if isinstance(row, Response) and row.pk in judged:
            found.settled += 1
        elif change and not isinstance(result, ParseFailure) and _is_free(row):
            _rewrite(row, result)
            found.changed += 1
            if isinstance(row, Response):
                changed.append(row)
    _validate_again(run, changed)


def _made(good: Sequence[Completion]) -> dict[int, Row]:
    """What was made of these completions, by completion."""
    ids = [row.pk for row in good]
    made: dict[int, Row] = {}
    for model in (Concepts, Instruction, Response):
        for row in model.objects.filter(completion__in=ids):
            made[row.completion_id or 0] = row
    return made


def _said(row: Row) -> Written:
    return tuple(row.items) if isinstance(row, Concepts) else row.text


def _told(completion: Completion, result: Written | ParseFailure) -> str:
    if isinstance(result, ParseFailure):
        return f"completion {completion.pk}: would be rejected, {result.message}"
    said = ", ".join(result) if isinstance(result, tuple) else result
    return f"completion {completion.pk}: would read {said[:100]!r}"


def _is_free(row: Row) -> bool:
    """Whether nothing was asked from it: a prompt that was built on it could not be rebuilt."""
    match row:
        case Concepts():
            asked = Completion.objects.filter(stage="c_i", input_id=row.pk, recipe=row.recipe)
        case Instruction():
            asked = Completion.objects.filter(stage="i_r", input_id=row.pk, recipe=row.recipe)
        case Response():
            return True
    return not asked.exists()


def _rewrite(row: Row, result: Written) -> None:
    if isinstance(row, Concepts):
        row.items = list(result)
        row.save(update_fields=["items"])
    else:
        row.text = str(result)
        row.save(update_fields=["text"])


def _validate_again(run: Run, responses: Sequence[Response]) -> None:
    """What the databases said was of another text."""
    if responses:
        ids = [response.pk for response in responses]
        spec = work.UnitSpec(
            queue=VALIDATE_QUEUE,
            key=f"reparsed-{ids[0]:010d}-{_digest(responses)}",
            payload={"responses": ids, "again": True},
            outlives_job=True,
        )
        work.create_units(job=run.job, specs=[spec])


def _digest(responses: Sequence[Response]) -> str:
    """The same responses with other texts once more are another unit."""
    texts = "\0".join(response.text for response in responses)
    return hashlib.sha256(texts.encode()).hexdigest()[:16]


def _go_on(run: Run, seeds: Collection[int]) -> None:
    """Let the units of these seeds look for what is to be asked now; a run that is done goes on."""
    chosen = RunSeed.objects.filter(run=run, seed__in=seeds)
    positions = sorted(chosen.values_list("position", flat=True))
    units = run.job.units.filter(queue=QUEUE)
    touched = [
        pk
        for pk, first, last in units.values_list("pk", "payload__first", "payload__last")
        if bisect_left(positions, first) < bisect_right(positions, last)
    ]
    work.do_again(units=units.filter(pk__in=touched))
    work.reopen_job(job=run.job)
