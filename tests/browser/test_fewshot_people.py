"""A draft in the browser: two people in it, the keyboard alone, and no JavaScript at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from apps.fewshot.models import Example, FewShotSet, Version
from apps.fewshot.services import draft_open, example_move
from tests.browser.harness import (
    DESKTOP,
    Complaints,
    assert_accessible,
    editor_of,
    login,
    screenshot,
    tab_to,
)
from tests.builders import make_user

STYLE = "Applying inline style violates"  # Chromium's own, see test_fewshot


@pytest.fixture
def draft() -> Version:
    call_command("import_fewshot")
    return draft_open(fewshot_set=FewShotSet.objects.get(), created_by=None)


@pytest.fixture
def plain(browser: Browser, live_server: LiveServer) -> Iterator[Page]:
    """A page of a browser that runs no JavaScript, of an editor."""
    context = browser.new_context(
        java_script_enabled=False, base_url=live_server.url, viewport=DESKTOP
    )  # type: ignore[arg-type]
    page = context.new_page()
    login(page, make_user("editor"))
    yield page
    context.close()


def test_two_people_in_one_example_see_both_and_put_them_together(
    new_page: Callable[[], Page], complaints: Complaints, draft: Version
) -> None:
    complaints.ignore(STYLE)
    edith, otto = new_page(), new_page()
    address = f"/fewshot/examples/{draft.examples.get(number=3).pk}/edit/"
    for page, name in ((edith, "edith"), (otto, "otto")):
        login(page, make_user("editor", name))
        page.goto(address)
    edith.get_by_label("Category").fill("museum keeping")
    edith.get_by_role("button", name="Save").click()
    expect(edith.get_by_text("Example 3 is saved in the draft.")).to_be_visible()

    editor_of(otto, "Code").fill("SELECT name FROM shelves ORDER BY name;")
    otto.get_by_role("button", name="Save").click()
    expect(otto.get_by_role("heading", name="Changed meanwhile")).to_be_visible()
    differs = otto.locator("pre.diff")
    expect(differs.locator("del").filter(has_text="museum keeping")).to_be_visible()
    expect(differs).to_contain_text("SELECT name FROM shelves ORDER BY name;")
    assert_accessible(otto)
    screenshot(otto, "fewshot-conflict")
    # The text that is written in is still one's own, in its editor.
    expect(otto.get_by_role("textbox", name="Code")).to_contain_text("FROM shelves")
    otto.get_by_label("Category").fill("museum keeping")
    otto.get_by_role("button", name="Save").click()
    expect(otto.get_by_text("Example 3 is saved in the draft.")).to_be_visible()
    stored = draft.examples.get(number=3)
    assert stored.category == "museum keeping" and "FROM shelves" in stored.code


def test_what_somebody_else_removed_is_said_and_what_was_written_stays(
    page: Page, complaints: Complaints, draft: Version
) -> None:
    complaints.ignore("409")
    login(page, make_user("editor"))
    page.goto(f"/fewshot/examples/{draft.examples.get(number=3).pk}/edit/")
    page.get_by_label("Category").fill("museum keeping")
    Example.objects.filter(version=draft, number=3).delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("Somebody removed this example meanwhile")
    expect(page.get_by_label("Category")).to_have_value("museum keeping")


def test_system_texts_of_two_people_stand_beside_each_other(page: Page, draft: Version) -> None:
    login(page, make_user("editor"))
    page.goto(f"/fewshot/versions/{draft.pk}/systems/")
    page.get_by_label("S→C").fill("Name what the SQL is about.")
    theirs = draft.systems | {"C->I": "Ask for one SQL task."}
    Version.objects.filter(pk=draft.pk).update(systems=theirs)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Changed meanwhile")).to_be_visible()
    theirs_told = page.locator("pre.diff del").filter(has_text="Ask for one SQL task.")
    expect(theirs_told).to_be_visible()
    assert_accessible(page)
    screenshot(page, "fewshot-systems-conflict")
    page.get_by_label("C→I").fill("Ask for one SQL task.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The system texts are saved.")).to_be_visible()
    draft.refresh_from_db()
    assert draft.systems == theirs | {"S->C": "Name what the SQL is about."}


def test_rows_that_were_dragged_in_vain_go_back(
    page: Page, complaints: Complaints, draft: Version
) -> None:
    complaints.ignore("409")
    login(page, make_user("editor"))
    page.goto(f"/fewshot/versions/{draft.pk}/")
    rows = page.locator("#examples tbody tr")
    before = [row.get_attribute("data-id") for row in rows.all()]
    example_move(example=draft.examples.get(number=9), up=True)
    rows.nth(0).locator("td.number").drag_to(rows.nth(3).locator("td.number"))
    expect(page.get_by_role("alert")).to_contain_text("Somebody moved an example meanwhile.")
    expect(rows.nth(0)).to_have_attribute("data-id", before[0] or "")
    assert [row.get_attribute("data-id") for row in rows.all()] == before


def test_examples_are_put_in_order_by_the_keyboard_alone(page: Page, draft: Version) -> None:
    login(page, make_user("editor"))
    page.goto(f"/fewshot/versions/{draft.pk}/")
    row = draft.examples.get(number=3)
    tab_to(page, "Move example 3 up")
    for place in (2, 1):
        page.keyboard.press("Enter")
        button = page.get_by_role("button", name=f"Move example {place} up")
        expect(button).to_be_focused()
        expect(button).to_have_id(f"up-{row.pk}")
    # At the top the key is still there, says that it does nothing, and does nothing.
    expect(page.locator(f"#up-{row.pk}")).to_have_attribute("aria-disabled", "true")
    with page.expect_response("**/up/"):
        page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move example 1 up")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(f"#down-{row.pk}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Move example 2 down")).to_be_focused()
    row.refresh_from_db()
    assert row.number == 2


def test_a_search_stays_while_an_example_is_switched_off(page: Page, draft: Version) -> None:
    login(page, make_user("editor"))
    page.goto(f"/fewshot/versions/{draft.pk}/")
    page.get_by_label("Search the examples").fill("lag neighbouring window")
    page.get_by_role("button", name="Search").click()
    rows = page.locator("#examples tbody tr")
    expect(rows).to_have_count(1)
    # An order of some of them says nothing.
    expect(page.locator("[id^=up-], [id^=down-]")).to_have_count(0)
    page.get_by_role("button", name="Switch off example 18").click()
    expect(page.get_by_role("button", name="Switch on example 18")).to_be_focused()
    expect(rows).to_have_count(1)
    assert_accessible(page)
    screenshot(page, "fewshot-search")


def test_a_whole_version_is_made_without_javascript(plain: Page, draft: Version) -> None:
    page = plain
    page.goto(f"/fewshot/versions/{draft.pk}/")
    page.get_by_role("link", name="Edit example 2", exact=True).click()
    page.get_by_label("Category").fill("museum keeping")
    page.get_by_label("Code").fill("```sql\nSELECT 42;\n```")
    page.get_by_role("button", name="Save").click()
    # What is wrong stands at its field, and what was written stays.
    expect(page.get_by_text("Write the SQL alone, without a fence.")).to_be_visible()
    expect(page.get_by_label("Code")).to_have_value("```sql\nSELECT 42;\n```")
    page.get_by_label("Code").fill("SELEC 42 FRO;")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Example 2 is saved in the draft.")).to_be_visible()
    # What is doubtful is told after the save.
    expect(page.get_by_text("No parser reads the statement")).to_be_visible()
    page.get_by_role("link", name="version 2").click()
    page.get_by_role("button", name="Move example 2 up").click()
    expect(page.get_by_role("row").nth(1)).to_contain_text("museum keeping")
    page.get_by_role("button", name="Copy example 1", exact=True).click()
    expect(page.get_by_text("Example 2 is a copy of example 1.")).to_be_visible()
    page.get_by_role("link", name="version 2").click()
    page.get_by_role("button", name="Switch off example 2", exact=True).click()
    expect(page.get_by_role("row").nth(2)).to_contain_text("off")
    page.get_by_role("button", name="Remove example 3", exact=True).click()
    expect(page.get_by_text("Example 3 is removed from the draft.")).to_be_visible()
    page.get_by_role("link", name="Publish").click()
    page.get_by_label("What changes, and why").fill("Museums are nearer.")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("Version 2 is published.")).to_be_visible()
    published = Version.objects.get(status="published", number=2)
    assert published.note == "Museums are nearer." and published.examples.count() == 18
    assert published.examples.get(number=1).category == "museum keeping"


def test_a_conflict_is_settled_without_javascript(plain: Page, draft: Version) -> None:
    page, row = plain, draft.examples.get(number=1)
    page.goto(f"/fewshot/examples/{row.pk}/edit/")
    page.get_by_label("Concepts").fill("counting")
    Example.objects.filter(pk=row.pk).update(category="museum keeping")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Changed meanwhile")).to_be_visible()
    page.get_by_label("Category").fill("museum keeping")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Example 1 is saved in the draft.")).to_be_visible()
    row.refresh_from_db()
    assert (row.category, row.concepts) == ("museum keeping", ["counting"])
    page.goto(f"/fewshot/examples/{draft.examples.get(number=2).pk}/edit/")
    page.get_by_label("Category").fill("libraries")
    draft.examples.filter(number=2).delete()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("add it as a new one")).to_be_visible()
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("is added.")).to_be_visible()
    assert draft.examples.get(category="libraries").number == 19
