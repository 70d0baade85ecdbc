"""A file that says nothing of its dialect is of that of the files around it."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.seeds.gathering import neighbours as module
from apps.seeds.gathering.jobs import gathering_start
from apps.seeds.gathering.neighbours import Neighbours
from apps.seeds.models import Seed, SourceFile
from apps.sql.dialects import Dialect
from tests.seeds.gathering.running import do_all

TSQL, MYSQL = Dialect.TSQL, Dialect.MYSQL


def test_the_nearest_folder_that_is_clear_is_asked() -> None:
    near = Neighbours()
    for path, dialect in (
        ("db/a.sql", TSQL),
        ("db/my/a.sql", MYSQL),
        ("db/my/b.sql", MYSQL),
        ("top.sql", TSQL),
    ):
        near.add("", path, dialect)
    near.add("", "db/silent.sql", Dialect.UNKNOWN)

    assert near.of("", "db/my/c.sql") == {MYSQL: 2}
    assert near.of("", "db/my/deep/er/c.sql") == {MYSQL: 2}
    assert near.of("", "db/c.sql") == {MYSQL: 2, TSQL: 1}
    assert near.of("", "other/c.sql") == {}, "a source may hold anything"
    assert near.of("", "c.sql") == {TSQL: 1}
    assert near.of("a/b", "db/c.sql") == {}, "another repository"


def test_a_repository_is_asked_where_its_folders_say_nothing() -> None:
    near = Neighbours()
    near.add("a/b", "schema/a.sql", TSQL)
    assert near.of("a/b", "queries/c.sql") == {TSQL: 1}
    near.add("a/b", "schema/b.sql", MYSQL)
    assert near.of("a/b", "queries/c.sql") == {}, "neither is clearly more"


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PLACES", 3)
    near = Neighbours()
    for number in range(9):
        near.add("", f"{number}/a.sql", TSQL)
    assert [number for number in range(9) if near.of("", f"{number}/b.sql")] == [6, 7, 8]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two that speak for T-SQL, before and behind one that says nothing."""
    files = {
        "db/a.sql": "CREATE TABLE [dbo].[hall] ([id] INT IDENTITY(1, 1) PRIMARY KEY)\nGO\n",
        "db/b.sql": "UPDATE hall SET seats = 4 WHERE id = 2\nDELETE FROM hall WHERE id = 3\n",
        "db/c.sql": "SELECT TOP 3 name FROM [dbo].[guest] WITH (NOLOCK)\nGO\n",
        "other/d.sql": "SELECT seat FROM hall WHERE row_number = 5;\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


@pytest.mark.django_db
def test_a_silent_file_is_split_as_its_folder_is(folder: Path) -> None:
    do_all(gathering_start(spec=str(folder)))

    told = dict(SourceFile.objects.values_list("path", "dialect"))
    assert told == {"db/a.sql": "tsql", "db/b.sql": "tsql", "db/c.sql": "tsql", "other/d.sql": ""}
    silent = SourceFile.objects.get(path="db/b.sql")
    assert silent.dialect_of_neighbours and 0 < silent.dialect_confidence < 1
    assert sorted(silent.seeds.values_list("kind", flat=True)) == ["delete", "update"]


@pytest.mark.django_db
def test_going_on_gives_the_same_as_one_pass(folder: Path) -> None:
    do_all(gathering_start(spec=str(folder)))
    whole = sorted(Seed.objects.values_list("text", "dialect"))
    # As if it had been broken off before the silent files were stored.
    SourceFile.objects.filter(path__in=["db/b.sql", "other/d.sql"]).delete()

    do_all(gathering_start(spec=str(folder)))

    assert sorted(Seed.objects.values_list("text", "dialect")) == whole
