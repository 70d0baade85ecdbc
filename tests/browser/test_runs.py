"""A run from the form to its end, in a real browser."""

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.core.models import Job
from apps.generation.models import Run
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_completion, make_response, make_seed, make_user, make_version

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_editor_starts_a_run_and_watches_it_end(page: Page) -> None:
    make_version()
    for _ in range(3):
        make_seed()
    login(page, make_user("editor"))
    page.goto("/runs/")
    assert_accessible(page)
    screenshot(page, "runs-empty")

    page.get_by_role("link", name="New run").click()
    page.get_by_label("Engine").focus()
    page.get_by_label("Engine").select_option("vllm")
    expect(page.get_by_label("Model")).to_have_value("bigcode/starcoder2-15b")
    expect(page.get_by_label("Responses per instruction")).to_have_value("10")
    expect(page.get_by_label("Engine")).to_be_focused()
    page.get_by_label("Seeds", exact=True).fill("2")
    page.get_by_text("Sampling").click()
    assert_accessible(page)
    screenshot(page, "runs-new")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("has begun with 2 seeds")).to_be_visible()
    assert_accessible(page)

    run = Run.objects.get()
    make_completion(run, run.chosen.get(position=0).seed, "s_c", 1, reason="empty", text="")
    expect(page.get_by_role("cell", name="wrote nothing")).to_be_visible()
    Job.objects.update(status="done", finished_at=timezone.now())
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    screenshot(page, "runs-done")


def test_a_run_shows_its_funnel_in_both_schemes_and_on_a_phone(page: Page) -> None:
    run = make_response().run
    assert run
    login(page, make_user("reviewer"))
    page.goto(f"/runs/{run.pk}/")
    expect(page.get_by_role("heading", name="Funnel")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "runs-one")
