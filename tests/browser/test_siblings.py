"""The other responses, one key away, in a real browser."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from apps.core.models import WorkUnit
from apps.generation.models import Response
from apps.validation.services import responses_validate
from apps.validation.strength.differing import difference_find
from tests.browser.harness import assert_accessible, login, open_keys, screenshot
from tests.browser.reviewing import expect_pair
from tests.builders import make_user
from tests.review.building import make_verdict
from tests.review.test_siblings import make_sibling
from tests.validation.building import LUCKY, RIGHT, make_answers

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
    assert_accessible(desk, strictly=True)
    screenshot(desk, "review-siblings")
    desk.keyboard.press("ArrowRight")
    expect(desk.get_by_role("heading", name="Other response 2 of 2")).to_be_visible()
    expect(desk).to_have_url(re.compile(f"with={others[1].pk}"))
    desk.keyboard.press("ArrowLeft")
    expect(desk.get_by_role("heading", name="Other response 1 of 2")).to_be_visible()
    open_keys(desk, "back to the desk", "review-siblings-help")
    desk.keyboard.press("ArrowRight")
    desk.keyboard.press("Escape")
    expect(desk.get_by_role("dialog")).to_have_count(0)
    expect(desk.get_by_role("heading", name="Other response 1 of 2")).to_be_visible()
    desk.keyboard.press("r")
    expect_pair(desk, first)


def test_the_smallest_data_on_which_two_differ(page: Page, settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    right, lucky = make_answers(RIGHT, LUCKY)
    responses_validate(response_ids=[right.pk, lucky.pk])
    login(page, make_user("reviewer", "rosa"))
    page.goto(f"/review/pairs/{right.pk}/siblings/")
    page.keyboard.press("d")
    expect(page.get_by_text("smaller and smaller data")).to_be_visible()
    assert_accessible(page, strictly=True)
    difference_find(one_id=right.pk, other_id=lucky.pk)
    WorkUnit.objects.filter(queue="ahead").update(status="done")
    expect(page.get_by_text("The smallest data that was found")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "review-difference")
