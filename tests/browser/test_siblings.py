"""The other responses, one key away, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from apps.generation.models import Response
from tests.browser.harness import assert_accessible, screenshot
from tests.browser.reviewing import expect_pair
from tests.review.building import make_verdict
from tests.review.test_siblings import make_sibling

pytestmark = pytest.mark.django_db(transaction=True)


def test_siblings_by_keyboard_and_back(desk: Page, queue: list[Response]) -> None:
    first = queue[0]
    others = [
        make_sibling(first, first.text.replace("Bob", name), draw)
        for draw, name in enumerate(("Rob", "Bo"), start=1)
    ]
    make_verdict(others[0], "passed")
    desk.reload()
    desk.keyboard.press("r")
    expect(desk.get_by_role("heading", name="Other response 1 of 2")).to_be_visible()
    assert_accessible(desk)
    screenshot(desk, "review-siblings")
    desk.keyboard.press("ArrowRight")
    expect(desk.get_by_role("heading", name="Other response 2 of 2")).to_be_visible()
    expect(desk).to_have_url(re.compile(f"with={others[1].pk}"))
    desk.keyboard.press("ArrowLeft")
    expect(desk.get_by_role("heading", name="Other response 1 of 2")).to_be_visible()
    desk.keyboard.press("r")
    expect_pair(desk, first)
