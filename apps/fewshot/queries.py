"""Reads of few-shot sets: rows for pages, an example as a value, a version as a file, changes."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Literal

from django.db.models import Count, Prefetch, QuerySet

from apps.fewshot import format as fewshot_format
from apps.fewshot import values
from apps.fewshot.models import Example, FewShotSet, Version
from apps.fewshot.validation import HEADING

CONTENT_FIELDS = tuple(
    field.name for field in fields(values.Example) if field.name not in ("number", "concepts")
)
CONTEXT_LINES = 3


def sets_with_versions() -> QuerySet[FewShotSet]:
    """All sets with their versions, newest first, each with `example_count`: two queries."""
    versions = (
        Version.objects.annotate(example_count=Count("examples"))
        .select_related("created_by")
        .order_by("-number")
    )
    return FewShotSet.objects.order_by("name").prefetch_related(
        Prefetch("versions", queryset=versions)
    )


def draft_of(fewshot_set: FewShotSet) -> Version | None:
    """The set's draft; there is one at most."""
    return fewshot_set.versions.filter(status=Version.Status.DRAFT).first()


def last_published(fewshot_set: FewShotSet) -> Version | None:
    """The set's newest published version."""
    published = fewshot_set.versions.filter(status=Version.Status.PUBLISHED)
    return published.order_by("-number").first()


def published_before(version: Version) -> Version | None:
    """The newest published version with a lower number: what a version's changes are against."""
    published = version.fewshot_set.versions.filter(status=Version.Status.PUBLISHED)
    return published.filter(number__lt=version.number).order_by("-number").first()


def example_value(row: Example) -> values.Example:
    """A stored example as the value that `format` and `rendering` know."""
    content = {name: getattr(row, name) for name in CONTENT_FIELDS}
    return values.Example(number=row.number, concepts=tuple(row.concepts), **content)


def version_file(version: Version) -> values.FewShotFile:
    """A version as a few-shot file, its examples in order."""
    examples = tuple(example_value(row) for row in version.examples.order_by("number"))
    return values.FewShotFile(systems=dict(version.systems), examples=examples)


def file_text(version: Version) -> str:
    """A version as the text of its file. Raises FewShotFormatError when it cannot be written."""
    return fewshot_format.render(version_file(version))


def fingerprint(example: values.Example) -> str:
    """SHA-256 (hex) of an example as the file has it: says whether it was changed meanwhile."""
    return hashlib.sha256(fewshot_format.render_example(example).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ChangedLine:
    """A line of a difference; the text of a `part` names where the lines after it stand."""

    kind: Literal["same", "added", "removed", "part"]
    text: str


def changes(before: Version | None, after: Version) -> list[ChangedLine]:
    """What the file of `after` has different from `before`'s, with three lines around each place.

    Works on a draft that is not valid yet. Empty when nothing differs.
    """
    old = _loose_text(before) if before else []
    return list(_changed_lines(old, _loose_text(after)))


def _changed_lines(old: list[str], new: list[str]) -> Iterator[ChangedLine]:
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(CONTEXT_LINES):
        yield ChangedLine("part", _heading_above(new, group[0][3]))
        for tag, old_start, old_end, new_start, new_end in group:
            if tag == "equal":
                yield from (ChangedLine("same", line) for line in new[new_start:new_end])
            else:
                yield from (ChangedLine("removed", line) for line in old[old_start:old_end])
                yield from (ChangedLine("added", line) for line in new[new_start:new_end])


def _heading_above(lines: list[str], index: int) -> str:
    above = reversed(lines[: index + 1 + CONTEXT_LINES])
    return next((line.lstrip("# ") for line in above if HEADING.fullmatch(line)), "")


def _loose_text(version: Version) -> list[str]:
    """The lines of a version's file, whether or not it is valid."""
    file = version_file(version)
    parts = [
        f"### System: {label}\n\n{file.systems[label]}"
        for label in values.MODE_LABELS
        if label in file.systems
    ]
    parts += [fewshot_format.render_example(example) for example in file.examples]
    return "\n\n".join(parts).split("\n")
