"""What is done every few seconds: a name in the settings that no task has would do nothing."""

from __future__ import annotations

import inspect

import pytest
from django.conf import settings

from apps.core.models import Job
from apps.generation.models import Completion, Run
from apps.generation.usage import usage_add
from apps.review.models_beside import Acceptance, Guess
from tests.builders import make_run
from tests.review.acceptance.test_acceptance import decide, make_pairs
from worker import tasks
from worker.app import app

SCHEDULE = settings.CELERY_BEAT_SCHEDULE


def test_whatever_is_scheduled_is_a_task_that_needs_nothing_said() -> None:
    app.loader.import_default_modules()
    for entry in SCHEDULE.values():
        task = app.tasks[entry["task"]]
        assert not inspect.signature(task.run).parameters, entry
        # What could not be done in time is done by the next: a queue never fills with them.
        assert entry["schedule"] >= 3600 or entry["options"]["expires"] <= entry["schedule"]


def test_every_task_that_needs_nothing_said_is_scheduled() -> None:
    own = {
        task.name
        for task in vars(tasks).values()
        if hasattr(task, "delay") and not inspect.signature(task.run).parameters
    }
    assert own and own == {entry["task"] for entry in SCHEDULE.values()}


@pytest.mark.django_db
def test_a_run_that_has_used_up_its_tokens_is_stopped_by_what_is_scheduled() -> None:
    run, other = make_run(), make_run()
    Run.objects.update(limits={"tokens": 5})
    usage_add(run_id=run.pk, server="h:1", completions=[Completion(completion_tokens=7)])
    app.tasks[SCHEDULE["limits"]["task"]].apply()
    stopped = Job.objects.get(pk=run.job_id)
    assert stopped.status == "stopped"
    assert "7 tokens are written; the limit is 5." in stopped.message
    assert Job.objects.get(pk=other.job_id).status == "running"


@pytest.mark.django_db
def test_what_is_accepted_is_learnt_by_what_is_scheduled_once_for_the_same_labels() -> None:
    task = app.tasks[SCHEDULE["acceptance"]["task"]]
    task.apply().get()
    assert not Acceptance.objects.exists(), "there are no labels yet"
    pairs = make_pairs(130)
    decide(pairs[:120])
    task.apply().get()
    task.apply().get()
    assert Acceptance.objects.get().learnt == 120
    assert Guess.objects.count() == 10
