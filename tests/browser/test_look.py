"""Every page of this part: no barrier, no complaint, no sideways scrolling, and pictures of it."""

from playwright.sync_api import Page, expect

from tests.accounts.people import PASSWORD, make_user
from tests.browser.harness import assert_accessible, screenshot


def test_somebody_logs_in_and_out_and_sees_who_they_are(page: Page) -> None:
    make_user("reviewer", "rosa")
    page.goto("/")
    screenshot(page, "login")
    assert_accessible(page)
    page.get_by_label("Username").fill("rosa")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_text("rosa")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "home-empty")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
