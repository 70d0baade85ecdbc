"""Examples in the browser: run when they are saved, and made of a pair that reviewers accepted."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from apps.fewshot.models import Example
from tests.browser.harness import Complaints, assert_accessible, editor_of, login, screenshot
from tests.browser.test_validation import work_off_beside
from tests.builders import make_user
from tests.review.test_promoting import good

pytestmark = pytest.mark.django_db(transaction=True)


def test_verdicts_come_to_a_saved_example_and_to_a_whole_version(
    page: Page, complaints: Complaints, settings: Any
) -> None:
    complaints.ignore("Applying inline style violates")
    settings.WINNOW_DATABASES = ["sqlite", "duckdb"]
    call_command("import_fewshot")
    login(page, make_user("editor"))
    page.goto("/fewshot/")
    page.get_by_role("button", name="Edit in a draft").click()
    page.get_by_role("link", name="Edit example 2", exact=True).click()
    editor_of(page, "Implementation").fill("SELECT shop FROM sales;")
    page.get_by_role("button", name="Save").click()
    verdicts = page.locator("#verdicts")
    expect(verdicts).to_contain_text("It waits for a worker of validation")
    work_off_beside()
    expect(verdicts).to_contain_text("wrong result")
    expect(verdicts.get_by_role("button", name="Run again")).to_be_visible()
    verdicts.get_by_text("Of each database").click()
    expect(verdicts.get_by_role("heading", name="sqlite")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "fewshot-verdicts")

    page.get_by_role("link", name="version 2").click()
    page.get_by_role("link", name="Verdicts").click()
    expect(page.get_by_text("1 of 18 have been run as they are, 0 of them passed.")).to_be_visible()
    Example.objects.filter(version__status="draft", number__gt=4).delete()
    page.get_by_role("button", name="Run the examples").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    work_off_beside()
    expect(page.get_by_text("4 of 4 have been run as they are, 3 of them passed.")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "fewshot-states")


def test_a_good_pair_becomes_an_example_with_one_click(
    page: Page, complaints: Complaints, settings: Any
) -> None:
    complaints.ignore("Applying inline style violates")
    settings.WINNOW_DATABASES = ["sqlite"]
    response = good()
    login(page, make_user("editor"))
    page.goto(f"/review/pairs/{response.pk}/")
    assert_accessible(page)
    screenshot(page, "review-promote")
    page.get_by_role("button", name="Make it an example").click()
    expect(page.get_by_text(f"Pair {response.pk} is example 4 of small version 2.")).to_be_visible()
    expect(page.get_by_label("Category")).to_have_value("reporting")
    assert_accessible(page)
    screenshot(page, "fewshot-promoted-edit")
    page.get_by_label("Category").fill("counting")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", name="Where it came from")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "fewshot-promoted")
    page.get_by_role("link", name=str(response.pk), exact=True).click()
    expect(page.get_by_text("Models are shown it, so exports leave it out.")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "review-promoted")
