"""Tests share browser contexts: each begins with nothing of the one before it."""

from __future__ import annotations

from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from tests.browser.harness import forget, login
from tests.builders import make_user

LEAVE = """() => {
    document.cookie = "left=behind";
    localStorage.setItem("winnow-theme", "dark");
    sessionStorage.setItem("left", "behind");
}"""
LEFT = """() => [document.cookie.includes("left"), localStorage.length > 0,
    sessionStorage.getItem("left"), document.documentElement.dataset.theme === "dark"]"""


def test_nothing_is_left_of_the_page_before(page: Page, live_server: LiveServer) -> None:
    login(page, make_user())
    page.goto("/accounts/password/")
    page.evaluate(LEAVE)
    page.reload()
    assert page.evaluate(LEFT) == [True, True, "behind", True]
    page.close()
    later = page.context.new_page()
    forget(later, live_server.url)
    later.goto("/accounts/password/")
    assert "/accounts/login/" in later.url
    assert later.evaluate(LEFT) == [False, False, None, False]
