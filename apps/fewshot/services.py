"""Writes about few-shot sets. Every change goes to the set's one draft; publishing ends it.

Each change locks the version's row first, so that nothing can slip in while it is published.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils import timezone

from apps.accounts.models import User
from apps.fewshot import format as fewshot_format
from apps.fewshot import values
from apps.fewshot.models import Example, ExampleRun, FewShotSet, Version
from apps.fewshot.queries import (
    CONTENT_FIELDS,
    draft_of,
    example_value,
    file_text,
    fingerprint,
    last_published,
    systems_fingerprint,
    version_file,
    version_fingerprint,
)
from apps.fewshot.running import examples_run
from apps.fewshot.validation import normalised, normalised_text

# Numbers are moved out of the way by this much while they are given anew.
_ASIDE = 1_000_000
MAX_NOTE = 2_000
# Drafts are tried a few times between two changes, not hundreds.
TRIED_LOOKED_AT = 20


class FewShotError(Exception):
    """A change was refused; the message tells the editor why and what to do."""


class ChangedMeanwhileError(FewShotError):
    """Somebody else saved the example after this editor had opened it; `stored` is what it is."""

    def __init__(self, message: str, stored: values.Example) -> None:
        super().__init__(message)
        self.stored = stored


class SystemsChangedError(FewShotError):
    """The same of a draft's system texts."""

    def __init__(self, message: str, stored: Mapping[str, str]) -> None:
        super().__init__(message)
        self.stored = stored


class DraftChangedError(FewShotError):
    """A draft is not what whoever ends it looked at."""


@transaction.atomic
def draft_open(*, fewshot_set: FewShotSet, created_by: User | None) -> Version:
    """The set's draft; made as a copy of the newest published version when there is none."""
    FewShotSet.objects.select_for_update().get(pk=fewshot_set.pk)
    if draft := draft_of(fewshot_set):
        return draft
    return _draft_like(last_published(fewshot_set), fewshot_set, created_by)


@transaction.atomic
def set_create(*, name: str, like: Version | None, created_by: User | None) -> Version:
    """A new set's draft: a copy of a version of another set, or empty. Raises FewShotError where
    there is a set of that name.
    """
    fewshot_set, is_new = FewShotSet.objects.get_or_create(name=name)
    if not is_new:
        raise FewShotError(f"There is a set {name} already: choose another name.")
    return _draft_like(like, fewshot_set, created_by)


def _draft_like(like: Version | None, fewshot_set: FewShotSet, created_by: User | None) -> Version:
    draft = Version.objects.create(
        fewshot_set=fewshot_set,
        number=next_number(fewshot_set),
        systems=like.systems if like else {},
        created_by=created_by,
    )
    if like:
        _copy_examples(draft, list(like.examples.order_by("number")))
    return draft


@transaction.atomic
def draft_freeze(*, version: Version) -> Version:
    """The draft as it is now, as a version that never changes; one that is there already where
    nothing has changed since. Raises FewShotError when it is no whole file.
    """
    draft = _locked_draft(version)
    try:
        text = fewshot_format.render(version_file(draft))
    except fewshot_format.FewShotFormatError as error:
        raise FewShotError(f"This cannot be tried yet: {error.problems[0]}") from error
    examples = _shown(draft)
    tried = draft.fewshot_set.versions.filter(status=Version.Status.TRIED, number=draft.number)
    for kept in tried.order_by("-pk")[:TRIED_LOOKED_AT]:
        if fewshot_format.render(version_file(kept)) == text and _shown(kept) == examples:
            return kept
    return _frozen(draft, examples)


def _frozen(draft: Version, examples: Sequence[values.Example]) -> Version:
    """It takes its examples before it is dated; from then on the database refuses changes."""
    kept = Version.objects.create(
        fewshot_set=draft.fewshot_set,
        number=draft.number,
        status=Version.Status.TRIED,
        systems=draft.systems,
        created_by=draft.created_by,
    )
    examples_add(kept, examples)
    kept.published_at = timezone.now()
    kept.save(update_fields=["published_at"])
    return kept


def _shown(version: Version) -> list[values.Example]:
    """What models are shown, under the numbers that arrangements are drawn by."""
    return [example_value(row) for row in version.examples.filter(is_on=True).order_by("number")]


@transaction.atomic
def draft_discard(*, version: Version, seen: str | None = None) -> None:
    """Throw a draft away with all its changes.

    `seen` is the fingerprint of the draft that the editor was shown. Raises DraftChangedError where
    it is another by now: nobody throws away what others wrote unseen.
    """
    draft = _locked_draft(version)
    if seen is not None and version_fingerprint(draft) != seen:
        raise DraftChangedError(
            "Somebody changed this draft since you were shown it. Look at it, then discard it."
        )
    draft.delete()


@transaction.atomic
def version_publish(
    *, version: Version, note: str, published_by: User | None, seen: str | None = None
) -> None:
    """Make a draft a published version, which nobody can change from then on.

    `seen` is the fingerprint of the draft that its publisher looked at. Raises DraftChangedError
    where it is another by now, and FewShotError when the note is empty, when it is published
    already, cannot be written as a file, or says the same as the newest published version.
    """
    if not note.strip():
        raise FewShotError("Say in a few words why this version is made, then publish.")
    draft = _locked_draft(version)
    if seen is not None and version_fingerprint(draft) != seen:
        raise DraftChangedError(
            "Somebody changed this draft while you were looking at it. What it changes by now"
            " stands below: look at it, then publish."
        )
    try:
        text = file_text(draft)
    except fewshot_format.FewShotFormatError as error:
        raise FewShotError(f"This cannot be published yet: {error.problems[0]}") from error
    base = last_published(draft.fewshot_set)
    if base and file_text(base) == text:
        raise FewShotError(f"Nothing differs from version {base.number}: change something first.")
    Version.objects.filter(pk=draft.pk, status=Version.Status.DRAFT).update(
        status=Version.Status.PUBLISHED,
        published_at=timezone.now(),
        published_by=published_by,
        note=note.strip()[:MAX_NOTE],
    )


@transaction.atomic
def systems_save(*, version: Version, systems: Mapping[str, str], seen: str | None = None) -> None:
    """Replace the system texts of a draft, by mode label; empty ones are left out.

    `seen` is the fingerprint of what the editor began with. Raises SystemsChangedError when the
    stored texts are others by now.
    """
    draft = _locked_draft(version)
    if seen is not None and systems_fingerprint(draft.systems) != seen:
        raise SystemsChangedError(
            "Somebody saved the system texts while you were editing them. Both stand below: put"
            " together what you want, then save again.",
            stored=draft.systems,
        )
    texts = {label: normalised_text(text) for label, text in systems.items()}
    draft.systems = {label: text for label, text in texts.items() if text}
    draft.save(update_fields=["systems"])


@transaction.atomic
def example_add(
    *,
    version: Version,
    content: values.Example,
    lineage: Mapping[str, Any] | None = None,
    added_by: User | None = None,
) -> Example:
    """Add an example at the end of a draft, and have it run; its number is the next one whatever
    it says.

    lineage: of a pair that becomes an example, what it was.
    """
    draft = _locked_draft(version)
    last: int = draft.examples.aggregate(last=Max("number"))["last"] or 0
    (added,) = examples_add(draft, [replace(content, number=last + 1)])
    if lineage:
        added.lineage = dict(lineage)
        added.save(update_fields=["lineage"])
    examples_run(examples=[added], asked_by=added_by)
    return added


@transaction.atomic
def example_save(
    *, example: Example, content: values.Example, seen: str, saved_by: User | None = None
) -> None:
    """Give an example new content, and have it run; its number stays.

    `seen` is the fingerprint of what the editor began with. Raises ChangedMeanwhileError when
    the stored example is another by now.
    """
    _locked_draft(example.version)
    stored = Example.objects.get(pk=example.pk)
    if fingerprint(example_value(stored)) != seen:
        raise ChangedMeanwhileError(
            "Somebody saved this example while you were editing it. Both stand below: put together"
            " what you want, then save again.",
            stored=example_value(stored),
        )
    content = normalised(content)
    for name in CONTENT_FIELDS:
        setattr(stored, name, getattr(content, name))
    stored.concepts = list(content.concepts)
    stored.save()
    examples_run(examples=[stored], asked_by=saved_by)


@transaction.atomic
def example_duplicate(*, example: Example) -> Example:
    """A copy right behind the example, to be changed."""
    draft = _locked_draft(example.version)
    rows = list(draft.examples.order_by("number"))
    place = next(index for index, row in enumerate(rows) if row.pk == example.pk)
    last = rows[-1].number
    (added,) = _copy_examples(draft, [rows[place]], first=last + 1)
    draft.examples.filter(pk=added.pk).update(is_on=True)
    rows.insert(place + 1, added)
    _renumber(draft, rows)
    return added


@transaction.atomic
def example_switch(*, example: Example, on: bool) -> None:
    """Show an example to models, or keep it in the version and show it to none."""
    draft = _locked_draft(example.version)
    draft.examples.filter(pk=example.pk).update(is_on=on)


@transaction.atomic
def examples_order(
    *, version: Version, ids: Sequence[int], was: Sequence[int] | None = None
) -> None:
    """Put the examples of a draft in this order; `was` is the one that the editor began with.

    Raises FewShotError when these are not its examples, or not in that order any more: somebody
    added, removed or moved one meanwhile.
    """
    draft = _locked_draft(version)
    rows = {row.pk: row for row in draft.examples.order_by("number")}
    if len(ids) != len(rows) or set(ids) != set(rows):
        raise FewShotError("Somebody added or removed an example meanwhile. Reload the page.")
    if was is not None and list(was) != list(rows):
        raise FewShotError("Somebody moved an example meanwhile. Reload the page.")
    _renumber(draft, [rows[pk] for pk in ids])


@transaction.atomic
def example_remove(*, example: Example, seen: str | None = None) -> None:
    """Take an example out of a draft; those after it move up.

    `seen` is the fingerprint of the example that the editor was shown. Raises FewShotError when
    somebody saved it since: nobody loses what others have not seen.
    """
    draft = _locked_draft(example.version)
    stored = draft.examples.filter(pk=example.pk).first()
    if stored and seen is not None and fingerprint(example_value(stored)) != seen:
        raise FewShotError(
            f"Somebody saved example {stored.number} since you were shown it. Look at it, then"
            " remove it."
        )
    draft.examples.filter(pk=example.pk).delete()
    _renumber(draft, list(draft.examples.order_by("number")))


@transaction.atomic
def example_move(*, example: Example, up: bool) -> None:
    """Swap an example with its neighbour; at the end of the list nothing happens."""
    draft = _locked_draft(example.version)
    rows = list(draft.examples.order_by("number"))
    place = next(index for index, row in enumerate(rows) if row.pk == example.pk)
    other = place - 1 if up else place + 1
    if 0 <= other < len(rows):
        rows[place], rows[other] = rows[other], rows[place]
        _renumber(draft, rows)


def next_number(fewshot_set: FewShotSet) -> int:
    """What a set's next version is called; what was tried of a draft has the draft's number."""
    versions = fewshot_set.versions.exclude(status=Version.Status.TRIED)
    last: int = versions.aggregate(last=Max("number"))["last"] or 0
    return last + 1


def _locked_draft(version: Version) -> Version:
    """The version under a row lock until the transaction ends. Raises FewShotError when final."""
    locked = Version.objects.select_for_update().filter(pk=version.pk).first()
    if locked is None:
        raise FewShotError("This draft was discarded meanwhile.")
    if not locked.is_draft:
        raise FewShotError(
            f"Version {locked.number} is published and stays as it is. Open a draft to change it."
        )
    return locked


def examples_add(
    version: Version, examples: Sequence[values.Example], *, is_on: bool = True
) -> list[Example]:
    """Store examples under the numbers that they have."""
    rows = []
    for example in map(normalised, examples):
        content = {name: getattr(example, name) for name in CONTENT_FIELDS}
        rows.append(
            Example(
                version=version,
                number=example.number,
                is_on=is_on,
                concepts=list(example.concepts),
                **content,
            )
        )
    return Example.objects.bulk_create(rows)


def _copy_examples(
    version: Version, rows: Sequence[Example], *, first: int | None = None
) -> list[Example]:
    """The same examples in another version, with where they came from and what was found out.

    first: the number of the first copy, counted on; None keeps their numbers.
    """
    copies = [
        Example(
            version=version,
            number=row.number if first is None else first + place,
            is_on=row.is_on,
            concepts=list(row.concepts),
            lineage=row.lineage,
            **{name: getattr(row, name) for name in CONTENT_FIELDS},
        )
        for place, row in enumerate(rows)
    ]
    made = Example.objects.bulk_create(copies)
    runs = {run.example_id: run for run in ExampleRun.objects.filter(example__in=rows)}
    ExampleRun.objects.bulk_create(
        ExampleRun(
            example=copy,
            text_hash=run.text_hash,
            found=run.found,
            version=run.version,
            ran_at=run.ran_at,
        )
        for row, copy in zip(rows, made, strict=True)
        if (run := runs.get(row.pk)) and run.found
    )
    return made


def _renumber(version: Version, rows: Sequence[Example]) -> None:
    """Number the examples 1, 2, 3, … in this order, without two ever sharing a number."""
    version.examples.update(number=F("number") + _ASIDE)
    for number, row in enumerate(rows, start=1):
        row.number = number
    Example.objects.bulk_update(rows, ["number"])
