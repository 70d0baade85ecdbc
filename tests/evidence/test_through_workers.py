"""A search and a blind test from their forms to their ends: workers ask a model server, databases
judge what it writes, and figures are counted as the scheduler counts them.
"""

from __future__ import annotations

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from django.test import Client

from apps.core.evidence import Rate
from apps.evidence.blind_tests import blind_tests_end, followed
from apps.evidence.models import BlindTest, Search
from apps.evidence.searching import candidates
from apps.fewshot.models import Example, Version
from apps.generation.models import Completion, Recipe, Response
from apps.generation.runs import Selection, run_start
from apps.review.models import Entry
from apps.review.services import claim_next, label_add
from tests.builders import make_recipe, make_run, make_seed, make_user, make_version
from tests.pages import markup
from tests.studio.building import RESPONSE, do_all
from tests.worker.fake_server import FakeServer, completion, says
from tests.worker.serving import serve
from worker import tasks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def one_database(settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]


def writes(is_right: Callable[[str], bool]) -> Callable[[BaseHTTPRequestHandler], None]:
    """A model that answers each stage, and right where its prompt is one of these."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked = handler.question["prompt"]  # type: ignore[attr-defined]
        text = "List the titles of the books on one shelf."
        if asked.rstrip().endswith("### Response"):
            text = RESPONSE.format(title="Emma" if is_right(asked) else "Ulysses")
        elif asked.rstrip().endswith("### Concepts"):
            text = "select, filter"
        says(completion(text))(handler)

    return answer


def used(version: Version) -> Recipe:
    """A recipe that a form offers: one that has run."""
    recipe = make_recipe(version, responses=1, random_seed=3)
    make_run(recipe, [])
    return recipe


def test_a_search_finds_the_example_that_makes_the_model_right(
    monkeypatch: pytest.MonkeyPatch, fake: FakeServer, client: Client
) -> None:
    serve(monkeypatch, fake.url)
    # Whoever is shown example 3 is right.
    fake.always = writes(lambda asked: "SELECT 3;" in asked)
    like = used(make_version(8))
    for number in range(24):
        make_seed(f"SELECT title FROM books WHERE shelf = {number}", kind="select")
    client.force_login(make_user("editor"))
    form = {"like": like.pk, "size": 4, "arrangements": 8, "seeds": 24, "tokens": 100_000}
    begun = client.post("/evidence/searches/new/", form)
    search = Search.objects.get()
    address = begun.headers["Location"]
    assert address == f"/evidence/searches/{search.pk}/" and search.run.seeds_total == 24
    do_all()
    tasks.count_figures()
    found = candidates(search)
    wrote = Completion.objects.filter(recipe=search.run.recipe)
    # Every stage of a seed showed the same four, and the pairs add up.
    assert {len(row.example_numbers) for row in wrote} == {4}
    for seed_id in wrote.values_list("seed", flat=True).distinct():
        shown = {tuple(row.example_numbers) for row in wrote.filter(seed=seed_id)}
        assert len(shown) == 1
    assert sum(each.tally.validated for each in found) == 24
    assert [3 in each.numbers for each in found] == sorted(
        (3 in each.numbers for each in found), reverse=True
    )
    assert all(each.tally.pass_rate.value == float(3 in each.numbers) for each in found)
    page = markup(client.get(address))
    best = found[0]
    assert f'<th scope="row">{", ".join(map(str, best.numbers))}</th>' in page
    assert str(best.tally.pass_rate) in page
    proposed = client.post(f"{address}propose/", follow=True)
    assert f"these passed best, {best.tally.pass_rate}." in markup(proposed)
    on = Example.objects.filter(version__status="draft", is_on=True).order_by("number")
    assert tuple(row.code for row in on) == tuple(f"SELECT {number}" for number in best.numbers)


def test_a_blind_test_of_what_two_versions_made_the_model_write_comes_to_its_end(
    monkeypatch: pytest.MonkeyPatch, fake: FakeServer, client: Client
) -> None:
    serve(monkeypatch, fake.url)
    # Of the versions one has an example more, which makes the model right.
    fake.always = writes(lambda asked: "SELECT 3;" in asked)
    for number in range(20):
        make_seed(f"SELECT title FROM books WHERE shelf = {number}", kind="select")
    with_it, without = make_version(3), make_version(2)
    recipes = [
        make_recipe(
            version,
            responses=1,
            random_seed=3,
            examples={"s_c": 1, "c_i": 1, "i_r": version.examples.count(), "s_i": 1},
        )
        for version in (with_it, without)
    ]
    for recipe in recipes:
        run_start(recipe=recipe, selection=Selection(20))
    do_all()
    assert Response.objects.count() == 40
    client.force_login(make_user("editor"))
    given = {"left": recipes[0].pk, "right": recipes[1].pk, "seeds": 20}
    address = client.post("/evidence/tests/new/", given).headers["Location"]
    test = BlindTest.objects.get()
    assert test.seeds.count() == 20
    assert Entry.objects.filter(queue=test.queue).count() == 40
    labels = labelled_by_verdict(test)
    tasks.count_figures()
    test.refresh_from_db()
    found = followed(test)
    assert found.standing.decided == "left" and test.queue.is_closed and labels < 40
    # Eight seeds in a row; four lie shuffled together, so that a few more are labelled by then.
    assert 8 <= found.standing.seeds <= 12
    assert found.left == Rate(found.standing.seeds, found.standing.seeds)
    assert found.right == Rate(0, found.standing.seeds)
    page = markup(client.get(address))
    assert f"{with_it} is better" in page and "The test is decided" in page


def labelled_by_verdict(test: BlindTest) -> int:
    """A script that labels as the databases judged, until the test has ended; how many labels."""
    reviewer, given = make_user(), 0
    while not blind_tests_end() and (pair := claim_next(reviewer=reviewer, queue=test.queue)):
        passed = pair.verdicts.filter(database="overall", outcome="passed").exists()
        label_add(
            response=pair, reviewer=reviewer, value="good" if passed else "bad", note="",
            reasons=[] if passed else ["wrong_result"], queue=test.queue,
        )  # fmt: skip
        given += 1
    return given
