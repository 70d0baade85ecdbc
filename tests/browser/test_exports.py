"""An export from the form to the file, in a real browser."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from huggingface_hub import constants
from playwright.sync_api import Page, expect
from pytest_django import Settings

from apps.core import work
from apps.exports import staleness
from apps.exports.choice.filters import Filters
from apps.exports.exporting import export_write
from apps.exports.models import Export, Push, Verification
from apps.exports.services import export_start
from apps.seeds.models import Source
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_response, make_user
from tests.exports.building import accept, file_of, with_prompt
from tests.exports.hub_server import TOKEN, Hub, Refusal
from worker.tasks import work as do_unit

pytestmark = pytest.mark.django_db(transaction=True)


def write(export: Export) -> None:
    """What the worker does."""
    unit = work.claim(unit_id=export.job.units.get().pk, owner="test")
    assert unit
    export_write(export=export, lease=work.Lease())
    work.finish(unit=unit, owner="test", result={})


def test_an_editor_exports_and_downloads_the_pairs(
    page: Page, settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR = tmp_path
    for _ in range(3):
        accept(with_prompt(make_response()))
    Source.objects.create(spec="/srv/" + "a-folder-with-a-long-name/" * 6, kind="folder")
    login(page, make_user("editor"))
    page.goto("/exports/")
    assert_accessible(page)
    screenshot(page, "exports-empty")

    page.get_by_role("link", name="New export").click()
    page.get_by_role("group", name="Verdicts").get_by_label("passed").check()
    assert_accessible(page)
    screenshot(page, "exports-new")
    page.get_by_role("button", name="Start the export").click()
    expect(page.get_by_role("heading", name="running")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "exports-running")

    export = Export.objects.get()
    write(export)
    expect(page.get_by_role("heading", name="3 pairs")).to_be_visible()
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    assert_accessible(page)
    screenshot(page, "exports-done")
    with page.expect_download() as download:
        page.get_by_role("link", name="Pairs, JSONL").click()
    export.refresh_from_db()
    assert hashlib.sha256(download.value.path().read_bytes()).hexdigest() == export.sha256

    page.get_by_role("link", name="Exports").first.click()
    expect(page.get_by_role("link", name=f"Export {export.pk}")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "exports")


def test_an_export_of_the_pairs_page_is_previewed_compared_pushed_and_deleted(
    page: Page, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAR_DIR, settings.WINNOW_EXPORT_DAYS = tmp_path, 30
    first = finished()
    login(page, make_user("editor"))
    page.goto("/review/pairs/?label=good")
    page.get_by_role("link", name="Export", exact=True).click()
    expect(page.locator("#narrowed")).to_contain_text("Label: good")
    page.get_by_role("group", name="Passed on").get_by_label("sqlite").check()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="It would have 0 rows")).to_be_visible()
    expect(page.get_by_text("not passed on every database")).to_be_visible()
    page.get_by_role("group", name="Passed on").get_by_label("sqlite").uncheck()
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="It would have 2 rows")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "exports-preview")
    page.get_by_role("button", name="Start the export").click()
    expect(page.get_by_text("Label", exact=True)).to_be_visible()
    write(Export.objects.latest("pk"))

    accept(with_prompt(make_response()))
    staleness.look()
    page.goto(f"/exports/{first.pk}/")
    expect(page.locator("#stale")).to_contain_text("1 added")
    expect(page.locator("#expires")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "exports-stale")
    later = finished()
    page.goto(f"/exports/{later.pk}/")
    page.get_by_role("link", name=f"export {first.pk}", exact=True).click()
    expect(page.get_by_role("heading", name="2 rows, then 5")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "exports-diff")

    page.goto(f"/exports/{later.pk}/")
    push_it(page, later, monkeypatch)
    page.get_by_text("Delete the files", exact=True).click()
    assert_accessible(page)
    screenshot(page, "exports-delete")
    page.get_by_role("button", name=f"Delete the files of export {later.pk}").click()
    expect(page.get_by_text("The files were deleted")).to_be_visible()
    expect(page.get_by_role("link", name="Push to the Hub")).to_have_count(0)
    assert_accessible(page)
    screenshot(page, "exports-deleted")


def test_an_export_is_verified_and_one_that_was_stopped_is_written_again(
    page: Page, settings: Settings, tmp_path: Path
) -> None:
    settings.VAR_DIR, settings.WINNOW_DATABASES = tmp_path, ["sqlite"]
    export = finished()
    login(page, make_user("editor"))
    page.goto(f"/exports/{export.pk}/")
    expect(page.get_by_text("Not verified yet")).to_be_visible()
    page.get_by_role("link", name="Verify").click()
    page.get_by_label("Run pairs again, in percent").fill("100")
    assert_accessible(page)
    screenshot(page, "exports-verify")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_text("A worker has not begun yet")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "exports-verification-waits")
    file_of(export).write_text("{}")
    do_unit(Verification.objects.get().job.units.get().pk)
    expect(page.get_by_role("heading", name="not as the manifest says")).to_be_visible()
    expect(page.get_by_text("has the SHA-256")).to_be_visible()
    expect(page.get_by_text("2 of 2 rows, 2 of them in this database")).to_be_visible()
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    assert_accessible(page)
    screenshot(page, "exports-verification")
    page.get_by_role("link", name=str(export.pk), exact=True).click()
    expect(page.get_by_role("link", name="verification")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "exports-verified")

    stopped = export_start(filters=Filters())
    page.goto(f"/exports/{stopped.pk}/")
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Write it again")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "exports-stopped")
    page.get_by_role("button", name="Write it again").click()
    expect(page.get_by_role("button", name="Stop")).to_be_visible()
    do_unit(stopped.job.units.get().pk)
    expect(page.get_by_role("heading", name="2 pairs")).to_be_visible()


def push_it(page: Page, export: Export, monkeypatch: pytest.MonkeyPatch) -> None:
    """To a Hub that refuses at first."""
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    with Hub() as server:
        monkeypatch.setattr(constants, "ENDPOINT", server.address)
        server.refusals = [Refusal("/repos/create", 403, "This token may only read")]
        page.get_by_role("link", name="Push to the Hub").click()
        page.get_by_label("Data set").fill("no name")
        page.get_by_role("button", name="Push").click()
        expect(page.get_by_text("Write owner/name")).to_be_visible()
        assert_accessible(page)
        screenshot(page, "exports-push")
        page.get_by_label("Data set").fill("our-team/sql-pairs")
        page.get_by_role("button", name="Push").click()
        expect(page.get_by_role("button", name="Stop the push")).to_be_visible()
        unit = Push.objects.get().job.units.get()
        do_unit(unit.pk)
        expect(page.get_by_text("This token may only read")).to_be_visible()
        assert_accessible(page)
        screenshot(page, "exports-push-refused")
        page.get_by_role("button", name="Push to our-team/sql-pairs again").click()
        do_unit(unit.pk)
        expect(page.get_by_role("link", name="the commit")).to_be_visible()
        assert_accessible(page)
        screenshot(page, "exports-pushed")


def finished() -> Export:
    for _ in range(2):
        accept(with_prompt(make_response()))
    export = export_start(filters=Filters())
    write(export)
    export.refresh_from_db()
    return export
