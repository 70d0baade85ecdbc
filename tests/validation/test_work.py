"""A unit of the queue `validate`: verdicts, the review queue, agreement, and the run's count."""

from typing import Any

import pytest

from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.review.models import Entry
from apps.validation import figures, services
from apps.validation.figures import count_touched, counts_of
from apps.validation.models import Agreement, Verdict
from tests.validation.building import LUCKY, RIGHT, SAME, make_answers
from worker import tasks, validating

pytestmark = pytest.mark.django_db


def make_unit(ids: list[int], **payload: object) -> WorkUnit:
    job = Job.objects.create(kind="validate")
    return WorkUnit.objects.create(
        job=job, queue="validate", key="a", payload={"responses": ids, **payload}
    )


def test_a_unit_leaves_verdicts_agreement_queue_and_count() -> None:
    responses = make_answers(RIGHT, SAME, LUCKY, "SELEC 1")
    ids = [response.pk for response in responses]
    assert validating.do(make_unit(ids), "me", work.Lease()) == {"passed": 3, "sql_error": 1}
    assert Entry.objects.count() == 4 and Agreement.objects.count() == 4
    tasks.count_figures()
    run = responses[0].run_id
    assert run
    counted = counts_of([run])[run]
    assert (counted.validated, counted.passed) == (4, 3)
    assert (counted.agreeing.largest, counted.agreeing.others_passed) == (2, 1)


def test_a_unit_whose_worker_died_after_the_verdicts_still_compares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ids = [response.pk for response in make_answers(RIGHT, SAME)]
    services.responses_validate(response_ids=ids)
    monkeypatch.setattr(services, "_validate_batch", lambda *_: pytest.fail("it ran again"))
    assert validating.do(make_unit(ids), "me", work.Lease()) == {}
    assert Agreement.objects.count() == 2 and Entry.objects.count() == 2


def test_again_writes_every_row_anew_and_none_twice(settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]
    ids = [response.pk for response in make_answers(RIGHT, LUCKY)]
    validating.do(make_unit(ids), "me", work.Lease())
    Verdict.objects.update(outcome="timeout")
    validating.do(make_unit(ids, again=True), "me", work.Lease())
    assert set(Verdict.objects.values_list("outcome", flat=True)) == {"passed"}
    assert Verdict.objects.count() == 4 and Agreement.objects.count() == 2


def test_the_sweep_forgets_old_tries() -> None:
    job = Job.objects.create(kind="try", status="done", finished_at="2026-01-01T00:00:00Z")
    Job.objects.filter(pk=job.pk).update(created_at="2026-01-01T00:00:00Z")
    tasks.sweep()
    assert not Job.objects.exists()


def test_counting_nothing_is_free() -> None:
    assert count_touched() == 0
    figures.runs_touch(response_ids=[])
    assert count_touched() == 0
