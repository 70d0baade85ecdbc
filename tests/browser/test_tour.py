"""The tour of the review page, by keyboard."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from apps.accounts.models import User
from apps.generation.models import Response
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_user


def test_the_tour_goes_by_keyboard_and_comes_once(
    new_page: Callable[[], Page], queue: list[Response]
) -> None:
    page = new_page()
    login(page, make_user("reviewer", "nora", tour_seen_at=None))
    page.goto("/review/")
    tour = page.get_by_role("dialog", name="Five things to know")
    expect(tour).to_be_visible()
    expect(tour.get_by_text("1 of 5")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "tour")
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowRight")
    expect(tour.get_by_text("3 of 5")).to_be_visible()
    expect(page.locator("#good-form")).to_have_class("good-form tour-part")
    page.keyboard.press("g")  # no key labels anything meanwhile
    page.keyboard.press("ArrowLeft")
    expect(tour.get_by_text("2 of 5")).to_be_visible()
    with page.expect_response("**/accounts/tour/"):
        page.keyboard.press("Escape")
    expect(tour).to_be_hidden()
    expect(page.locator(".tour-part")).to_have_count(0)
    expect(page.locator("#pair")).to_be_focused()
    page.reload()
    expect(page.get_by_role("heading", name="Review")).to_be_visible()
    expect(tour).to_be_hidden()
    page.keyboard.press("?")
    page.get_by_role("button", name="The tour").click()
    for _ in range(5):
        page.keyboard.press("Enter")
    expect(tour).to_be_hidden()
    assert User.objects.get(username="nora").tour_seen_at
