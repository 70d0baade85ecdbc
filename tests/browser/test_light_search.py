"""A search and a blind test of what the light engine itself wrote: nothing stands in for it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect

from apps.core.models import Job
from apps.evidence import blind_tests
from apps.evidence.models import BlindTest, Search
from apps.evidence.searching import candidates
from apps.fewshot.models import Version
from apps.fewshot.rendering import PROMPTS
from apps.generation.models import Completion, Response
from apps.generation.recipes import recipe_get_or_create, spec_usual
from apps.generation.runs import Selection, run_start
from tests.browser.harness import assert_accessible, login, screenshot
from tests.browser.test_fewshot_studio import worked
from tests.browser.test_light_engine import light as light
from tests.builders import make_seed, make_user
from tests.evidence.test_blind_tests import label_all
from worker import tasks

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.slow,
    pytest.mark.timeout(3600),
]
SEEDS = 2


def test_a_search_and_a_blind_test_of_it_on_the_light_engine(
    page: Page, light: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("import_fewshot", str(PROMPTS / "short-fewshot.txt"))
    for number in range(SEEDS):
        make_seed(f"SELECT title FROM books WHERE shelf = {number};", kind="select")
    spec = replace(spec_usual(), responses=1)
    like = recipe_get_or_create(fewshot=Version.objects.get(), spec=spec)
    run_start(recipe=like, selection=Selection(SEEDS))
    login(page, make_user("editor"))
    page.goto("/evidence/searches/new/")
    page.get_by_label("Recipe").select_option(str(like.pk))
    page.get_by_label("Examples to keep").fill("2")
    page.get_by_label("Arrangements to try").fill("2")
    page.get_by_role("spinbutton", name="Seeds").fill(str(SEEDS))
    page.get_by_label("Tokens at most").fill("50000")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_text("Nothing is counted yet")).to_be_visible()
    worked()
    tasks.count_figures()

    search = Search.objects.get()
    assert Job.objects.get(run=search.run).status == Job.Status.DONE
    wrote = Completion.objects.filter(recipe=search.run.recipe)
    assert {len(row.example_numbers) for row in wrote} == {2}
    assert wrote.filter(stage="i_r", completion_tokens__gt=0).exists()
    found = candidates(search)
    assert (
        sum(each.tally.validated for each in found)
        == Response.objects.filter(run=search.run).count()
        > 0
    )
    page.reload()
    expect(page.get_by_role("region", name="Arrangements tried")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "search-light")
    page.get_by_role("button", name="Make the best a draft").click()
    expect(page.get_by_text(f"Suggested by search {search.pk}")).to_be_visible()

    monkeypatch.setattr(blind_tests, "FEWEST_SEEDS", 1)
    page.goto("/evidence/tests/new/")
    page.get_by_label("One recipe").select_option(str(like.pk))
    page.get_by_label("The other").select_option(str(search.run.recipe_id))
    page.get_by_label("Seeds at most").fill("8")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Nobody leads yet")).to_be_visible()
    test = BlindTest.objects.get()
    seeds = test.seeds.count()
    assert label_all(test, make_user("reviewer"), left=0.0, right=1.0) == 2 * seeds
    page.reload()
    expect(page.get_by_text(f"{seeds} of {seeds} seeds have both their pairs")).to_be_visible()
    assert blind_tests.followed(test).standing.right == seeds
