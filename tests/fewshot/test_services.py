"""A set's draft, and what is published for good."""

from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from apps.fewshot import services
from apps.fewshot.format import parse
from apps.fewshot.importing import file_import
from apps.fewshot.models import Example, FewShotSet, Version
from apps.fewshot.queries import (
    example_value,
    file_text,
    fingerprint,
    version_file,
)
from apps.fewshot.rendering import DEFAULT_FILE
from apps.fewshot.services import ChangedMeanwhileError, FewShotError
from tests.builders import make_user
from tests.fewshot.data import EXAMPLE, FILE, make_published

pytestmark = pytest.mark.django_db


@pytest.fixture
def published() -> Version:
    return make_published()


@pytest.fixture
def draft(published: Version) -> Version:
    return services.draft_open(fewshot_set=published.fewshot_set, created_by=None)


def example(version: Version, number: int) -> Example:
    return version.examples.get(number=number)


def order(version: Version) -> list[tuple[int, str]]:
    return [(row.number, row.category) for row in version.examples.order_by("number")]


def save(row: Example, category: str, seen: str | None = None) -> None:
    content = replace(example_value(row), category=category)
    services.example_save(
        example=row, content=content, seen=seen or fingerprint(example_value(row))
    )


def test_a_draft_is_a_copy_of_the_newest_published_version(draft: Version) -> None:
    assert (draft.number, draft.status) == (2, "draft")
    assert version_file(draft) == FILE


def test_a_set_has_one_draft_whoever_asks(published: Version, draft: Version) -> None:
    editor = make_user("editor")
    again = services.draft_open(fewshot_set=published.fewshot_set, created_by=editor)
    assert again == draft


def test_a_set_without_versions_gets_an_empty_first_draft() -> None:
    fewshot_set = FewShotSet.objects.create(name="new")
    draft = services.draft_open(fewshot_set=fewshot_set, created_by=None)
    assert (draft.number, draft.systems, draft.examples.count()) == (1, {}, 0)


def test_publishing_makes_the_next_version_and_leaves_the_first_as_it_was(
    published: Version, draft: Version
) -> None:
    save(example(draft, 2), "museum")
    services.version_publish(version=draft, note="why", published_by=None)
    draft.refresh_from_db()
    assert draft.status == "published"
    assert draft.published_at is not None
    assert order(draft)[1] == (2, "museum")
    assert version_file(published) == FILE


def test_a_draft_that_says_the_same_is_not_published(draft: Version) -> None:
    with pytest.raises(FewShotError, match="Nothing differs from version 1"):
        services.version_publish(version=draft, note="why", published_by=None)


def test_a_draft_that_cannot_be_written_is_not_published(draft: Version) -> None:
    draft.examples.all().delete()
    with pytest.raises(FewShotError, match="there is no example; add"):
        services.version_publish(version=draft, note="why", published_by=None)
    draft.refresh_from_db()
    assert draft.is_draft


@pytest.mark.parametrize(
    "change",
    [
        lambda version: services.version_publish(version=version, note="why", published_by=None),
        lambda version: services.draft_discard(version=version),
        lambda version: services.systems_save(version=version, systems={}),
        lambda version: services.example_add(version=version, content=EXAMPLE),
        lambda version: save(example(version, 1), "museum"),
        lambda version: services.example_remove(example=example(version, 1)),
        lambda version: services.example_move(example=example(version, 1), up=False),
    ],
)
def test_a_published_version_refuses_every_change_and_names_the_way(
    published: Version, change
) -> None:
    with pytest.raises(FewShotError, match="Version 1 is published and stays as it is. Open a"):
        change(published)
    assert version_file(published) == FILE


def test_the_database_itself_refuses_to_change_a_published_version(published: Version) -> None:
    for rows, values in ((Version, {"systems": {}}), (Example, {"code": ""})):
        with pytest.raises(IntegrityError, match="cannot be changed"), transaction.atomic():
            rows.objects.update(**values)


def test_an_example_saved_by_another_meanwhile_is_not_overwritten(draft: Version) -> None:
    row = example(draft, 1)
    seen = fingerprint(example_value(row))
    save(row, "museum")
    with pytest.raises(ChangedMeanwhileError, match="Somebody saved this example"):
        save(row, "theatre", seen=seen)
    assert order(draft)[0] == (1, "museum")


def test_examples_are_moved_and_keep_numbers_without_gaps(draft: Version) -> None:
    services.example_move(example=example(draft, 3), up=True)
    assert order(draft) == [(1, "library one"), (2, "library three"), (3, "library two")]
    services.example_move(example=example(draft, 3), up=False)
    services.example_move(example=example(draft, 1), up=True)
    assert [number for number, _ in order(draft)] == [1, 2, 3]


def test_a_removed_example_leaves_no_gap_and_a_new_one_comes_last(draft: Version) -> None:
    services.example_remove(example=example(draft, 1))
    services.example_add(version=draft, content=replace(EXAMPLE, number=77, category="new"))
    assert order(draft) == [(1, "library two"), (2, "library three"), (3, "new")]


def test_a_discarded_draft_is_gone_and_its_late_editor_is_told(draft: Version) -> None:
    row = example(draft, 1)
    services.draft_discard(version=draft)
    with pytest.raises(FewShotError, match="discarded meanwhile"):
        services.example_move(example=row, up=False)


def test_empty_system_texts_are_left_out(draft: Version) -> None:
    services.systems_save(version=draft, systems={"I->R": " Answer in SQL. ", "S->I": ""})
    draft.refresh_from_db()
    assert draft.systems == {"I->R": "Answer in SQL."}


def test_the_default_file_is_imported_once_as_version_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    call_command("import_fewshot")
    call_command("import_fewshot")
    version = Version.objects.get()
    assert (str(version), version.status) == ("self-ossinstruct version 1", "published")
    assert file_text(version) == DEFAULT_FILE.read_text(encoding="utf-8")
    first, second = capsys.readouterr().out.splitlines()
    assert first.endswith("is now self-ossinstruct version 1.")
    assert second.endswith("is already self-ossinstruct version 1.")


def test_another_file_becomes_the_next_version_unless_there_is_a_draft(
    published: Version, draft: Version
) -> None:
    other = replace(FILE, examples=FILE.examples[:1])
    with pytest.raises(FewShotError, match="small version 2 is a draft: publish or discard"):
        file_import(name="small", file=other)
    assert not file_import(name="small", file=FILE).created
    services.draft_discard(version=draft)
    assert file_import(name="small", file=other).version.number == 2


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read: No such file"),
        (b"\xff\xfe", "is not UTF-8 .byte 0.: convert it"),
        (b"### Example 1\n", "is not a few-shot file:\n.*line 1"),
    ],
)
def test_a_file_that_cannot_be_imported_is_named_with_the_reason(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "x.txt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=f"x.txt {message}"):
        call_command("import_fewshot", str(path))
    assert not FewShotSet.objects.exists()


def test_a_written_file_is_the_file_that_was_read(published: Version) -> None:
    assert parse(file_text(published)) == FILE
