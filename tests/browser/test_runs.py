"""A run from the form to its end, in a real browser."""

from dataclasses import asdict
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from apps.core.models import Figure, Job
from apps.generation.costs import COST, Cost
from apps.generation.models import Run, RunMinute, ServerSample
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
    expect(page.get_by_label("Model", exact=True)).to_have_value("bigcode/starcoder2-15b")
    expect(page.get_by_label("Responses per instruction")).to_have_value("10")
    expect(page.get_by_label("Engine")).to_be_focused()
    page.get_by_label("Seeds", exact=True).fill("2")
    page.get_by_text("Which seeds").click()
    page.get_by_text("Sampling").click()
    page.get_by_text("What instructions ask for").click()
    page.get_by_text("When it stops by itself").click()
    assert_accessible(page)
    screenshot(page, "runs-new")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("Nothing was started.")).to_be_visible()
    page.get_by_text("seed → concepts: about").first.click()
    assert_accessible(page)
    screenshot(page, "runs-dry")
    page.get_by_role("button", name="Start the run").click()
    expect(page.get_by_text("has begun with 2 seeds")).to_be_visible()
    assert_accessible(page)

    run = Run.objects.get()
    make_completion(run, run.chosen.get(position=0).seed, "s_c", 1, reason="empty", text="")
    expect(page.get_by_role("cell", name="wrote nothing")).to_be_visible()
    Job.objects.update(status="done", finished_at=timezone.now())
    # Charts are asked for every ten seconds.
    expect(page.locator("[hx-trigger]")).to_have_count(0)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    screenshot(page, "runs-done")


def over_time(run: Run) -> None:
    """Twenty minutes of two servers' work, and a cost that was counted."""
    now = timezone.now().replace(second=0, microsecond=0)
    for number in range(20):
        at = now - timedelta(minutes=20 - number)
        values = {"prompt_tokens": 90_000, "cached_tokens": 4000 * number, "completions": 30}
        RunMinute.objects.create(
            run=run, server="h:1", minute=at, busy_until=at + timedelta(minutes=1),
            completion_tokens=60 * (300 + 20 * number), **values,
        )  # fmt: skip
        ServerSample.objects.create(
            server="h:1", at=at, running=200 + number, waiting=number % 5, kv_cache=number / 25
        )
    ServerSample.objects.create(server="h:1", running=250, waiting=3, kv_cache=0.8)
    cost = Cost(responses=40, validated=40, passed=20, labelled=12, accepted=9, gpu_seconds=1200)
    Figure.objects.create(name=f"{COST}{run.pk}", value=asdict(cost))


def test_charts_are_drawn_from_their_table_and_again_in_the_other_colours(page: Page) -> None:
    run = make_response().run
    assert run
    over_time(run)
    seed = run.chosen.get().seed
    text, said = "```sql\nSELECT 1", "The text ends within a code block."
    make_completion(run, seed, "c_i", 0, reason="cut_off", text=text, message=said)
    login(page, make_user("editor"))
    page.goto(f"/runs/{run.pk}/")
    expect(page.locator(".chart canvas")).to_have_count(4)
    expect(page.get_by_text("250 requests running, 3 waiting")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "runs-live")
    before = page.locator(".chart canvas").first.evaluate("canvas => canvas.toDataURL()")
    page.get_by_role("button", name="Colours").click()
    page.get_by_role("button", name="Colours").click()
    after = page.locator(".chart canvas").first.evaluate("canvas => canvas.toDataURL()")
    assert before != after
    page.get_by_text("The numbers").click()
    expect(page.get_by_role("columnheader", name="Requests waiting")).to_be_visible()
    assert_accessible(page)


def test_what_was_rejected_and_two_runs_side_by_side_can_be_read(page: Page) -> None:
    run, other = make_response().run, make_response().run
    assert run and other
    over_time(run)
    seed = run.chosen.get().seed
    text, said = "```sql\nSELECT 1", "The text ends within a code block."
    make_completion(run, seed, "c_i", 0, reason="cut_off", text=text, message=said)
    login(page, make_user("editor"))
    page.goto(f"/runs/{run.pk}/")
    page.get_by_role("link", name="cut off").click()
    expect(page.get_by_text("SELECT 1")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "runs-rejected")
    for address, name in [
        (f"/runs/compare/?a={run.pk}&b={other.pk}", "runs-compare"),
        ("/runs/costs/", "runs-costs"),
        (f"/runs/{run.pk}/change/", "runs-change"),
        (f"/runs/{run.pk}/instructions/", "runs-instructions"),
    ]:
        page.goto(address)
        assert_accessible(page)
        screenshot(page, name)


def test_a_run_shows_its_funnel_in_both_schemes_and_on_a_phone(page: Page) -> None:
    run = make_response().run
    assert run
    login(page, make_user("reviewer"))
    page.goto(f"/runs/{run.pk}/")
    expect(page.get_by_role("heading", name="Funnel")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "runs-one")
