"""Blind tests: their pairs, their labels, who is told to lead, and who may see it."""

from __future__ import annotations

import random

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.evidence import Rate
from apps.evidence.blind_tests import (
    BlindTestError,
    blind_test_start,
    blind_tests_end,
    followed,
)
from apps.evidence.models import BlindTest
from apps.fewshot.models import Version
from apps.generation.models import Response
from apps.review.models import Entry, Label
from apps.review.queue import enqueue, queues_catch_up
from apps.review.services import claim_next, label_add
from apps.seeds.models import Seed
from tests.builders import (
    make_recipe,
    make_response,
    make_run,
    make_seed,
    make_user,
    make_version,
)
from tests.pages import markup

pytestmark = pytest.mark.django_db


def two_runs(
    seeds: int, version: Version | None = None
) -> tuple[list[Seed], list[Response], list[Response]]:
    """Two recipes on the same seeds, with a pair each; of one version, else of one each."""
    rows = [make_seed() for _ in range(seeds)]
    sides = []
    for text in ("SELECT 'one';", "SELECT 'other';"):
        run = make_run(make_recipe(version or make_version()), rows)
        sides.append([make_response(text, run=run, seed=seed) for seed in rows])
    return rows, *sides


def make_test(seeds: int = 12, version: Version | None = None) -> BlindTest:
    _, left, right = two_runs(seeds, version)
    assert left[0].run and right[0].run
    return blind_test_start(left=left[0].run.recipe, right=right[0].run.recipe)


def label_all(test: BlindTest, reviewer: User, *, left: float, right: float, seed: int = 1) -> int:
    """Work through the queue as a reviewer does, accepting so much of each side; stops where the
    test is ended. Returns how many labels were given.
    """
    drawn = random.Random(seed)
    of_left = set(test.seeds.values_list("left", flat=True))
    given = 0
    while not blind_tests_end() and (pair := claim_next(reviewer=reviewer, queue=test.queue)):
        good = drawn.random() < (left if pair.pk in of_left else right)
        reasons = [] if good else ["wrong_result"]
        label_add(
            response=pair, reviewer=reviewer, value="good" if good else "bad", reasons=reasons,
            note="" if good else "no", queue=test.queue,
        )  # fmt: skip
        given += 1
    return given


def test_each_seed_brings_a_pair_of_each_side_and_they_come_mixed() -> None:
    test = make_test(12)
    assert test.seeds.count() == 12 and test.queue.is_blind
    order = list(test.queue.entries.order_by("position").values_list("response", flat=True))
    left = set(test.seeds.values_list("left", flat=True))
    right = set(test.seeds.values_list("right", flat=True))
    assert set(order) == left | right and len(order) == 24
    sides = [pk in left for pk in order]
    # Four seeds at a time, shuffled: never all of one side before the other.
    assert all(sum(sides[start : start + 8]) == 4 for start in (0, 8, 16))
    assert sides != sorted(sides) and sides != [n % 2 == 0 for n in range(24)]


def test_nothing_enters_leaves_or_moves_in_its_queue() -> None:
    test = make_test()
    before = list(test.queue.entries.order_by("position").values_list("response", "position"))
    other = make_response()
    enqueue(response_ids=[other.pk, *(pk for pk, _ in before)])
    queues_catch_up()
    now = list(test.queue.entries.order_by("position").values_list("response", "position"))
    assert now == before


def test_labelled_pairs_are_not_taken_and_too_few_are_refused() -> None:
    _, left, right = two_runs(9)
    assert left[0].run and right[0].run
    recipes = {"left": left[0].run.recipe, "right": right[0].run.recipe}
    reviewer = make_user()
    Label.objects.create(response=right[3], reviewer=reviewer, value="good")
    assert blind_test_start(**recipes).seeds.count() == 8
    Label.objects.create(response=right[4], reviewer=reviewer, value="good")
    with pytest.raises(BlindTestError, match="unlabelled pairs of 7 seeds in common"):
        blind_test_start(**recipes)
    with pytest.raises(BlindTestError, match="the same recipe"):
        blind_test_start(left=recipes["left"], right=recipes["left"])


def test_the_better_side_is_told_and_the_queue_is_closed_as_soon_as_that_is_known() -> None:
    test = make_test(40)
    # Without chance: which side comes first is drawn by numbers that depend on earlier tests.
    given = label_all(test, make_user(), left=1, right=0)
    test.refresh_from_db()
    found = followed(test)
    assert found.standing.decided == "left" and test.queue.is_closed
    assert given < 40 and found.standing.chance <= 0.05
    assert found.left.value is not None and found.right.value is not None
    assert found.left.value > found.right.value
    assert found.standing.seeds == found.left.whole == found.right.whole


def test_only_labels_of_its_own_queue_count() -> None:
    test = make_test()
    reviewer, both = make_user(), test.seeds.order_by("pk")[0]
    Label.objects.create(response=both.left, reviewer=reviewer, value="good", queue=test.queue)
    Label.objects.create(response=both.right, reviewer=reviewer, value="bad")
    assert followed(test).standing.seeds == 0
    Label.objects.create(response=both.right, reviewer=reviewer, value="bad", queue=test.queue)
    found = followed(test)
    assert (found.standing.left, found.left, found.right) == (1, Rate(1, 1), Rate(0, 1))
    # Taken back: the seed no longer says anything.
    Label.objects.create(response=both.left, reviewer=reviewer, value="withdrawn", queue=test.queue)
    assert followed(test).standing.seeds == 0


def test_the_page_says_who_leads_how_sure_and_what_to_label(client: Client) -> None:
    test = make_test(30)
    client.force_login(make_user("editor"))
    address = reverse("evidence:test", args=[test.pk])
    assert "Nobody leads yet" in markup(client.get(address))
    for both in test.seeds.order_by("pk")[:5]:
        for pair, value in ((both.left, "bad"), (both.right, "good")):
            Label.objects.create(response=pair, reviewer=make_user(), value=value, queue=test.queue)
            Entry.objects.filter(response=pair, queue=test.queue).update(state="done")
    text = markup(client.get(address))
    # 2^5 / 6 to 1.
    assert f"{test.right.fewshot} leads" in text and "at least 81.2 % sure" in text
    assert "5.3 to 1 at most" in text and "accepted: 5 of 5 (57–100 %)" in text
    found = followed(test)
    assert found.pairs_more == len(found.listed) == 2 * (found.standing.seeds_more or 0)
    assert f"About {found.pairs_more} more labels decide it" in text
    assert ", ".join(map(str, found.listed)) in text


def test_recipes_of_one_version_are_told_apart_by_their_letters(client: Client) -> None:
    test = make_test(8, make_version())
    both = test.seeds.earliest("pk")
    for pair, value in ((both.left, "bad"), (both.right, "good")):
        Label.objects.create(response=pair, reviewer=make_user(), value=value, queue=test.queue)
    client.force_login(make_user("editor"))
    assert "B leads" in markup(client.get(reverse("evidence:test", args=[test.pk])))


NAMES = ("tests", "test_new", "test", "test_end")


@pytest.mark.parametrize("name", NAMES)
def test_reviewers_may_not_know_what_is_tested(client: Client, name: str) -> None:
    test = make_test()
    address = reverse(f"evidence:{name}", args=[test.pk] if name in ("test", "test_end") else [])
    ask, other = (client.post, client.get) if name == "test_end" else (client.get, client.post)
    assert ask(address).status_code == 302
    client.force_login(make_user("reviewer"))
    assert ask(address).status_code == 403
    for role in ("editor", "admin"):
        client.force_login(make_user(role))
        assert ask(address).status_code == (302 if name == "test_end" else 200)
    if name != "test_new":
        assert other(address).status_code == 405
    if name in ("test", "test_end"):
        assert ask(reverse(f"evidence:{name}", args=[test.pk + 1])).status_code == 404


def test_an_editor_begins_and_ends_one(client: Client) -> None:
    _, left, right = two_runs(8)
    assert left[0].run and right[0].run
    client.force_login(make_user("editor"))
    given = {"left": left[0].run.recipe_id, "right": right[0].run.recipe_id, "seeds": 100}
    answer = client.post("/evidence/tests/new/", given)
    test = BlindTest.objects.get()
    assert answer.headers["Location"] == f"/evidence/tests/{test.pk}/"
    assert "0 of 8" in markup(client.get("/evidence/tests/"))
    client.post(f"/evidence/tests/{test.pk}/end/")
    assert "ended" in markup(client.get(f"/evidence/tests/{test.pk}/"))
    again = client.post("/evidence/tests/new/", {**given, "right": given["left"]})
    assert "the same recipe: choose two" in markup(again)


def test_the_reviewer_is_not_told_the_model(client: Client) -> None:
    test = make_test()
    client.force_login(make_user())
    page = markup(client.get(f"/review/queues/{test.queue_id}/work/"))
    assert "SELECT" in page and "tiny" not in page and "Repository" not in page
