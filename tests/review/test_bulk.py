"""One label for all pairs of a filter: not over one's own, again is free, taken back as one."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.core import work as work_units
from apps.core.models import Job, WorkUnit
from apps.review.bulk import BatchLabel, batch_progress, batch_start, batch_take, batch_undo
from apps.review.correcting import pair_correct
from apps.review.desk import desk
from apps.review.errors import ReviewError, RubricError
from apps.review.filters import read_filter
from apps.review.models import Batch, Decision, Entry, Label
from apps.review.services import claim_next, label_add
from tests.builders import make_user
from tests.pages import markup
from tests.review.building import make_queued
from worker import handlers

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
BAD = BatchLabel(value="bad", reasons=["not_sql"], note="")


class Held:
    """A lease that is never lost. seen: what is done each time that the work asks for it."""

    def __init__(self, seen: Callable[[], object] = lambda: None) -> None:
        self._seen = seen

    def check(self) -> None:
        self._seen()


def work(seen: Callable[[], object] = lambda: None) -> dict[str, int]:
    """What a worker does with the newest unit."""
    unit = WorkUnit.objects.filter(queue="label").latest("pk")
    lease: Any = Held(seen)
    done: dict[str, int] = handlers.for_queue("label")(unit, "me", lease)
    work_units.claim(unit_id=unit.pk, owner="me")
    work_units.finish(unit=unit, owner="me", result=done)
    return done


def test_all_pairs_of_a_filter_are_labelled_and_again_is_free() -> None:
    editor = make_user("editor")
    own, other, passed = make_queued("no_sql"), make_queued("no_sql"), make_queued("passed")
    Entry.objects.exclude(response=own).update(state="done")
    claim_next(reviewer=editor)
    label_add(response=own, reviewer=editor, value="good")
    Entry.objects.exclude(response=own).update(state="open")

    batch = batch_start(chosen=read_filter({"verdict": ["no_sql"]}), label=BAD, created_by=editor)

    assert work() == {"labels": 1} and work() == {"labels": 0}
    label = Label.objects.get(batch=batch)
    assert (label.response, label.value, label.reasons) == (other, "bad", ["not_sql"])
    assert Decision.objects.get(response=own).good, "what was decided one by one stays"
    assert Entry.objects.get(response=other).state == "done"
    assert Entry.objects.get(response=passed).state == "open"


def test_a_batch_is_taken_back_as_one_and_only_what_still_stands() -> None:
    editor = make_user("editor")
    first, second = make_queued(), make_queued()
    batch = batch_start(chosen=read_filter({}), label=BAD, created_by=editor)
    work()
    label_add(response=first, reviewer=editor, value="good")

    batch_undo(batch=batch, undone_by=make_user("admin"))
    assert work() == {"labels": 1}

    assert Decision.objects.get().response == first and Decision.objects.get().good
    assert Entry.objects.get(response=second).state == "open"
    assert claim_next(reviewer=make_user()) == second
    assert batch_take(batch=batch, check=lambda: None) == 0
    with pytest.raises(ReviewError, match="taken back already"):
        batch_undo(batch=batch, undone_by=editor)


def test_the_page_says_how_far_it_is_while_it_runs(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("apps.review.bulk.SLICE", 2)
    editor = make_user("editor")
    client.force_login(editor)
    pairs = [make_queued() for _ in range(5)]
    make_queued("no_sql")
    for entry in Entry.objects.exclude(response=pairs[0]):
        Entry.objects.filter(pk=entry.pk).update(state="done")
    assert claim_next(reviewer=editor) == pairs[0]
    label_add(response=pairs[0], reviewer=editor, value="good")
    Entry.objects.exclude(response=pairs[0]).update(state="open")
    label = BatchLabel("good", [], "")
    batch = batch_start(chosen=read_filter({"verdict": ["passed"]}), label=label, created_by=editor)
    seen: list[str] = []

    def looked() -> None:
        page = markup(client.get(reverse("review:batch", args=[batch.pk]), headers=HTMX))
        assert 'hx-trigger="every 2s"' in page
        assert "passed" in page, "it is the batch's part"
        bar = re.search(r'<progress(?: value="(.*?)" max="(.*?)")?', page)
        assert bar
        seen.append(f"{bar[1]} of {bar[2]}" if bar[1] else "being counted")

    looked()
    assert work(looked) == {"labels": 4}, "one was judged one by one"
    assert seen == ["being counted", "0 of 5", "2 of 5", "4 of 5"]
    page = markup(client.get(reverse("review:batch", args=[batch.pk])))
    assert "<progress" not in page and "every 2s" not in page and "<dd>4</dd>" in page

    seen.clear()
    batch_undo(batch=batch, undone_by=editor)
    looked()
    assert work(looked) == {"labels": 4}
    # Four labels are taken back: what was said one by one is none of them.
    assert seen == ["being counted", "0 of 4", "2 of 4", "4 of 4"]
    page = markup(client.get(reverse("review:batch", args=[batch.pk])))
    assert "<progress" not in page and "every 2s" not in page
    assert Decision.objects.count() == 1


def weeks_pass(weeks: int) -> None:
    """What is stored is so much older; labels too, which nobody but a test may change."""
    older = timedelta(weeks=weeks)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE review_label DISABLE TRIGGER USER")
        cursor.execute("UPDATE review_label SET created_at = created_at - %s", [older])
        cursor.execute("ALTER TABLE review_label ENABLE TRIGGER USER")
        cursor.execute("UPDATE review_tally SET day = (day - %s)::date", [older])
    Batch.objects.update(created_at=F("created_at") - older)
    Job.objects.update(created_at=F("created_at") - older, finished_at=F("finished_at") - older)


def test_a_batch_is_taken_back_weeks_later(client: Client) -> None:
    """What was said since stays, and no day's work is less for it."""
    editor, rosa = make_user("editor"), make_user(username="rosa")
    client.force_login(editor)
    pairs = [make_queued() for _ in range(4)]
    batch = batch_start(chosen=read_filter({}), label=BAD, created_by=editor)
    assert work() == {"labels": 4}
    weeks_pass(7)
    assert (timezone.now() - Label.objects.earliest("pk").created_at).days == 49
    # Meanwhile one was judged again, one corrected, and the job may be gone.
    label_add(response=pairs[0], reviewer=editor, value="good")
    pair_correct(response=pairs[1], editor=rosa, text="```sql\nSELECT 2;\n```", seen=0)
    Job.objects.filter(kind="label").delete()
    newer = make_queued()

    page = reverse("review:batch", args=[batch.pk])
    assert "Take back" in markup(client.get(page))
    assert client.post(reverse("review:batch-undo", args=[batch.pk])).status_code == 302
    assert work() == {"labels": 2}

    text = markup(client.get(page))
    assert "Taken back" in text and "<progress" not in text and "<dd>4</dd>" in text
    (decision,) = Decision.objects.all()
    assert (decision.response, decision.good) == (pairs[0], True)
    open_ = Entry.objects.filter(state="open").values_list("response", flat=True)
    assert set(open_) == {pairs[1].pk, pairs[2].pk, pairs[3].pk, newer.pk}
    found = desk(queue_id=None, reviewer_id=editor.pk)
    assert found and found.progress.today == 1, "of today is what was said today"


def test_a_batch_that_was_stopped_half_way_is_no_longer_waited_for(client: Client) -> None:
    """Taken back while it is given: the page tells how far that is, not the giving."""
    editor = make_user("editor")
    client.force_login(editor)
    make_queued()
    batch = batch_start(chosen=read_filter({}), label=BAD, created_by=editor)
    batch_undo(batch=batch, undone_by=editor)
    found = batch_progress(batch)
    assert found and found.is_taken
    work()
    assert batch_progress(batch) is None


def test_a_batch_keeps_to_the_rubric() -> None:
    for label in (BatchLabel("bad", [], ""), BatchLabel("bad", ["because"], "")):
        with pytest.raises(RubricError):
            batch_start(chosen=read_filter({}), label=label, created_by=make_user("editor"))
    assert not Batch.objects.exists()


def test_the_page_shows_how_many_and_ten_of_them(client: Client) -> None:
    client.force_login(make_user("editor"))
    for number in range(12):
        make_queued(instruction=f"Number {number}.")
    address = reverse("review:batch-new") + "?verdict=passed"

    page = markup(client.get(address))

    assert "<b>12</b> pairs" in page and page.count("Number ") == 10
    refused = markup(client.post(address, {"value": "bad"}))
    assert "Choose at least one reason" in refused and not Batch.objects.exists()
    answer = client.post(address, {"value": "bad", "reasons": ["not_sql"]}, follow=True)
    assert answer.redirect_chain and Batch.objects.get().filter == {"verdict": ["passed"]}
    work()
    assert "<dd>12</dd>" in markup(client.get(answer.redirect_chain[0][0])).replace(" so far", "")
    client.post(reverse("review:batch-undo", args=[Batch.objects.get().pk]))
    work()
    assert not Decision.objects.exists()
