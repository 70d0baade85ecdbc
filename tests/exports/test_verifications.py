"""Verifying an export from its page: started, done by a worker, told."""

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.core.models import Job
from apps.exports.models import Export, Verification
from apps.exports.services import ExportError, export_delete
from apps.exports.verifications import verification_start
from apps.seeds.models import SourceFile
from tests.builders import make_response, make_user
from tests.exports.building import accept, file_of, place, with_prompt, write
from tests.pages import markup
from worker.tasks import work as do_unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path
    settings.WINNOW_DATABASES = ["sqlite"]


@pytest.fixture
def client() -> Client:
    client = Client()
    client.force_login(make_user("editor"))
    return client


def export_of(number: int, text: str = "```sql\nSELECT 1;\n```") -> Export:
    for _ in range(number):
        accept(with_prompt(make_response(text)))
    return write()


def verified(client: Client, export: Export, share: str = "") -> tuple[Verification, str]:
    """Asked for on the page and done by a worker; what its page says then."""
    sent = client.post(reverse("exports:verify", args=[export.pk]), {"share": share})
    made = Verification.objects.latest("pk")
    assert sent.status_code == 302 and sent["Location"] == address(made)
    assert "A worker has not begun yet" in markup(client.get(address(made)))
    do_unit(made.job.units.get().pk)
    made.refresh_from_db()
    return made, markup(client.get(address(made)))


def address(made: Verification) -> str:
    return reverse("exports:verification", args=[made.pk])


def test_a_whole_export_is_as_its_manifest_says(client: Client) -> None:
    export = export_of(3)
    made, page = verified(client, export)
    assert made.job.status == Job.Status.DONE and made.wrong == 0
    assert "All is as the manifest says" in page and "nothing asked for" in page
    assert "3 of 3 rows, 3 of them in this database" in page
    assert "hx-trigger" not in page
    listed = markup(client.get(reverse("exports:export", args=[export.pk])))
    assert f"verification {made.pk}</a>: all is as the manifest says" in listed


def test_files_lineage_manifest_and_outcomes_that_differ_are_told(client: Client) -> None:
    export = export_of(2)
    file_of(export).write_bytes(b"{}\n")
    SourceFile.objects.update(repository="<b>somebody</b>/else")
    manifest = file_of(export, "manifest")
    manifest.write_text(manifest.read_text().replace('"duplicates": 0', '"duplicates": 1'))
    made, page = verified(client, export, "100")
    report = made.report
    assert (report["files_wrong"], report["lineage_wrong"]) == (2, 2)
    # The sandbox says of a SELECT without a test what it says of every one.
    assert report["run_again"] == 2 and report["outcomes_wrong"] == 2
    assert "6 things not as the manifest says" in page
    assert "0 of 2" in page and "100 % asked for" in page
    assert f"{manifest.name} is not the manifest that was written" in page
    assert "&lt;b&gt;somebody&lt;/b&gt;/else" in page
    listed = markup(client.get(reverse("exports:export", args=[export.pk])))
    assert "<b>6 not as the manifest says</b>" in listed


def test_what_cannot_be_verified_says_why(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    export = export_of(1)
    file_of(export, "manifest").unlink()
    made, page = verified(client, export)
    assert made.job.status == Job.Status.FAILED and "it must have one" in page
    for share in ("101", "-1", "a", "nan"):
        sent = client.post(reverse("exports:verify", args=[export.pk]), {"share": share})
        assert sent.status_code == 200 and Verification.objects.count() == 1
    monkeypatch.setattr("apps.exports.verifications.MOST_RUN", 0)
    sent = client.post(reverse("exports:verify", args=[export.pk]), {"share": "1"})
    assert "Run 0 pairs again at most" in markup(sent)
    export_delete(export=export)
    with pytest.raises(ExportError, match="has no files"):
        verification_start(export=export)
    sent = client.post(reverse("exports:verify", args=[export.pk]), {"share": ""})
    assert "has no files (any more)" in markup(sent)


def test_a_verification_is_stopped_and_a_repeat_begins_anew(client: Client) -> None:
    export = export_of(1)
    made = verification_start(export=export)
    client.post(reverse("exports:verification-stop", args=[made.pk]))
    made.job.refresh_from_db()
    assert made.job.status == Job.Status.STOPPED
    do_unit(made.job.units.get().pk)
    made.refresh_from_db()
    assert made.report == {}
    assert place(export).exists() and verified(client, export)[0].wrong == 0
