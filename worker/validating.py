"""Units of the queue `validate`: responses are run and checked, then wait for reviewers."""

from __future__ import annotations

from typing import Any

from apps.core.models import WorkUnit
from apps.core.work import Lease, got_on
from apps.review.services import enqueue
from apps.validation import tries
from apps.validation.examples import examples_do
from apps.validation.figures import runs_touch
from apps.validation.likeness.finding import likeness_find
from apps.validation.services import responses_validate
from apps.validation.strength.agreeing import agreements_find

SLICE = 64


def do(unit: WorkUnit, owner: str, lease: Lease) -> dict[str, Any]:
    """Validate the unit's responses and put them into the review queue; counts by outcome.

    A try of an editor's is only run; its result is what was found out. So is an example of a
    few-shot set; what was found out is kept with it.
    """
    if "try" in unit.payload:
        return tries.try_do(unit)
    if "examples" in unit.payload:
        # The benchmarks' parsers and memory: only for who runs an example.
        from apps.exports.copied import copied_questions

        return dict(examples_do(unit, look=copied_questions))
    ids: list[int] = unit.payload["responses"]
    counts: dict[str, int] = {}
    for start in range(0, len(ids), SLICE):
        lease.check()
        part = ids[start : start + SLICE]
        again = bool(unit.payload.get("again"))
        found = responses_validate(response_ids=part, again=again)
        if found and not again:
            got_on(unit=unit, owner=owner)
        for outcome, number in found.items():
            counts[outcome] = counts.get(outcome, 0) + number
        likeness_find(response_ids=part)
        enqueue(response_ids=part)
        lease.check()
        agreements_find(response_ids=part, again=again)
        runs_touch(response_ids=part)
    return counts
