"""The pictures of README and docs: `make screenshots` writes them to docs/pictures, light and dark.

No test: pytest reads this file only when it is named. The data are the sample's pairs with the
verdicts that they have, labelled by three people over two weeks, and a run's figures over twenty
minutes; drawn with a fixed seed, so that a picture changes only with its page.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.management import call_command
from django.utils import timezone
from playwright.sync_api import Page
from pytest_django import Settings

from apps.accounts.models import User
from apps.core.models import Figure, Job
from apps.fewshot.models import Version
from apps.generation.costs import COST, Cost
from apps.generation.models import Response
from apps.home.counting import count_standing
from apps.home.figures import count_figures
from apps.home.management.commands.demo import _shipped_sql
from apps.home.sample import FOLDER
from apps.review.models import Decision, Entry, Label
from apps.seeds.gathering.jobs import gathering_start
from apps.validation.services import responses_validate
from tests.browser.harness import SCHEMES, login
from tests.browser.test_runs import over_time
from tests.builders import make_recipe, make_response, make_run, make_seed, make_user
from tests.exports.building import accept, with_prompt, write
from tests.review.building import make_verdict
from tests.seeds.gathering.running import do_all

pytestmark = pytest.mark.django_db(transaction=True)
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
SIZE = {"width": 1280, "height": 760}
KINDS = ("select", "update", "create_view", "create_table")
OUTCOMES = ("passed",) * 6 + ("wrong_result", "wrong_result", "sql_error", "no_tests")
EXPORTED = 24
SHOWN = "databases disagree: division of integers"
SEED, PAIRS, PEOPLE = 7, 160, ("ada", "edgar", "grace")


@pytest.fixture
def drawn(page: Page) -> Iterator[Page]:
    """A page of an editor, with data behind it."""
    call_command("import_fewshot", verbosity=0)
    chance = random.Random(SEED)
    _pairs(chance)
    _shown_first()
    count_figures()
    count_standing()
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    login(page, make_user("editor", "edith"))
    yield page


def _pairs(chance: random.Random) -> None:
    texts = [json.loads(line) for line in (FOLDER / "pairs.jsonl").read_text().splitlines()]
    seeds = [make_seed(f"SELECT {n} AS n", kind=KINDS[n % len(KINDS)]) for n in range(PAIRS)]
    recipe = make_recipe(Version.objects.get(), engine="vllm", model="bigcode/starcoder2-15b")
    run = make_run(recipe, seeds)
    people = [make_user("reviewer", name) for name in PEOPLE]
    for number in range(PAIRS):
        pair, seed = texts[number % len(texts)], seeds[number]
        with patch("django.utils.timezone.now", return_value=_some_day(chance, number)):
            response = make_response(
                pair["response"], instruction=pair["instruction"], run=run, seed=seed
            )
            outcome = chance.choice(OUTCOMES)
            for database in ("overall", "sqlite", "duckdb", "postgres"):
                make_verdict(response, outcome, database=database)
            if chance.random() < 0.7:
                _label(chance, response, chance.choice(people), outcome)
    over_time(run)
    cost = Cost(responses=PAIRS, validated=PAIRS, passed=96, labelled=110, accepted=70)
    Figure.objects.filter(name=f"{COST}{run.pk}").update(value=asdict(cost))
    Job.objects.filter(run=run).update(status="running")


def _shown_first() -> None:
    """On the review page: a pair of the sample on which databases disagree, run for the picture."""
    lines = (FOLDER / "pairs.jsonl").read_text().splitlines()
    (pair,) = [one for one in map(json.loads, lines) if one.get("sample") == SHOWN]
    made = make_response(pair["response"], instruction=pair["instruction"])
    concepts = made.instruction.concepts
    assert concepts
    concepts.items = pair["concepts"]
    concepts.save()
    responses_validate(response_ids=[made.pk])
    Entry.objects.filter(response=made).update(position=-1_000)


def _some_day(chance: random.Random, number: int) -> datetime:
    """The newest pairs today, the oldest thirteen days ago."""
    days = 13 * (1 - number / PAIRS)
    return timezone.now() - timedelta(days=days, minutes=chance.random())


def _label(chance: random.Random, response: Response, person: User, outcome: str) -> None:
    good = chance.random() < (0.8 if outcome == "passed" else 0.15)
    label = Label.objects.create(
        response=response,
        reviewer=person,
        value="good" if good else "bad",
        seconds=round(chance.uniform(8, 40), 1),
    )
    Decision.objects.create(response=response, good=good, label=label, good_votes=int(good))
    Entry.objects.filter(response=response).update(state="done")


def picture(page: Page, name: str) -> None:
    """What is in the window, as docs/pictures/<name>-light.png and -dark.png."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)
        page.screenshot(path=PICTURES / f"{name}-{scheme}.png")


def test_pictures(drawn: Page) -> None:
    PICTURES.mkdir(exist_ok=True)
    run = Response.objects.select_related("run__recipe").order_by("pk")[0].run
    assert run
    drawn.goto("/")
    drawn.locator(".chart canvas").wait_for()
    picture(drawn, "home")
    drawn.goto("/review/")
    drawn.locator("#good-form").wait_for()
    picture(drawn, "review")
    drawn.goto(f"/runs/{run.pk}/")
    drawn.evaluate("document.getElementById('over-time').scrollIntoView()")
    drawn.mouse.wheel(0, -60)  # from under the head of the page
    picture(drawn, "run")
    drawn.goto("/review/pairs/")
    picture(drawn, "pairs")
    drawn.goto(f"/fewshot/versions/{run.recipe.fewshot_id}/")
    drawn.get_by_role("link", name="example 3").wait_for()
    picture(drawn, "fewshot")


def test_picture_of_an_export(page: Page, tmp_path: Path, settings: Settings) -> None:
    settings.VAR_DIR = tmp_path
    chance = random.Random(SEED)
    for number in range(EXPORTED):
        seed = make_seed(f"SELECT {number} AS n", kind=KINDS[number % len(KINDS)])
        pair = accept(with_prompt(make_response(seed=seed)))
        for database in ("sqlite", "duckdb", "postgres"):
            outcome = "passed" if chance.random() < 0.8 else "sql_error"
            make_verdict(pair, outcome, database=database)
    export = write()
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    login(page, make_user("editor", "edith"))
    page.goto(f"/exports/{export.pk}/")
    page.get_by_role("heading", name=f"{EXPORTED} pairs").wait_for()
    picture(page, "export")


def test_picture_of_a_gathering(page: Page) -> None:
    """Of the SQL that the embedded PostgreSQL carries, as the demo gathers it."""
    gathering = gathering_start(spec=str(_shipped_sql().resolve()))
    do_all(gathering)
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    login(page, make_user("editor", "edith"))
    page.goto(f"/seeds/gatherings/{gathering.pk}/")
    page.get_by_role("heading", name="Kept, by kind").wait_for()
    picture(page, "gathering")


def test_picture_of_the_api(page: Page) -> None:
    """The page of an installation, at the operation that a labelling client needs first."""
    page.set_viewport_size(SIZE)  # type: ignore[arg-type]
    login(page, make_user("reviewer", "rosa"))
    page.goto("/api/")
    operation = page.locator("#queues_label")
    operation.locator("summary").click()
    operation.get_by_role("table").first.wait_for()
    operation.evaluate("element => element.scrollIntoView()")
    page.mouse.wheel(0, -240)  # the operations before it, from under the head of the page
    page.mouse.move(0, 0)
    page.wait_for_function("window.scrollY > 0")
    picture(page, "api")
