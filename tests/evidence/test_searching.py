"""Searches: the run that tries arrangements, what is best, and the draft of it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.evidence.counting import count_evidence
from apps.evidence.models import Search
from apps.evidence.searching import Budget, SearchError, candidates, search_propose, search_start
from apps.fewshot.models import Version
from apps.generation.models import Recipe
from apps.generation.prompting import Prompter
from tests.builders import make_recipe, make_response, make_run, make_seed, make_user, make_version
from tests.evidence.building import make_evidence
from tests.pages import markup

pytestmark = pytest.mark.django_db
BUDGET = Budget(arrangements=8, seeds=20, tokens=5000)


def used_recipe() -> Recipe:
    recipe = make_recipe(make_version(8))
    make_run(recipe, [make_seed() for _ in range(20)])
    return recipe


def finished() -> Search:
    """Of eight examples, four shown at a time; only pairs that were shown example 3 pass."""
    run = make_evidence(seeds=16, passes=lambda shown, _: 3 in shown["i_r"])
    count_evidence()
    return Search.objects.create(version=run.recipe.fewshot, size=4, run=run)


def test_every_stage_of_its_run_shows_the_same_so_many_examples() -> None:
    like = used_recipe()
    search = search_start(like=like, size=3, budget=BUDGET)
    recipe = search.run.recipe
    assert (recipe.model, recipe.random_seed, recipe.fewshot) == (
        like.model, like.random_seed, like.fewshot,
    )  # fmt: skip
    assert search.run.seeds_total == 20 and search.run.limits["tokens"] == 5000
    shown = [
        {
            Prompter(recipe=recipe, stage=stage, arrangement=place).example_numbers
            for stage in recipe.stages
        }
        for place in range(recipe.arrangements)
    ]
    assert all(len(each) == 1 and len(next(iter(each))) == 3 for each in shown)
    assert len({next(iter(each)) for each in shown}) == recipe.arrangements


def test_there_must_be_examples_to_leave_out() -> None:
    with pytest.raises(SearchError, match="fewer than the 8 examples"):
        search_start(like=used_recipe(), size=8, budget=BUDGET)


def test_the_best_is_proposed_as_a_draft_with_its_evidence() -> None:
    search = finished()
    best = candidates(search)[0]
    assert best.numbers == (3,) and best.tally.pass_rate.value == 1
    draft = search_propose(search=search, created_by=None)
    first, *others = draft.examples.order_by("number")
    assert first.is_on and first.code == "SELECT 3" and not any(row.is_on for row in others)
    draft.refresh_from_db()
    assert f"Suggested by {search}" in draft.note and "6 of 6 (61–100 %)" in draft.note
    search.refresh_from_db()
    assert search.draft == draft


def test_a_draft_that_somebody_has_is_not_touched() -> None:
    search = finished()
    Version.objects.create(fewshot_set=search.version.fewshot_set, number=2, systems={})
    with pytest.raises(SearchError, match="has a draft already"):
        search_propose(search=search, created_by=None)


def test_nothing_is_proposed_of_nothing() -> None:
    search = search_start(like=used_recipe(), size=3, budget=BUDGET)
    with pytest.raises(SearchError, match="No pair"):
        search_propose(search=search, created_by=None)


@pytest.mark.parametrize("name", ["searches", "search_new", "search", "propose"])
def test_everybody_looks_and_editors_search(client: Client, name: str) -> None:
    search = finished()
    with_id = name in ("search", "propose")
    address = reverse(f"evidence:{name}", args=[search.pk] if with_id else [])
    ask, other = (client.post, client.get) if name == "propose" else (client.get, client.post)
    assert ask(address).status_code == 302
    client.force_login(make_user("reviewer"))
    assert ask(address).status_code == (403 if name in ("search_new", "propose") else 200)
    for role in ("editor", "admin"):
        client.force_login(make_user(role))
        assert ask(address).status_code == (302 if name == "propose" else 200)
    if name != "search_new":
        assert other(address).status_code == 405
    if with_id:
        assert ask(reverse(f"evidence:{name}", args=[search.pk + 1])).status_code == 404


def test_an_editor_begins_one_and_makes_a_draft_of_it(client: Client) -> None:
    like = used_recipe()
    client.force_login(make_user("editor"))
    given = {"like": like.pk, "size": 3, "arrangements": 8, "seeds": 5, "tokens": 9000}
    refused = client.post("/evidence/searches/new/", {**given, "size": 8})
    assert "Choose fewer than the 8 examples" in markup(refused)
    client.post("/evidence/searches/new/", given)
    search = Search.objects.get()
    assert "Nothing is counted yet" in markup(client.get(f"/evidence/searches/{search.pk}/"))
    done = finished()
    text = markup(client.get(f"/evidence/searches/{done.pk}/"))
    assert "6 of 6 (61–100 %)" in text and "Make the best a draft" in text
    answer = client.post(f"/evidence/searches/{done.pk}/propose/")
    done.refresh_from_db()
    assert answer.headers["Location"] == f"/fewshot/versions/{done.draft_id}/"
    make_response()
    assert "The draft" in markup(client.get(f"/evidence/searches/{done.pk}/"))
