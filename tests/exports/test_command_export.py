"""`manage.py export`: files in a folder, and how it ends when it is stopped or fails."""

import hashlib
import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings

from apps.core import local, work
from apps.core.models import Job
from apps.exports.management.commands import export as command
from tests.builders import make_response
from tests.exports.building import accept, with_prompt

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()


def test_accepted_pairs_with_lineage_and_manifest_come_into_the_folder(tmp_path: Path) -> None:
    for _ in range(2):
        accept(with_prompt(make_response()))
    accept(make_response())
    out, err = io.StringIO(), io.StringIO()
    call_command("export", "--to", str(tmp_path / "out"), stdout=out, stderr=err)
    names = sorted(path.name.partition(".")[2] for path in (tmp_path / "out").iterdir())
    assert names == ["index.parquet", "jsonl", "lineage.jsonl", "manifest.json", "md"]
    (manifest,) = (tmp_path / "out").glob("*.manifest.json")
    told = json.loads(manifest.read_text())
    data = (tmp_path / "out" / told["file"]).read_bytes()
    assert len(data.splitlines()) == told["rows"] == 2
    assert hashlib.sha256(data).hexdigest() == told["sha256"]
    assert told["sha256"] in out.getvalue() and "2 pairs" in out.getvalue()
    assert "1 pairs were left out: prompt_changed" in err.getvalue()


def test_an_export_stopped_on_its_page_ends_the_command_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def stopped(*, lease: work.Lease, **_: object) -> None:
        job = Job.objects.get()
        assert work.stop_job(job=job)
        lease.lost = work.JobStoppedError("job was stopped")
        lease.check()

    monkeypatch.setattr(command, "export_write", stopped)
    with pytest.raises(CommandError, match="The export was stopped"):
        call_command("export", stdout=io.StringIO())


def test_a_full_disk_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(**_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(command, "export_write", full)
    monkeypatch.setattr(local, "PAUSE", 0.0)
    with pytest.raises(CommandError, match="No space left on device"):
        call_command("export", stdout=io.StringIO())


def test_the_command_takes_what_the_pairs_page_was_narrowed_to(tmp_path: Path) -> None:
    accept(with_prompt(make_response(instruction="Count the ducks.")))
    accept(with_prompt(make_response(instruction="Count the geese.")))
    out = io.StringIO()
    call_command("export", "--pairs", "?text=ducks&label=good", "--judge", "0", stdout=out)
    assert "0 pairs" in out.getvalue()
    out = io.StringIO()
    call_command("export", "--pairs", "text=ducks", stdout=out, stderr=io.StringIO())
    assert "1 pairs" in out.getvalue()
    for odd, words in (("colour=red", "no filter 'colour'"), ("label=perfect", "is no label")):
        with pytest.raises(CommandError, match=words):
            call_command("export", "--pairs", odd, stdout=io.StringIO())
