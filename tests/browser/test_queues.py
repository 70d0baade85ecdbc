"""Own keys, queues and batches in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from apps.generation.models import Response
from apps.review.bulk import BatchLabel, batch_start, batch_undo
from apps.review.filters import read_filter
from apps.review.looking import Look, Patience
from tests.browser.harness import assert_accessible, login, screenshot
from tests.browser.reviewing import expect_pair, values
from tests.builders import make_user
from tests.review.building import make_queued
from tests.review.test_bulk import work

pytestmark = pytest.mark.django_db(transaction=True)


def test_keys_are_chosen_and_shown(desk: Page, queue: list[Response]) -> None:
    desk.goto("/review/keys/")
    assert_accessible(desk)
    screenshot(desk, "review-keys")
    desk.get_by_label("Good", exact=True).fill("b")
    desk.get_by_role("button", name="Save").click()
    expect(desk.get_by_text("would have the same key: B")).to_be_visible()
    desk.get_by_label("Good", exact=True).fill("j")
    desk.get_by_role("button", name="Save").click()
    expect_pair(desk, queue[0])
    desk.keyboard.press("?")
    expect(desk.get_by_role("dialog").locator("dt").first).to_have_text("J")
    desk.keyboard.press("Escape")
    desk.keyboard.press("g")
    desk.keyboard.press("j")
    expect_pair(desk, queue[1])
    assert values() == ["good"]


def test_from_a_filter_to_a_queue_and_through_it(page: Page, queue: list[Response]) -> None:
    login(page, make_user("editor", "edda"))
    page.goto("/review/pairs/")
    assert_accessible(page)
    screenshot(page, "review-pairs")
    page.get_by_label("Verdict").select_option("no_sql")
    expect(page.get_by_text("Verdict: no sql")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/review/pairs/\?verdict=no_sql$"))
    page.get_by_role("link", name="Save as a queue").click()
    page.get_by_label("Name").fill("No SQL")
    page.get_by_label("Reviewers of each pair").fill("2")
    assert_accessible(page)
    page.get_by_role("button", name="Make the queue").click()
    expect(page.get_by_role("heading", name="No SQL")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "review-queue-page")
    page.get_by_role("link", name="Review", exact=True).last.click()
    expect_pair(page, queue[2])
    page.keyboard.press("g")
    expect(page.get_by_text("Nothing left for you")).to_be_visible()
    page.keyboard.press("u")
    expect_pair(page, queue[2])
    page.goto("/review/queues/")
    assert_accessible(page)
    screenshot(page, "review-queues")


def test_several_values_of_a_field_stay_when_another_changes(
    page: Page, queue: list[Response]
) -> None:
    login(page, make_user("editor", "edda"))
    page.goto("/review/pairs/?verdict=no_sql&verdict=sql_error")
    numbers = page.locator("#pairs tbody th a")
    expect(numbers).to_have_text([str(queue[2].pk), str(queue[1].pk)])
    expect(page.get_by_label("Verdict")).to_have_value("sql_error")
    other = page.get_by_role("checkbox", name="or no sql")
    expect(other).to_be_checked()
    assert_accessible(page)
    screenshot(page, "review-pairs-several")
    page.get_by_label("Failed check").select_option("any of them")
    expect(page).to_have_url(re.compile(r"\?verdict=sql_error&verdict=no_sql&check=any$"))
    expect(numbers).to_have_text([str(queue[2].pk)])
    page.get_by_label("Verdict").select_option("")
    expect(page).to_have_url(re.compile(r"\?verdict=no_sql&check=any$"))
    page.get_by_label("Failed check").select_option("")
    other.uncheck()
    expect(page).to_have_url(re.compile(r"/review/pairs/$"))
    expect(numbers).to_have_count(3)
    # Without the script the form sends them as well.
    page.goto("/review/pairs/?verdict=no_sql&verdict=wrong_result")
    page.evaluate("document.getElementById('filters').submit()")
    expect(page).to_have_url(re.compile(r"verdict=wrong_result&verdict=no_sql"))
    expect(numbers).to_have_text([str(queue[2].pk), str(queue[0].pk)])


def test_a_page_of_pairs_that_is_not_found_in_time_looks_further_by_itself(
    page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stretch after stretch, as rows of the same table, until it is known that no other is there."""
    pairs = [make_queued() for _ in range(9)]
    for one in (pairs[0], pairs[4]):
        one.verdicts.update(outcome="sql_error")
    for bound in ("FIRST", "WIDEST"):
        monkeypatch.setattr(f"apps.review.looking.{bound}", 2)
    for patience in Patience:
        monkeypatch.setattr(patience, "_value_", (0.0, 0.0, 0.0))
    monkeypatch.setattr(Look, "_by_indexes", lambda self, seconds: None)
    login(page, make_user("editor", "edda"))
    page.goto("/review/pairs/?verdict=sql_error")
    expect(page.get_by_text("No other pair is like that.")).to_be_visible()
    numbers = page.locator("#pairs tbody th a")
    expect(numbers).to_have_text([str(pairs[4].pk), str(pairs[0].pk)])
    expect(page.get_by_role("link", name="look further")).to_have_count(0)
    assert_accessible(page)
    numbers.last.focus()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/review/pairs/{pairs[0].pk}/$"))


def test_the_bar_of_a_batch_moves_while_a_worker_is_at_work(
    page: Page, queue: list[Response], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.review.bulk.SLICE", 1)
    ada = make_user("admin", "ada")
    login(page, ada)
    batch = batch_start(chosen=read_filter({}), label=BatchLabel("good", [], ""), created_by=ada)
    page.goto(f"/review/batches/{batch.pk}/")
    expect(page.get_by_text("The pairs are being counted")).to_be_visible()
    assert_accessible(page, strictly=True)
    bar = page.get_by_role("progressbar", name="Progress of batch")
    places = iter(("0", "1", "2", "3"))

    def looked() -> None:
        """The worker waits here until the page, which nobody reloads, has come as far."""
        at = next(places)
        expect(bar).to_have_attribute("value", at)
        expect(bar).to_have_attribute("max", "3")
        if at == "1":
            assert_accessible(page, strictly=True)
            screenshot(page, "batch-running")

    assert work(looked) == {"labels": 3}
    expect(bar).to_have_count(0)
    batch_undo(batch=batch, undone_by=ada)
    page.reload()
    expect(page.get_by_text("labels to be taken back are being counted")).to_be_visible()
    places = iter(("0", "1", "2", "3"))
    assert work(looked) == {"labels": 3}
    expect(bar).to_have_count(0)


def test_a_batch_is_seen_before_given_and_taken_back(page: Page, queue: list[Response]) -> None:
    login(page, make_user("admin", "ada"))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/review/batches/new/?verdict=sql_error")
    expect(page.get_by_text("1 pair with")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "review-batch-new")
    page.get_by_role("button", name="Label all good").click()
    expect(page.get_by_role("heading", name="Batch")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("are being taken back")).to_be_visible()
    expect(page.get_by_role("progressbar", name="Progress of batch")).to_be_visible()
    for address in ("/review/batches/", "/review/reasons/"):
        page.goto(address)
        assert_accessible(page)
        screenshot(page, address.strip("/").replace("/", "-"))
