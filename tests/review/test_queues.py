"""Queues: saved filters, N reviewers a pair, people and groups, orders, versions of a guideline."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.models import WorkUnit
from apps.generation.models import Response
from apps.review import managing
from apps.review.desk import desk
from apps.review.errors import NotHeldError
from apps.review.filters import read_filter
from apps.review.managing import (
    QueueSettings,
    progress_of_queue,
    queue_change,
    queue_close,
    queue_create,
    queues_of,
)
from apps.review.models import Batch, Correction, Entry, Label, Queue, Seat
from apps.review.people import people_of
from apps.review.queue import IS_RANDOM, claim_next, default_queue, enqueue, queues_catch_up
from apps.review.services import label_add, release, skip, undo
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.building import make_queued, make_verdict

pytestmark = pytest.mark.django_db


def settings_of(**changed: Any) -> QueueSettings:
    values: dict[str, Any] = {
        "name": "Second look",
        "filter": read_filter({}),
        "order": "today",
        "reviewers": 1,
        "people": [],
        "groups": [],
        "is_blind": False,
        "evidence_last": False,
        "is_pairwise": False,
        "may_correct": False,
        "leave_out": "",
        "gold_share": 0.0,
        "gold_altered": False,
        "is_onboarding": False,
        "bound_pairs": 20,
        "bound_share": 0.8,
        "guideline": "",
    }
    return QueueSettings(**(values | changed))


def make_queue(**changed: Any) -> Queue:
    return queue_create(chosen=settings_of(**changed), created_by=make_user("editor"))


def order_of(queue: Queue) -> list[int]:
    entries = Entry.objects.filter(queue=queue).order_by("position", "response")
    return list(entries.values_list("response", flat=True))


def label(reviewer: User, queue: Queue, value: str = "good") -> Response | None:
    response = claim_next(reviewer=reviewer, queue=queue)
    if response:
        label_add(response=response, reviewer=reviewer, value=value, queue=queue)
    return response


def test_a_pair_is_in_the_default_queue_as_soon_as_it_is_stored() -> None:
    response = make_response()

    assert Entry.objects.get().response == response
    assert claim_next(reviewer=make_user()) == response


def test_a_pair_without_a_verdict_is_validated_ahead_when_somebody_comes_near() -> None:
    response, anna = make_response(), make_user()
    client = Client()
    client.force_login(anna)

    for _ in range(2):
        client.get(reverse("review:index"))

    unit = WorkUnit.objects.get(queue="ahead")
    assert unit.payload == {"responses": [response.pk]}
    make_verdict(response)
    unit.delete()
    client.get(reverse("review:index"))
    assert not WorkUnit.objects.filter(queue="ahead").exists()


def test_two_people_label_each_pair_and_nobody_twice() -> None:
    first, second = make_queued(), make_queued()
    queue = make_queue(reviewers=2)
    anna, ben, carl = make_user(), make_user(), make_user()

    assert [label(anna, queue), label(anna, queue), label(anna, queue)] == [first, second, None]
    assert label(ben, queue) == first
    assert Entry.objects.get(queue=queue, response=first).state == "done"
    assert label(carl, queue) == second and label(carl, queue) is None
    assert claim_next(reviewer=ben, queue=queue) is None
    assert [(line.username, line.labels) for line in people_of(queue)] == [
        (anna.username, 2), (ben.username, 1), (carl.username, 1),
    ]  # fmt: skip
    progress = progress_of_queue(queue)
    assert (progress.open, progress.done) == (0, 2)


def test_held_seats_count_and_the_database_itself_refuses_one_too_many() -> None:
    make_queued()
    queue = make_queue(reviewers=2)
    anna, ben, carl = make_user(), make_user(), make_user()
    assert claim_next(reviewer=anna, queue=queue) and claim_next(reviewer=ben, queue=queue)

    assert claim_next(reviewer=carl, queue=queue) is None
    entry = Entry.objects.get(queue=queue)
    with pytest.raises(IntegrityError, match="seat_once"), transaction.atomic():
        Seat.objects.create(entry=entry, queue=queue, reviewer=carl, number=1)
    release(reviewer=ben)
    assert claim_next(reviewer=carl, queue=queue)


def test_undo_gives_the_seat_back_and_a_skip_leaves_it_to_others() -> None:
    first, second = make_queued(), make_queued()
    queue = make_queue(reviewers=2)
    anna, ben = make_user(), make_user()
    label(anna, queue), label(ben, queue)
    assert Entry.objects.get(queue=queue, response=first).state == "done"

    assert undo(reviewer=ben, queue=queue) == first
    assert Entry.objects.get(queue=queue, response=first).state == "open"
    skip(response=first, reviewer=ben, queue=queue)
    assert label(ben, queue) == second
    assert label(make_user(), queue) == second and label(make_user(), queue) == first
    assert undo(reviewer=ben) is None, "nothing was labelled in the default queue"


def test_one_label_anywhere_ends_the_default_queue_for_a_pair() -> None:
    make_queued()
    queue = make_queue(reviewers=2)
    anna = make_user()
    label(anna, queue)

    assert claim_next(reviewer=make_user()) is None
    undo(reviewer=anna, queue=queue)
    release(reviewer=anna)
    assert claim_next(reviewer=make_user()) is not None


def test_nobody_gets_a_pair_that_they_corrected() -> None:
    response, anna = make_queued(), make_user()
    Correction.objects.create(response=response, editor=anna, before="…")

    assert claim_next(reviewer=anna) is None
    assert claim_next(reviewer=make_user()) == response


def test_a_queue_takes_what_its_filter_takes_and_follows_new_verdicts() -> None:
    passed, wrong = make_queued("passed"), make_queued("wrong_result")
    queue = make_queue(filter=read_filter({"verdict": ["passed"]}))
    assert order_of(queue) == [passed.pk]

    newer = make_queued("passed")
    assert order_of(queue) == [passed.pk, newer.pk]
    passed.verdicts.update(outcome="no_sql")
    wrong.verdicts.update(outcome="passed")
    enqueue(response_ids=[passed.pk, wrong.pk])
    assert order_of(queue) == [wrong.pk, newer.pk]


def test_a_pair_that_is_not_validated_yet_comes_into_other_queues_with_the_sweep() -> None:
    queue = make_queue(filter=read_filter({"verdict": ["none"]}))
    response = make_response()

    assert queues_catch_up() == 1 and order_of(queue) == [response.pk]
    assert queues_catch_up() == 0


def test_a_queue_whose_filter_there_is_not_any_more_takes_nothing_and_keeps_nothing_from_others(
    client: Client,
) -> None:
    odd, other = make_queue(name="Odd"), make_queue(filter=read_filter({"verdict": ["passed"]}))
    Queue.objects.filter(pk=odd.pk).update(filter={"task": ["haiku"]}, order="newest")
    batch = Batch.objects.create(
        value="good", created_by=make_user("editor"), filter={"colour": ["red"]}
    )
    pair = make_queued("passed")
    assert order_of(other) == order_of(default_queue()) == [pair.pk] and order_of(odd) == []
    waiting = make_response()
    queues_catch_up()
    odd.refresh_from_db()
    assert odd.seen_through < waiting.pk, "it is asked again when it can be read"

    client.force_login(make_user("editor"))
    page = markup(client.get(reverse("review:queue", args=[odd.pk])))
    assert "Kind of task cannot be &#x27;haiku&#x27;." in page
    for address in (reverse("review:batches"), reverse("review:batch", args=[batch.pk])):
        assert "cannot be filtered by &#x27;colour&#x27;" in markup(client.get(address))


def seed_without_chance(ids: list[int]) -> int:
    """A queue's random seed for which none of these pairs is of the share that chance places."""
    asks = f"SELECT bool_or({IS_RANDOM}) FROM unnest(%(ids)s::bigint[]) AS response (id)"
    with connection.cursor() as cursor:
        for seed in range(1_000):
            cursor.execute(asks, {"seed": seed, "ids": ids})
            if not cursor.fetchone()[0]:
                return seed
    raise AssertionError("no seed leaves them alone")


def test_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [make_queued(outcome).pk for outcome in ("no_sql", "passed", "wrong_result", "vacuous")]
    response = Response.objects.get(pk=ids[2])
    make_verdict(response, "passed", database="sqlite")
    make_verdict(response, "wrong_result", database="duckdb")
    make_user("admin")
    label(make_user(), default_queue())  # the one that passed
    seed = seed_without_chance(ids)
    monkeypatch.setattr(managing, "randbits", lambda _: seed)
    named = {
        order: order_of(make_queue(name=order, order=order)) for order, _ in Queue.Order.choices
    }

    assert named["today"] == [ids[1], ids[3], ids[2], ids[0]]
    assert named["newest"] == ids[::-1]
    assert named["least_certain"][0] == ids[3] and named["least_certain"][-1] == ids[0]
    assert named["disagreement"][0] == ids[2]
    last = make_queued("wrong_result")
    for database in ("sqlite", "duckdb"):
        make_verdict(last, "wrong_result", database=database)
    alike = order_of(make_queue(name="Alike", order="disagreement"))
    last.verdicts.filter(database="overall").update(notes=["other_rows"])
    assert alike.index(last.pk) > 1, "they say the same"
    apart = order_of(make_queue(name="Apart", order="disagreement"))
    assert set(apart[:2]) == {ids[2], last.pk}, "and give other rows"
    assert named["second_opinion"][0] == ids[1]
    assert sorted(named["random"]) == ids


def test_a_queue_is_for_everybody_or_for_people_and_groups() -> None:
    make_queued()
    anna, ben, carl = make_user(), make_user(), make_user()
    group = Group.objects.create(name="experts")
    ben.groups.add(group)
    queue = make_queue(people=[anna], groups=[group])

    assert {user for user in (anna, ben, carl) if queue in queues_of(user)} == {anna, ben}
    assert desk(queue_id=queue.pk, reviewer_id=anna.pk) and desk(
        queue_id=queue.pk, reviewer_id=ben.pk
    )
    assert desk(queue_id=queue.pk, reviewer_id=carl.pk) is None
    client = Client()
    client.force_login(carl)
    for name in ("queue", "work"):
        assert client.get(reverse(f"review:{name}", args=[queue.pk])).status_code == 404


def test_more_reviewers_open_what_was_done_and_fewer_close_it() -> None:
    make_queued()
    queue = make_queue()
    label(make_user(), queue)
    editor = make_user("admin")

    for reviewers, state in ((2, "open"), (1, "done")):
        queue.refresh_from_db()
        queue_change(queue=queue, chosen=settings_of(reviewers=reviewers), changed_by=editor)
        assert Entry.objects.get(queue=queue).state == state


def test_a_label_says_which_guideline_and_which_text_it_went_by() -> None:
    make_queued()
    make_queued()
    queue = make_queue(guideline="Be kind.")
    anna, editor = make_user(), make_user("admin")
    label(anna, queue)
    queue_change(queue=queue, chosen=settings_of(guideline="Be strict."), changed_by=editor)
    queue_change(queue=queue, chosen=settings_of(guideline="Be strict."), changed_by=editor)
    label(anna, queue)

    first, second = Label.objects.order_by("pk")
    assert first.guideline and second.guideline
    assert (first.guideline.number, second.guideline.number) == (1, 2)
    assert second.guideline.text == "Be strict." and queue.guidelines.count() == 2
    assert first.judged and len(first.judged) == 32 and first.judged != second.judged


def test_a_closed_queue_takes_no_labels() -> None:
    make_queued()
    queue, anna = make_queue(), make_user()
    assert claim_next(reviewer=anna, queue=queue)

    assert queue_close(queue=queue, closed=True)
    assert desk(queue_id=queue.pk, reviewer_id=anna.pk) is None
    assert not queue_close(queue=default_queue(), closed=True)


def test_a_label_in_a_queue_that_is_not_ones_own_is_refused() -> None:
    response = make_queued()
    queue, anna = make_queue(), make_user()
    claim_next(reviewer=anna)

    with pytest.raises(NotHeldError):
        label_add(response=response, reviewer=anna, value="good", queue=queue)
