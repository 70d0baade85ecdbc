"""Few-shot examples are validated as responses are: read, run on all databases, judged, checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from apps.core.models import WorkUnit
from apps.fewshot import values
from apps.fewshot.models import Example
from apps.fewshot.queries import example_value
from apps.fewshot.rendering import response_text
from apps.fewshot.running import found_store
from apps.generation.models import Instruction, Response
from apps.validation import checks
from apps.validation.judging import Judgement
from apps.validation.runners import runners
from apps.validation.services import benchmark_questions, validated
from apps.validation.storing import Validated, storable
from apps.validation.tries import Found, Said
from apps.validation.values import NOTE_WORDS, VERSION


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule that an example breaks, as a check says it: the sentence, and the section meant."""

    check: str
    message: str
    where: str


# What a later stage knows of an example: benchmarks are the exports' own.
Look = Callable[[values.Example], Iterable[Broken]]


def examples_do(unit: WorkUnit, *, look: Look) -> dict[str, int]:
    """Validate the unit's examples and keep what was found, with what `look` says of each;
    counts by overall outcome.
    """
    counts: Counter[str] = Counter()
    for example in Example.objects.filter(pk__in=unit.payload["examples"]).order_by("number"):
        found = example_validate(example)
        found["checks"] += [asdict(broken) for broken in look(example_value(example))]
        found_store(example=example, found=found, version=VERSION)
        counts[found["overall"]["outcome"]] += 1
    return counts


def example_validate(example: Example) -> dict[str, Any]:
    """What the databases and the rules say of an example, as JSON of `Found` with `overall`.

    Raises NoDatabaseError or Unavailable when nothing can be said.
    """
    value = example_value(example)
    text = response_text(value)
    response = Response(text=text, instruction=Instruction(text=value.instruction))
    pair = checks.PairText(
        instruction=value.instruction,
        response=text,
        concepts=value.concepts,
        seed=value.code,
        benchmark=benchmark_questions(),
    )
    one = validated(runners(settings.WINNOW_DATABASES), response, pair)
    found = Found(
        problem="",
        reading={},
        verdicts=tuple(
            _said(name, judgement, one.milliseconds.get(name, 0.0))
            for name, judgement in one.judgements.items()
        ),
        checks=tuple(asdict(said) for said in one.checks if not said.passed),
    )
    json: dict[str, Any] = storable({**asdict(found), **_together(one)})
    return json


def _together(one: Validated) -> dict[str, Any]:
    said = asdict(_said("overall", one.overall, sum(one.milliseconds.values())))
    return {"overall": said, "notes": list(one.reading.notes)}


def _said(database: str, judgement: Judgement, milliseconds: float) -> Said:
    return Said(
        database=database,
        outcome=judgement.outcome.value,
        outcome_words=judgement.outcome.value.replace("_", " "),
        message=judgement.message,
        diff=asdict(judgement.diff) if judgement.diff else None,
        strength=judgement.strength,
        mutants=judgement.mutants,
        killed=judgement.killed,
        transpiled=judgement.transpiled,
        milliseconds=milliseconds,
        ended="",
        error="",
        tables=(),
        survivor=asdict(judgement.survivor) if judgement.survivor else None,
        notes=tuple(NOTE_WORDS[note] for note in judgement.notes),
    )
