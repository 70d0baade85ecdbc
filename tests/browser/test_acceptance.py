"""The page of the acceptance model in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.review.acceptance.services import acceptance_train
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_user
from tests.review.acceptance.test_acceptance import decide, make_pairs

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_calibration_as_table_and_chart(page: Page) -> None:
    decide(make_pairs(130))
    acceptance_train()
    login(page, make_user("editor", "edda"))
    page.goto("/review/team/")
    page.goto("/review/acceptance/")
    expect(page.get_by_role("heading", name="Foretold and accepted")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "review-acceptance")
