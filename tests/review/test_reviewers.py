"""How many reviewers a pair of a queue needs and gets, and who did how much in it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.review.desk import GivenLabel, desk
from apps.review.models import Entry, Label, Queue, Seat
from apps.review.people import people_of
from apps.review.queue import claim_next
from apps.review.services import label_add, release, undo
from tests.builders import make_user
from tests.pages import markup
from tests.review.building import make_queued
from tests.review.test_queues import label, make_queue

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", [0, 11])
def test_a_pair_needs_one_to_ten_reviewers(client: Client, number: int) -> None:
    client.force_login(make_user("editor"))
    sent = {"name": "Many", "order": "today", "reviewers": str(number), "bound_pairs": "20"}
    sent |= {"bound_share": "80", "gold_share": "0"}
    page = markup(client.post(reverse("review:queue-new"), sent))
    words = "greater than or equal to 1" if number == 0 else "less than or equal to 10"
    assert words in page and not Queue.objects.filter(name="Many").exists()
    with pytest.raises(IntegrityError, match="queue_reviewers"), transaction.atomic():
        make_queue(reviewers=number)
    queue = make_queue(reviewers=10)
    with pytest.raises(IntegrityError, match="queue_reviewers"), transaction.atomic():
        Queue.objects.filter(pk=queue.pk).update(reviewers=number)
    edit = reverse("review:queue-edit", args=[queue.pk])
    assert words in markup(client.post(edit, sent))
    assert Queue.objects.get(pk=queue.pk).reviewers == 10


def test_ten_people_label_a_pair_and_the_eleventh_gets_nothing(client: Client) -> None:
    client.force_login(make_user("editor"))
    sent = {"name": "Many", "order": "today", "reviewers": "10", "bound_pairs": "20"}
    sent |= {"bound_share": "80", "gold_share": "0"}
    assert client.post(reverse("review:queue-new"), sent).status_code == 302
    queue = Queue.objects.get(name="Many")
    pair = make_queued()
    people = [make_user(username=f"r{number}") for number in range(11)]
    for place, person in enumerate(people[:10]):
        assert Entry.objects.get(queue=queue).state == "open", f"{place} have labelled it"
        assert label(person, queue) == pair
    assert Entry.objects.get(queue=queue).state == "done"
    assert claim_next(reviewer=people[10], queue=queue) is None
    entry = Entry.objects.get(queue=queue)
    assert sorted(entry.seats.values_list("number", flat=True)) == list(range(10))
    with pytest.raises(IntegrityError, match="seat_number"), transaction.atomic():
        Seat.objects.create(entry=entry, queue=queue, reviewer=people[10], number=10)
    # One who takes theirs back makes room for one.
    assert undo(reviewer=people[3], queue=queue) == pair
    release(reviewer=people[3])
    assert label(people[10], queue) == pair and label(make_user(), queue) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("number", "pairs", "people"), [(2, 60, 50), (3, 40, 24)])
def test_reviewers_at_once_give_each_pair_exactly_as_many_labels_as_it_needs(
    number: int, pairs: int, people: int
) -> None:
    for _ in range(pairs):
        make_queued()
    queue = make_queue(reviewers=number)
    reviewers = [make_user(username=f"r{number}") for number in range(people)]
    begin, busy = threading.Barrier(people), threading.Semaphore(20)
    shown: dict[int, list[int]] = {reviewer.pk: [] for reviewer in reviewers}

    def label_all(reviewer: User) -> None:
        begin.wait()
        given = None
        while True:
            with busy:
                try:
                    found = desk(queue_id=queue.pk, reviewer_id=reviewer.pk, label=given)
                finally:
                    connection.close()
            assert found and not found.problem
            if found.pair is None:
                return
            shown[reviewer.pk].append(found.pair.pk)
            given = GivenLabel(found.pair.pk, "good", [], "", 1.0)

    with ThreadPoolExecutor(people) as threads:
        list(threads.map(label_all, reviewers))

    assert all(len(ids) == len(set(ids)) for ids in shown.values()), "none twice to one"
    counted = Label.objects.values("response").annotate(
        labels=Count("pk"), people=Count("reviewer", distinct=True)
    )
    assert len(counted) == pairs
    assert {(row["labels"], row["people"]) for row in counted} == {(number, number)}
    assert not Entry.objects.filter(queue=queue, state="open").exists()


def test_who_labelled_much_is_counted_no_further_than_a_page_has_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the newest of their labels it is said how many are good: older ones are not read."""
    monkeypatch.setattr("apps.review.people.MOST_LABELS", 3)
    monkeypatch.setattr("apps.review.people.NEWEST", 2)
    monkeypatch.setattr("apps.review.views_queues.NEWEST", 2)
    for _ in range(5):
        make_queued()
    queue = make_queue()
    anna, ben = make_user(username="anna"), make_user(username="ben")
    for _ in range(2):
        held = claim_next(reviewer=anna, queue=queue)
        assert held
        reasons = ["wrong_result"]
        label_add(response=held, reviewer=anna, value="bad", reasons=reasons, queue=queue)
    label(anna, queue), label(anna, queue), label(ben, queue)

    lines = [(p.username, p.labels_words, p.newest, p.good) for p in people_of(queue)]
    assert lines == [("anna", "3+", 2, 2), ("ben", "1", 1, 1)]
    client = Client()
    client.force_login(make_user("editor"))
    page = markup(client.get(reverse("review:queue", args=[queue.pk])))
    assert '<th scope="row">anna</th><td class="number">3+</td><td class="number">2 · 100' in page
    assert "“Good” and the time: of each person's newest 2." in page
