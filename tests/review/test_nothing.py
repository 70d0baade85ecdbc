"""What a desk without a pair says: what is true of its kind of queue, and what to do next."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.review.filters import read_filter
from apps.review.models import Queue
from apps.review.queue import claim_next, queues_catch_up
from apps.review.services import label_add
from apps.review.team.services import gold_set
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.building import make_queued
from tests.review.test_queues import make_queue

pytestmark = pytest.mark.django_db
Say = Callable[..., str]


@pytest.fixture
def says() -> Say:
    def opened(user: User, queue: Queue | None = None) -> str:
        client = Client()
        client.force_login(user)
        address = reverse("review:work", args=[queue.pk]) if queue else reverse("review:index")
        return markup(client.get(address))

    return opened


def test_the_queue_of_all_pairs_has_them_as_soon_as_they_are_stored(says: Say) -> None:
    anna, editor = make_user(), make_user("editor")
    for user, next_step in ((anna, "An editor gathers SQL"), (editor, "/seeds/gather/")):
        page = says(user)
        assert "No pair to review yet" in page and next_step in page
        assert "as soon as it is stored, before a database has run it" in page
    assert "/runs/new/" in says(editor) and "/runs/imports/new/" in says(editor)
    pair = make_response()  # no database has run it
    assert f'data-pair="{pair.pk}"' in says(anna)


def test_a_saved_queue_names_its_filter_and_the_sweep_brings_what_is_like_it(says: Say) -> None:
    anna, editor = make_user(), make_user("editor")
    queue = make_queue(filter=read_filter({"verdict": ["passed"]}), leave_out="twins")
    # Others have labels: that is nothing of this queue's.
    other = make_queued("no_sql")
    assert claim_next(reviewer=editor) == other
    label_add(response=other, reviewer=editor, value="good")
    queues_catch_up()
    for user in (anna, editor):
        page = says(user, queue)
        assert "No pair is like this queue's filter yet" in page and "Every pair" not in page
        assert "within ten seconds" in page and "Verdict: passed" in page and "left out" in page
    assert reverse("review:queue", args=[queue.pk]) in says(editor, queue)

    passed = make_queued("passed")
    queues_catch_up()
    assert f'data-pair="{passed.pk}"' in says(anna, queue)
    label_add(response=passed, reviewer=anna, value="good", queue=queue)
    assert "Every pair is labelled" in says(anna, queue)
    assert "come in within ten seconds" in says(anna, queue)


def test_a_queue_of_chosen_pairs_waits_for_no_others(says: Say) -> None:
    queue = make_queue()
    Queue.objects.filter(pk=queue.pk).update(filter={"queue": [str(queue.pk)]})
    page = says(make_user(), queue)
    assert "No pair in this queue" in page and "ten seconds" not in page


def test_an_onboarding_queue_waits_for_known_answers(says: Say) -> None:
    anna, editor = make_user(), make_user("editor")
    queue = make_queue(name="Learn", is_onboarding=True)
    pair = make_response()
    assert "No known answer yet" in says(anna, queue)
    assert "An editor says of more pairs what is right" in says(anna, queue)
    assert reverse("review:pairs") in says(editor, queue)
    gold_set(response=pair, good=True, editor=editor)
    assert claim_next(reviewer=anna, queue=queue) == pair, "it is here with the next look"
    label_add(response=pair, reviewer=anna, value="good", queue=queue)
    assert "You have judged every known answer" in says(anna, queue)


def test_pairs_that_others_hold_or_that_one_has_judged(says: Say) -> None:
    anna, bert = make_user(), make_user(username="bert")
    queue = make_queue(reviewers=2)
    pair = make_queued()
    queues_catch_up()
    for user in (anna, bert):
        assert claim_next(reviewer=user, queue=queue) == pair
    label_add(response=pair, reviewer=anna, value="good", queue=queue)
    page = says(anna, queue)
    assert "Nothing left for you" in page and "you have labelled, corrected or skipped" in page
