"""The acceptance model: it learns what is there to learn, is calibrated, orders and never labels."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest
from django.test import Client
from django.urls import reverse

from apps.generation.models import Response
from apps.review.acceptance.features import NAMES, features_of
from apps.review.acceptance.model import Model, quantiles
from apps.review.acceptance.queries import random_rate
from apps.review.acceptance.services import acceptance_due, acceptance_guess, acceptance_train
from apps.review.models import Decision, Entry, Label
from apps.review.models_beside import Acceptance, Guess
from apps.review.queue import RANDOM_SHARE, enqueue
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.building import make_failed_check, make_verdict
from tests.review.test_queues import make_queue, order_of


def simulated(count: int, seed: int) -> tuple[list[tuple[float, ...]], list[float], list[bool]]:
    """Pairs whose chance of being accepted is known: their numbers, the chance, and the label."""
    draw = random.Random(seed)
    numbers, chances, good = [], [], []
    for _ in range(count):
        passed, strength, failed = draw.random() < 0.5, draw.random(), draw.random() < 0.3
        chance = min(0.95, max(0.05, 0.1 + 0.5 * passed + 0.3 * strength - 0.4 * failed))
        values = dict.fromkeys(NAMES, 0.0)
        values |= {"overall passed": float(passed), "strength": strength}
        values["checks failed"] = float(failed)
        numbers.append(tuple(values.values()))
        chances.append(chance)
        good.append(draw.random() < chance)
    return numbers, chances, good


def fit(numbers: list[tuple[float, ...]], good: list[bool]) -> Model:
    """The library takes seconds to import, and every worker of pytest-xdist collects this file."""
    from apps.review.acceptance import fitting

    return fitting.fit(numbers, good)


def test_what_is_foretold_of_new_pairs_is_near_the_chance_that_they_had() -> None:
    numbers, _, good = simulated(2_000, 1)
    model = Model.from_json(fit(numbers, good).as_json())
    others, chances, labels = simulated(2_000, 2)

    foretold = [model.probability(each) for each in others]

    errors = [abs(p - chance) for p, chance in zip(foretold, chances, strict=True)]
    assert sum(errors) / len(errors) < 0.06
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        here = [i for i, p in enumerate(foretold) if low <= p < low + 0.2]
        if len(here) > 100:
            mean = sum(foretold[i] for i in here) / len(here)
            assert abs(sum(labels[i] for i in here) / len(here) - mean) < 0.08
    assert model.brier < model.brier_base - 0.03
    assert sum(one.pairs for one in model.bins) == 2_000
    assert fit(numbers, good) == fit(numbers, good), "the same pairs, the same model"


@pytest.mark.django_db
def test_a_model_of_a_winnow_that_saw_other_things_is_not_asked() -> None:
    numbers, _, good = simulated(300, 7)
    stored = fit(numbers, good).as_json()
    cut = {"names": stored["names"][1:], "means": stored["means"][1:]}
    Acceptance.objects.create(data=stored | cut, labelled=300, learnt=300)
    pair = make_response()
    acceptance_guess(response_ids=[pair.pk])
    assert not Guess.objects.exists()
    Acceptance.objects.create(data=stored, labelled=300, learnt=300)
    acceptance_guess(response_ids=[pair.pk])
    assert Guess.objects.get().response_id == pair.pk


def test_labels_without_a_ground_teach_nothing() -> None:
    numbers, _, _ = simulated(1_000, 3)
    draw = random.Random(4)
    model = fit(numbers, [draw.random() < 0.5 for _ in numbers])
    assert all(0.35 < model.probability(each) < 0.65 for each in numbers)
    assert model.brier > model.brier_base - 0.01


def test_ranks_are_even_over_the_pairs_that_were_asked() -> None:
    draw = random.Random(5)
    guesses = [draw.betavariate(5, 2) for _ in range(1_000)]
    numbers, _, good = simulated(300, 6)
    stored = fit(numbers, good).as_json()
    stored["uncertainty"] = quantiles([abs(p - 0.5) for p in guesses])
    model = Model.from_json(stored)
    ranks = [model.rank(p) for p in guesses]
    for share in (0.1, 0.25, 0.5, 0.9):
        assert abs(sum(rank <= share for rank in ranks) / 1_000 - share) < 0.03
    assert model.rank(0.5) == 0 and model.rank(0.0) == 1


def test_only_fitting_loads_the_library() -> None:
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'apps.settings';"
        "django.setup(); import apps.urls, worker.tasks; from apps.review.acceptance import"
        " services, queries; sys.exit('sklearn' in sys.modules or 'scipy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def make_pairs(count: int, seed: int = 7) -> list[Response]:
    """Pairs of one run: some pass, some fail, some break a rule."""
    draw = random.Random(seed)
    first = make_response()
    assert first.run
    made = Response.objects.bulk_create(
        Response(instruction=first.instruction, run=first.run, draw=n, text=f"Answer {n}.")
        for n in range(1, count)
    )
    for each in [first, *made]:
        outcome = draw.choice(["passed", "wrong_result", "sql_error"])
        make_verdict(each, outcome, strength=draw.random() if outcome == "passed" else None)
        if draw.random() < 0.2:
            make_failed_check(each)
    return [first, *made]


def decide(pairs: list[Response], seed: int = 8) -> None:
    """People accept what passes, mostly."""
    draw, reviewer = random.Random(seed), make_user(username=f"judge {seed}")
    for each in pairs:
        passed = each.verdicts.get().outcome == "passed"
        good = draw.random() < (0.85 if passed else 0.1)
        value = "good" if good else "bad"
        label = Label.objects.create(response=each, reviewer=reviewer, value=value)
        Decision.objects.create(response=each, good=good, label=label)


@pytest.mark.django_db
def test_it_is_fitted_when_enough_labels_came_and_puts_least_certain_pairs_first() -> None:
    pairs = make_pairs(300)
    queue = make_queue(name="Least certain", order="least_certain")
    assert not acceptance_due() and acceptance_train() is None
    decide(pairs[:120])
    assert acceptance_due()

    stored = acceptance_train()

    assert stored and stored.learnt == 120 and not acceptance_due()
    assert Acceptance.objects.count() == 1
    guesses = dict(Guess.objects.values_list("response", "probability"))
    assert set(guesses) == {each.pk for each in pairs[120:]}, "what is decided is not asked about"
    passed = [guesses[e.pk] for e in pairs[120:] if e.verdicts.get().outcome == "passed"]
    failed = [guesses[e.pk] for e in pairs[120:] if e.verdicts.get().outcome != "passed"]
    assert sum(passed) / len(passed) > 0.6 > 0.4 > sum(failed) / len(failed)
    assert Decision.objects.count() == 120 and Label.objects.count() == 120, "it labels nothing"
    order = [pk for pk in order_of(queue) if pk in guesses]
    doubt = [abs(guesses[pk] - 0.5) for pk in order]
    half = len(doubt) // 2
    assert sum(doubt[:half]) < sum(doubt[half:])

    decide(pairs[120:170], seed=9)
    assert acceptance_due()
    new = make_response()
    make_verdict(new, "sql_error")
    acceptance_guess(response_ids=[new.pk])
    assert Guess.objects.get(pk=new.pk).probability < 0.5


@pytest.mark.django_db
def test_fifteen_of_a_hundred_stay_where_chance_puts_them() -> None:
    pairs = make_pairs(600)
    Guess.objects.bulk_create(Guess(response=e, probability=0.5, rank=0.999) for e in pairs)
    queue = make_queue(name="Least certain", order="least_certain")
    enqueue(response_ids=[each.pk for each in pairs])
    entries = Entry.objects.filter(queue=queue)
    by_chance = entries.exclude(position=999_000).count()
    assert abs(by_chance - 600 * RANDOM_SHARE / 100) < 40
    spread = list(entries.exclude(position=999_000).values_list("position", flat=True))
    assert min(spread) < 100_000 and max(spread) > 900_000
    rate = random_rate(queue)
    assert rate and rate.whole == 0
    entries.update(state="done")
    decide(pairs)
    rate = random_rate(queue)
    assert rate and rate.whole == by_chance
    assert random_rate(make_queue(name="Newest", order="newest")) is None


@pytest.mark.django_db
def test_a_pair_has_a_number_for_each_name_and_altered_ones_teach_nothing() -> None:
    pair = make_response()
    make_verdict(pair, "passed", strength=0.75)
    (seen,) = features_of([pair.pk])
    said = dict(zip(NAMES, seen.numbers, strict=True))
    assert said["overall passed"] == 1 and said["strength"] == 0.75 and said["no judge"] == 1
    assert said["databases disagree"] == 0
    pair.verdicts.update(notes=["other_rows"])
    (seen,) = features_of([pair.pk])
    assert dict(zip(NAMES, seen.numbers, strict=True))["databases disagree"] == 1
    Response.objects.filter(pk=pair.pk).update(is_held_back=True)
    assert features_of([pair.pk]) == []


@pytest.mark.django_db
def test_its_page_shows_how_well_it_foretells(client: Client) -> None:
    client.force_login(make_user("editor"))
    address = reverse("review:acceptance")
    assert "No model yet" in markup(client.get(address))
    decide(make_pairs(120))
    acceptance_train()
    page = markup(client.get(address))
    assert "Brier score" in page and "<circle" in page and "overall passed" in page
