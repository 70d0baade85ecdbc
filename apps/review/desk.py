"""The desk: a label and the next pair with all that is shown of it, in one round trip."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.review.errors import NotHeldError, RubricError
from apps.review.keys import Keys, keys_of
from apps.review.presenting import Hidden, PairView, Stored, present
from apps.review.queries import EXACT, Progress, progress_from
from apps.review.queue import expiry
from apps.review.rubric import Fault, Faults, by_stage, unknown_reason

_DESK = f"SELECT review_desk({', '.join(['%s'] * 12)})"


@dataclass(frozen=True, slots=True)
class GivenLabel:
    """A label as a form brought it; reasons in order. looked: given with the evidence in sight."""

    response_id: int
    value: str
    reasons: Sequence[str]
    note: str
    seconds: float | None
    looked: bool = False


@dataclass(frozen=True, slots=True)
class DeskQueue:
    """The queue that one works in; its name is shown where it is not that of every pair."""

    pk: int
    name: str
    is_default: bool
    is_blind: bool
    evidence_last: bool
    is_pairwise: bool
    may_correct: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What the reviewer said of a pair before they saw its evidence."""

    value: str
    reasons: list[str]
    note: str


@dataclass(frozen=True, slots=True)
class Desk:
    """All that the page needs. pair: None when nothing is left; problem: why a label was refused.

    not_run: pairs soon to come that no database has run. guideline: (version, Markdown).
    look: the pair is shown again, with its evidence. is_judged: there are scores that may be seen.
    As stored: reasons in use, the codes of those used last (recent), own_keys by action.
    """

    queue: DeskQueue
    pair: PairView | None
    look: Look | None
    is_judged: bool
    flagged: bool
    progress: Progress
    reasons: list[Stored]
    recent: list[str]
    own_keys: dict[str, str]
    guideline: tuple[int, str] | None
    not_run: list[int]
    problem: str

    @property
    def faults(self) -> Faults:
        """The reasons by stage."""
        return by_stage([Fault(**reason) for reason in self.reasons], self.recent)

    @property
    def keys(self) -> Keys:
        """What each action's key is."""
        return keys_of(self.own_keys)


def desk(*, queue_id: int | None, reviewer_id: int, label: GivenLabel | None = None) -> Desk | None:
    """The pair to label next, after a label if one is given; None: no queue of this reviewer's.

    queue_id: None for the default one.
    """
    found = desk_stored(queue_id=queue_id, reviewer_id=reviewer_id, label=label)
    if found is None:
        return None
    queue = found["queue"]
    guideline = found["guideline"]
    hidden = hidden_at(found)
    return Desk(
        queue=DeskQueue(
            pk=queue["id"],
            name=queue["name"],
            is_default=queue["is_default"],
            is_blind=queue["is_blind"],
            evidence_last=queue["evidence_last"],
            is_pairwise=queue["is_pairwise"],
            may_correct=queue["may_correct"],
        ),
        pair=present(found["pair"], hidden) if found["pair"] else None,
        look=_look(found["look"]),
        is_judged=found["is_judged"] and not (hidden.evidence or hidden.maker),
        flagged=found["flagged"],
        progress=progress_from(found["progress"], is_default=queue["is_default"]),
        reasons=found["reasons"],
        recent=found["recent"],
        own_keys=found["keys"],
        guideline=(guideline["number"], guideline["text"]) if guideline else None,
        not_run=found["not_run"] or [],
        problem=found["problem"],
    )


def desk_stored(
    *, queue_id: int | None, reviewer_id: int, label: GivenLabel | None = None
) -> Stored | None:
    """The same as the database puts it together, with `problem`: for who shows it otherwise.
    `pair` is `queries.pair_data` of the next pair, and nothing is hidden in it (`hidden_at`).
    """
    found = _ask(queue_id, reviewer_id, label, wait=False)
    if found is None:
        return None
    if found["pair"] is None:
        # Somebody may just be changing the last ones: once more, behind them.
        found |= {"label": found["label"], **_again(queue_id, reviewer_id, found)}
    return found | {"problem": _problem(label, found["label"]) if label else ""}


def hidden_at(found: Stored) -> Hidden:
    """What the queue of a desk hides of its pair."""
    return Hidden(maker=found["queue"]["is_blind"], evidence=found["hides_evidence"])


def _look(stored: Stored | None) -> Look | None:
    return Look(stored["value"], stored["reasons"], stored["note"]) if stored else None


def _problem(label: GivenLabel, given: int | None) -> str:
    if given is None:
        return str(NotHeldError())
    return str(RubricError(unknown_reason(label.reasons))) if given < 0 else ""


def _again(queue_id: int | None, reviewer_id: int, found: Stored) -> Stored:
    if not found["progress"]["left"]:
        return {}
    later = _ask(queue_id, reviewer_id, None, wait=True) or {}
    return {name: value for name, value in later.items() if name != "label"}


def _ask(
    queue_id: int | None, reviewer_id: int, label: GivenLabel | None, *, wait: bool
) -> Stored | None:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    given: tuple[Any, ...] = (None, None, [], "", None, False)
    if label:
        reasons, note = sorted(set(label.reasons)), label.note.strip()
        given = (label.response_id, label.value, reasons, note, label.seconds, label.looked)
    values: Sequence[Any] = [
        queue_id, reviewer_id, *given, expiry(), midnight, EXACT + 1, wait
    ]  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_DESK, values)
        found = cursor.fetchone()[0]
    answer: Stored | None = json.loads(found) if isinstance(found, str) else found
    return answer
