"""The team's pages: figures with their grounds, and a ruling by keyboard."""

from playwright.sync_api import Page, expect

from apps.review.team.figures import count_team
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_response, make_user
from tests.review.team.test_team import judge


def test_an_editor_looks_at_the_team_and_rules(page: Page) -> None:
    login(page, make_user("editor"))
    page.goto("/review/team/")
    assert_accessible(page)
    for number in range(36):
        judge(
            make_response(),
            anna="good" if number % 3 else "bad",
            bert="good" if number % 4 else "bad",
            carl="good" if number % 3 else "bad",
        )
    count_team()
    page.reload()
    expect(page.get_by_role("row", name="anna and carl")).to_contain_text("1.00")
    assert_accessible(page)
    screenshot(page, "team")
    page.get_by_role("link", name="Rule on them").click()
    first = page.get_by_role("heading", level=2).first.inner_text()
    assert_accessible(page)
    screenshot(page, "conflicts")
    page.get_by_label("Why").first.fill("The tie is no fault.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text(f"{first}: It is good.")).to_be_visible()
    page.get_by_role("link", name="Those that were ruled on").click()
    expect(page.get_by_text("has ruled: good. The tie is no fault.")).to_be_visible()
