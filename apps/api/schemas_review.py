"""What the API answers about reviewing: queues, labels, flags, corrections, batches."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema

from apps.api.schemas import JobState, LabelOut, PairOut


class LookOut(Schema):
    """What one said of a pair before one saw its evidence."""

    value: str
    reasons: list[str]
    note: str


class Taken(PairOut):
    """The pair that one holds. `look`: it is shown again, with its evidence, after this label; send
    a label with `looked` true. `flagged`: by oneself.
    """

    look: LookOut | None
    flagged: bool


class LabelGiven(LabelOut):
    """The label that counts now, and the pair to label next: null where none is left."""

    taken: Taken | None


class QueueOut(Schema):
    """A queue; `open` and `done` are exact up to 10,000."""

    id: int
    name: str
    order: str
    reviewers: int
    is_default: bool
    is_blind: bool
    may_correct: bool
    is_closed: bool
    filter: dict[str, list[str]]
    guideline: str
    open: int
    done: int


class ReasonOut(Schema):
    """A reason that a pair may be bad for."""

    code: str
    label: str
    stage: str


class FlagOut(Schema):
    """Whether one has flagged a pair for an editor."""

    pair: int
    up: bool


class CorrectionOut(Schema):
    """A change of one of a pair's texts; `before` is what it was until then."""

    id: int
    pair: int
    part: str
    editor: str
    before: str
    created_at: datetime


class BatchOut(Schema):
    """One label for all pairs of a filter. `labels`: how many it has given so far, null in
    a list; `undone_at`: when somebody asked to take them back.
    """

    id: int
    filter: dict[str, list[str]]
    value: str
    reasons: list[str]
    note: str
    labels: int | None
    job: JobState | None
    created_by: str
    created_at: datetime
    undone_by: str | None
    undone_at: datetime | None
