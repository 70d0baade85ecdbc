"""Pairwise queues: duels, preferences, and who may say what."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review import pairwise
from apps.review.managing import QueueProgress, progress_of_queue, queue_change
from apps.review.models import Label, Queue
from apps.review.models_beside import Duel, Preference
from apps.review.pairwise import NotAskedError, Preferred, duel_next, prefer, preferences
from apps.review.people import people_of
from apps.review.queue import enqueue
from tests.builders import make_user
from tests.pages import markup
from tests.review.building import make_queued
from tests.review.test_queues import make_queue, settings_of
from tests.review.test_siblings import make_sibling

pytestmark = pytest.mark.django_db


def make_pairwise(responses: int = 2, **fields: object) -> tuple[Queue, list[Response]]:
    """A pairwise queue with so many responses to one instruction."""
    first = make_queued(text="first")
    more = [make_sibling(first, f"text {n}", draw=n) for n in range(1, responses)]
    return make_queue(is_pairwise=True, **fields), [first, *more]


def say(duel: Duel, reviewer: User, said: str, *, one_was_left: bool = True) -> Preference:
    return prefer(duel=duel, reviewer=reviewer, said=said, one_was_left=one_was_left)


def test_each_response_is_in_one_duel_with_another_to_its_instruction() -> None:
    queue, responses = make_pairwise(5)
    make_queued()

    assert pairwise.duels_draw(queue=queue) == 2 and pairwise.duels_draw(queue=queue) == 0
    met = [pk for duel in Duel.objects.all() for pk in (duel.one_id, duel.other_id)]
    assert len(set(met)) == 4 and set(met) < {response.pk for response in responses}


@pytest.mark.parametrize(
    ("said", "one_was_left", "choice"),
    [
        ("left", True, "one"), ("left", False, "other"), ("right", True, "other"),
        ("right", False, "one"), ("both_good", False, "both_good"), ("both_bad", True, "both_bad"),
    ],
)  # fmt: skip
def test_sides_are_brought_back_to_the_responses(
    said: str, one_was_left: bool, choice: str
) -> None:
    queue, (one, other) = make_pairwise()
    anna = make_user()
    duel = duel_next(queue=queue, reviewer=anna)
    assert duel
    stored = say(duel, anna, said, one_was_left=one_was_left)

    assert (stored.choice, stored.one_was_left) == (choice, one_was_left)
    assert say(duel, anna, "left") == stored, "what was said first stays"
    ids = {"one": (one.pk, other.pk), "other": (other.pk, one.pk)}.get(choice)
    expected = [Preferred(one.instruction_id, *ids, anna.pk)] if ids else []
    assert preferences() == expected
    assert not Label.objects.exists()


def test_a_preference_of_other_texts_is_stale() -> None:
    queue, (one, other) = make_pairwise()
    anna = make_user()
    duel = duel_next(queue=queue, reviewer=anna)
    assert duel
    say(duel, anna, "left")
    assert len(preferences(response_ids=[one.pk, other.pk])) == 1
    assert preferences(response_ids=[one.pk]) == []
    Response.objects.filter(pk=other.pk).update(text="another text")
    assert preferences() == []


def test_as_many_people_as_the_queue_asks_for_and_undo_opens_it_again() -> None:
    queue, _ = make_pairwise(reviewers=2)
    anna, ben, carl = make_user(), make_user(), make_user()
    duel = duel_next(queue=queue, reviewer=anna)
    assert duel
    say(duel, anna, "left")
    assert duel_next(queue=queue, reviewer=anna) is None
    say(duel, ben, "right")

    assert duel_next(queue=queue, reviewer=carl) is None
    with pytest.raises(NotAskedError):
        say(duel, carl, "left")
    assert progress_of_queue(queue) == QueueProgress(open=0, done=1)
    assert pairwise.preference_undo(queue=queue, reviewer=ben) == duel
    assert progress_of_queue(queue) == QueueProgress(open=1, done=0)
    assert duel_next(queue=queue, reviewer=carl) == duel
    assert pairwise.preference_undo(queue=queue, reviewer=ben) is None


def test_a_queue_says_who_preferred_how_much(client: Client) -> None:
    queue, _ = make_pairwise(6, reviewers=2)
    anna, ben = make_user(username="anna"), make_user(username="ben")
    for person, words in ((anna, ["left", "both_good", "right"]), (ben, ["both_good"])):
        for said in words:
            duel = duel_next(queue=queue, reviewer=person)
            assert duel
            say(duel, person, said)
    lines = [(line.username, line.labels, line.good) for line in people_of(queue)]
    assert lines == [("anna", 3, 1), ("ben", 1, 1)]

    client.force_login(make_user("editor"))
    page = markup(client.get(reverse("review:queue", args=[queue.pk])))
    assert "Preferences" in page and "anna" in page and "Nobody has labelled" not in page


def test_fewer_reviewers_end_a_duel_and_more_open_it_again() -> None:
    queue, _ = make_pairwise(reviewers=2)
    anna, editor = make_user(), make_user("admin")
    duel = duel_next(queue=queue, reviewer=anna)
    assert duel
    say(duel, anna, "left")
    for reviewers, done in ((1, True), (2, False)):
        queue.refresh_from_db()
        chosen = settings_of(reviewers=reviewers, is_pairwise=True)
        queue_change(queue=queue, chosen=chosen, changed_by=editor)
        duel.refresh_from_db()
        assert duel.is_done is done


@pytest.mark.django_db(transaction=True)
def test_ten_people_at_once_leave_exactly_two_preferences() -> None:
    queue, _ = make_pairwise(reviewers=2)
    people = [make_user(username=f"r{number}") for number in range(10)]
    duel = duel_next(queue=queue, reviewer=people[0])
    assert duel
    begin = threading.Barrier(len(people))

    def both(person: User) -> bool:
        begin.wait()
        try:
            return bool(say(duel, person, "left"))
        except NotAskedError:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(len(people)) as threads:
        assert sum(threads.map(both, people)) == 2
    assert Preference.objects.count() == 2


def test_the_page_asks_stores_and_takes_back(client: Client) -> None:
    queue, _ = make_pairwise()
    client.force_login(make_user())
    page = client.get(reverse("review:work", args=[queue.pk]), follow=True)
    assert "Which is better?" in markup(page) and "Response A" in markup(page)
    duel = Duel.objects.get()
    address = reverse("review:prefer", args=[duel.pk])

    assert "Say which is better" in markup(client.post(address, {"said": "x"}, follow=True))
    left = {"said": "left", "one_was_left": "on"}
    assert "Nothing left to compare" in markup(client.post(address, left, follow=True))
    assert Preference.objects.get().choice == "one"
    undo = reverse("review:duel-undo", args=[queue.pk])
    assert "Taken back." in markup(client.post(undo, follow=True))
    assert "nothing to take back" in markup(client.post(undo, follow=True))


def test_sides_are_drawn_at_random_and_the_page_says_which_is_which(client: Client) -> None:
    queue, (one, other) = make_pairwise()
    client.force_login(make_user())
    left = []
    for _ in range(60):
        page = markup(client.get(reverse("review:duel", args=[queue.pk])))
        sides = page[page.index('class="sides"') :]
        is_left = sides.index(f"<p>{one.text}</p>") < sides.index(f"<p>{other.text}</p>")
        assert ('name="one_was_left" value="on"' in page) == is_left
        left.append(is_left)
    # By chance outside of these bounds once in 30,000 times.
    assert 14 <= sum(left) <= 46


def test_a_pairwise_queue_of_others_is_not_there() -> None:
    owner = make_user("admin", "owner")
    queue, _ = make_pairwise(people=[owner])
    duel = duel_next(queue=queue, reviewer=owner)
    assert duel
    client = Client()
    asked = [
        ("get", reverse("review:duel", args=[queue.pk])),
        ("post", reverse("review:duel-undo", args=[queue.pk])),
        ("post", reverse("review:prefer", args=[duel.pk])),
    ]
    for method, address in asked:
        assert "accounts/login" in getattr(client, method)(address)["Location"]
    client.force_login(make_user())
    assert [getattr(client, method)(address).status_code for method, address in asked] == [404] * 3
    ordinary = make_queue(name="Ordinary")
    assert client.get(reverse("review:duel", args=[ordinary.pk])).status_code == 404


def test_the_keys_of_a_duel_are_those_that_one_chose(client: Client) -> None:
    first = make_queued()
    enqueue(response_ids=[make_sibling(first, "Another answer.").pk])
    queue = make_queue(is_pairwise=True)
    client.force_login(make_user())
    address = reverse("review:duel", args=[queue.pk])
    page = markup(client.get(address))
    assert 'data-keys="a arrowleft"' in page and 'data-keys="u"' in page
    keys = reverse("review:keys")
    sent = {"left": "h", "right": "l", "both_bad": "arrowleft"}
    assert client.post(keys, sent).status_code == 302
    page = markup(client.get(address))
    assert 'data-keys="h"' in page and "<kbd>H</kbd>" in page and 'data-keys="l arrowright"' in page
    assert 'data-keys="arrowleft"' in page and "<kbd>←</kbd>" in page
    assert 'value="h"' in markup(client.get(keys))
    twice = markup(client.post(keys, {"left": "g"}))
    assert "would have the same key: G" in twice
