"""A few-shot file becomes the next version of its set."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import User
from apps.fewshot import format as fewshot_format
from apps.fewshot import values
from apps.fewshot.models import FewShotSet, Version
from apps.fewshot.queries import draft_of, file_text, kept_text
from apps.fewshot.services import FewShotError, examples_add, next_number, version_publish
from apps.fewshot.validation import normalised_text


@dataclass(frozen=True, slots=True)
class Imported:
    """The version that holds a file, and whether it was made now."""

    version: Version
    created: bool


@transaction.atomic
def file_import(*, name: str, file: values.FewShotFile, created_by: User | None = None) -> Imported:
    """Store a file as the next version of the set `name`, which is made when needed.

    It is published where it can be, else a draft to be completed. A file that the set holds
    already is not stored again. Raises FewShotError when the set has another draft: its editor
    would lose sight of what the file brings.
    """
    fewshot_set, _ = FewShotSet.objects.get_or_create(name=name)
    FewShotSet.objects.select_for_update().get(pk=fewshot_set.pk)
    text = fewshot_format.render_kept(file)
    draft = draft_of(fewshot_set)
    published = fewshot_set.versions.filter(status=Version.Status.PUBLISHED)
    for version in (*published, *([draft] if draft else [])):
        if kept_text(version) == text:
            return Imported(version, created=False)
    if draft:
        raise FewShotError(f"{draft} is a draft: publish or discard it, then import again.")
    version = Version.objects.create(
        fewshot_set=fewshot_set,
        number=next_number(fewshot_set),
        systems={label: normalised_text(system) for label, system in file.systems.items()},
        created_by=created_by,
    )
    examples_add(version, file.examples)
    examples_add(version, file.off, is_on=False)
    if _is_whole(version):
        version_publish(version=version, note="from a file", published_by=created_by)
        version.refresh_from_db()
    return Imported(version, created=True)


def _is_whole(version: Version) -> bool:
    try:
        file_text(version)
    except fewshot_format.FewShotFormatError:
        return False
    return True
