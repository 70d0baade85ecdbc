"""What is told is written in the transaction of what happens, and only where it is wanted."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from apps.core import work
from apps.core.models import Job
from apps.exports.choice.filters import Filters
from apps.exports.services import export_start
from apps.generation.models import Import
from apps.review import bulk
from apps.review.desk import GivenLabel, desk
from apps.review.filters import PairFilter
from apps.review.models import Label
from apps.review.services import label_add, skip, undo
from apps.webhooks.models import Endpoint, Event, Message
from apps.webhooks.services import endpoint_create, endpoint_switch
from tests.builders import make_response, make_run, make_user
from worker import tasks

pytestmark = pytest.mark.django_db
URL = "https://example.org/hook"


@pytest.fixture(autouse=True)
def _no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("apps.core.work.send", lambda units: None)


def told() -> list[tuple[str, dict[str, Any]]]:
    return list(Message.objects.order_by("pk").values_list("event", "data"))


def hold(person: Any) -> None:
    assert desk(queue_id=None, reviewer_id=person.pk)


def test_a_label_at_the_desk_is_told_in_its_own_statement(
    django_assert_num_queries: Any,
) -> None:
    endpoint_create(name="Ours", url=URL, events=[Event.LABEL])
    person, pair = make_user(), make_response()
    hold(person)
    given = GivenLabel(pair.pk, "good", [], "", None)
    with django_assert_num_queries(1):
        desk(queue_id=None, reviewer_id=person.pk, label=given)
    label = Label.objects.get()
    assert told() == [
        (
            "label.created",
            {"label": label.pk, "pair": pair.pk, "reviewer": person.pk, "value": "good",
             "reasons": [], "queue": label.queue_id},
        )
    ]  # fmt: skip


def test_what_is_rolled_back_is_not_told() -> None:
    endpoint_create(name="Ours", url=URL, events=[Event.LABEL])
    person, pair = make_user(), make_response()
    hold(person)
    with pytest.raises(RuntimeError), transaction.atomic():
        label_add(response=pair, reviewer=person, value="good")
        assert len(told()) == 1
        raise RuntimeError
    assert told() == []


def test_skips_and_labels_taken_back_are_told_in_their_order() -> None:
    endpoint_create(name="Ours", url=URL, events=[Event.LABEL])
    person, pair = make_user(), make_response()
    hold(person)
    skip(response=pair, reviewer=person)
    undo(reviewer=person)
    label_add(response=pair, reviewer=person, value="good")
    assert [data["value"] for _, data in told()] == ["skipped", "withdrawn", "good"]


def test_each_endpoint_gets_what_it_wants_and_one_that_is_off_gets_nothing() -> None:
    wanting = endpoint_create(name="Labels", url=URL, events=[Event.LABEL])
    endpoint_create(name="Runs", url=URL, events=[Event.RUN])
    off = endpoint_create(name="Off", url=URL, events=[Event.LABEL])
    endpoint_switch(endpoint=off, on=False)
    failed = endpoint_create(name="Failed", url=URL, events=[Event.LABEL])
    Endpoint.objects.filter(pk=failed.pk).update(status="failed")
    person, pair = make_user(), make_response()
    hold(person)
    label_add(response=pair, reviewer=person, value="good")
    assert set(Message.objects.values_list("endpoint", flat=True)) == {wanting.pk, failed.pk}
    assert len(set(Message.objects.values_list("key", flat=True))) == 2


def test_a_batch_is_told_as_one_when_it_ends_and_when_it_is_taken_back() -> None:
    endpoint_create(name="Ours", url=URL, events=[Event.LABEL, Event.BATCH])
    make_response()
    admin = make_user("admin")
    label = bulk.BatchLabel(value="good", reasons=[], note="")
    batch = bulk.batch_start(chosen=PairFilter({}), label=label, created_by=admin)
    assert batch.job
    tasks.work(batch.job.units.get().pk)
    bulk.batch_undo(batch=batch, undone_by=admin)
    tasks.work(Job.objects.filter(kind="label").latest("pk").units.get().pk)
    assert [(event, data["batch"], data["what"], data["status"]) for event, data in told()] == [
        ("labels.batch_ended", batch.pk, "give", "done"),
        ("labels.batch_ended", batch.pk, "take", "done"),
    ]


def test_the_ends_of_runs_exports_and_imports_are_told_and_pauses_are_not() -> None:
    endpoint_create(name="Ours", url=URL, events=[Event.RUN, Event.EXPORT, Event.IMPORT])
    run, export = make_run(), export_start(filters=Filters())
    imported = Import.objects.create(
        file_name="a.jsonl", sha256="0" * 64, job=Job.objects.create(kind="import")
    )
    run.job.units.create(queue="generate", key="0")
    work.stop_job(job=run.job, status=Job.Status.PAUSED)
    assert told() == []
    work.resume_job(job=run.job)
    work.stop_job(job=run.job, message="Enough.")
    work.cancel_job(job=export.job)
    assert imported.job
    work.planned(job=imported.job)
    (one, ran), (two, exported), (three, brought) = told()
    assert (one, two, three) == ("run.ended", "export.ended", "import.ended")
    assert ran == {"run": run.pk, "status": "stopped", "message": "Enough."}
    assert exported["export"] == export.pk and exported["file"] == export.file_name
    assert exported["status"] == "cancelled"
    assert brought == {"import": imported.pk, "status": "done", "message": ""}
