"""The command lines of gathering: messages, exit codes, workers, and seeds as a file."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core import local, work
from apps.seeds.gathering import jobs as gatherings
from apps.seeds.gathering.files import CRASHED
from apps.seeds.models import Gathering, Seed, SourceFile
from tests.builders import make_file, make_seed, make_user
from tests.seeds.extraction.candidates import update
from tests.seeds.gathering.running import counts, do_all

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
    assert f": {folder} (" in out, "the path stands on one line, however long it is"
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


def test_a_folder_without_sql_says_what_is_read(
    tmp_path: Path, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "notes.txt").write_text("SELECT 1")
    call_command("gather", tmp_path)
    assert "Nothing in it looks like SQL" in capsys.readouterr().out
    client.force_login(make_user())
    page = client.get(reverse("seeds:gathering", args=[Gathering.objects.get().pk]))
    assert "Nothing in it looks like SQL" in page.content.decode()


def test_commands_may_be_typed_with_hyphens() -> None:
    told = subprocess.run(
        [sys.executable, "manage.py", "export-seeds", "--help"],
        cwd=settings.BASE_DIR, capture_output=True, text=True,
    )  # fmt: skip
    assert told.returncode == 0 and "export-seeds" not in told.stderr, told.stderr
    assert "--lineage" in told.stdout


def test_no_source_is_begun_while_another_is_not_there(folder: Path) -> None:
    with pytest.raises(CommandError, match="There is no file or folder '/nowhere'"):
        call_command("gather", folder, "/nowhere")
    assert not Gathering.objects.exists()


def test_ctrl_c_leaves_no_later_source_running(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def interrupt(**values: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(gatherings, "store", interrupt)
    with pytest.raises(SystemExit):
        call_command("gather", folder, tmp_path)
    gathering = Gathering.objects.get()
    assert gathering.job.status == "stopped"
    assert f"Gathering {gathering.pk}: Ctrl-C keeps" in capsys.readouterr().out


def test_a_chunk_that_fails_is_tried_after_a_pause_and_the_others_are_done(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[float] = []
    stored = gatherings.store

    def fail_at_the_first_file(**values: Any) -> int | None:
        if values["files"][0].path.endswith("orders.sql"):
            if values["files"][0].reason != CRASHED:  # then it is told as failed, and fails again
                tried.append(time.monotonic())
            raise ValueError("no such thing")
        return stored(**values)

    monkeypatch.setattr(gatherings, "store", fail_at_the_first_file)
    monkeypatch.setattr(local, "PAUSE", 0.1)
    monkeypatch.setattr(local, "WAIT", 0.02)
    with pytest.raises(CommandError, match="1 work units? failed; the first: ValueError: no such"):
        call_command("gather", folder, "--files-per-chunk", "1")
    assert Gathering.objects.get().job.status == "failed"
    assert SourceFile.objects.count() == 3
    pauses = [later - sooner for sooner, later in pairwise(tried)]
    assert len(tried) == work.MAX_ATTEMPTS and min(pauses) >= 0.1


def test_a_unit_taken_over_while_this_machine_slept_is_no_end(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    do, slept = gatherings.unit_do, [True]

    def sleep_once(**values: Any) -> dict[str, Any]:
        if slept and values["unit"].key != "plan":
            slept.pop()
            values["unit"].job.units.filter(pk=values["unit"].pk).update(
                lease_owner="another", lease_expires_at=timezone.now()
            )
            raise work.LeaseLostError
        return do(**values)

    monkeypatch.setattr(gatherings, "unit_do", sleep_once)
    call_command("gather", folder)
    assert "was taken over" in caplog.text and Gathering.objects.get().job.status == "done"


@pytest.mark.parametrize(
    ("state", "told"),
    [(None, "The database went away: gone"), ("53100", "The database refuses to go on: gone")],
)
def test_a_database_that_fails_is_told_with_the_number_to_go_on(
    folder: Path, monkeypatch: pytest.MonkeyPatch, state: str | None, told: str
) -> None:
    error = OperationalError("gone")
    error.__cause__ = psycopg.OperationalError("gone")
    monkeypatch.setattr(psycopg.OperationalError, "sqlstate", state)
    monkeypatch.setattr(work, "end_job_if_finished", raises(error))
    with pytest.raises(CommandError, match=told) as raised:
        call_command("gather", folder)
    assert f"gather --resume {Gathering.objects.get().pk}" in str(raised.value)


def test_a_database_that_does_not_run_is_told_with_how_to_start_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gatherings, "gathering_start", raises(OperationalError("refused")))
    with pytest.raises(CommandError, match="does not answer: refused\nmake start starts it"):
        call_command("gather", folder)


def raises(error: Exception) -> Callable[..., None]:
    def raising(*args: object, **values: object) -> None:
        raise error

    return raising


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
    seed = make_seed("SELECT 'ü\u2028\x85' FROM t", kind="select", file=file, line=7)
    make_seed(kind="update")
    call_command("export_seeds", "--kind", "select")
    assert json.loads(capsys.readouterr().out) == {
        "id": seed.pk, "sql_statement": seed.text, "description": seed.description,
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
