"""What is still to be asked, and what came back: saved raw first, then parsed into rows.

Everything here may run twice, on two workers, and be cut off anywhere: what is there already is
not asked again, and what was saved raw but not parsed is parsed by whoever comes next.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import Truncator

from apps.core import work
from apps.core.models import WorkUnit
from apps.generation.models import (
    Completion,
    Concepts,
    Instruction,
    Recipe,
    Response,
    Run,
    Stage,
)
from apps.generation.prompting import (
    Prompter,
    Written,
    category_of,
    difficulty_of,
    parse_completion,
    prompt_hash,
)
from apps.generation.runs import VALIDATE_QUEUE
from apps.generation.stages.base import ParseFailure, Prompt
from apps.generation.usage import server_of, usage_add
from apps.seeds.models import Seed

log = logging.getLogger(__name__)

PARSER_CRASHED = "parser_crashed"

Input = Seed | Concepts | Instruction


@dataclass(frozen=True, slots=True)
class Ask:
    """One completion to be asked for. `key` is unique within a unit's stage."""

    stage: str
    input_id: int
    seed_id: int
    draw: int
    prompt: Prompt
    example_numbers: tuple[int, ...]
    attempt: int = 0

    @property
    def key(self) -> str:
        return f"{self.input_id}:{self.draw}"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server made of an ask: a text, or `reason` and `message` why there is none."""

    ask: Ask
    text: str = ""
    finish_reason: str = ""
    stop_reason: str = ""
    prompt_tokens: int = 0
    cached_tokens: int | None = None
    completion_tokens: int = 0
    seconds: float = 0.0
    reason: str = ""
    message: str = ""


def asks_left(*, run: Run, stage: str, seed_ids: Sequence[int], group: str) -> list[Ask]:
    """Asks of a stage for these seeds that have no completion yet, inputs in the order of ids.

    All prompts of a `group` show the same examples, so that the server's prefix cache serves them.
    """
    recipe = run.recipe
    asked, attempts = _asked(recipe, stage, seed_ids)
    prompter = Prompter(recipe=recipe, stage=stage, group=group)
    draws = run.draws if stage == Stage.I_R else 1
    return [
        Ask(
            stage=stage,
            input_id=row.pk,
            seed_id=row.pk if isinstance(row, Seed) else row.seed_id or 0,
            draw=draw,
            prompt=prompt,
            example_numbers=prompter.example_numbers,
            attempt=attempts.get((row.pk, draw), 0),
        )
        for row in _inputs(recipe, stage, seed_ids)
        for prompt in [prompter.prompt(row)]
        for draw in range(draws)
        if (row.pk, draw) not in asked
    ]


def _asked(
    recipe: Recipe, stage: str, seed_ids: Sequence[int]
) -> tuple[set[tuple[int, int]], dict[tuple[int, int], int]]:
    """Inputs and draws that have a completion; how often others were asked for and rejected."""
    rows = Completion.objects.filter(recipe=recipe, stage=stage, seed__in=seed_ids)
    asked, attempts = set(), {}
    fields = ("input_id", "draw", "attempt", "superseded")
    for input_id, draw, attempt, superseded in rows.order_by("attempt").values_list(*fields):
        if superseded:
            attempts[input_id, draw] = attempt + 1
        else:
            asked.add((input_id, draw))
    return asked, attempts


def _inputs(recipe: Recipe, stage: str, seed_ids: Sequence[int]) -> Iterable[Input]:
    if stage in (Stage.S_C, Stage.S_I):
        return Seed.objects.filter(pk__in=seed_ids).order_by("pk")
    if stage == Stage.C_I:
        concepts = Concepts.objects.filter(recipe=recipe, seed__in=seed_ids)
        return concepts.select_related("seed").order_by("pk")
    return Instruction.objects.filter(recipe=recipe, seed__in=seed_ids).order_by("pk")


def answers_save(
    *, run: Run, unit: WorkUnit, owner: str, answers: Sequence[Answer]
) -> list[Completion]:
    """Store answers raw. Raises LeaseLostError when another worker has taken the unit over.

    An answer that a run with the same recipe has stored meanwhile is dropped.
    """
    with transaction.atomic():
        _hold(unit, owner)
        stage = answers[0].ask.stage
        inputs = [answer.ask.input_id for answer in answers]
        rows = Completion.objects.filter(
            recipe=run.recipe, stage=stage, input_id__in=inputs, superseded=False
        )
        there = set(rows.values_list("input_id", "draw"))
        fresh = [a for a in answers if (a.ask.input_id, a.ask.draw) not in there]
        saved = Completion.objects.bulk_create([_completion(run, answer) for answer in fresh])
        if saved:
            usage_add(run=run, server=server_of(owner), completions=saved)
            work.got_on(unit=unit, owner=owner)
        return saved


def _hold(unit: WorkUnit, owner: str) -> None:
    """Lock the unit's row: while we write, nobody can take it over, and nobody has."""
    held = WorkUnit.objects.select_for_update().filter(
        pk=unit.pk, status=WorkUnit.Status.LEASED, lease_owner=owner
    )
    if not held.exists():
        raise work.LeaseLostError(f"unit {unit.pk} was taken over")


def _completion(run: Run, answer: Answer) -> Completion:
    ask = answer.ask
    return Completion(
        recipe_id=run.recipe_id,
        run=run,
        seed_id=ask.seed_id,
        stage=ask.stage,
        input_id=ask.input_id,
        draw=ask.draw,
        example_numbers=list(ask.example_numbers),
        prompt_hash=prompt_hash(ask.prompt),
        text=answer.text.replace("\0", "\u2400"),
        finish_reason=answer.finish_reason[:20],
        stop_reason=Truncator(answer.stop_reason).chars(80),
        prompt_tokens=answer.prompt_tokens,
        cached_tokens=answer.cached_tokens,
        completion_tokens=answer.completion_tokens,
        seconds=answer.seconds,
        attempt=ask.attempt,
        parsed=bool(answer.reason),
        reason=answer.reason,
        message=answer.message,
    )


def completions_parse(
    *, run: Run, unit: WorkUnit, owner: str, stage: str, seed_ids: Sequence[int]
) -> int:
    """Parse what is stored and not parsed yet for these seeds; return how many rows it made.

    New responses get a work unit of validation in the same transaction: none can be forgotten.
    """
    made = 0
    while True:
        with transaction.atomic():
            _hold(unit, owner)
            waiting = list(
                Completion.objects.select_for_update()
                .filter(recipe=run.recipe, stage=stage, seed__in=seed_ids, parsed=False)
                .select_related("seed")
                .order_by("pk")[:200]
            )
            if not waiting:
                return made
            made += _parse_batch(run, stage, waiting)


def _parse_batch(run: Run, stage: str, completions: list[Completion]) -> int:
    parsed: list[tuple[Completion, Written]] = []
    for completion in completions:
        result = _parsed(completion, run)
        completion.parsed = True
        if isinstance(result, ParseFailure):
            completion.reason, completion.message = result.reason, result.message
        else:
            parsed.append((completion, result))
    Completion.objects.bulk_update(completions, ["parsed", "reason", "message"])
    MAKERS[stage](run, parsed)
    return len(parsed)


def _parsed(completion: Completion, run: Run) -> Written | ParseFailure:
    """What a completion says. An error that nobody foresaw costs this completion only."""
    try:
        return parse_completion(completion, recipe=run.recipe)
    except Exception as error:
        log.exception("Parsing completion %s failed", completion.pk)
        message = f"Winnow failed over it ({type(error).__name__}: {error}); the log says where."
        return ParseFailure(PARSER_CRASHED, message[:2000])


def _make_concepts(run: Run, parsed: list[tuple[Completion, Written]]) -> None:
    Concepts.objects.bulk_create(
        Concepts(
            completion=completion,
            recipe_id=run.recipe_id,
            seed_id=completion.seed_id,
            items=list(items),
        )
        for completion, items in parsed
    )


def _make_instructions(run: Run, parsed: list[tuple[Completion, Written]]) -> None:
    Instruction.objects.bulk_create(
        Instruction(
            completion=completion,
            recipe_id=run.recipe_id,
            seed_id=completion.seed_id,
            concepts_id=completion.input_id if completion.stage == Stage.C_I else None,
            category=category_of(completion.seed),
            difficulty=difficulty_of(run.recipe, completion.seed),
            text=str(text),
        )
        for completion, text in parsed
    )


def _make_responses(run: Run, parsed: list[tuple[Completion, Written]]) -> None:
    responses = Response.objects.bulk_create(
        Response(
            completion=completion,
            instruction_id=completion.input_id,
            run=run,
            draw=completion.draw,
            text=str(text),
        )
        for completion, text in parsed
    )
    if responses:
        ids = [response.pk for response in responses]
        # Pairs that are kept are to reach the reviewers also when the run is stopped.
        spec = work.UnitSpec(
            queue=VALIDATE_QUEUE,
            key=f"responses-{ids[0]:010d}",
            payload={"responses": ids},
            outlives_job=True,
        )
        work.create_units(job=run.job, specs=[spec])


MAKERS: dict[str, Callable[[Run, list[tuple[Completion, Any]]], None]] = {
    Stage.S_C: _make_concepts,
    Stage.C_I: _make_instructions,
    Stage.S_I: _make_instructions,
    Stage.I_R: _make_responses,
}
