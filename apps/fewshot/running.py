"""Running examples on the databases, as validation does with responses, in the background.

An example whose text was run already is not run again on its own: what was found is kept with the
hash of its text and the version of the rules, and is stale as soon as one of them changes. The
worker does the units (apps.validation.examples).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core import rules, work
from apps.core.models import Job, WorkUnit
from apps.fewshot.models import Example, ExampleRun, Version
from apps.fewshot.queries import example_value
from apps.fewshot.rendering import response_text

KIND, QUEUE = "example", "validate"


@dataclass(frozen=True, slots=True)
class State:
    """Where the running of an example stands. `found` is what ExampleRun has, None before.

    error: why the newest attempt came to nothing, "" when it did not.
    """

    example: Example
    found: dict[str, Any] | None = None
    ran_at: datetime | None = None
    is_stale: bool = False
    is_running: bool = False
    error: str = ""

    @property
    def overall(self) -> dict[str, Any] | None:
        """What all databases together say: {outcome, words, strength}."""
        overall: dict[str, Any] | None = self.found["overall"] if self.found else None
        return overall


@dataclass(frozen=True, slots=True)
class States:
    """Those of a version's examples, in their order."""

    each: tuple[State, ...]

    @property
    def is_running(self) -> bool:
        return any(state.is_running for state in self.each)

    @property
    def settled(self) -> int:
        """How many have verdicts about the text that they have now."""
        return sum(1 for state in self.each if state.found and not state.is_stale)

    @property
    def passed(self) -> int:
        """How many of those passed."""
        settled = [state for state in self.each if not state.is_stale]
        return sum(1 for one in settled if one.overall and one.overall["outcome"] == "passed")


def text_hash(example: Example) -> bytes:
    """SHA-256 of what validation looks at: the task and the answer."""
    value = example_value(example)
    return hashlib.sha256(f"{value.instruction}\0{response_text(value)}".encode()).digest()


def examples_run(
    *, examples: Sequence[Example], asked_by: User | None = None, again: bool = False
) -> Job | None:
    """Have examples run, each in a unit of its own; None when there is nothing to run.

    again: also those whose text was run already.
    """
    stale = [one for one in examples if again or not _is_known(one)]
    if not stale:
        return None
    with transaction.atomic():
        job = Job.objects.create(kind=KIND, created_by=asked_by)
        specs = [
            work.UnitSpec(queue=QUEUE, key=_key(one.pk), payload={"examples": [one.pk]})
            for one in stale
        ]
        ExampleRun.objects.bulk_create(
            [ExampleRun(example=one, job=job) for one in stale],
            update_conflicts=True,
            unique_fields=["example"],
            update_fields=["job"],
        )
        work.create_units(job=job, specs=specs)
        work.planned(job=job)
    return job


def _key(example_id: int) -> str:
    return f"example-{example_id:012d}"


def _is_known(example: Example) -> bool:
    run = ExampleRun.objects.filter(pk=example.pk, found__isnull=False).first()
    return run is not None and not _is_stale(example, run)


def _is_stale(example: Example, run: ExampleRun) -> bool:
    """Whether what was found is about another text, or by earlier rules."""
    return bytes(run.text_hash or b"") != text_hash(example) or run.version != rules.VALIDATION


def found_store(*, example: Example, found: dict[str, Any], version: int) -> None:
    """Keep what the databases said of an example as it was read for them."""
    if not Example.objects.filter(pk=example.pk).exists():
        return  # removed while it was run
    ExampleRun.objects.update_or_create(
        example_id=example.pk,
        defaults={
            "found": found,
            "text_hash": text_hash(example),
            "version": version,
            "ran_at": timezone.now(),
        },
    )


def state_of(example: Example) -> State:
    """Where one example stands."""
    return _states([example]).each[0]


def states_of(version: Version) -> States:
    """Where the examples of a version stand: three queries."""
    return _states(list(version.examples.order_by("number")))


def _states(examples: Sequence[Example]) -> States:
    rows = ExampleRun.objects.filter(example__in=examples).select_related("job")
    runs = {row.example_id: row for row in rows}
    jobs = [row.job_id for row in runs.values() if row.job_id]
    keys = [_key(pk) for pk in runs]
    units = {
        (unit.job_id, unit.key): unit
        for unit in WorkUnit.objects.filter(job__in=jobs, queue=QUEUE, key__in=keys)
    }
    states = []
    for one in examples:
        run = runs.get(one.pk)
        unit = units.get((run.job_id, _key(one.pk))) if run and run.job_id else None
        states.append(_state(one, run, unit))
    return States(tuple(states))


def _state(example: Example, run: ExampleRun | None, unit: WorkUnit | None) -> State:
    if run is None:
        return State(example)
    waits = unit is not None and unit.status in (WorkUnit.Status.WAITING, WorkUnit.Status.LEASED)
    return State(
        example=example,
        found=run.found,
        ran_at=run.ran_at,
        is_stale=run.found is not None and _is_stale(example, run),
        is_running=waits and run.job is not None and run.job.is_running,
        error=unit.error if unit and unit.status == WorkUnit.Status.FAILED else "",
    )
