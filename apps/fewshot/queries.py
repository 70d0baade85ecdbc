"""Reads of few-shot sets: rows for pages, an example as a value, a version as a file."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, replace

from django.db.models import Count, Prefetch, QuerySet

from apps.fewshot import format as fewshot_format
from apps.fewshot import values
from apps.fewshot.models import Example, FewShotSet, Version

CONTENT_FIELDS = tuple(
    field.name for field in fields(values.Example) if field.name not in ("number", "concepts")
)


def sets_with_versions() -> QuerySet[FewShotSet]:
    """All sets with their versions, newest first, each with `example_count`: two queries."""
    versions = (
        Version.objects.exclude(status=Version.Status.TRIED)
        .annotate(example_count=Count("examples"))
        .select_related("created_by", "published_by")
        .order_by("-number")
    )
    return FewShotSet.objects.order_by("name").prefetch_related(
        Prefetch("versions", queryset=versions)
    )


def published_versions() -> QuerySet[Version]:
    """Those of all sets, the newest first."""
    published = Version.objects.filter(status=Version.Status.PUBLISHED)
    return published.select_related("fewshot_set").order_by("-pk")


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
    """A version as a few-shot file: the examples that models are shown, numbered 1, 2, 3, …"""
    rows = version.examples.filter(is_on=True).order_by("number")
    examples = tuple(
        replace(example_value(row), number=number) for number, row in enumerate(rows, start=1)
    )
    return values.FewShotFile(systems=dict(version.systems), examples=examples)


def whole_file(version: Version) -> values.FewShotFile:
    """A version as it is kept: every example under its own number, also those switched off."""
    rows = list(version.examples.order_by("number"))
    return values.FewShotFile(
        systems=dict(version.systems),
        examples=tuple(example_value(row) for row in rows if row.is_on),
        off=tuple(example_value(row) for row in rows if not row.is_on),
    )


def file_text(version: Version) -> str:
    """A version as the text of its file. Raises FewShotFormatError when it cannot be written."""
    return fewshot_format.render(whole_file(version))


def kept_text(version: Version) -> str:
    """The same of a version that may be incomplete, such as a draft."""
    return fewshot_format.render_kept(whole_file(version))


def fingerprint(example: values.Example) -> str:
    """SHA-256 (hex) of an example as the file has it: says whether it was changed meanwhile. Where
    it stands among the others is no change of it.
    """
    return _hashed(fewshot_format.render_example(replace(example, number=1)))


def systems_fingerprint(systems: Mapping[str, str]) -> str:
    """The same of a version's system texts."""
    return _hashed(json.dumps(dict(systems), sort_keys=True))


def version_fingerprint(version: Version) -> str:
    """The same of all that a version says, the order of its examples included."""
    return _hashed(kept_text(version))


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
