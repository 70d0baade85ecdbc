"""Units of the queue `validate`: responses are run and checked, then wait for reviewers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from apps.core.models import WorkUnit
from apps.core.work import Lease, got_on
from apps.review.acceptance.services import acceptance_guess
from apps.review.services import enqueue
from apps.review.team.altering import known_bad_make
from apps.validation import tries
from apps.validation.examples import examples_do
from apps.validation.figures import runs_touch
from apps.validation.likeness.finding import likeness_find
from apps.validation.services import responses_validate
from apps.validation.strength.agreeing import agreements_find
from apps.validation.strength.differing import difference_find

SLICE = 64


def do(unit: WorkUnit, owner: str, lease: Lease) -> dict[str, Any]:
    """Validate the unit's responses and put them into the review queue; counts by outcome.

    A unit may ask for something else that runs SQL: its result is what came of it.
    """
    for asked, done in _OTHERS.items():
        if asked in unit.payload:
            return done(unit)
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
        acceptance_guess(response_ids=part)
        enqueue(response_ids=part)
        lease.check()
        agreements_find(response_ids=part, again=again)
        runs_touch(response_ids=part)
    return counts


def _examples(unit: WorkUnit) -> dict[str, Any]:
    """Examples of a few-shot set are only run; what was found out is kept with them."""
    # The benchmarks' parsers and memory: only for who runs an example.
    from apps.exports.copied import copied_questions

    return dict(examples_do(unit, look=copied_questions))


def _differ(unit: WorkUnit) -> dict[str, Any]:
    one, other = unit.payload["differ"]
    found = difference_find(one_id=one, other_id=other)
    return {"found": int(found is not None and found.is_found)}


def _known_bad(unit: WorkUnit) -> dict[str, Any]:
    return {"made": known_bad_make(most=unit.payload["known_bad"])}


# A try of an editor's is only run as well.
_OTHERS: dict[str, Callable[[WorkUnit], dict[str, Any]]] = {
    "try": tries.try_do,
    "examples": _examples,
    "differ": _differ,
    "known_bad": _known_bad,
}
