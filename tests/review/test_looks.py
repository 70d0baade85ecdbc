"""Evidence last: a label before verdicts and judges are seen, and what becomes of it then."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.evidence import Rate
from apps.generation.models import Response
from apps.judge.models import Judge
from apps.review.correcting import pair_correct
from apps.review.hiding import hidden_from
from apps.review.models import Entry, Label, Queue
from apps.review.models_beside import SecondLook
from apps.review.presenting import Hidden
from apps.review.services import claim_next, label_add
from apps.review.team.figures import count_team, read_team
from tests.builders import make_user
from tests.judge.building import score
from tests.pages import markup
from tests.review.building import make_failed_check, make_queued
from tests.review.test_queues import make_queue

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def anna() -> User:
    return make_user(username="anna")


@pytest.fixture
def client(anna: User) -> Client:
    client = Client()
    client.force_login(anna)
    return client


def make_judge(*, is_shown: bool) -> Judge:
    return Judge.objects.create(engine="url", model="judge-7b", rubric=1, is_shown=is_shown)


def label(client: Client, queue: Queue, response: Response, value: str, **data: Any) -> str:
    address = reverse("review:label", args=[response.pk])
    reasons = {"reasons": ["wrong_result"]} if value == "bad" else {}
    sent = {"value": value, "queue": queue.pk} | reasons | data
    return markup(client.post(address, sent, headers=HTMX))


def work(client: Client, queue: Queue) -> str:
    return markup(client.get(reverse("review:work", args=[queue.pk])))


def values() -> list[str]:
    return list(Label.objects.order_by("pk").values_list("value", flat=True))


def test_the_evidence_comes_after_the_label_and_the_next_pair_after_the_answer(
    client: Client,
) -> None:
    first, second = make_queued("wrong_result"), make_queued("no_sql")
    first.verdicts.update(message="One row is missing.", strength=0.8)
    first.verdicts.update(survivor={"operator": "row dropped", "sql": "SELECT 1"})
    make_failed_check(first, start=8, end=11)
    queue = make_queue(evidence_last=True)

    page = work(client, queue)
    assert "Hidden until you have said good or bad" in page
    for evidence in (
        "One row is missing.",
        "Strength",
        "row dropped",
        "It asks for Python.",
        "<mark>",
    ):
        assert evidence not in page
    page = label(client, queue, first, "good")
    assert f'data-pair="{first.pk}"' in page and "You said <b>good</b>" in page
    assert "One row is missing." in page and "It asks for Python." in page
    assert "You say good. This is the evidence" in page and 'id="skip-form"' not in page
    assert f'data-pair="{first.pk}"' in work(client, queue), "also when the page is opened anew"
    page = label(client, queue, first, "bad", looked="1")

    assert f'data-pair="{second.pk}"' in page and "Hidden until" in page
    look = SecondLook.objects.get()
    assert look.last and (look.first.value, look.last.value) == ("good", "bad")
    assert values() == ["good", "bad"]


def test_a_label_that_is_kept_is_no_second_label(client: Client) -> None:
    first, second = make_queued(), make_queued()
    queue = make_queue(evidence_last=True)
    work(client, queue)
    page = label(client, queue, first, "bad", note="Bob")

    assert 'name="note" value="Bob"' in page and 'name="reasons" value="wrong_result"' in page
    page = label(client, queue, first, "bad", note="Bob", looked="1")
    assert f'data-pair="{second.pk}"' in page
    look = SecondLook.objects.get()
    assert look.last == look.first and values() == ["bad"]


def test_a_label_that_is_sent_twice_is_no_answer_to_the_evidence(client: Client) -> None:
    first, _ = make_queued(), make_queued()
    queue = make_queue(evidence_last=True)
    work(client, queue)

    for _ in range(2):
        assert "You said <b>good</b>" in label(client, queue, first, "good")
    assert SecondLook.objects.get().last is None


def test_what_is_undone_while_looking_counts_for_nothing_and_stays_in_sight(
    client: Client, anna: User
) -> None:
    first, second = make_queued(), make_queued()
    queue = make_queue(evidence_last=True)
    work(client, queue)
    label(client, queue, first, "good")
    page = markup(client.post(reverse("review:undo"), {"queue": queue.pk}, headers=HTMX))

    assert f'data-pair="{first.pk}"' in page and "You said" not in page and "Hidden" not in page
    assert f'data-pair="{second.pk}"' in label(client, queue, first, "good")
    count_team()
    assert read_team().people[0].looks == Rate(0, 0)


def test_a_corrected_pair_is_judged_anew_without_its_evidence(client: Client) -> None:
    first = make_queued()
    queue = make_queue(evidence_last=True)
    work(client, queue)
    label(client, queue, first, "good")
    editor = make_user("admin")
    pair_correct(response=first, editor=editor, text="```sql\nSELECT 2;\n```", seen=0)

    assert "Hidden until" in work(client, queue)
    assert "You said <b>good</b>" in label(client, queue, first, "good")


def test_how_often_evidence_changes_a_mind_is_on_the_team_page(client: Client) -> None:
    pairs = [make_queued() for _ in range(3)]
    queue = make_queue(evidence_last=True)
    work(client, queue)
    for pair, last in zip(pairs, ("good", "bad", None), strict=True):
        label(client, queue, pair, "good")
        if last:
            label(client, queue, pair, last, looked="1")
    count_team()

    assert read_team().people[0].looks == Rate(1, 2)
    assert "1 of 2" in markup(client.get(reverse("review:team")))


def test_no_other_page_tells_before_the_label(client: Client, anna: User) -> None:
    pair = make_queued()
    pair.verdicts.update(message="One row is missing.")
    score(make_judge(is_shown=True), pair)
    queue = make_queue(evidence_last=True, is_blind=True)
    told = [reverse("review:pair", args=[pair.pk]), reverse("judge:pair", args=[pair.pk])]

    assert hidden_from(anna, pair) == Hidden(maker=True, evidence=True)
    page, judges = (markup(client.get(address)) for address in told)
    assert "One row is missing." not in page and "Decide first" in judges
    assert "<dt>Model</dt>" not in page
    claim_next(reviewer=anna, queue=queue)
    label_add(response=pair, reviewer=anna, value="good", queue=queue)
    page, judges = (markup(client.get(address)) for address in told)
    assert "One row is missing." in page and "Decide first" not in judges
    assert "<dt>Model</dt>" in page


def test_a_blind_queue_hides_the_maker_and_shown_judges_but_no_verdict(client: Client) -> None:
    pair = make_queued()
    score(make_judge(is_shown=True), pair)

    page = markup(client.get(reverse("review:index")))
    assert "<dt>Model</dt>" in page and 'id="judged"' in page
    page = work(client, make_queue(is_blind=True))
    assert "<dt>Model</dt>" not in page and 'id="judged"' not in page
    assert "It is as expected." in page


def test_judges_that_are_not_shown_come_beside_the_buttons_with_the_evidence(
    client: Client,
) -> None:
    pair = make_queued()
    score(make_judge(is_shown=False), pair)
    queue = make_queue(evidence_last=True)

    assert 'id="judged"' not in work(client, queue)
    assert 'id="judged"' in label(client, queue, pair, "good")


def test_the_list_of_pairs_tells_no_verdict_before_the_label(client: Client) -> None:
    pair, other = make_queued("wrong_result"), make_queued("sql_error")
    queue = make_queue(evidence_last=True, name="Late")
    Entry.objects.filter(queue=queue, response=other).delete()
    anna = make_user()
    client.force_login(anna)
    page = markup(client.get(reverse("review:pairs")))
    assert "hidden until your label" in page and page.count('class="badge sql_error"') == 1
    assert 'class="badge wrong_result"' not in page
    found = reverse("review:pairs") + "?verdict=wrong_result"
    page = markup(client.get(found))
    assert f"/review/pairs/{pair.pk}/" not in page and "1 pair of this page is not shown" in page
    held = claim_next(reviewer=anna, queue=queue)
    assert held == pair
    label_add(response=pair, reviewer=anna, value="good", queue=queue)
    assert 'class="badge wrong_result"' in markup(client.get(found))
    client.force_login(make_user("editor", username="ed"))
    assert 'class="badge wrong_result"' in markup(client.get(found))
