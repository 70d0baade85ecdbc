"""What came back from the model: saved raw first, then parsed into rows.

Everything here may run twice, on two workers, and be cut off anywhere: what is there already is
not asked again, and what was saved raw but not parsed is parsed by whoever comes next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils.text import Truncator

from apps.core import work
from apps.core.excuses import is_nobodys_fault
from apps.core.models import WorkUnit
from apps.generation.asking import Ask
from apps.generation.models import (
    Completion,
    Concepts,
    Instruction,
    Response,
    Run,
    Stage,
)
from apps.generation.prompting import (
    Written,
    difficulty_of,
    parse_completion,
    prompt_hash,
)
from apps.generation.runs import AHEAD_QUEUE, VALIDATE_QUEUE
from apps.generation.stages.base import ParseFailure
from apps.generation.stages.categories import category_of
from apps.generation.stages.properties import Properties
from apps.generation.usage import server_of, usage_add

log = logging.getLogger(__name__)

PARSER_CRASHED = "parser_crashed"
NOT_STORED = "not_stored"

Key = tuple[int, str, int, int]
Made = Concepts | Instruction | Response


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server made of one draw of an ask: a text, or `reason` and `message` why there is
    none. `sample`: its place among the texts of one request, whose prompt's tokens the first has.
    cached_tokens: of the prompt, None where the server does not say. is_estimated: it counts no
    tokens, and these are by the length of the texts.
    """

    ask: Ask
    draw: int
    sample: int = 0
    text: str = ""
    finish_reason: str = ""
    stop_reason: str = ""
    prompt_tokens: int = 0
    cached_tokens: int | None = None
    expected_cached_tokens: int = 0
    completion_tokens: int = 0
    is_estimated: bool = False
    seconds: float = 0.0
    reason: str = ""
    message: str = ""

    @property
    def key(self) -> Key:
        return self.ask.run.recipe_id, self.ask.stage, self.ask.input_id, self.draw


def answers_save(
    *, owner: str, answers: Mapping[int, Sequence[Answer]]
) -> dict[int, list[Completion]]:
    """Store the answers of many units raw, in one transaction; return what was new by unit.

    A unit that is missing there is another worker's now: nothing of it was stored. An answer that
    a run with the same recipe has stored meanwhile is dropped. One that cannot be stored is stored
    as rejected, with the reason, and the others as they are.
    """
    try:
        return _answers_save(owner, answers)
    except Exception as error:
        each = [(unit, answer) for unit, given in answers.items() for answer in given]
        if is_nobodys_fault(error) or not each:
            raise
        if len(each) > 1:
            return _answers_save_each(owner, each)
        ((unit, answer),) = each
        if answer.reason == NOT_STORED:
            raise
        log.exception("An answer of %s %s cannot be stored", answer.ask.stage, answer.ask.input_id)
        told = replace(answer, text="", reason=NOT_STORED, message=_failed_over(error))
        return answers_save(owner=owner, answers={unit: [told]})


def _answers_save_each(
    owner: str, answers: Sequence[tuple[int, Answer]]
) -> dict[int, list[Completion]]:
    """One by one; a unit is ours where it was so to the end."""
    saved: dict[int, list[Completion]] = {}
    lost: set[int] = set()
    for unit, answer in answers:
        found = answers_save(owner=owner, answers={unit: [answer]})
        saved.setdefault(unit, []).extend(found.get(unit, ()))
        lost |= {unit} - found.keys()
    return {unit: rows for unit, rows in saved.items() if unit not in lost}


def _failed_over(error: Exception) -> str:
    """What is told of an answer that this program fails over."""
    said = f"{type(error).__name__}: {error}".replace("\0", "\u2400")
    return f"Winnow failed over it ({said}); the log says where."[:2000]


def _answers_save(
    owner: str, answers: Mapping[int, Sequence[Answer]]
) -> dict[int, list[Completion]]:
    with transaction.atomic():
        held = _hold(answers, owner)
        there = _stored(answer for unit in held for answer in answers[unit])
        fresh = [
            (unit, answer) for unit in held for answer in answers[unit] if answer.key not in there
        ]
        rows = Completion.objects.bulk_create([_completion(answer) for _, answer in fresh])
        saved: dict[int, list[Completion]] = {unit: [] for unit in held}
        for (unit, _), row in zip(fresh, rows, strict=True):
            saved[unit].append(row)
        _use(saved, owner)
        work.got_on_with(units=[unit for unit, new in saved.items() if new], owner=owner)
    return saved


def _use(saved: Mapping[int, Sequence[Completion]], owner: str) -> None:
    """Add what was stored to what its runs have used."""
    by_run: dict[int, list[Completion]] = {}
    for rows in saved.values():
        for row in rows:
            by_run.setdefault(row.run_id, []).append(row)
    for run_id in sorted(by_run):
        usage_add(run_id=run_id, server=server_of(owner), completions=by_run[run_id])


def _stored(answers: Iterable[Answer]) -> set[Key]:
    """The keys of these answers that have a completion already."""
    inputs: dict[tuple[int, str], set[int]] = {}
    for answer in answers:
        recipe, stage, input_id, _ = answer.key
        inputs.setdefault((recipe, stage), set()).add(input_id)
    keys = ("recipe_id", "stage", "input_id", "draw")
    return {
        key
        for (recipe, stage), ids in inputs.items()
        for key in Completion.objects.filter(
            recipe=recipe, stage=stage, input_id__in=ids, superseded=False
        ).values_list(*keys)
    }


def _hold(units: Iterable[int], owner: str) -> list[int]:
    """Lock the rows of those units that are still ours: while we write, nobody can take them
    over, and nobody has.
    """
    held = WorkUnit.objects.select_for_update().filter(
        pk__in=list(units), status=WorkUnit.Status.LEASED, lease_owner=owner
    )
    return list(held.order_by("pk").values_list("pk", flat=True))


def _completion(answer: Answer) -> Completion:
    ask = answer.ask
    row = Completion(
        recipe_id=ask.run.recipe_id,
        run_id=ask.run.pk,
        seed_id=ask.seed_id,
        stage=ask.stage,
        input_id=ask.input_id,
        draw=answer.draw,
        sample=answer.sample,
        sampling_seed=ask.sampling_seed + answer.draw - ask.draws.start,
        arrangement=ask.arrangement,
        example_numbers=list(ask.example_numbers),
        prompt_hash=prompt_hash(ask.prompt),
        text=answer.text.replace("\0", "\u2400"),
        finish_reason=answer.finish_reason[:20],
        stop_reason=Truncator(answer.stop_reason).chars(80),
        prompt_tokens=answer.prompt_tokens,
        cached_tokens=answer.cached_tokens,
        expected_cached_tokens=answer.expected_cached_tokens,
        completion_tokens=answer.completion_tokens,
        seconds=answer.seconds,
        attempt=ask.attempt,
        properties=ask.properties.as_json(),
        parsed=bool(answer.reason),
        reason=answer.reason,
        message=answer.message,
    )
    if ask.seed is not None:
        row.seed = ask.seed
    return row


def saved_parse(
    *, owner: str, saved: Mapping[int, Sequence[Completion]], runs: Mapping[int, Run]
) -> dict[int, list[Made]]:
    """Parse what has just been saved, by unit, in one transaction; return the rows that it gave,
    by unit: what a next stage starts from. A unit that is missing is another worker's now.

    Whatever is not parsed because this worker dies before is parsed by whoever comes next.
    """
    with transaction.atomic():
        held = _hold(saved, owner)
        unit_of = {row.pk: unit for unit in held for row in saved[unit] if not row.parsed}
        waiting = Completion.objects.filter(pk__in=list(unit_of), parsed=False)
        ours = set(waiting.select_for_update().values_list("pk", flat=True))
        groups: dict[tuple[int, str], list[Completion]] = {}
        for unit in held:
            for row in saved[unit]:
                if row.pk in ours:
                    groups.setdefault((row.run_id, row.stage), []).append(row)
        made: dict[int, list[Made]] = {unit: [] for unit in held}
        for (run_id, stage), rows in groups.items():
            for result in _parse_batch(runs[run_id], stage, rows):
                made[unit_of[result.completion_id or 0]].append(result)
    return made


def is_any_unparsed(*, run: Run, seed_ids: Sequence[int]) -> bool:
    """Whether a worker has left completions of these seeds raw."""
    waiting = Completion.objects.filter(recipe=run.recipe_id, seed__in=seed_ids, parsed=False)
    return waiting.exists()


def completions_parse(
    *, run: Run, unit: WorkUnit, owner: str, stage: str, seed_ids: Sequence[int]
) -> int:
    """Parse what is stored and not parsed yet for these seeds; return how many rows it made.

    New responses get a work unit of validation in the same transaction: none can be forgotten.
    """
    made = 0
    while True:
        with transaction.atomic():
            if not _hold([unit.pk], owner):
                raise work.LeaseLostError(f"unit {unit.pk} was taken over")
            waiting = list(
                Completion.objects.select_for_update()
                .filter(recipe=run.recipe, stage=stage, seed__in=seed_ids, parsed=False)
                .select_related("seed")
                .order_by("pk")[:200]
            )
            if not waiting:
                return made
            made += len(_parse_batch(run, stage, waiting))


def _parse_batch(run: Run, stage: str, completions: list[Completion]) -> Sequence[Made]:
    parsed: list[tuple[Completion, Written]] = []
    failed: list[Completion] = []
    for completion in completions:
        result = parse_safely(completion, run)
        completion.parsed = True
        if isinstance(result, ParseFailure):
            completion.reason, completion.message = result.reason, result.message
            failed.append(completion)
        else:
            parsed.append((completion, result))
    Completion.objects.filter(pk__in=[row.pk for row, _ in parsed]).update(parsed=True)
    Completion.objects.bulk_update(failed, ["parsed", "reason", "message"])
    return rows_make(run, stage, parsed)


def rows_make(run: Run, stage: str, parsed: list[tuple[Completion, Written]]) -> Sequence[Made]:
    """The rows of what completions say. One whose row cannot be stored is rejected, with the
    reason; the others have theirs.
    """
    try:
        with transaction.atomic():
            return MAKERS[stage](run, parsed)
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        if len(parsed) > 1:
            return [row for one in parsed for row in rows_make(run, stage, [one])]
        ((completion, _),) = parsed
        log.exception("What completion %s says cannot be stored", completion.pk)
        completion.reason, completion.message = PARSER_CRASHED, _failed_over(error)
        completion.save(update_fields=["reason", "message"])
        return []


def parse_safely(completion: Completion, run: Run) -> Written | ParseFailure:
    """What a completion says. An error that nobody foresaw costs this completion only."""
    try:
        return parse_completion(completion, recipe=run.recipe)
    except Exception as error:
        log.exception("Parsing completion %s failed", completion.pk)
        return ParseFailure(PARSER_CRASHED, _failed_over(error))


def _make_concepts(run: Run, parsed: list[tuple[Completion, Written]]) -> Sequence[Made]:
    rows = []
    for completion, items in parsed:
        row = Concepts(completion=completion, recipe_id=run.recipe_id, items=list(items))
        row.seed = completion.seed
        rows.append(row)
    return Concepts.objects.bulk_create(rows)


def _make_instructions(run: Run, parsed: list[tuple[Completion, Written]]) -> Sequence[Made]:
    return Instruction.objects.bulk_create(
        [_instruction(run, completion, str(text)) for completion, text in parsed]
    )


def _instruction(run: Run, completion: Completion, text: str) -> Instruction:
    asked = Properties.from_json(completion.properties)
    return Instruction(
        completion=completion,
        recipe_id=run.recipe_id,
        seed_id=completion.seed_id,
        concepts_id=completion.input_id if completion.stage == Stage.C_I else None,
        category=asked.category or category_of(completion.seed.kind),
        difficulty=asked.difficulty or difficulty_of(run.recipe, completion.seed),
        dialect=asked.dialect,
        task=asked.task,
        style=asked.style,
        text=text,
    )


def _make_responses(run: Run, parsed: list[tuple[Completion, Written]]) -> Sequence[Made]:
    responses = Response.objects.bulk_create(
        Response(
            completion=completion,
            instruction_id=completion.input_id,
            run=run,
            draw=completion.draw,
            text=str(text),
            is_held_back=run.recipe.is_trial,
        )
        for completion, text in parsed
    )
    if responses:
        ids = [response.pk for response in responses]
        # Pairs that are kept are to reach the reviewers also when the run is stopped.
        spec = work.UnitSpec(
            queue=AHEAD_QUEUE if run.recipe.is_trial else VALIDATE_QUEUE,
            key=f"responses-{ids[0]:010d}",
            payload={"responses": ids},
            outlives_job=True,
        )
        work.create_units(job=run.job, specs=[spec])
    return responses


MAKERS: dict[str, Callable[[Run, list[tuple[Completion, Any]]], Sequence[Made]]] = {
    Stage.S_C: _make_concepts,
    Stage.C_I: _make_instructions,
    Stage.S_I: _make_instructions,
    Stage.I_R: _make_responses,
}
