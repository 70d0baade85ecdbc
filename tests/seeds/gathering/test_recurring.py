"""A comment that comes again and again over a repository describes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.seeds.choice.recurring import comment_key
from apps.seeds.gathering import jobs
from apps.seeds.gathering.jobs import gathering_start
from apps.seeds.gathering.settings import GatherSettings
from apps.seeds.models import CommentCount, Seed
from tests.seeds.gathering.running import do_all

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(4):
        (tmp_path / f"{number}.sql").write_text(
            f"-- Update number {number} of the halls\nUPDATE hall_{number} SET a_{number} = 1 WHERE b = 2;\n"
            f"-- closes hall {'abcd'[number]}\nDELETE FROM seat_{number} WHERE c_{number} = 3;\n"
        )
    return tmp_path


@pytest.mark.parametrize("files", [500, 3, 1])
@pytest.mark.parametrize("per_chunk", [16_000, 1])
def test_what_stands_above_many_statements_describes_none_of_them(
    folder: Path, files: int, per_chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "BATCH_FILES", files)
    do_all(gathering_start(spec=str(folder), settings=GatherSettings(files_per_chunk=per_chunk)))

    told = dict(Seed.objects.values_list("kind", "description_source").distinct())
    assert told == {"update": "kind", "delete": "comment"}
    updates = Seed.objects.filter(kind="update").values_list("comment", "description").distinct()
    assert list(updates) == [
        ("", "This statement updates specific records in a table based on the conditions provided.")
    ]
    assert sorted(CommentCount.objects.values_list("number", flat=True)) == [1, 1, 1, 1, 4]
    assert CommentCount.objects.get(number=4).seeds == []


def test_a_later_gathering_counts_on(folder: Path) -> None:
    late = (folder / "3.sql").read_text() + (folder / "2.sql").read_text()
    (folder / "3.sql").unlink()
    (folder / "2.sql").unlink()
    do_all(gathering_start(spec=str(folder)))
    assert Seed.objects.filter(kind="update", description_source="comment").count() == 2

    (folder / "late.sql").write_text(late)
    do_all(gathering_start(spec=str(folder)))

    assert set(Seed.objects.filter(kind="update").values_list("comment", flat=True)) == {""}


def test_copies_of_a_statement_do_not_speak_against_its_comment(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"{number}.sql").write_text(
            "-- closes the hall\nDELETE FROM hall WHERE a = 3;\n"
        )
    do_all(gathering_start(spec=str(tmp_path)))

    assert Seed.objects.get().comment == "closes the hall"


def test_a_comment_is_counted_in_its_repository() -> None:
    assert comment_key("a/b", "Step 1 of 9") == comment_key("a/b", "step 2 of 10")
    assert comment_key("a/b", "Step 1") != comment_key("a/c", "Step 1")
