from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import cast

import pytest
from django.http import FileResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from apps.core import work
from apps.core.models import Job
from apps.exports import staleness
from apps.exports.choice.filters import Filters
from apps.exports.exporting import export_write
from apps.exports.models import Export
from apps.exports.services import export_start
from tests.builders import make_response, make_run, make_user
from tests.exports.building import accept, place, with_prompt
from tests.judge.building import make_judging, make_pairs
from tests.pages import markup
from worker.tasks import work as do_unit

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _var(settings: Settings, tmp_path: Path) -> None:
    settings.VAR_DIR = tmp_path


def client_of(role: str) -> Client:
    client = Client()
    client.force_login(make_user(role))
    return client


def finished(*, is_empty: bool = False) -> Export:
    if not is_empty:
        accept(with_prompt(make_response()))
    export = export_start(filters=Filters())
    export_write(export=export, lease=work.Lease())
    unit = export.job.units.get()
    assert work.claim(unit_id=unit.pk, owner="test")
    work.finish(unit=unit, owner="test", result={})
    export.refresh_from_db()
    return export


def page_of(client: Client, export: Export, **headers: str) -> str:
    return markup(client.get(reverse("exports:export", args=[export.pk]), headers=headers))


def test_an_empty_list_says_how_to_start() -> None:
    assert "An editor starts one here" in markup(
        client_of("reviewer").get(reverse("exports:index"))
    )
    page = markup(client_of("editor").get(reverse("exports:index")))
    assert "Start one" in page and "manage.py export" in page


def test_an_editor_starts_an_export_with_filters() -> None:
    run = make_run()
    answer = client_of("editor").post(
        reverse("exports:new"),
        {
            "tag": "first",
            "runs": [run.pk],
            "outcomes": ["passed", "no_tests"],
            "kinds": ["update"],
            "licences": " MIT,  Apache-2.0, MIT ",
            "strength": "50",
        },
    )

    export = Export.objects.get()
    assert answer["Location"] == reverse("exports:export", args=[export.pk])
    assert export.filters == {
        "runs": [run.pk],
        "outcomes": ["no_tests", "passed"],
        "kinds": ["update"],
        "licences": ["Apache-2.0", "MIT"],
        "strength": 0.5,
    }
    assert export.job.created_by
    assert export.file_name.startswith("data-first-")


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        ({"tag": "../etc"}, "Use letters, digits and underscores only."),
        ({"tag": "a", "strength": "101"}, "less than or equal to 100"),
        ({"tag": "a", "outcomes": ["perfect"]}, "perfect is not one of the available choices"),
        ({"tag": "a", "runs": ["7"]}, "7 is not one of the available choices"),
        ({"tag": "a", "licences": ",".join(map(str, range(31)))}, "Name 30 licences at most."),
    ],
)
def test_a_form_that_makes_no_sense_starts_nothing(data: dict[str, object], problem: str) -> None:
    page = markup(client_of("editor").post(reverse("exports:new"), data))

    assert problem in page
    assert not Export.objects.exists()


def test_reviewers_see_exports_but_neither_start_stop_nor_download() -> None:
    export, client = finished(), client_of("reviewer")

    assert "Editors and admins download the files here." in page_of(client, export)
    assert client.get(reverse("exports:new")).status_code == 403
    assert client.post(reverse("exports:new"), {"tag": "a"}).status_code == 403
    assert client.post(reverse("exports:stop", args=[export.pk])).status_code == 403
    for part in ("pairs", "lineage", "manifest"):
        assert client.get(reverse("exports:download", args=[export.pk, part])).status_code == 403
    assert Export.objects.count() == 1


def test_nobody_sees_exports_without_signing_in() -> None:
    export = finished()

    for address in (
        reverse("exports:index"),
        reverse("exports:download", args=[export.pk, "pairs"]),
    ):
        assert Client().get(address)["Location"].startswith(reverse("accounts:login"))


def test_a_running_export_polls_and_an_ended_one_does_not() -> None:
    export, client = export_start(filters=Filters()), client_of("editor")
    index = reverse("exports:index")

    partial = page_of(client, export, **HTMX)
    assert 'hx-trigger="every 2s"' in partial and "<html" not in partial
    assert 'hx-trigger="every 2s"' in markup(client.get(index))

    client.post(reverse("exports:stop", args=[export.pk]))
    assert Job.objects.get().status == "stopped"
    assert "hx-trigger" not in page_of(client, export, **HTMX)
    listed = markup(client.get(index, headers=HTMX))
    assert "hx-trigger" not in listed and "<html" not in listed


def test_an_export_that_was_stopped_or_failed_is_written_again() -> None:
    accept(with_prompt(make_response()))
    export = export_start(filters=Filters())
    editor = client_of("editor")
    again = reverse("exports:again", args=[export.pk])
    assert "Write it again" not in page_of(editor, export)
    editor.post(reverse("exports:stop", args=[export.pk]))
    export.job.refresh_from_db()
    assert export.job.status == Job.Status.STOPPED
    assert "Write it again" not in page_of(client_of("reviewer"), export)
    assert "Write it again" in page_of(editor, export)
    assert "goes on" in markup(editor.post(again, follow=True))
    do_unit(export.job.units.get().pk)
    export.refresh_from_db()
    assert export.rows == 1 and place(export).exists()
    assert "goes on" not in markup(editor.post(again, follow=True))


def test_an_export_of_nothing_says_so_and_what_to_do() -> None:
    reviewer, nothing = client_of("reviewer"), "no accepted pair is what was asked for"
    text = page_of(reviewer, finished(is_empty=True))
    assert nothing in text and reverse("review:index") in text
    assert nothing not in page_of(reviewer, finished())


def test_a_finished_export_shows_its_manifest_and_gives_its_files() -> None:
    export, client = finished(), client_of("editor")

    page = page_of(client, export)
    assert "1 pair" in page and export.sha256 in page and "templates_sha256" in page
    for part, suffix in (
        ("pairs", ".jsonl"),
        ("lineage", ".lineage.jsonl"),
        ("manifest", ".manifest.json"),
    ):
        answer = cast(FileResponse, client.get(reverse("exports:download", args=[export.pk, part])))
        assert suffix in answer["Content-Disposition"] and answer.streaming
        body = b"".join(answer.streaming_content)  # type: ignore[arg-type]
        assert json.loads(body)
        assert int(answer["Content-Length"]) == len(body)


@pytest.mark.parametrize(
    "name", ["../secret-key.jsonl", "/etc/passwd", "a/../../b.jsonl", "", "gone.jsonl"]
)
def test_only_files_of_the_exports_folder_are_given(name: str, tmp_path: Path) -> None:
    export, client = finished(), client_of("admin")
    (tmp_path / "secret-key.jsonl").write_text("secret")
    Export.objects.update(file_name=name)

    answer = client.get(reverse("exports:download", args=[export.pk, "pairs"]))

    assert answer.status_code == 404
    assert "not in the exports folder" in page_of(client, export)


def test_unknown_exports_and_parts_are_not_found() -> None:
    export, client = finished(), client_of("editor")

    assert client.get(reverse("exports:export", args=[0])).status_code == 404
    assert client.get(reverse("exports:download", args=[export.pk, "key"])).status_code == 404
    assert client.get(reverse("exports:stop", args=[export.pk])).status_code == 405


def test_older_exports_are_a_page_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.exports.queries.PAGE", 1)
    first, second = export_start(filters=Filters()), export_start(filters=Filters())
    client = client_of("reviewer")

    page = markup(client.get(reverse("exports:index")))
    assert f"Export {second.pk}<" in page and f"?before={second.pk}" in page
    older = markup(client.get(reverse("exports:index"), {"before": second.pk}))
    assert f"Export {first.pk}<" in older and "Older exports" not in older


def test_a_preview_counts_and_starts_nothing() -> None:
    accept(with_prompt(make_response()))
    accept(with_prompt(make_response()), good=False)
    page = client_of("editor").post(reverse("exports:new"), {"tag": "a", "preview": "yes"})
    text = markup(page)
    assert "It would have 1 row<" in text and "1 not accepted" in text
    assert "Write a SQL query that returns 1." in text and not Export.objects.exists()


def test_a_range_of_a_file_is_sent_and_one_behind_its_end_is_not() -> None:
    export, client = finished(), client_of("editor")
    address = reverse("exports:download", args=[export.pk, "pairs"])
    whole = b"".join(client.get(address).streaming_content)  # type: ignore[attr-defined]
    for asked, first, end in (("0-9", 0, 10), ("5-", 5, len(whole)), ("-7", len(whole) - 7, None)):
        answer = client.get(address, headers={"Range": f"bytes={asked}"})
        assert answer.status_code == 206
        assert b"".join(answer.streaming_content) == whole[first:end]  # type: ignore[attr-defined]
    behind = client.get(address, headers={"Range": f"bytes={len(whole)}-"})
    assert behind.status_code == 416 and behind["Content-Range"] == f"bytes */{len(whole)}"
    other = client.get(address, headers={"Range": "bytes=0-1", "If-Range": '"another"'})
    assert other.status_code == 200 and other["ETag"] == f'"{export.sha256}"'
    for odd in ("bytes=a-b", "bytes=5-1", "items=0-1", "bytes=0-1,3-4", "bytes=" + "9" * 99 + "-"):
        assert client.get(address, headers={"Range": odd}).status_code == 200


def test_a_label_that_changes_makes_an_export_stale_and_two_exports_are_compared() -> None:
    export, client = finished(), client_of("reviewer")
    assert staleness.look() == 0
    accept(with_prompt(make_response()))
    assert staleness.look() == 1
    assert "1 added" in page_of(client, export)
    later = finished()
    page = markup(client.get(reverse("exports:diff", args=[later.pk, export.pk])))
    assert "1 rows, then 3" in page and "<dt>Added</dt><dd>2</dd>" in page
    assert client.get(reverse("exports:diff", args=[later.pk, 0])).status_code == 404
    assert client.post(reverse("exports:diff", args=[later.pk, export.pk])).status_code == 405


def test_deleting_is_for_editors_and_keeps_the_manifest() -> None:
    export = finished()
    address = reverse("exports:delete", args=[export.pk])
    assert client_of("reviewer").post(address).status_code == 403
    client = client_of("editor")
    assert client.get(address).status_code == 405
    client.post(address)
    assert client.get(reverse("exports:download", args=[export.pk, "pairs"])).status_code == 404
    page = page_of(client, export)
    assert "The files were deleted" in page and "templates_sha256" in page


def test_rulings_are_for_editors_and_about_pairs_that_are_there() -> None:
    export = finished()
    address = reverse("exports:rule", args=[export.pk])
    data = {"response": 0, "benchmark": "0" * 64, "number": 0, "keeps": "yes"}
    assert client_of("reviewer").post(address, data).status_code == 403
    assert client_of("editor").post(address, data).status_code == 404


def test_everything_that_can_be_chosen_reaches_the_export() -> None:
    seed = make_response().instruction.seed
    assert seed
    judge = make_judging(make_pairs(1)).judge
    data = {
        "tag": "a", "databases": ["sqlite", "duckdb"], "sources": [seed.source_id],
        "origins": ["imported"], "difficulties": ["Hard"], "agreement": "80",
        "judges": [judge.pk], "stale": "on", "flagged": "on", "gold": "on",
        "labels": "adjudicated", "preferences": "2", "random_seed": "7", "format": "preference",
    }  # fmt: skip
    client = client_of("editor")
    assert "No pair passes" in markup(client.post(reverse("exports:new"), data | {"preview": "y"}))
    client.post(reverse("exports:new"), data)
    export = Export.objects.get()
    assert export.filters == {
        "databases": ["duckdb", "sqlite"], "sources": [seed.source_id], "origins": ["imported"],
        "difficulties": ["Hard"], "agreement": 0.8, "judges": [judge.pk], "stale": True,
        "flagged": True, "gold": True, "labels": "adjudicated",
    }  # fmt: skip
    assert export.care == {"pairs_per_instruction": 2, "random_seed": 7}
    assert Filters.of(export.filters).stored() == export.filters


def test_the_pairs_page_hands_its_filter_to_an_export() -> None:
    accept(with_prompt(make_response(instruction="Count the ducks.")))
    accept(with_prompt(make_response(instruction="Count the geese.")))
    client = client_of("editor")
    pairs = markup(client.get(reverse("review:pairs") + "?text=ducks&label=good"))
    link = reverse("exports:new") + "?text=ducks&label=good"
    assert link.replace("&", "&amp;") in pairs
    assert "Words: ducks" in markup(client.get(link))
    found = markup(client.post(link, {"tag": "a", "preview": "yes"}))
    assert "It would have 1 row<" in found and "1 not in the filter of the pairs page" in found
    client.post(link, {"tag": "a"})
    export = Export.objects.get()
    assert export.filters == {"pairs": {"text": ["ducks"], "label": ["good"]}}
    assert "<dt>Words</dt><dd>ducks</dd>" in page_of(client, export)


def test_a_filter_in_the_address_that_makes_no_sense_starts_no_export() -> None:
    client = client_of("editor")
    address = reverse("exports:new") + "?label=perfect"
    assert "is no label" in markup(client.get(address))
    assert "is no label" in markup(client.post(address, {"tag": "a"}))
    assert not Export.objects.exists()


def test_an_export_whose_files_are_gone_holds_up_no_other() -> None:
    first, second = finished(), finished()
    shutil.rmtree(place(second))
    accept(with_prompt(make_response()))
    assert staleness.look(most=2) == 2 and staleness.look() == 0
    first.refresh_from_db()
    assert first.is_stale


def test_the_page_says_when_the_files_are_deleted_by_themselves(settings: Settings) -> None:
    export, client = finished(), client_of("reviewer")
    assert "deleted by themselves" not in page_of(client, export)
    settings.WINNOW_EXPORT_DAYS = 30
    assert "deleted by themselves on" in page_of(client, export)
