"""Accepted pairs as records: the line that is exported, and the line that says whence it came."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import DatabaseError
from django.db.models import Q, QuerySet

from apps.generation.models import Completion, Instruction, Response
from apps.generation.prompting import PromptChangedError, rebuilt_prompt
from apps.validation.models import OVERALL

log = logging.getLogger(__name__)

BATCH = 500


@dataclass(frozen=True, slots=True)
class Filters:
    """Which accepted pairs. Empty means all.

    runs: numbers of runs; outcomes: overall verdicts; kinds: statement kinds of the seeds;
    licences: the seed's file has one of them; strength: the test's least strength, 0 to 1.
    """

    runs: tuple[int, ...] = ()
    outcomes: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()
    strength: float = 0.0

    def condition(self) -> Q:
        """The filters as a condition on responses."""
        of_sample = Q(instruction__imported__is_sample=True)
        condition = Q(decision__good=True) & ~of_sample
        if self.runs:
            condition &= Q(run__in=self.runs)
        if self.outcomes:
            condition &= Q(verdicts__database=OVERALL, verdicts__outcome__in=self.outcomes)
        if self.kinds:
            condition &= Q(instruction__seed__kind__in=self.kinds)
        if self.licences:
            condition &= Q(instruction__seed__file__licences__overlap=list(self.licences))
        if self.strength:
            condition &= Q(verdicts__database=OVERALL, verdicts__strength__gte=self.strength)
        return condition


@dataclass(frozen=True, slots=True)
class Line:
    """One exported pair: `record` in the format of the output record, `lineage` beside it.

    reason: why the pair cannot be exported; then `record` is empty.
    """

    response_id: int
    record: dict[str, Any] = field(default_factory=dict)
    lineage: dict[str, Any] = field(default_factory=dict)
    reason: str = ""


def accepted(filters: Filters) -> QuerySet[Response]:
    """Accepted pairs in the order of their ids, with all that a record needs but the lists."""
    return (
        Response.objects.filter(filters.condition())
        .select_related(
            "completion__recipe__fewshot",
            "instruction__seed__file__source",
            "instruction__concepts",
            "instruction__imported",
        )
        .prefetch_related("verdicts", "labels__reviewer", "corrections__editor")
        .order_by("pk")
    )


def lines(filters: Filters) -> Iterator[Line]:
    """Every accepted pair as a line, streamed; `id` counts the exported ones from 0."""
    number = 0
    for response in accepted(filters).iterator(chunk_size=BATCH):
        line = _guarded(response, number)
        number += not line.reason
        yield line


def _guarded(response: Response, number: int) -> Line:
    """The line of one pair. An error that nobody foresaw leaves out this pair, and is counted."""
    try:
        return _line(response, number)
    except DatabaseError:
        raise
    except Exception:
        log.exception("Pair %s cannot be exported", response.pk)
        return Line(response.pk, reason="not_written")


def _line(response: Response, number: int) -> Line:
    instruction = response.instruction
    try:
        prompt, fingerprint = _prompt(response)
    except PromptChangedError:
        return Line(response.pk, reason="prompt_changed")
    seed = instruction.seed
    origin = instruction.record or {}
    record = {
        "prompt": prompt,
        "fingerprint": fingerprint,
        "id": number,
        "seed": seed.text if seed else origin.get("seed"),
        "description": seed.description if seed else origin.get("description"),
        "concepts": _concepts(instruction),
        "instruction": instruction.text,
        "response": response.text,
    }
    return Line(response.pk, record=record, lineage=_lineage(response, number))


def _prompt(response: Response) -> tuple[str | None, str | None]:
    completion: Completion | None = response.completion
    if completion is None:
        origin = response.instruction.record or {}
        return origin.get("prompt"), origin.get("fingerprint")
    prompt = rebuilt_prompt(completion, response.instruction)
    return prompt.text, completion.recipe.fingerprint


def _concepts(instruction: Instruction) -> list[str]:
    if instruction.concepts:
        return list(instruction.concepts.items)
    return list((instruction.record or {}).get("concepts") or [])


def _lineage(response: Response, number: int) -> dict[str, Any]:
    """Where a line came from: its file, repository and licence, its model, verdicts, labels."""
    instruction, completion = response.instruction, response.completion
    seed = instruction.seed
    file = seed.file if seed else None
    return {
        "id": number,
        "response": response.pk,
        "source": file.source.spec if file else None,
        "path": file.path if file else None,
        "repository": file.repository if file else None,
        "licences": file.licences if file else None,
        "blob_id": file.blob_id if file else None,
        "range": [seed.start, seed.end] if seed else None,
        "imported_from": instruction.imported.file_name if instruction.imported else None,
        "model": completion.recipe.model if completion else None,
        "revision": completion.recipe.revision if completion else None,
        "prompt_sha256": bytes(completion.prompt_hash).hex() if completion else None,
        "verdicts": {v.database: v.outcome for v in sorted(response.verdicts.all(), key=_by_name)},
        "labels": [
            {"reviewer": label.reviewer.username, "value": label.value, "reasons": label.reasons}
            for label in sorted(response.labels.all(), key=lambda label: label.pk)
        ],
        "corrected_by": [
            correction.editor.username
            for correction in sorted(response.corrections.all(), key=lambda one: one.pk)
        ],
    }


def _by_name(verdict: Any) -> str:
    return str(verdict.database)
