"""Where a pair comes from: each completion on its way, and the examples that its prompt showed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from apps.fewshot.models import Example, Version
from apps.generation.models import Completion, Response, Run
from apps.review.models import Gold

_STEPS = ("instruction__concepts__completion", "instruction__completion", "completion")
_PATHS = tuple(f"{path}__recipe__fewshot__fewshot_set" for path in _STEPS)


@dataclass(frozen=True, slots=True)
class Shown:
    """An example that a prompt showed; pk: None where it is no longer there."""

    number: int
    pk: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """One answer of a model on the way of a pair. drawn: what was drawn for its prompt beside the
    examples. prompt: the SHA-256 of the prompt, as hexadecimal digits.
    """

    stage: str
    model: str
    run: Run
    version: Version
    shown: tuple[Shown, ...]
    arrangement: int | None
    drawn: tuple[tuple[str, str], ...]
    sampled: tuple[tuple[str, str], ...]
    prompt: str
    prompt_tokens: int
    tokens: int


def lineage_of(response_id: int) -> list[Step]:
    """The steps of a pair in their order; none of pairs that were brought in. Three queries.

    A pair that was altered to be known as bad has those of the pair that it was made of: whoever
    judges it is not to know.
    """
    origin = Gold.objects.filter(response=response_id, origin__isnull=False)
    of = origin.values_list("origin", flat=True).first() or response_id
    row = Response.objects.select_related(
        *_PATHS, *(f"{path}__run" for path in _STEPS), "instruction__made_of"
    ).get(pk=of)
    asked = row.instruction.made_of or row.instruction
    found = (
        row.instruction.concepts.completion if row.instruction.concepts else None,
        asked.completion,
        row.completion,
    )
    completions = [each for each in found if each is not None]
    examples = _examples(completions)
    return [_step(each, examples) for each in completions]


def _examples(completions: Iterable[Completion]) -> dict[tuple[int, int], int]:
    """The ids of examples by version and number."""
    versions = {each.recipe.fewshot_id for each in completions}
    numbers = {number for each in completions for number in each.example_numbers}
    rows = Example.objects.filter(version__in=versions, number__in=numbers)
    return {(v, n): pk for pk, v, n in rows.values_list("pk", "version", "number")}


def _step(row: Completion, examples: dict[tuple[int, int], int]) -> Step:
    recipe = row.recipe
    # Some of it is said for each stage.
    of_stage = {
        name: value.get(row.stage) if isinstance(value, dict) else value
        for name, value in recipe.sampling.items()
    }
    sampling = {"draw": row.draw, **of_stage, "seed": row.sampling_seed}
    return Step(
        stage=row.get_stage_display(),
        model=f"{recipe.model} {recipe.revision}".strip(),
        run=row.run,
        version=recipe.fewshot,
        shown=tuple(
            Shown(number, examples.get((recipe.fewshot_id, number)))
            for number in row.example_numbers
        ),
        arrangement=row.arrangement,
        drawn=_words(row.properties),
        sampled=_words(sampling),
        prompt=bytes(row.prompt_hash).hex(),
        prompt_tokens=row.prompt_tokens,
        tokens=row.completion_tokens,
    )


def _words(said: dict[str, object]) -> tuple[tuple[str, str], ...]:
    """Names and values of what is stored as JSON, without what is empty."""
    return tuple(
        (name.replace("_", " "), str(value))
        for name, value in said.items()
        if value not in (None, "", [])
    )
