"""Duplicates on the desk in a real browser: seen, labelled by one key, taken back by it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from apps.review.models import Entry, Label
from apps.review.services import enqueue
from apps.validation.likeness.finding import likeness_find
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_response, make_user
from tests.review.building import make_verdict

pytestmark = pytest.mark.django_db(transaction=True)


def test_duplicates_by_one_key(page: Page) -> None:
    made = [make_response("```sql\nSELECT 1;\n```", instruction="Give one.") for _ in range(3)]
    made.append(make_response("```sql\nDELETE FROM t;\n```", instruction="Empty the table t."))
    for each in made:
        make_verdict(each)
    likeness_find(response_ids=[each.pk for each in made])
    enqueue(response_ids=[each.pk for each in made])
    Entry.objects.filter(response__in=[made[1], made[2]]).update(position=8 * 10**18)
    login(page, make_user("reviewer", "rosa"))
    page.goto("/review/")
    expect(page.locator("#duplicates")).to_contain_text("2 duplicates")
    assert_accessible(page, strictly=True)
    screenshot(page, "review-duplicates")
    page.reload()  # pictures and axe leave empty style attributes, which htmx would copy
    page.keyboard.press("g")
    expect(page.locator("#alike-form")).to_contain_text("2 duplicates")
    page.keyboard.press("d")
    expect(page.locator("#alike")).to_contain_text("Labelled 2 alike.")
    assert Label.objects.filter(value="good").count() == 3
    page.keyboard.press("d")
    expect(page.locator("#alike")).to_contain_text("Taken back: 2.")
    assert Label.objects.filter(value="withdrawn").count() == 2
    page.keyboard.press("g")
    expect(page.locator(f"#work[data-pair='{made[1].pk}']")).to_be_visible()
    page.goto(f"/review/pairs/{made[0].pk}/alike/")
    expect(page.locator("#alike-form")).to_contain_text("2 duplicates")
    assert_accessible(page, strictly=True)
    screenshot(page, "review-duplicates-offered")
