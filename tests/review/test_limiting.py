"""Runs stop by themselves when tokens, hours, the backlog, passes or acceptance say so."""

from typing import Any

import pytest

from apps.core.models import Job
from apps.generation.models import Completion, Response, Run
from apps.generation.usage import usage_add
from apps.review import limiting
from apps.review.models import Decision, Label
from tests.builders import make_response, make_run, make_user
from tests.review.building import make_queued, make_verdict

pytestmark = pytest.mark.django_db


def limited(run: Run, **limits: Any) -> str:
    """The status of the run after its limits were looked at once."""
    Run.objects.filter(pk=run.pk).update(limits=limits)
    Job.objects.update(status="running", finished_at=None, message="")
    limiting.runs_limit()
    return Job.objects.get(pk=run.job_id).status


def decide(response: Response, good: bool) -> None:
    label = Label.objects.create(response=response, reviewer=make_user(), value="good")
    Decision.objects.create(response=response, good=good, label=label)


def test_by_tokens_and_hours_of_work() -> None:
    run, other = make_run(), make_run()
    usage_add(
        run_id=run.pk, server="h:1", completions=[Completion(completion_tokens=9, seconds=3600.0)]
    )
    assert limited(run, tokens=10) == "running"
    assert limited(run, tokens=9) == "stopped"
    assert limited(run, hours=1.1) == "running"
    assert limited(run, hours=1) == "stopped"
    assert limited(other, tokens=1) == "running"


def test_by_pairs_that_wait_for_review() -> None:
    run = make_queued().run
    assert run
    make_queued()
    assert limited(run, backlog=2) == "running"
    assert limited(run, backlog=1) == "stopped"
    assert "More than 1 pairs wait" in Job.objects.get(pk=run.job_id).message


def test_by_how_many_of_the_last_pass() -> None:
    run = make_run()
    outcomes = ["passed", "passed", "passed", "sql_error", "sql_error"]
    for outcome in outcomes:
        response = make_response()
        Response.objects.filter(pk=response.pk).update(run=run)
        make_verdict(response, outcome)
    Response.objects.filter(pk=make_response().pk).update(run=run)
    assert limited(run, pass_rate=0.5, last=6) == "running"
    assert limited(run, pass_rate=0.5, last=5) == "running"
    assert limited(run, pass_rate=0.5, last=4) == "running"
    assert limited(run, pass_rate=0.5, last=3) == "stopped"


def test_when_the_share_accepted_is_known_well_enough() -> None:
    run = make_run()
    for good in [True] * 12 + [False] * 8:
        response = make_response()
        Response.objects.filter(pk=response.pk).update(run=run)
        decide(response, good)
    assert limited(run, interval=0.39) == "running"
    assert limited(run, interval=0.40) == "stopped"


def test_a_run_without_limits_and_one_that_cannot_be_looked_at_keep_no_other_from_it() -> None:
    run, odd = make_run(), make_run()
    Run.objects.filter(pk=odd.pk).update(limits={"tokens": "many"})
    usage_add(run_id=run.pk, server="h:1", completions=[Completion(completion_tokens=9)])
    assert limited(run, tokens=1) == "stopped"
    assert limited(make_run()) == "running"
