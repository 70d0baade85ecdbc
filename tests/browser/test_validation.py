"""Validation in a real browser: runs, one run, pairs to look at, and SQL of one's own."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import Page, expect

from apps.core import work
from apps.core.models import Job
from apps.generation.models import Run
from apps.validation.figures import count_touched
from tests.browser.harness import assert_accessible, login, screenshot
from tests.builders import make_run, make_user
from tests.validation.building import LUCKY, RIGHT, SAME, TESTED, make_answers, make_judged_run
from worker import validating

pytestmark = pytest.mark.django_db(transaction=True)
ENDED = {"status": "done", "finished_at": "2026-01-01T00:00:00Z"}
MIXED: tuple[dict[str, str], ...] = (
    {"sqlite": "passed", "duckdb": "passed", "postgres": "passed"},
    {"sqlite": "passed", "duckdb": "sql_error", "postgres": "passed"},
    {"sqlite": "wrong_result", "duckdb": "wrong_result", "postgres": "wrong_result"},
    {"sqlite": "vacuous", "duckdb": "vacuous", "postgres": "vacuous"},
    {"sqlite": "no_tests", "duckdb": "no_tests", "postgres": "refused"},
    {"sqlite": "sql_error", "duckdb": "sql_error", "postgres": "sql_error"},
    {"sqlite": "timeout", "duckdb": "timeout", "postgres": "timeout"},
)


@pytest.fixture
def run() -> Run:
    run = make_judged_run(*MIXED * 3, **ENDED)
    count_touched()
    return run


def work_off() -> None:
    """What a worker does with the units that wait."""
    for job in Job.objects.filter(status="running"):
        for unit_id in list(job.units.values_list("pk", flat=True)):
            unit = work.claim(unit_id=unit_id, owner="me")
            if unit:
                result = validating.do(unit, "me", work.Lease())
                work.finish(unit=unit, owner="me", result=result)


def work_off_beside() -> None:
    """In a thread of its own: the browser's test must not see Django used in its event loop."""

    def do() -> None:
        try:
            work_off()
        finally:
            connection.close()

    thread = threading.Thread(target=do)
    thread.start()
    thread.join()


def test_from_the_list_to_a_pair_on_which_databases_disagree(page: Page, run: Run) -> None:
    make_run()
    Job.objects.create(kind="validate", **ENDED)
    login(page, make_user("editor"))
    page.goto("/validation/")
    assert_accessible(page)
    screenshot(page, "validation")
    page.get_by_role("link", name=f"Run {run.pk}", exact=True).click()
    assert_accessible(page)
    screenshot(page, "validation-run")
    page.get_by_role("link", name="on which databases disagree").click()
    assert_accessible(page)
    screenshot(page, "validation-disagreements")
    differ = run.responses.order_by("pk")[1]
    page.get_by_role("link", name=str(differ.pk), exact=True).click()
    expect(page.get_by_role("heading", name=f"Pair {differ.pk}")).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Passed, but unlike the others").click()
    expect(page.get_by_text("None")).to_be_visible()
    screenshot(page, "validation-none")


def test_empty_pages(page: Page) -> None:
    login(page, make_user("reviewer"))
    page.goto("/validation/")
    expect(page.get_by_text("No runs yet")).to_be_visible()
    screenshot(page, "validation-empty")
    page.goto(f"/validation/{make_run().pk}/")
    expect(page.get_by_text("No verdicts yet")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "validation-run-empty")


def test_a_run_at_work_fills_its_page_until_it_ends(page: Page) -> None:
    responses = make_answers(RIGHT, SAME, LUCKY, "SELEC 1")
    run = responses[0].run
    assert run
    login(page, make_user("reviewer"))
    page.goto(f"/validation/{run.pk}/")
    expect(page.get_by_text("4 responses wait for a worker")).to_be_visible()
    ids = [response.pk for response in responses]
    spec = work.UnitSpec(queue="validate", key="a", payload={"responses": ids})
    work.create_units(job=run.job, specs=[spec])
    work_off_beside()
    Job.objects.update(**ENDED)
    expect(page.get_by_role("heading", name="Agreement")).to_be_visible()
    expect(page.locator("#counted[hx-get]")).to_have_count(0)
    assert_accessible(page)
    screenshot(page, "validation-run-worked")


def test_an_editor_runs_a_response_and_sql(page: Page, settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    login(page, make_user("editor"))
    page.goto("/validation/")
    page.get_by_role("link", name="Run it yourself").click()
    assert_accessible(page)
    screenshot(page, "try")
    page.get_by_label("It is").select_option("response")
    page.get_by_label("SQL or response").fill(TESTED.format(sql=LUCKY.replace("30", "29")))
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_text("It waits for a worker")).to_be_visible()
    screenshot(page, "try-waiting")
    work_off_beside()
    expect(page.get_by_role("heading", name="What was understood")).to_be_visible()
    expect(page.get_by_text("− missing")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "try-result")

    page.get_by_label("It is").select_option("sql")
    page.get_by_label("SQL or response").fill("SELECT 6 * 7 AS answer, NULL AS none;")
    page.get_by_role("button", name="Run", exact=True).click()
    work_off_beside()
    expect(page.get_by_role("cell", name="42")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "try-sql")
