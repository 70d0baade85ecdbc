"""A try: the same seeds and sampling seeds with draft and published version, held back."""

from dataclasses import replace

import pytest

from apps.core.leases import claim_next
from apps.core.models import WorkUnit
from apps.fewshot.models import Version
from apps.fewshot.services import FewShotError, draft_discard, draft_freeze, draft_open
from apps.generation.costs import costs_by_version
from apps.generation.models import Completion, Response
from apps.generation.prompting import Prompter
from apps.generation.recipes import recipe_get_or_create, recipe_of_trial, spec_of
from apps.generation.runs import Selection, run_start
from apps.review.filters import PairFilter, pairs_matching
from apps.review.models import Entry, Queue
from apps.review.queue import queue_fill
from apps.studio.queries import outcome_of
from apps.studio.trying import (
    TrialError,
    pairs_send,
    seeds_at_random,
    seeds_failed,
    seeds_named,
    trial_start,
)
from tests.builders import make_recipe, make_response, make_run, make_seed, make_version
from tests.review.building import make_verdict
from tests.studio.building import SPEC, change, do_all, make_draft, make_trial
from tests.worker.fake_server import FakeServer, completion, says
from tests.worker.serving import serve

pytestmark = pytest.mark.django_db
GOOD = "update statement, where clause"


@pytest.mark.django_db(transaction=True)
def test_both_sides_are_asked_the_same_but_for_the_examples_and_sampled_alike(
    monkeypatch: pytest.MonkeyPatch, fake: FakeServer
) -> None:
    serve(monkeypatch, fake.url)
    fake.always = says(completion(GOOD))
    seeds = [make_seed(), make_seed()]
    trial = make_trial(seeds)
    do_all()
    sides = [
        {(row.stage, row.seed_id, row.draw): row for row in Completion.objects.filter(run=run)}
        for run in (trial.draft_run, trial.published_run)
    ]
    assert len(sides[0]) == 6 and sides[0].keys() == sides[1].keys()
    for key, mine in sides[0].items():
        other = sides[1][key]
        assert mine.sampling_seed == other.sampling_seed
        assert mine.properties == other.properties
        assert mine.example_numbers == other.example_numbers
        assert bytes(mine.prompt_hash) != bytes(other.prompt_hash)
    asked = "".join(str(question) for question in fake.asked)
    assert "museum keeping" in asked and "library one" in asked
    trial.draft_run.job.refresh_from_db()
    assert trial.draft_run.job.status == "done"


@pytest.mark.django_db(transaction=True)
def test_nothing_reaches_the_reviewers_until_it_is_sent(
    monkeypatch: pytest.MonkeyPatch, fake: FakeServer
) -> None:
    serve(monkeypatch, fake.url)
    fake.always = says(completion(GOOD))
    trial = make_trial([make_seed()])
    do_all()
    pairs = list(Response.objects.order_by("pk"))
    assert len(pairs) == 2 and all(pair.is_held_back for pair in pairs)
    assert all(pair.verdicts.filter(database="overall").exists() for pair in pairs)
    other = Queue.objects.create(name="All of them", order="newest")
    queue_fill(queue=other)
    assert not Entry.objects.exists() and not pairs_matching(PairFilter()).exists()
    assert pairs_send(trial=trial, response_ids=[pairs[0].pk]) == 1
    assert {entry.response_id for entry in Entry.objects.all()} == {pairs[0].pk}
    assert Entry.objects.count() == 2
    assert pairs_send(trial=trial, response_ids=[pairs[0].pk]) == 0
    assert [pair.pk for pair in pairs_matching(PairFilter())] == [pairs[0].pk]


def test_pairs_of_other_runs_are_not_sent_by_a_try() -> None:
    trial = make_trial([make_seed()])
    other = make_response()
    Response.objects.update(is_held_back=True)
    assert pairs_send(trial=trial, response_ids=[other.pk]) == 0


def test_tries_go_ahead_of_runs() -> None:
    waiting = run_start(recipe=make_recipe(), selection=Selection(1)) if make_seed() else None
    trial = make_trial([make_seed(), make_seed()])
    claimed = claim_next(queue="generate", owner="worker", count=4)
    tried = {trial.draft_run.job_id, trial.published_run.job_id}
    assert {unit.job_id for unit in claimed} == tried and len(claimed) == 4
    assert waiting and claim_next(queue="generate", owner="worker", count=9)[0].job_id == (
        waiting.job_id
    )


@pytest.mark.django_db(transaction=True)
def test_a_second_try_asks_again_only_what_changed(
    monkeypatch: pytest.MonkeyPatch, fake: FakeServer
) -> None:
    serve(monkeypatch, fake.url)
    fake.always = says(completion(GOOD))
    draft, seed = make_draft(), make_seed()
    make_trial([seed], draft=draft)
    do_all()
    asked = len(fake.asked)
    change(draft, "archives")
    # Beside other seeds the old one is asked the same as before.
    again = make_trial([make_seed(), seed], draft=draft)
    do_all()
    assert len(fake.asked) == asked + 3 * 2 + 3
    lines = outcome_of(again).lines
    assert all(len(line.draft.pairs) == len(line.published.pairs) == 1 for line in lines)
    assert not lines[1].is_same


@pytest.mark.django_db(transaction=True)
def test_it_says_where_both_sides_were_asked_the_same(
    monkeypatch: pytest.MonkeyPatch, fake: FakeServer
) -> None:
    serve(monkeypatch, fake.url)
    fake.always = says(completion(GOOD))
    draft = make_draft()
    draft.examples.filter(number=1).update(
        category="library one", code="SELECT * FROM books;", instruction="List the books."
    )
    draft.systems = {**draft.systems, "S->I": "SQL, not used by this chain."}
    draft.save()
    trial = make_trial([make_seed()], draft=draft)
    do_all()
    assert [line.is_same for line in outcome_of(trial).lines] == [True]


def test_what_was_tried_stays_as_it_was() -> None:
    draft = make_draft()
    kept = draft_freeze(version=draft)
    assert draft_freeze(version=draft) == kept
    change(draft, "archives")
    assert draft_freeze(version=draft) != kept
    assert kept.examples.get(number=1).category == "museum keeping"
    draft_discard(version=draft)
    again = draft_open(fewshot_set=kept.fewshot_set, created_by=None)
    assert again.number == 2 and Version.objects.filter(status="tried").count() == 2


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_to_change_what_was_tried() -> None:
    from django.db import IntegrityError

    kept = draft_freeze(version=make_draft())
    with pytest.raises(IntegrityError, match="cannot be changed"):
        kept.examples.update(category="other")
    with pytest.raises(IntegrityError, match="cannot be changed"):
        Version.objects.filter(pk=kept.pk).update(systems={})


def test_recipes_of_tries_are_none_of_runs_and_count_nowhere() -> None:
    version = make_version()
    run = make_run(recipe_of_trial(fewshot=version, spec=SPEC))
    real = recipe_get_or_create(fewshot=version, spec=SPEC)
    assert run.recipe != real and run.recipe.fingerprint != real.fingerprint
    assert costs_by_version() == []


@pytest.mark.parametrize("chain", ["s_c-c_i-i_r", "s_i-i_r"])
def test_a_recipe_gives_the_ingredients_it_was_made_from(chain: str) -> None:
    version = make_version()
    recipe = make_recipe(
        version, chain=chain, response_stop=("###",), tasks=("write",), temperature=0.2
    )
    assert recipe_get_or_create(fewshot=version, spec=spec_of(recipe)) == recipe


def test_seeds_are_named_or_drawn_or_those_that_failed() -> None:
    failed, mixed, passed = (make_seed() for _ in range(3))
    recipe = make_recipe()
    run = make_run(recipe, [failed, mixed, passed])
    make_verdict(make_response(run=run, seed=failed), "wrong_result")
    first = make_response(run=run, seed=mixed)
    make_verdict(first, "wrong_result")
    make_verdict(first.instruction.responses.create(run=run, draw=1, text="…"), "passed")
    make_verdict(make_response(run=run, seed=passed), "passed")
    assert seeds_failed(recipe.fewshot, 5) == [failed]
    assert seeds_failed(make_version(), 5) == []
    assert seeds_named([passed.pk, 0, failed.pk, passed.pk]) == [passed, failed]
    assert {seed.pk for seed in seeds_at_random(3)} == {failed.pk, mixed.pk, passed.pk}
    assert len({seed.pk for seed in seeds_at_random(2)}) == 2


def test_what_cannot_be_tried_says_why() -> None:
    draft = make_draft()
    with pytest.raises(TrialError, match="no such seeds"):
        trial_start(draft=draft, spec=SPEC, seeds=[])
    with pytest.raises(TrialError, match="Nothing is published"):
        trial_start(draft=make_version(published=False), spec=SPEC, seeds=[make_seed()])
    draft.examples.all().delete()
    with pytest.raises(FewShotError, match="cannot be tried yet"):
        trial_start(draft=draft, spec=SPEC, seeds=[make_seed()])
    assert not WorkUnit.objects.filter(queue="generate").exists()


def test_a_try_shows_what_differs_in_every_prompt_unless_told_otherwise() -> None:
    version = make_version(12)
    draft = draft_open(fewshot_set=version.fewshot_set, created_by=None)
    draft.systems = version.systems
    for number in (5, 9):
        draft.examples.filter(number=number).update(category="museum keeping")
    spec = replace(SPEC, examples={"s_c": 3, "c_i": 3, "i_r": 1}, arrangements=4)
    trial = trial_start(draft=draft, spec=spec, seeds=[make_seed()])
    for run in (trial.draft_run, trial.published_run):
        recipe = run.recipe
        shown = {
            stage: [
                Prompter(recipe=recipe, stage=stage, arrangement=place).example_numbers
                for place in range(recipe.arrangements)
            ]
            for stage in recipe.stages
        }
        assert all({5, 9} <= set(numbers) for numbers in shown["s_c"] + shown["c_i"])
        assert {numbers[0] for numbers in shown["i_r"]} == {5, 9}
    plain = trial_start(draft=draft, spec=spec, seeds=[make_seed()], shows_changes=False)
    assert plain.draft_run.recipe.focus == [] != trial.draft_run.recipe.focus
