"""An export from the form to the file, in a real browser."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django import Settings

from apps.core import work
from apps.exports.exporting import export_write
from apps.exports.models import Export
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_response, make_user
from tests.exports.building import accept, with_prompt

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
