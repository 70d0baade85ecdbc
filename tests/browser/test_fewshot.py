"""A set of examples edited in the browser, from the published version to the next one."""

from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.fewshot.models import Version
from tests.browser.harness import Complaints, assert_accessible, editor_of, login, screenshot
from tests.builders import make_user


def test_an_editor_makes_version_two(page: Page, complaints: Complaints) -> None:
    # Chromium itself styles what it merges when several lines are replaced at once; the policy
    # refuses the style, and the editor draws its lines anew.
    complaints.ignore("Applying inline style violates")
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
    code = editor_of(page, "Code")
    code.fill("```sql\nSELECT 1;\n```")
    findings = page.locator("#findings")
    expect(findings).to_contain_text("Write the SQL alone, without a fence.")
    code.fill("SELEC 1 FRO;")
    expect(findings).to_contain_text("No parser reads the statement that begins with “SELEC 1 FRO”")
    code.fill("```sql\nSELECT 1;\n```")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Write the SQL alone, without a fence.").last).to_be_visible()
    assert_accessible(page)
    screenshot(page, "fewshot-edit")
    code.fill("SELECT 1;")
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
    page.get_by_role("link", name="Publish").click()
    expect(page.get_by_text("Example 2 (was 3)")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "fewshot-publish")
    page.get_by_label("What changes, and why").fill("Museums are nearer.")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()
    expect(page.get_by_text("Museums are nearer.")).to_be_visible()
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


def test_rows_are_put_in_order_by_dragging_and_switched_off(page: Page) -> None:
    call_command("import_fewshot")
    login(page, make_user("editor"))
    page.goto("/fewshot/")
    page.get_by_role("button", name="Edit in a draft").click()
    first = page.get_by_role("row").nth(1)
    concepts = first.get_by_role("cell").nth(1).inner_text()
    first.locator("td.number").drag_to(page.get_by_role("row").nth(3).locator("td.number"))
    expect(page.get_by_role("row").nth(3).get_by_role("cell").nth(1)).to_have_text(concepts)
    expect(page.get_by_role("row").nth(3).locator("td.number")).to_have_text("3")
    page.get_by_role("button", name="Switch off example 3").click()
    expect(page.get_by_role("button", name="Switch on example 3")).to_be_focused()
    expect(page.get_by_role("row").nth(3)).to_contain_text("off")
    assert_accessible(page)
    screenshot(page, "fewshot-order")


def test_an_example_is_edited_without_javascript(browser: Browser, live_server: LiveServer) -> None:
    call_command("import_fewshot")
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = context.new_page()
    login(page, make_user("editor"))
    page.goto("/fewshot/")
    page.get_by_role("button", name="Edit in a draft").click()
    page.get_by_role("link", name="Edit example 1", exact=True).click()
    page.get_by_label("Code").fill("SELECT 42;")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Example 1 is saved in the draft.")).to_be_visible()
    expect(page.get_by_text("42")).to_be_visible()
    context.close()
