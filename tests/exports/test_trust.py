"""Verifying, comparing, deleting, expiring: as commands, and what each says where it goes wrong."""

import io
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone
from pytest_django import Settings

from apps.core.models import Job
from apps.exports.choice.filters import Filters
from apps.exports.models import Export
from apps.exports.services import export_start, exports_expire
from apps.generation.models import Response
from apps.review.models import Correction, Label
from apps.seeds.models import SourceFile
from apps.validation.models import Verdict
from tests.builders import make_response, make_user
from tests.exports.building import accept, file_of, place, with_prompt, write

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def said(name: str, *given: object) -> str:
    out = io.StringIO()
    call_command(name, *map(str, given), stdout=out, stderr=out)
    return out.getvalue()


def refused(name: str, *given: object) -> str:
    """What a command says that does not succeed, its problems first."""
    err = io.StringIO()
    with pytest.raises(CommandError) as raised:
        call_command(name, *map(str, given), stdout=io.StringIO(), stderr=err)
    return f"{err.getvalue()}{raised.value}"


@pytest.mark.parametrize("name", ["verify-export", "push-export", "diff-exports", "delete-export"])
def test_commands_are_typed_with_hyphens(name: str) -> None:
    told = subprocess.run(
        [sys.executable, "manage.py", name, "--help"],
        cwd=django_settings.BASE_DIR, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr


def test_verifying_finds_files_lineage_and_database_that_differ() -> None:
    pair = accept(with_prompt(make_response()))
    export = write()
    folder = place(export)
    assert "All is as the manifest says" in said("verify_export", folder)
    seed = pair.instruction.seed
    assert seed
    SourceFile.objects.filter(pk=seed.file_id).update(repository="somebody/else")
    assert "repository is '' there, 'somebody/else' here" in refused("verify_export", folder)
    SourceFile.objects.filter(pk=seed.file_id).update(repository="")
    file_of(export).write_bytes(b"{}\n")
    assert f"{file_of(export).name} has the SHA-256" in refused("verify_export", folder)
    file_of(export).unlink()
    assert f"{export.file_name} is not there" in refused("verify_export", folder)
    lineage = file_of(export, "lineage")
    lineage.write_text(lineage.read_text() * 2 + "no JSON\n")
    told = refused("verify_export", folder)
    assert "The lineage has 3 rows, the manifest 1" in told and "Line 3" in told
    file_of(export, "manifest").write_text('{"files": [{"name": "../../etc/passwd"}]}')
    assert "names files that are no files" in refused("verify_export", folder)
    file_of(export, "manifest").write_text("[]")
    assert "is no manifest of an export" in refused("verify_export", folder)
    assert "must have one" in refused("verify_export", folder.parent)


def test_a_share_is_run_again_and_another_outcome_is_a_problem(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pairs = [accept(with_prompt(make_response())) for _ in range(40)]
    folder = place(write())
    asked: list[int] = []
    odd = {pairs[0].pk: "sql_error"}

    def judged(response_ids: list[int]) -> dict[int, str]:
        asked.extend(response_ids)
        return dict.fromkeys(response_ids, "passed") | odd

    monkeypatch.setattr("apps.validation.services.responses_judge", judged)
    told = refused("verify_export", folder, "--rerun", "100%")
    assert f"Response {pairs[0].pk}: passed in the export, sql_error now." in told
    assert sorted(asked) == [one.pk for one in pairs]
    asked.clear()
    odd.clear()
    said("verify_export", folder, "--rerun", "25%")
    first = list(asked)
    assert 0 < len(first) < 30
    asked.clear()
    said("verify_export", folder, "--rerun", "25%")
    assert asked == first
    for share in ("a", "-1", "101%", "nan"):
        assert "is no share" in refused("verify_export", folder, f"--rerun={share}")


def test_the_sandbox_runs_a_pair_of_an_export_again() -> None:
    pair = accept(with_prompt(make_response("```sql\nSELECT 1 FROM nowhere\n```")))
    folder = place(write())
    told = refused("verify_export", folder, "--rerun", "100%")
    assert f"Response {pair.pk}: passed in the export" in told
    assert Verdict.objects.get(response=pair, database="overall").outcome == "passed"


def test_two_exports_are_compared_and_one_with_what_is_now() -> None:
    stays, goes = (accept(with_prompt(make_response())) for _ in range(2))
    one = write()
    comes = accept(with_prompt(make_response()))
    goes.decision.delete()
    Label.objects.create(response=stays, reviewer=make_user(), value="good")
    other = write()
    ids = json.loads(said("diff_exports", one.pk, other.pk, "--ids"))
    expected = {
        "added": [comes.pk], "removed": [goes.pk], "changed": [], "relabelled": [stays.pk]
    }  # fmt: skip
    assert ids == expected and json.loads(said("diff_exports", one.pk, "--ids")) == expected
    told = said("diff_exports", one.pk, other.pk)
    assert "1 added" in told and "1 removed" in told and "1 relabelled" in told
    editor = make_user("editor")
    Response.objects.filter(pk=stays.pk).update(text="SELECT 2")
    Correction.objects.create(response=stays, editor=editor)
    assert "1 removed" in said("diff_exports", other.pk)
    assert "no export 0" in refused("diff_exports", other.pk, 0)
    said("delete_export", one.pk, "--yes")
    assert "has no files" in refused("diff_exports", one.pk, other.pk)


def test_deleting_by_command_is_deliberate_and_keeps_what_it_was() -> None:
    accept(with_prompt(make_response()))
    export = write()
    assert "say --yes" in refused("delete_export", export.pk) and place(export).exists()
    assert "no export 0" in refused("delete_export", 0, "--yes")
    assert "are deleted" in said("delete_export", export.pk, "--yes")
    export.refresh_from_db()
    assert not place(export).exists() and export.deleted_at and export.manifest["rows"] == 1
    running = export_start(filters=Filters())
    assert "stop it first" in refused("delete_export", running.pk, "--yes")


def test_exports_expire_by_the_setting_and_never_while_they_are_used(settings: Settings) -> None:
    accept(with_prompt(make_response()))
    old, new = write(), write()
    running = export_start(filters=Filters())
    Job.objects.filter(pk=old.job_id).update(finished_at=timezone.now() - timedelta(days=31))
    assert exports_expire() == 0 and place(old).exists()
    settings.WINNOW_EXPORT_DAYS = 30
    assert exports_expire() == 1 and exports_expire() == 0
    assert not place(old).exists() and place(new).exists()
    assert set(Export.objects.filter(deleted_at=None)) == {new, running}
