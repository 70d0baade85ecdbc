"""Pairs with a known answer, drawn into a queue at its share without telling."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.correcting import pair_correct
from apps.review.errors import NotHeldError
from apps.review.filters import read_filter
from apps.review.managing import queue_close
from apps.review.models import Gold, Label, Queue, Seat
from apps.review.models_beside import GoldHold
from apps.review.people import people_of
from apps.review.queue import claim_next, held_by, release
from apps.review.services import label_add, skip, undo
from apps.review.team.services import gold_set
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.building import make_queued
from tests.review.test_queues import make_queue

pytestmark = pytest.mark.django_db


def make_gold(count: int, *, good: bool = True) -> list[Response]:
    """Pairs with a known answer that no verdict has, so that the queue below does not take them."""
    editor = User.objects.filter(username="goldsmith").first() or make_user(
        "editor", username="goldsmith"
    )
    pairs = [make_response() for _ in range(count)]
    for pair in pairs:
        gold_set(response=pair, good=good, editor=editor)
    return pairs


def make_passed(count: int, share: float = 0.5) -> Queue:
    for _ in range(count):
        make_queued("passed")
    return make_queue(filter=read_filter({"verdict": ["passed"]}), gold_share=share)


def draw(seed: float) -> None:
    """PostgreSQL's random() of this connection from here on."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(%s)", [seed])


def hold_gold(reviewer: User, queue: Queue) -> Response:
    """Ask until a known answer is held: what is not one is given back."""
    for _ in range(200):
        found = claim_next(reviewer=reviewer, queue=queue)
        if found and GoldHold.objects.filter(reviewer=reviewer).exists():
            return found
        release(reviewer=reviewer, queue=queue)
    raise AssertionError("no known answer in 200 turns at a share of one half")


@pytest.mark.parametrize(("share", "least", "most"), [(0.5, 10, 30), (0.1, 1, 10), (0.0, 0, 0)])
def test_known_answers_come_at_the_share_of_the_queue(share: float, least: int, most: int) -> None:
    gold = {pair.pk for pair in make_gold(40)}
    queue, anna = make_passed(41, share), make_user()
    draw(0.25)

    seen = []
    for _ in range(40):
        pair = claim_next(reviewer=anna, queue=queue)
        assert pair and claim_next(reviewer=anna, queue=queue) == pair, "it stays theirs"
        label_add(response=pair, reviewer=anna, value="good", queue=queue)
        seen.append(pair.pk)

    assert len(set(seen)) == 40, "none twice"
    assert least <= len(gold & set(seen)) <= most


def test_any_number_of_people_get_the_same_known_answer_and_none_when_nothing_is_left() -> None:
    (pair,) = make_gold(1)
    queue = make_passed(1)
    people = [make_user(username=f"r{number}") for number in range(3)]

    for person in people:
        assert hold_gold(person, queue) == pair
        label_add(response=pair, reviewer=person, value="good", queue=queue)
    assert Label.objects.filter(response=pair, queue=queue).count() == 3
    last = claim_next(reviewer=people[0], queue=queue)
    assert last and last != pair
    label_add(response=last, reviewer=people[0], value="good", queue=queue)
    make_gold(3)
    assert {claim_next(reviewer=people[0], queue=queue) for _ in range(20)} == {None}


def test_it_is_skipped_taken_back_released_and_held_like_any_other() -> None:
    first, second = make_gold(2)
    queue, anna = make_passed(3), make_user()
    pair = hold_gold(anna, queue)
    assert held_by(anna, queue) == pair.pk
    label_add(response=pair, reviewer=anna, value="bad", reasons=["wrong_result"], queue=queue)
    claim_next(reviewer=anna, queue=queue)

    assert undo(reviewer=anna, queue=queue) == pair
    assert claim_next(reviewer=anna, queue=queue) == pair
    assert not Seat.objects.filter(reviewer=anna, expires_at__isnull=False).exists()
    skip(response=pair, reviewer=anna, queue=queue)
    other = hold_gold(anna, queue)
    assert {pair, other} == {first, second}
    release(reviewer=anna)
    assert held_by(anna, queue) is None
    with pytest.raises(NotHeldError):
        label_add(response=other, reviewer=anna, value="good", queue=queue)


def test_what_is_no_longer_known_is_no_longer_held() -> None:
    (pair,) = make_gold(1)
    queue, anna, editor = make_passed(1), make_user(), make_user("admin")
    hold_gold(anna, queue)
    gold_set(response=pair, good=None, editor=editor)
    assert claim_next(reviewer=anna, queue=queue) != pair
    release(reviewer=anna)

    gold_set(response=pair, good=True, editor=editor)
    hold_gold(anna, queue)
    pair_correct(response=pair, editor=editor, text="```sql\nSELECT 2;\n```", seen=0)
    assert not Gold.objects.exists() and not GoldHold.objects.exists()


def test_whoever_knows_the_answer_is_not_asked_and_a_closed_queue_asks_nobody() -> None:
    make_gold(1)
    queue = make_passed(1)
    smith, anna = User.objects.get(username="goldsmith"), make_user()
    for _ in range(30):
        claim_next(reviewer=smith, queue=queue)
        assert not GoldHold.objects.exists()
        release(reviewer=smith)
    hold_gold(anna, queue)
    queue_close(queue=queue, closed=True)
    assert not GoldHold.objects.exists()


def test_a_label_of_a_known_answer_counts_as_its_reviewer_s_as_any_other() -> None:
    make_gold(2)
    queue, anna = make_passed(1), make_user(username="anna")
    for _ in range(2):
        pair = hold_gold(anna, queue)
        label_add(response=pair, reviewer=anna, value="good", queue=queue)
    assert [(line.username, line.labels, line.good) for line in people_of(queue)] == [
        ("anna", 2, 2)
    ]


def test_the_page_does_not_tell_that_an_answer_is_known(client: Client) -> None:
    (pair,) = make_gold(1)
    queue, anna = make_passed(1), make_user()
    hold_gold(anna, queue)
    client.force_login(anna)

    page = markup(client.get(reverse("review:work", args=[queue.pk])))
    assert f'data-pair="{pair.pk}"' in page
    words = re.findall(r".{30}(?:gold|known).{30}", page.lower())
    assert not words
