"""The command lines of gathering: messages, exit codes, workers, and seeds as a file."""

import json
import socket
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from apps.core import work
from apps.seeds import gathering as gatherings
from apps.seeds.models import Gathering, Seed
from tests.builders import make_file, make_seed
from tests.seeds.candidates import update
from tests.seeds.running import counts, do_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "sql"
    folder.mkdir()
    for name in ("users", "orders", "shops", "people"):
        (folder / f"{name}.sql").write_text(
            f"CREATE TABLE {name} (id int, a_{name} text);\n" + update(len(name), name)
        )
    return folder


def test_a_folder_is_gathered_and_its_figures_told(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("gather", folder)
    out = capsys.readouterr().out
    assert "files read" in out and "kept: create_table" in out
    assert Seed.objects.filter(kind="create_table").count() == 4


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "Name a folder, a file or a data set: manage.py gather PATH"),
        (["/nowhere"], "There is no file or folder '/nowhere'. A Hugging Face data set is written"),
        (["/tmp", "--limit", "0"], "--limit must be 1 or more."),
        (["/tmp", "--rows", "0"], "rows must be more than 0, not 0."),
        (["/tmp", "--licences", "free"], "licences must be one of permissive, strict, any"),
        (["/tmp", "--quota", "selects=3"], "--quota is KIND=NUMBER, not 'selects=3'"),
        (["--resume", "77"], "There is no gathering 77"),
    ],
)
def test_what_cannot_be_is_refused_with_the_fix(arguments: list[str], told: str) -> None:
    with pytest.raises(CommandError, match=told.replace("(", r"\(")):
        call_command("gather", *arguments)
    assert not Gathering.objects.exists()


def test_ctrl_c_keeps_what_is_done_and_resume_goes_on_exactly_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    stored = gatherings.store

    def store_one_then_interrupt(**values: object) -> int | None:
        if Seed.objects.exists():
            raise KeyboardInterrupt
        return stored(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(gatherings, "store", store_one_then_interrupt)
    with pytest.raises(SystemExit) as ended:
        call_command("gather", folder, "--files-per-chunk", "1")
    assert ended.value.code == 130
    gathering = Gathering.objects.get()
    assert f"manage.py gather --resume {gathering.pk}" in capsys.readouterr().err
    before = Seed.objects.count()
    assert 0 < before < 8
    monkeypatch.setattr(gatherings, "store", stored)
    call_command("gather", "--resume", str(gathering.pk))
    assert counts(gathering)["files", "read"] == 4
    call_command("gather", "--resume", str(gathering.pk))
    assert "nothing left to do" in capsys.readouterr().out


def test_units_of_a_dead_process_of_this_machine_are_free_at_once(folder: Path) -> None:
    gathering = gatherings.gathering_start(spec=str(folder))
    unit = gathering.job.units.get()
    host = socket.gethostname()
    assert work.claim(unit_id=unit.pk, owner=f"{host}:{2**22 + 5}:command")
    assert gatherings.gathering_resume(gathering=gathering)
    unit.refresh_from_db()
    assert unit.status == "waiting"


def test_a_limit_leaves_later_files_to_a_later_gathering(folder: Path) -> None:
    call_command("gather", folder, "--limit", "3")
    assert Seed.objects.count() == 3
    again = gatherings.gathering_start(spec=str(folder))
    do_all(again)
    assert counts(again)["files", "read"] == 2


def test_a_file_that_a_gathering_kept_no_more_of_counts_what_it_left(folder: Path) -> None:
    (folder / "a.sql").write_text("".join(f"DROP TABLE {name}_old_{name};\n" for name in "abcdef"))
    gathering = gatherings.gathering_start(spec=str(folder), limit=2)
    do_all(gathering)
    assert counts(gathering)["rejected", "limit"] == 4


def test_seeds_are_written_as_records(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = make_file("db/a.sql", repository="ann/shop", licences=["MIT"])
    seed = make_seed("SELECT 'ü' FROM t", kind="select", file=file, line=7)
    make_seed(kind="update")
    call_command("export_seeds", "--kind", "select")
    assert json.loads(capsys.readouterr().out) == {
        "id": seed.pk, "sql_statement": "SELECT 'ü' FROM t", "description": seed.description,
    }  # fmt: skip
    target = tmp_path / "seeds.jsonl"
    call_command("export_seeds", "--to", target, "--lineage", "--licence", "MIT")
    (line,) = target.read_text().splitlines()
    told = json.loads(line)
    assert (told["path"], told["line"], told["repository"]) == ("db/a.sql", 7, "ann/shop")
    with pytest.raises(CommandError, match="Nothing was gathered from 'x'"):
        call_command("export_seeds", "--source", "x")
    with pytest.raises(CommandError, match="cannot be written"):
        call_command("export_seeds", "--to", tmp_path / "no" / "such")
