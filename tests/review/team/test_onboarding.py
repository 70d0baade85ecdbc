"""Onboarding: known answers only, feedback after each label, other queues at the bound."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.managing import queue_close, queues_of
from apps.review.models import Label, Queue
from apps.review.queue import claim_next, default_queue
from apps.review.team.onboarding import agreed_of
from apps.review.team.services import gold_set
from tests.builders import make_user
from tests.pages import markup
from tests.review.building import make_queued
from tests.review.test_queues import make_queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def known() -> list[Response]:
    """Three pairs that are known to be bad, beside one that nothing is known of."""
    make_queued()
    editor = make_user("editor", username="goldsmith")
    pairs = [make_queued() for _ in range(3)]
    for pair in pairs:
        gold_set(response=pair, good=False, editor=editor, why="It sums the wrong column.")
    return pairs


def make_onboarding(**changed: object) -> Queue:
    values = {"name": "Learn", "is_onboarding": True, "bound_pairs": 2, "bound_share": 0.5}
    return make_queue(**(values | changed))


def give(client: Client, queue: Queue, reviewer: User, value: str) -> str:
    pair = claim_next(reviewer=reviewer, queue=queue)
    assert pair
    sent = {
        "value": value,
        "queue": queue.pk,
        "reasons": ["wrong_result"] if value == "bad" else [],
    }
    address = reverse("review:label", args=[pair.pk])
    return markup(client.post(address, sent, headers={"HX-Request": "true"}))


def test_known_answers_only_with_feedback_until_the_bound(
    known: list[Response], client: Client
) -> None:
    queue, anna = make_onboarding(), make_user()
    client.force_login(anna)
    assert list(queues_of(anna)) == [queue]
    opened = client.get(reverse("review:index"), follow=True)
    assert opened.redirect_chain == [(reverse("review:work", args=[queue.pk]), 302)]
    assert "“Learn” comes first" in markup(opened)
    sent = client.post(reverse("review:label", args=[known[0].pk]), {"value": "good"})
    assert sent.status_code == 404, "not in the queue of all pairs yet"

    page = give(client, queue, anna, "good")
    assert "is known to be bad: your label differs." in page
    assert "It sums the wrong column." in page and "0 of 1 agree;" in page
    page = give(client, queue, anna, "bad")
    assert "is known to be bad: your label agrees." in page and "You have reached the bound" in page

    assert default_queue() in queues_of(anna)
    assert client.get(reverse("review:index")).status_code == 200
    give(client, queue, anna, "good")
    assert default_queue() in queues_of(anna), "who has joined stays"
    assert claim_next(reviewer=anna, queue=queue) is None
    labelled = set(Label.objects.filter(reviewer=anna).values_list("response", flat=True))
    assert labelled == {pair.pk for pair in known}
    shown = markup(client.get(reverse("review:queue", args=[queue.pk])))
    assert "How far I am" in shown and "joined" in shown


def test_what_the_pages_say_of_an_onboarding_queue(known: list[Response], client: Client) -> None:
    """It has no pair of its own: nothing is "0 left", "0 open" or "all pairs"."""
    queue, anna = make_onboarding(bound_share=1.0), make_user()
    client.force_login(anna)
    desk, page = (reverse(f"review:{name}", args=[queue.pk]) for name in ("work", "queue"))
    opened = markup(client.get(desk))
    assert "<b>0 of 0</b> agree, 100 % of 2 are asked for" in opened and "left</li>" not in opened
    assert "You have not begun." in markup(client.get(page))
    assert "<b>0 of 1</b> agree" in give(client, queue, anna, "good")
    shown = markup(client.get(page))
    assert "those with a known answer: 3, each once a person" in shown
    assert "How far I am" in shown and "labels 1 of 2" in shown
    for wrong in ("Show these pairs", "<dt>Open</dt>", "<dt>Order</dt>", "altered"):
        assert wrong not in shown, wrong
    assert "<b>1 of 2</b> agree" in give(client, queue, anna, "bad")
    assert "below 100 %" in markup(client.get(page))
    listed = markup(client.get(reverse("review:queues")))
    assert "onboarding: known answers" in listed

    client.force_login(make_user("editor", username="edda"))
    shown = markup(client.get(page))
    assert "How far they are" in shown and anna.username in shown and "nobody can" not in shown
    Queue.objects.filter(pk=queue.pk).update(bound_pairs=4)
    assert "nobody can reach it" in " ".join(markup(client.get(page)).split())
    # Elsewhere nothing of it is told: the figures are as they were.
    assert "left</li>" in markup(client.get(reverse("review:index")))


def test_whom_it_concerns(known: list[Response], client: Client) -> None:
    anna, bert, editor = make_user(), make_user(), make_user("editor", username="ed")
    queue = make_onboarding(people=[anna])
    assert default_queue() not in queues_of(anna)
    assert default_queue() in queues_of(bert) and default_queue() in queues_of(editor)
    for person, status in ((bert, 200), (editor, 200), (anna, 302)):
        client.force_login(person)
        assert client.get(reverse("review:index")).status_code == status
    queue_close(queue=queue, closed=True)
    assert client.get(reverse("review:index")).status_code == 200


def test_only_the_last_pairs_count(known: list[Response], client: Client) -> None:
    queue, anna = make_onboarding(bound_share=1.0), make_user()
    client.force_login(anna)
    for value in ("good", "bad"):
        give(client, queue, anna, value)
    assert str(agreed_of(queue=queue, reviewer=anna)).startswith("1 of 2")
    assert default_queue() not in queues_of(anna)
    give(client, queue, anna, "bad")
    assert str(agreed_of(queue=queue, reviewer=anna)).startswith("2 of 2")
    assert default_queue() in queues_of(anna)


def test_a_queue_for_onboarding_is_made_on_its_page(client: Client) -> None:
    client.force_login(make_user("editor"))
    sent = {
        "name": "Learn", "order": "today", "reviewers": "1", "gold_share": "0",
        "is_onboarding": "on", "gold_altered": "on", "bound_pairs": "7", "bound_share": "90",
    }  # fmt: skip
    assert client.post(reverse("review:queue-new"), sent).status_code == 302
    queue = Queue.objects.get(name="Learn")
    assert (queue.is_onboarding, queue.gold_altered, queue.gold_share) == (True, True, 1)
    assert (queue.bound_pairs, queue.bound_share) == (7, 0.9)
    edit = reverse("review:queue-edit", args=[queue.pk])
    page = markup(client.get(edit))
    assert 'name="is_onboarding"' not in page and 'name="gold_share"' not in page
    changed = {"name": "Learn", "reviewers": "1", "bound_pairs": "8", "bound_share": "80"}
    assert client.post(edit, changed).status_code == 302
    queue.refresh_from_db()
    assert (queue.bound_pairs, queue.gold_share, queue.is_onboarding) == (8, 1, True)
