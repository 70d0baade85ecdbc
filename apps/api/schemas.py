"""What the API answers, as types; the OpenAPI document is made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Generic, TypeVar

from ninja import Schema

T = TypeVar("T")


class Page(Schema, Generic[T]):
    """Some items, the newest first. `next`: what `before` must be for the page behind this one,
    null on the last.
    """

    items: list[T]
    next: int | None


class Problem(Schema):
    """Problem details, RFC 9457. `errors` says which field is wrong, where one is."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []


class FieldProblem(Schema):
    """What is wrong with a field; of the whole body where `field` is empty."""

    field: str
    message: str


class Me(Schema):
    """The token that asks, and its owner."""

    username: str
    role: str
    token: int
    name: str
    scopes: list[str]
    per_minute: int
    expires_at: datetime


class TokenOut(Schema):
    """A token as admins see it: never its secret."""

    id: int
    username: str
    name: str
    hint: str
    scopes: list[str]
    per_minute: int
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


class JobState(Schema):
    """Where a job in the background stands."""

    status: str
    message: str
    created_at: datetime
    finished_at: datetime | None
    created_by: str | None


class SeedLine(Schema):
    """A seed in a list; `text` is its beginning."""

    id: int
    kind: str
    dialect: str
    path: str
    repository: str
    line: int
    text: str


class SeedOut(Schema):
    """One SQL statement with where it comes from."""

    id: int
    kind: str
    dialect: str
    text: str
    description: str
    description_source: str
    comment: str
    schema_context: str
    licence: str
    source: str
    path: str
    repository: str
    line: int
    created_at: datetime


class RunOut(Schema):
    """A run with its recipe's main points."""

    id: int
    job: JobState
    recipe: int
    fewshot_version: int
    engine: str
    model: str
    stages: list[str]
    seeds: int
    responses: int
    limits: dict[str, Any]


class StageOut(Schema):
    """Completions of a stage: asked for, parsed well, rejected; and their tokens."""

    stage: str
    asked: int
    parsed: int
    rejected: int
    waiting: int
    prompt_tokens: int
    completion_tokens: int


class RejectedOut(Schema):
    """How often a stage's completions were rejected for a reason, and what was said of one."""

    stage: str
    reason: str
    number: int
    message: str


class RunFigures(Schema):
    """How far a run is, and what it used. `remaining_seconds`: null while nobody can say."""

    run: int
    status: str
    seeds: int
    seeds_ended: int
    pairs: int
    stages: list[StageOut]
    rejected: list[RejectedOut]
    units: dict[str, dict[str, int]]
    errors: list[str]
    tokens_per_second: float
    remaining_seconds: float | None
    busy_seconds: float
    gpu_seconds: float
    cost: dict[str, float] | None


class Extended(Schema):
    """What extending did."""

    run: int
    seeds: int
    detail: str


class CompletionOut(Schema):
    """What a model wrote for one prompt; `reason` says why it was rejected, "" when it was not."""

    id: int
    run: int
    seed: int
    stage: str
    input: int
    draw: int
    attempt: int
    text: str
    finish_reason: str
    prompt_tokens: int
    completion_tokens: int
    parsed: bool
    superseded: bool
    reason: str
    message: str
    created_at: datetime


class PairLineOut(Schema):
    """A pair in a list. `good`: how it was decided, null where it was not or for reviewers, who
    judge for themselves.
    """

    id: int
    run: int | None
    instruction: str
    outcome: str | None
    strength: float | None
    good: bool | None
    flagged: bool


class VerdictOut(Schema):
    """What a database, or all together ("overall"), said of a response."""

    database: str
    outcome: str
    message: str
    diff: dict[str, Any] | None
    strength: float | None
    notes: list[str]
    transpiled: bool


class CheckOut(Schema):
    """A rule that the pair broke; `start` and `end` are places in that part of it."""

    part: str
    reason: str
    message: str
    start: int | None
    end: int | None


class AgreementOut(Schema):
    """How far the responses to the instruction agree, 0 to 1."""

    score: float
    in_largest_group: bool


class LabelOut(Schema):
    """A label. The newest one of a reviewer counts; `withdrawn` takes the one before it back."""

    id: int
    pair: int
    reviewer: str
    value: str
    reasons: list[str]
    note: str
    seconds: float | None
    queue: int | None
    created_at: datetime


class PairText(Schema):
    """A pair's texts and where they come from."""

    id: int
    instruction_id: int
    instruction: str
    response: str
    concepts: list[str]
    seed: str
    description: str
    path: str | None
    repository: str | None
    licences: list[str]
    model: str | None
    is_sample: bool


class PairOut(PairText):
    """A pair with what databases and rules say of it: null where a queue shows its evidence only
    after the label. `model` is null where a blind queue hides it.
    """

    verdicts: list[VerdictOut] | None
    checks: list[CheckOut] | None
    agreement: AgreementOut | None


class PairSeen(PairOut):
    """A pair with its labels: everyone's for editors, else one's own."""

    labels: list[LabelOut]


class Done(Schema):
    """That something was done, in a sentence."""

    detail: str


class ImportOut(Schema):
    """A file of finished pairs that was brought in."""

    id: int
    file_name: str
    sha256: str
    bytes: int
    bytes_read: int
    pairs: int
    rejected: int
    reasons: dict[str, int]
    rejections: list[dict[str, Any]]
    job: JobState | None
    created_at: datetime


class FileOut(Schema):
    """A file of an export; `part` is its word in the address. sha256: "" for the manifest."""

    part: str
    name: str
    bytes: int
    sha256: str


class ExportOut(Schema):
    """An export: what was chosen, how far it is, and its files when it is finished."""

    id: int
    job: JobState
    file_name: str
    filters: dict[str, Any]
    care: dict[str, Any]
    shape: dict[str, Any]
    rows: int
    sha256: str
    is_stale: bool
    deleted_at: datetime | None


class ExportSeen(ExportOut):
    """The same with its files and its manifest."""

    files: list[FileOut]
    manifest: dict[str, Any]


class ValidationOut(Schema):
    """A text that is run: `found` is null until a worker is done with it."""

    id: int
    job: JobState
    found: dict[str, Any] | None


Problem.model_rebuild()
