"""Rendered parts are kept, up to a bound, and a second reviewer's page is made of them."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import OperationalError
from django.test import Client
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.generation.models import Response
from apps.review import coming, frame, presenting, rendering
from apps.review.coming import MOST_WAITING, Ahead, render_next
from apps.review.desk import Desk, desk
from apps.review.kept import Kept
from tests.builders import make_user
from tests.pages import markup
from tests.review.building import make_queued
from tests.review.test_queues import make_queue


class Maker:
    """Makes ten characters of each name, and remembers which it was asked to make."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def ask(self, kept: Kept, name: str, size: int = 10) -> str:
        def make() -> SafeString:
            self.made.append(name)
            return SafeString(name * size)

        return kept.get(f"made of {name}", make)


def test_what_is_kept_is_made_once() -> None:
    kept, maker = Kept(), Maker()
    assert maker.ask(kept, "a") == maker.ask(kept, "a") == "a" * 10
    assert maker.made == ["a"]


def test_beyond_the_bound_goes_what_was_not_asked_for_the_longest() -> None:
    kept, maker = Kept(most=30), Maker()
    for name in "abc":
        maker.ask(kept, name)
    maker.ask(kept, "a")  # asked for again: now b is the oldest
    maker.ask(kept, "d")
    assert maker.made == ["a", "b", "c", "d"]
    for name in "acd":
        maker.ask(kept, name)
    assert maker.made == ["a", "b", "c", "d"], "all three are still there"
    maker.ask(kept, "b")
    assert maker.made[4:] == ["b"], "the one that had to go is made anew"
    maker.ask(kept, "a")
    assert maker.made[5:] == ["a"], "and in its place the oldest has gone"


def test_a_large_part_takes_the_place_of_several_and_one_beyond_the_bound_is_not_kept() -> None:
    kept, maker = Kept(most=30), Maker()
    for name in "abc":
        maker.ask(kept, name)
    maker.ask(kept, "d", size=20)
    for name in "cd":
        maker.ask(kept, name)
    assert maker.made == ["a", "b", "c", "d"], "two had to go, no more"
    for _ in range(2):
        assert len(maker.ask(kept, "e", size=31)) == 31
    assert maker.made[4:] == ["e", "e"]
    maker.ask(kept, "f")
    maker.ask(kept, "f")
    assert maker.made[6:] == ["f"], "what is too large leaves no debt behind"


@pytest.mark.django_db
def test_the_same_pair_is_rendered_for_the_first_reviewer_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = Kept()
    monkeypatch.setattr(frame, "parts", store)
    monkeypatch.setattr(presenting, "parts", store)
    first, second = make_queued(), make_queued(text="```sql\nSELECT 2;\n```")
    queue = make_queue(reviewers=2)
    clients = [signed_in(), signed_in()]
    for client in clients:
        client.get(reverse("review:work", args=[queue.pk]))
    store = Kept()
    monkeypatch.setattr(frame, "parts", store)
    monkeypatch.setattr(presenting, "parts", store)
    made = counted(monkeypatch)

    page = label(clients[0], first, queue.pk)
    assert f'data-pair="{second.pk}"' in page and '<span class="k">SELECT</span>' in page
    assert set(made) == {"render_to_string", "part", "markdown", "sql"}
    made.clear()
    again = label(clients[1], first, queue.pk)

    assert f'data-pair="{second.pk}"' in again and '<span class="k">SELECT</span>' in again
    assert made == []


@pytest.mark.django_db
@pytest.mark.parametrize("hides", [{}, {"is_blind": True}])
def test_the_pair_to_come_is_rendered_before_somebody_gets_it(
    monkeypatch: pytest.MonkeyPatch, hides: dict[str, Any]
) -> None:
    store = Kept()
    monkeypatch.setattr(frame, "parts", store)
    monkeypatch.setattr(presenting, "parts", store)
    first, second = make_queued(), make_queued(text="```sql\nSELECT 2;\n```")
    queue = make_queue(reviewers=2, **hides)
    anna = make_user()
    client = Client()
    client.force_login(anna)
    client.get(reverse("review:work", args=[queue.pk]))
    found = desk(queue_id=queue.pk, reviewer_id=anna.pk)
    assert found and found.pair and found.pair.pk == first.pk
    made = counted(monkeypatch)
    render_next(found, reviewer_id=anna.pk)
    assert {"markdown", "part"} <= set(made)
    made.clear()

    page = label(client, first, queue.pk)

    assert f'data-pair="{second.pk}"' in page
    assert made == []


@pytest.mark.django_db
def test_nothing_is_rendered_ahead_where_nothing_comes() -> None:
    make_queued()
    anna = make_user()
    found = desk(queue_id=None, reviewer_id=anna.pk)
    assert found and found.pair
    render_next(found, reviewer_id=anna.pk)


def test_the_pair_to_come_is_rendered_only_for_who_still_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done: list[tuple[int, int]] = []

    def render(found: Any, *, reviewer_id: int) -> None:
        done.append((reviewer_id, found.pair.pk))
        raise OperationalError("the database is away")

    monkeypatch.setattr(coming, "render_next", render)
    monkeypatch.setattr(coming, "close_old_connections", lambda: None)
    ahead = Ahead(pause=0.3)
    ahead.look(showing(1), reviewer_id=1)
    ahead.begin()
    ahead.look(showing(2), reviewer_id=2)
    ahead.look(showing(3), reviewer_id=3)
    time.sleep(0.1)
    ahead.look(showing(4), reviewer_id=2)
    ahead.look(cast(Desk, SimpleNamespace(pair=None)), reviewer_id=5)
    assert done == [], "a moment later"
    rendered(ahead)
    assert done == [(3, 3), (2, 4)], "a fault ends nothing, and only a web process begins it"


def test_more_desks_than_can_be_rendered_for_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(coming, "render_next", lambda found, reviewer_id: done.append(reviewer_id))
    monkeypatch.setattr(coming, "close_old_connections", lambda: None)
    ahead = Ahead(pause=0.5)
    ahead.begin()
    for reviewer in range(MOST_WAITING + 10):
        ahead.look(showing(reviewer), reviewer_id=reviewer)
    rendered(ahead)
    assert done == list(range(MOST_WAITING))
    ahead.look(showing(1), reviewer_id=1000)
    rendered(ahead)
    assert done[-1] == 1000, "and there is room again"


def showing(pair: int) -> Desk:
    return cast(Desk, SimpleNamespace(pair=SimpleNamespace(pk=pair)))


def rendered(ahead: Ahead) -> None:
    """Wait until nothing waits any more."""
    assert ahead._executor is not None
    while ahead._sight:
        time.sleep(0.01)
    ahead._executor.submit(lambda: None).result()


def signed_in() -> Client:
    client = Client()
    client.force_login(make_user())
    return client


def label(client: Client, pair: Response, queue_id: int) -> str:
    address = reverse("review:label", args=[pair.pk])
    sent = {"value": "good", "queue": queue_id}
    return markup(client.post(address, sent, headers={"HX-Request": "true"}))


def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of what renders, each time that it does."""
    made: list[str] = []

    def noting(module: Any, name: str) -> None:
        real = getattr(module, name)

        def noted(*args: Any) -> Any:
            made.append(name)
            return real(*args)

        monkeypatch.setattr(module, name, noted)

    for name in ("render_to_string", "part"):
        noting(frame, name)
    for name in ("markdown", "sql"):
        noting(rendering, name)
    return made
