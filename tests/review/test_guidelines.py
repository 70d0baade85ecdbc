"""A guideline that changes: labels by the one before are stale, and only their pairs come back."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.core.models import WorkUnit
from apps.generation.models import Response
from apps.review import guidelines
from apps.review.bulk import BatchLabel, batch_start
from apps.review.desk import GivenLabel, desk
from apps.review.filters import read_filter
from apps.review.guidelines import labels_stale_take
from apps.review.managing import queue_change
from apps.review.models import Decision, Entry, Guideline, Label, Queue
from apps.review.models_beside import Preference, SecondLook
from apps.review.pairwise import duel_next, prefer
from apps.review.queue import default_queue
from apps.review.services import claim_next, label_add
from apps.review.team.services import rule
from tests.builders import make_user
from tests.pages import markup
from tests.review.building import make_queued
from tests.review.test_bulk import work
from tests.review.test_queues import make_queue, settings_of
from tests.review.test_siblings import make_sibling

pytestmark = pytest.mark.django_db


def label(reviewer: User, queue: Queue, value: str = "good") -> Response | None:
    pair = claim_next(reviewer=reviewer, queue=queue)
    if pair:
        reasons = ["wrong_result"] if value == "bad" else []
        label_add(response=pair, reviewer=reviewer, value=value, reasons=reasons, queue=queue)
    return pair


def change(queue: Queue, guideline: str, **changed: object) -> bool:
    editor = User.objects.filter(username="edda").first() or make_user("admin", "edda")
    queue.refresh_from_db()
    chosen = settings_of(name=queue.name, reviewers=queue.reviewers, guideline=guideline, **changed)
    return queue_change(queue=queue, chosen=chosen, changed_by=editor)


def test_only_what_went_by_the_guideline_before_comes_back_also_to_the_same_people() -> None:
    first, second, third = (make_queued() for _ in range(3))
    queue = make_queue(guideline="Be kind.", reviewers=2)
    elsewhere = make_queue(name="Elsewhere", filter=read_filter({"verdict": ["passed"]}))
    anna, ben, carl = make_user(), make_user(), make_user()
    assert label(anna, queue) == label(ben, queue) == first
    assert label(carl, elsewhere) == first

    assert change(queue, "Be strict.")
    assert label(anna, queue) == second, "until a worker has taken them back it goes on"
    assert work() == {"labels": 2} and work() == {"labels": 0}

    withdrawn = Label.objects.filter(value="withdrawn")
    assert {row.reviewer for row in withdrawn} == {anna, ben}
    assert {(row.note, row.response) for row in withdrawn} == {(guidelines.NOTE, first)}
    assert Entry.objects.get(queue=queue, response=first).state == "open"
    assert Decision.objects.get(response=first).voters == 1, "the label of the other queue holds"
    assert Decision.objects.get(response=second).good
    assert label(anna, queue, "bad") == first and label(ben, queue) == first
    newest = Label.objects.filter(response=first, reviewer=anna).latest("pk")
    assert newest.guideline and newest.guideline.text == "Be strict."
    assert label(anna, queue) == third and label(anna, queue) is None
    assert Entry.objects.get(queue=queue, response=first).state == "done"


def test_a_ruling_by_the_guideline_before_decides_no_more() -> None:
    pair = make_queued()
    queue, anna = make_queue(guideline="Be kind."), make_user()
    assert label(anna, queue) == pair
    rule(response=pair, good=False, note="Unkind.", editor=make_user("editor"))
    assert change(queue, "Be strict.") and work() == {"labels": 1}
    assert not Decision.objects.exists()
    assert label(anna, queue) == pair and Decision.objects.get().good


def test_preferences_by_the_guideline_before_are_asked_for_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guidelines, "SLICE", 2)
    first = make_queued()
    for number in range(1, 6):
        make_sibling(first, f"text {number}", draw=number)
    queue, anna = make_queue(guideline="Be kind.", is_pairwise=True), make_user()
    while duel := duel_next(queue=queue, reviewer=anna):
        prefer(duel=duel, reviewer=anna, said="left", one_was_left=True)
    assert Preference.objects.count() == 3

    assert change(queue, "Be strict.", is_pairwise=True)
    duel = duel_next(queue=queue, reviewer=make_user())
    assert duel is None, "until a worker has taken them back they hold"
    assert work() == {"labels": 3} and not Preference.objects.exists()
    duel = duel_next(queue=queue, reviewer=anna)
    assert duel
    prefer(duel=duel, reviewer=anna, said="right", one_was_left=True)
    assert work() == {"labels": 0} and Preference.objects.count() == 1, "a newer one holds"


def test_where_only_the_wording_changes_labels_hold() -> None:
    make_queued()
    queue, anna = make_queue(guideline="Be kin."), make_user()
    label(anna, queue)
    assert not change(queue, "Be kind.", wording_only=True)
    assert not change(queue, "Be kind."), "the same text is no new version"
    assert not WorkUnit.objects.filter(queue="label").exists() and queue.guidelines.count() == 2
    assert change(queue, "Be strict."), "later a change makes those of every version before stale"
    assert work() == {"labels": 1}


def test_a_label_that_is_given_while_they_are_taken_back_holds(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair, anna = make_queued(), make_user()
    queue = make_queue(guideline="Be kind.")
    label(anna, queue)
    assert change(queue, "Be strict.")
    stale = guidelines._stale

    def then_somebody_labels(guideline: Guideline, **asked: int) -> list[tuple[int, int]]:
        found = stale(guideline, **asked)
        if found:
            label_add(response=pair, reviewer=anna, value="bad", reasons=["not_sql"], queue=queue)
        return found

    monkeypatch.setattr(guidelines, "_stale", then_somebody_labels)
    newest = Guideline.objects.latest("pk")
    assert labels_stale_take(guideline=newest, check=lambda: None) == 0
    assert Decision.objects.get().good is False and not Label.objects.filter(value="withdrawn")


def test_the_queue_of_all_pairs_and_its_batches_too() -> None:
    make_queued("no_sql")
    editor, queue = make_user("editor"), default_queue()
    bad = BatchLabel(value="bad", reasons=["not_sql"], note="")
    batch_start(chosen=read_filter({}), label=bad, created_by=editor)
    assert work() == {"labels": 1}
    assert change(queue, "Python is fine.") and work() == {"labels": 1}
    assert not Decision.objects.exists() and Entry.objects.get().state == "open"


def test_what_was_being_looked_at_a_second_time_is_judged_anew() -> None:
    make_queued()
    queue, anna = make_queue(guideline="Be kind.", evidence_last=True), make_user()
    pair = claim_next(reviewer=anna, queue=queue)
    assert pair
    given = GivenLabel(pair.pk, "good", [], "", 1.0)
    found = desk(queue_id=queue.pk, reviewer_id=anna.pk, label=given)
    assert found and found.look
    assert change(queue, "Be strict.", evidence_last=True) and work() == {"labels": 1}
    assert not SecondLook.objects.exists()
    found = desk(queue_id=queue.pk, reviewer_id=anna.pk)
    assert found and found.pair and found.pair.pk == pair.pk and not found.look


def test_an_editor_says_on_the_page_whether_only_the_wording_changes(client: Client) -> None:
    make_queued()
    queue = make_queue(guideline="Be kind.")
    label(make_user(), queue)
    client.force_login(make_user("editor", username="edda"))
    address = reverse("review:queue-edit", args=[queue.pk])
    assert "Only the wording" in markup(client.get(address))
    assert "Only the wording" not in markup(client.get(reverse("review:queue-new")))
    sent = {"name": "Q", "reviewers": 1, "gold_share": 0, "guideline": "Be strict."}
    page = markup(client.post(address, sent, follow=True))
    assert "their pairs, and no others, come back" in page
    assert "Version 1, " in page and "Be kind.</pre>" in page
    sent |= {"guideline": "Be very strict.", "wording_only": "on"}
    page = markup(client.post(address, sent, follow=True))
    assert "Changed." in page and "come back" not in page
