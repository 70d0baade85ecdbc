"""What the API answers of few-shot sets, versions and examples."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema


class VersionLine(Schema):
    """A few-shot version in a list."""

    id: int
    number: int
    status: str
    examples: int
    note: str
    published_at: datetime | None


class FewShotSetOut(Schema):
    """A series of few-shot versions, the newest first."""

    id: int
    name: str
    versions: list[VersionLine]


class ExampleOut(Schema):
    """A worked example. `seen` goes back with a change of it: it says what was begun with."""

    id: int
    number: int
    is_on: bool
    code: str
    category: str
    concepts: list[str]
    difficulty: str
    instruction: str
    solution: str
    reasoning: str
    implementation: str
    explanation: str
    tests: str
    seen: str


class VersionOut(Schema):
    """A few-shot version: its system texts by mode, and its examples in order. `seen` goes back
    when it is published, `systems_seen` with a change of the texts: what was begun with.
    """

    id: int
    set: int
    set_name: str
    number: int
    status: str
    note: str
    systems: dict[str, str]
    examples: list[ExampleOut]
    seen: str
    systems_seen: str
