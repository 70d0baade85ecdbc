"""Two responses side by side, by keyboard in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.review.models_beside import Preference
from tests.browser.harness import assert_accessible, login, open_keys, screenshot
from tests.browser.reviewing import make_real
from tests.builders import make_user
from tests.review.test_queues import make_queue
from tests.review.test_siblings import make_sibling

pytestmark = pytest.mark.django_db(transaction=True)


def test_preferences_by_keyboard(page: Page) -> None:
    for row in (1, 3, 4):
        first = make_real(row, "passed", "As expected.")
        make_sibling(first, "```sql\nSELECT 'the other';\n```")
    queue = make_queue(name="Which is better", is_pairwise=True)
    login(page, make_user("reviewer", "rosa"))
    page.goto(f"/review/queues/{queue.pk}/work/")
    expect(page.get_by_role("heading", name="Response A")).to_be_visible()
    assert_accessible(page, strictly=True)
    screenshot(page, "review-duel")
    open_keys(page, "B is better", "review-duel-help")
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert not Preference.objects.exists(), "no key means anything behind the help"
    is_left = "the other" not in page.locator(".sides > section").first.inner_text()
    page.keyboard.press("a")
    expect(page.locator(".instruction")).not_to_contain_text("column in the users table to Bob")
    stored = Preference.objects.get()
    assert stored.choice == ("one" if is_left else "other") and 0 < (stored.seconds or 0) < 300
    for key in ("u", "x", "g"):
        with page.expect_navigation():
            page.keyboard.press(key)
    for key in ("b", "ArrowRight"):
        is_right = "the other" not in page.locator(".sides > section").last.inner_text()
        with page.expect_navigation():
            page.keyboard.press(key)
        newest = Preference.objects.latest("pk")
        assert newest.choice == ("one" if is_right else "other"), f"{key} means the right one"
        if key == "b":
            with page.expect_navigation():
                page.keyboard.press("u")
    expect(page.get_by_text("Nothing left to compare")).to_be_visible()
    assert_accessible(page, strictly=True)

    choices = list(Preference.objects.order_by("pk").values_list("choice", flat=True))
    assert choices[:2] == ["both_bad", "both_good"] and choices[2] in ("one", "other")
