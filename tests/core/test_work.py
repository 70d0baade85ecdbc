"""Work units: who works is decided in PostgreSQL, and nothing is lost or done twice."""

import errno
import socket
from datetime import timedelta

import pytest
from celery import Celery
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.core.processes import room
from apps.core.queue import app, messages_in
from worker import handlers, tasks

pytestmark = pytest.mark.django_db
QUEUE_BOUNDS = ("socket_timeout", "socket_connect_timeout")


@pytest.fixture
def job() -> Job:
    return Job.objects.create(kind="test")


@pytest.fixture
def unit(job: Job) -> WorkUnit:
    return WorkUnit.objects.create(job=job, queue="test", key="0")


def test_a_unit_is_made_once_however_often_it_is_asked_for(job: Job) -> None:
    specs = [work.UnitSpec(queue="test", key=str(n), payload={}) for n in range(3)]
    assert work.create_units(job=job, specs=specs) == 3
    assert work.create_units(job=job, specs=specs) == 0
    assert job.units.count() == 3


def test_a_leased_unit_goes_to_nobody_else_until_the_lease_runs_out(unit: WorkUnit) -> None:
    assert work.claim(unit_id=unit.pk, owner="a")
    assert work.claim(unit_id=unit.pk, owner="b") is None
    WorkUnit.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert work.claim(unit_id=unit.pk, owner="b")
    with pytest.raises(work.LeaseLostError):
        work.renew(unit=unit, owner="a")
    assert not work.finish(unit=unit, owner="a", result={})


def test_a_job_ends_with_its_last_unit_and_not_before_it_is_planned(
    job: Job, unit: WorkUnit
) -> None:
    claimed = work.claim(unit_id=unit.pk, owner="a")
    assert claimed and work.finish(unit=claimed, owner="a", result={"n": 1})
    job.refresh_from_db()
    assert job.is_running
    work.planned(job=job)
    job.refresh_from_db()
    assert job.status == Job.Status.DONE and job.finished_at


def test_a_unit_that_fails_at_every_attempt_fails_its_job_with_the_reason(
    job: Job, unit: WorkUnit
) -> None:
    work.planned(job=job)
    for _ in range(work.MAX_ATTEMPTS):
        claimed = work.claim(unit_id=unit.pk, owner="a")
        assert claimed
        work.give_back(unit=claimed, owner="a", error="the disk is full")
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED and "the disk is full" in job.message


def test_what_a_person_must_mend_fails_the_whole_job_at_once_and_resuming_tries_again(
    job: Job, unit: WorkUnit
) -> None:
    WorkUnit.objects.create(job=job, queue="test", key="1")
    work.planned(job=job)
    claimed = work.claim(unit_id=unit.pk, owner="a")
    assert claimed
    work.fail_with_job(unit=claimed, owner="a", error="set HF_TOKEN")
    job.refresh_from_db()
    assert (job.status, job.message) == (Job.Status.FAILED, "set HF_TOKEN")
    assert [work.claim(unit_id=each.pk, owner="b") for each in job.units.all()] == [None, None]
    assert work.resume_job(job=job)
    assert all(work.claim(unit_id=each.pk, owner="b") for each in job.units.all())


def test_a_stopped_job_can_be_resumed_and_its_units_are_claimable_again(
    job: Job, unit: WorkUnit
) -> None:
    work.planned(job=job)
    assert work.stop_job(job=job)
    assert work.claim(unit_id=unit.pk, owner="a") is None
    assert work.resume_job(job=job)
    assert work.claim(unit_id=unit.pk, owner="a")


@pytest.mark.django_db(transaction=True)
def test_a_hint_to_go_on_is_sent_when_that_is_committed(
    job: Job, unit: WorkUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(work, "send", lambda units: sent.extend(each.pk for each in units))
    monkeypatch.setattr(work, "_messages_in", lambda _: 0)
    work.planned(job=job)
    work.stop_job(job=job)
    with transaction.atomic():
        assert work.resume_job(job=job)
        assert sent == []
    assert sent == [unit.pk]


def test_to_look_into_an_empty_queue_costs_no_connection() -> None:
    with app.connection_or_acquire() as broker:
        channel = broker.default_channel
    assert messages_in("nobody-has-sent-anything-here") == 0
    with app.connection_or_acquire() as broker:
        assert broker.default_channel is channel


def test_a_queue_that_takes_connections_and_says_nothing_holds_up_nobody(
    unit: WorkUnit, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bounds = {name: settings.CELERY_BROKER_TRANSPORT_OPTIONS[name] for name in QUEUE_BOUNDS}
    assert all(0 < seconds <= 10 for seconds in bounds.values())
    with socket.create_server(("127.0.0.1", 0)) as silent:
        deaf = Celery("deaf", broker=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        deaf.conf.broker_transport_options = dict.fromkeys(bounds, 0.2)
        monkeypatch.setattr("apps.core.queue.app", deaf)
        work.send([unit])
    assert "The queue does not answer" in caplog.text
    unit.refresh_from_db()
    assert unit.sent_at is None


def test_what_outlives_its_job_is_done_after_the_job_was_stopped(job: Job) -> None:
    specs = [work.UnitSpec("test", key, {}, outlives_job=key == "b") for key in "ab"]
    work.create_units(job=job, specs=specs)
    work.planned(job=job)
    assert work.stop_job(job=job)
    first, second = job.units.order_by("key")
    assert work.claim(unit_id=first.pk, owner="w") is None
    assert work.claim(unit_id=second.pk, owner="w")
    work.renew(unit=second, owner="w")
    assert work.finish(unit=second, owner="w", result={})


def test_a_unit_that_gets_on_may_lose_any_number_of_workers(unit: WorkUnit) -> None:
    for _ in range(2 * work.MAX_ATTEMPTS):
        claimed = work.claim(unit_id=unit.pk, owner="a")
        assert claimed
        work.got_on(unit=claimed, owner="a")
        WorkUnit.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))


def test_a_worker_that_dies_every_time_does_not_get_the_unit_for_ever(unit: WorkUnit) -> None:
    for _ in range(work.MAX_ATTEMPTS):
        assert work.claim(unit_id=unit.pk, owner="a")
        WorkUnit.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    assert work.claim(unit_id=unit.pk, owner="a") is None
    unit.refresh_from_db()
    assert unit.status == WorkUnit.Status.FAILED and "died at every attempt" in unit.error


def test_an_attempt_with_an_excuse_does_not_count_and_its_error_is_told(
    job: Job, unit: WorkUnit
) -> None:
    work.planned(job=job)
    for counts in (True, False) * work.MAX_ATTEMPTS:
        claimed = work.claim(unit_id=unit.pk, owner="a", counts=counts)
        assert claimed
        work.give_back(unit=claimed, owner="a", error="No space left", excuse="the disk is full")
        unit.refresh_from_db()
        assert (unit.status, unit.attempts, unit.error) == ("waiting", 0, "No space left")
    job.refresh_from_db()
    assert job.is_running


def test_attempts_that_were_begun_on_a_full_disk_do_not_count_however_they_end(
    unit: WorkUnit,
) -> None:
    for _ in range(2 * work.MAX_ATTEMPTS):
        assert work.claim(unit_id=unit.pk, owner="a", counts=False)
        WorkUnit.objects.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    claimed = work.claim(unit_id=unit.pk, owner="a", counts=False)
    assert claimed
    work.release(unit=claimed, owner="a")
    unit.refresh_from_db()
    assert (unit.status, unit.attempts) == ("waiting", 0)


def test_whatever_fails_in_a_worker_while_the_disk_is_full_is_tried_on(
    job: Job, unit: WorkUnit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> dict[str, int]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(handlers, "for_queue", lambda _: fails)
    work.planned(job=job)
    with monkeypatch.context() as full:
        full.setattr(room, "is_full", lambda _: True)
        for _ in range(2 * work.MAX_ATTEMPTS):
            tasks.work(unit.pk)
    unit.refresh_from_db()
    assert (unit.status, unit.attempts) == ("waiting", 0) and "No space left" in unit.error
    for _ in range(work.MAX_ATTEMPTS):
        tasks.work(unit.pk)
    job.refresh_from_db()
    assert job.status == Job.Status.FAILED, "what fills the disk itself is not tried for ever"


def test_of_several_things_to_do_one_that_fails_keeps_no_other_from_being_done(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def odd() -> None:
        raise ValueError("an odd queue")

    done: list[str] = []
    monkeypatch.setattr(tasks.tries, "tries_clean", odd)
    monkeypatch.setattr(tasks, "queues_catch_up", lambda: done.append("queues"))
    tasks.sweep()
    assert done == ["queues"] and "an odd queue" in caplog.text


def test_sessions_that_have_run_out_are_deleted() -> None:
    for key, days in (("old", -1), ("new", 1)):
        expires = timezone.now() + timedelta(days=days)
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    tasks.clear_sessions()
    assert [each.session_key for each in Session.objects.all()] == ["new"]
