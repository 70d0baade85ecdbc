"""A set of examples edited in the browser, from the published version to the next one."""

from django.core.management import call_command
from playwright.sync_api import Page, expect

from apps.fewshot.models import Version
from tests.browser.harness import Complaints, assert_accessible, login, screenshot
from tests.builders import make_user


def test_an_editor_makes_version_two(page: Page) -> None:
    call_command("import_fewshot")
    login(page, make_user("editor"))
    page.on("dialog", lambda dialog: dialog.accept())

    page.goto("/fewshot/")
    assert_accessible(page)
    page.get_by_role("link", name="Version 1").click()
    assert_accessible(page)
    screenshot(page, "fewshot-version")
    page.get_by_role("link", name="example 3").click()
    assert_accessible(page)
    screenshot(page, "fewshot-example")

    page.get_by_role("button", name="Edit in a draft").click()
    page.get_by_label("Category").fill("museum keeping")
    page.get_by_label("Code").fill("```sql\nSELECT 1;\n```")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Write the SQL alone, without a fence.")).to_be_visible()
    expect(page.get_by_label("Code")).to_be_focused()
    assert_accessible(page)
    screenshot(page, "fewshot-edit")
    page.get_by_label("Code").fill("SELECT 1;")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Example 3 is saved in the draft.")).to_be_visible()
    assert not page.url.endswith("/edit/")

    page.get_by_role("link", name="version 2").click()
    page.get_by_role("button", name="Move example 3 up").click()
    expect(page.get_by_role("row").nth(2)).to_contain_text("museum keeping")
    screenshot(page, "fewshot-draft")
    assert_accessible(page)
    page.get_by_role("link", name="Changes").click()
    expect(page.get_by_text("- category: museum keeping")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "fewshot-changes")
    page.go_back()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()
    assert Version.objects.filter(status="published").count() == 2


def test_what_somebody_else_published_meanwhile_is_said(page: Page, complaints: Complaints) -> None:
    complaints.ignore("409")
    call_command("import_fewshot")
    editor = make_user("editor")
    login(page, editor)
    page.goto("/fewshot/")
    page.get_by_role("button", name="Edit in a draft").click()
    Version.objects.filter(status="draft").update(status="published")
    page.get_by_role("button", name="Move example 3 up").click()
    expect(page.get_by_role("alert")).to_contain_text("Version 2 is published and stays as it is.")
    screenshot(page, "alert")
    assert_accessible(page)
