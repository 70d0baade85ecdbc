"""Onboarding in a real browser: what a label is told, and the way into the other queues."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.review.team.services import gold_set
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_user
from tests.review.building import make_queued
from tests.review.test_queues import make_queue

pytestmark = pytest.mark.django_db(transaction=True)


def test_feedback_by_keyboard(page: Page) -> None:
    editor = make_user("editor", username="goldsmith")
    for _ in range(4):
        gold_set(response=make_queued(), good=True, editor=editor, why="The test holds.")
    queue = make_queue(name="Learn", is_onboarding=True, bound_pairs=2, bound_share=1.0)
    login(page, make_user("reviewer", "rosa"))
    page.goto("/review/")
    expect(page.get_by_role("heading", name="Learn")).to_be_visible()
    for key in ("b", "7", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("#feedback")).to_contain_text("your label differs. The test holds.")
    assert_accessible(page, strictly=True)
    screenshot(page, "review-onboarding-differs")
    page.reload()  # axe leaves style attributes, which the policy does not let htmx carry over
    page.keyboard.press("g")
    expect(page.locator("#feedback")).to_contain_text("your label agrees. The test holds.")
    assert_accessible(page, strictly=True)
    page.reload()
    page.keyboard.press("g")
    expect(page.locator("#feedback")).to_contain_text("You have reached the bound")
    assert_accessible(page, strictly=True)
    screenshot(page, "review-onboarding")
    page.get_by_role("link", name="the other queues").click()
    expect(page.get_by_role("link", name="All pairs", exact=True)).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "queues-onboarding")
    page.goto(f"/review/queues/{queue.pk}/")
    expect(page.get_by_role("row", name="rosa").filter(has_text="joined")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "queue-onboarding")
