"""Pairs that say the same: known as they are validated, shown, left out, labelled as one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from apps.core.models import WorkUnit
from apps.generation.models import Response
from apps.review.alike import UnlabelledError, alike_label, alike_offer, alike_undo
from apps.review.correcting import pair_correct
from apps.review.filters import pairs_matching, read_filter
from apps.review.managing import queue_change
from apps.review.models import Entry, Label
from apps.review.queue import queues_catch_up
from apps.review.services import claim_next, enqueue, label_add
from apps.validation.likeness.finding import likeness_find
from apps.validation.models import Likeness, StoredReading
from tests.builders import make_response, make_user
from tests.pages import markup
from tests.review.test_queues import make_queue, order_of, settings_of

pytestmark = pytest.mark.django_db
JOINED = (
    "SELECT c.name, sum(o.total) FROM customers AS c JOIN orders AS o ON o.customer_id = c.id"
    " WHERE o.total > 10 GROUP BY c.name ORDER BY 2 DESC"
)
RENAMED = (
    "SELECT p.title, sum(s.amount) FROM products AS p JOIN sales AS s ON s.product_id = p.id"
    " WHERE s.amount > 99 GROUP BY p.title ORDER BY 2 DESC"
)
ASKED = "List every customer by what they spent, the largest first."
NEARLY = "List all customers by what they spent, the largest first."
OTHER = "For each product with sales above 99 give the title and how much was sold."


def pair(instruction: str, sql: str) -> Response:
    made = make_response(f"```sql\n{sql}\n```", instruction=instruction)
    StoredReading.objects.create(response=made, data={"sql": sql})
    return made


@pytest.fixture
def four() -> list[Response]:
    """One pair, the same again, nearly the same, and another question with the same skeleton."""
    made = [pair(ASKED, JOINED), pair(ASKED, JOINED), pair(NEARLY, JOINED), pair(OTHER, RENAMED)]
    likeness_find(response_ids=[each.pk for each in made])
    enqueue(response_ids=[each.pk for each in made])
    return made


def found(**values: str) -> set[int]:
    return {each.pk for each in pairs_matching(read_filter({k: [v] for k, v in values.items()}))}


def test_equal_near_and_equal_skeletons_are_known_of_the_pair_that_came_first(
    four: list[Response],
) -> None:
    one, same, near, renamed = (each.pk for each in four)
    rows = Likeness.objects.in_bulk()
    assert {pk: row.twin_id for pk, row in rows.items()} == {
        one: None, same: one, near: one, renamed: None
    }  # fmt: skip
    assert (rows[same].is_exact, rows[near].is_exact) == (True, False)
    assert rows[renamed].same_sql_id == one
    assert found(duplicate="exact") == {same} and found(duplicate="near") == {near}
    assert found(duplicate="skeleton") == {same, near, renamed}
    assert found(duplicate="none") == {one, renamed}
    for each in (one, same, near):
        assert found(alike=str(each)) == {one, same, near} - {each}
    assert likeness_find(response_ids=[one, same, near]) == 0, "again is free"


def test_what_was_like_a_text_that_changes_is_compared_anew(four: list[Response]) -> None:
    one, same, near, renamed = four
    pair_correct(response=one, editor=make_user("editor"), text="```sql\nSELECT 7\n```", seen=0)

    rows = Likeness.objects.in_bulk()
    assert one.pk not in rows and rows[same.pk].twin_id is None
    assert rows[near.pk].twin_id == same.pk and rows[renamed.pk].same_sql_id == same.pk


def test_pairs_of_a_try_are_before_nobody() -> None:
    held = pair(ASKED, JOINED)
    Response.objects.filter(pk=held.pk).update(is_held_back=True)
    seen = pair(ASKED, JOINED)
    likeness_find(response_ids=[held.pk, seen.pk])

    assert Likeness.objects.get(pk=seen.pk).twin_id is None
    assert found(alike=str(seen.pk)) == set()


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_do_not_both_take_theirs_for_the_first() -> None:
    ids = [pair(ASKED, JOINED).pk for _ in range(8)]

    def find(pk: int) -> None:
        likeness_find(response_ids=[pk])
        connection.close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(find, ids))
    assert Likeness.objects.filter(twin=None).count() == 1
    assert Likeness.objects.filter(is_exact=True).values("twin").distinct().count() == 1


def test_pairs_of_an_older_winnow_are_compared_by_a_command() -> None:
    for _ in range(3):
        pair(ASKED, JOINED)
    out = StringIO()
    call_command("duplicates", stdout=out)
    assert "2 pairs say the same as one before" in out.getvalue()
    call_command("duplicates", "--again", stdout=out)
    assert Likeness.objects.filter(is_exact=True).count() == 2


def test_a_queue_leaves_duplicates_out_and_takes_them_in_again(four: list[Response]) -> None:
    one, same, near, renamed = (each.pk for each in four)
    queue = make_queue(name="Each once", leave_out="twins", order="newest")
    assert order_of(queue) == [renamed, one]
    more = settings_of(name="Each once", leave_out="same_sql")
    queue_change(queue=queue, chosen=more, changed_by=make_user("editor"))
    assert order_of(queue) == [one]
    every = settings_of(name="Each once")
    queue_change(queue=queue, chosen=every, changed_by=make_user("editor"))
    queues_catch_up()
    assert order_of(queue) == [renamed, near, same, one]


def test_a_pair_that_turns_out_to_be_a_duplicate_leaves_such_a_queue() -> None:
    first, second = pair(ASKED, JOINED), pair(ASKED, JOINED)
    queue = make_queue(name="Each once", leave_out="twins", order="newest")
    assert order_of(queue) == [second.pk, first.pk], "nothing is validated yet"
    likeness_find(response_ids=[first.pk, second.pk])
    enqueue(response_ids=[first.pk, second.pk])
    assert order_of(queue) == [first.pk]


def test_duplicates_get_the_label_of_the_pair_and_lose_it_as_one(four: list[Response]) -> None:
    one, same, near, renamed = four
    anna, bert = make_user(), make_user()
    with pytest.raises(UnlabelledError):
        alike_label(response=one, reviewer=anna)
    Entry.objects.exclude(response=one).update(position=10**18 * 9)
    assert claim_next(reviewer=anna) == one
    label_add(response=one, reviewer=anna, value="bad", reasons=["wrong_result"], note="No.")
    assert alike_offer(response=one, reviewer=anna).waiting == 2

    batch, given = alike_label(response=one, reviewer=anna)

    assert given == 2 and alike_offer(response=one, reviewer=anna).batch == batch
    labels = Label.objects.filter(batch=batch)
    assert {label.response_id for label in labels} == {same.pk, near.pk}
    assert {(label.value, label.note) for label in labels} == {("bad", "No.")}
    assert alike_offer(response=one, reviewer=bert).batch is None
    assert Entry.objects.filter(state="open").get().response_id == renamed.pk
    assert alike_undo(batch=batch, reviewer=anna) == 2
    assert Entry.objects.filter(state="open").count() == 3
    assert alike_offer(response=one, reviewer=anna).waiting == 2, "they wait again"


def test_duplicates_are_shown_beside_the_pair_and_offered_after_its_label(
    four: list[Response], client: Client
) -> None:
    one, same, near, _ = four
    anna = make_user()
    client.force_login(anna)
    Entry.objects.exclude(response=one).update(position=10**18 * 9)
    page = markup(client.get(reverse("review:index")))
    assert f'?alike={one.pk}">2 duplicates</a>' in page and 'name="alike" value="1"' in page
    assert f"pair {one.pk}</a>, which was known before" in markup(
        client.get(reverse("review:pair", args=[near.pk]))
    )
    sent = {"value": "good", "alike": "1"}
    address = reverse("review:label", args=[one.pk])
    page = markup(client.post(address, sent, headers={"HX-Request": "true"}))
    offer = reverse("review:alike", args=[one.pk])
    assert f'hx-get="{offer}"' in page
    page = markup(client.get(offer, headers={"HX-Request": "true"}))
    assert "Label them good too" in page and "<html" not in page
    page = markup(client.post(offer, headers={"HX-Request": "true"}))
    assert "Labelled 2 alike." in page and "Take it back" in page
    page = markup(client.post(offer, {"take": "1"}, headers={"HX-Request": "true"}))
    assert "Taken back: 2." in page and "Label them good too" in page
    assert "itself first" in markup(client.get(reverse("review:alike", args=[same.pk])))
    assert client.get(reverse("review:alike", args=[10**9])).status_code == 404
    assert client.put(offer).status_code == 405
    assert Client().get(offer)["Location"].startswith(reverse("accounts:login"))


def test_validation_finds_duplicates_before_the_queue_takes_them() -> None:
    from worker.validating import do

    text = "```sql\nSELECT 1 AS one;\n```"
    ids = [make_response(text, instruction="Give one.").pk for _ in range(2)]
    queue = make_queue(name="Each once", leave_out="twins")
    unit = WorkUnit(queue="validate", payload={"responses": ids})

    class Lease:
        def check(self) -> None: ...

    do(unit, "me", Lease())  # type: ignore[arg-type]
    assert Likeness.objects.get(pk=ids[1]).twin_id == ids[0]
    assert order_of(queue) == [ids[0]]
