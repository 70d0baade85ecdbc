"""What the front page says beyond bare figures: who labelled, what passed and is accepted, what
waits, what failed.
"""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from apps.core import work
from apps.core.models import Job
from apps.generation.models import Response
from apps.home import counting
from apps.home.counting import MOST_SECONDS, count_standing
from apps.home.sample import sample_bring
from apps.home.standing import Standing, read_all
from apps.review.models import Decision, Flag, Label, Queue, Ruling
from apps.validation.models import Verdict
from tests.builders import make_response, make_seed, make_user
from tests.generation.test_importing import read
from tests.home.data import make_pairs

pytestmark = pytest.mark.django_db


def counted() -> Standing:
    assert count_standing()
    return read_all()[1]


def label(response: Response, name: Any, value: str, *, days: float = 0, **fields: Any) -> None:
    """A label that was given so many days ago."""
    given = timezone.now() - timedelta(days=days)
    with patch("django.utils.timezone.now", return_value=given):
        Label.objects.create(response=response, reviewer=name, value=value, **fields)


def test_labels_of_today_and_of_the_week_are_told_by_reviewer() -> None:
    rosa, otto = make_user("reviewer", "rosa"), make_user("reviewer", "otto")
    pairs = [make_response() for _ in range(5)]
    label(pairs[0], rosa, "good", seconds=20)
    label(pairs[1], rosa, "bad", seconds=40)
    label(pairs[2], rosa, "good", days=2, seconds=10 * MOST_SECONDS)
    label(pairs[3], rosa, "good", days=8, seconds=1)  # a week is over
    label(pairs[4], rosa, "skipped")
    label(pairs[0], otto, "bad", seconds=5)
    label(pairs[0], otto, "good")  # of a batch: no time; the newest counts
    standing = counted()
    first, second = standing.people
    assert (first.name, first.today.labels, first.week.labels) == ("rosa", 2, 3)
    assert first.today.per_hour == pytest.approx(120)
    assert str(first.today.accepted).startswith("1 of 2")
    assert first.week.per_hour == pytest.approx(3600 * 3 / (60 + MOST_SECONDS))
    assert (second.name, second.today.good, second.today.per_hour) == ("otto", 1, None)
    assert standing.everybody.today.labels == 3 and standing.everybody.week.labels == 4
    newest = standing.days[-1]
    assert (newest.written, newest.labelled, newest.accepted) == (5, 3, 2)
    assert standing.days[-3].labelled == 1 and len(standing.days) == 14


def test_pass_and_acceptance_by_version_and_kind() -> None:
    select = make_response(seed=make_seed("SELECT 1", kind="select"))
    update = make_response()
    for response, outcome in ((select, "passed"), (update, "wrong_result")):
        Verdict.objects.create(response=response, database="overall", outcome=outcome, version=1)
        Verdict.objects.create(response=response, database="sqlite", outcome="passed", version=1)
    reviewer = make_user()
    given = Label.objects.create(response=select, reviewer=reviewer, value="good")
    Decision.objects.create(response=select, good=True, label=given)
    make_pairs(passed=1)
    standing = counted()
    kinds = {part.name: (part.pairs, part.pass_rate, part.acceptance) for part in standing.kinds}
    assert set(kinds) == {"select", "update", "no seed"}
    assert str(kinds["select"][1]).startswith("1 of 1") and kinds["select"][2].part == 1
    assert str(kinds["update"][1]).startswith("0 of 1") and kinds["update"][2].whole == 0
    names = [part.name for part in standing.versions]
    assert "imported" in names and any(name.endswith("version 1") for name in names)


def test_what_waits_and_what_failed() -> None:
    make_pairs(passed=2)
    first, second = Response.objects.all()
    one, other = make_user(), make_user()
    said = Label.objects.create(response=first, reviewer=one, value="good")
    Label.objects.create(response=first, reviewer=other, value="bad")
    Decision.objects.create(response=first, good=False, label=said, voters=2, good_votes=1)
    Flag.objects.create(response=second, reviewer=one)
    Flag.objects.create(response=second, reviewer=other)
    job = Job.objects.create(kind="export")
    work.create_units(job=job, specs=[work.UnitSpec(queue="export", key="a", payload={})])
    old = timezone.now() - timedelta(days=9)
    for message, ended in (("disk full", timezone.now()), ("long ago", old)):
        Job.objects.create(kind="gather", status="failed", message=message, finished_at=ended)
    standing = counted()
    assert [(each.pairs, each.people) for each in standing.queues] == [(2, [])]
    assert standing.queues[0].queue == Queue.objects.get(is_default=True).pk
    assert (standing.conflicts, standing.flags, standing.units) == (1, 1, (("export", 1),))
    assert [(each.kind, each.message) for each in standing.failures] == [("gather", "disk full")]
    Ruling.objects.create(response=first, good=True, note="It is.", editor=one)
    assert counted().conflicts == 0


def test_the_sample_counts_for_nothing() -> None:
    for brought in sample_bring():
        read(brought)
    assert Response.objects.exists()
    standing = counted()
    assert standing.kinds == standing.versions == ()
    assert sum(day.written for day in standing.days) == 0


def test_a_count_that_took_long_is_not_made_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    now = timezone.now()
    took = iter([0.0, 3.0, 10.0, 10.5])
    monkeypatch.setattr(counting, "time", SimpleNamespace(monotonic=lambda: next(took)))
    monkeypatch.setattr(counting.timezone, "now", lambda: now)
    assert count_standing() and read_all()[1].took == 3.0
    assert not count_standing()
    monkeypatch.setattr(counting.timezone, "now", lambda: now + timedelta(seconds=61))
    assert count_standing() and read_all()[1].took == 0.0


def test_nothing_is_a_standing_too() -> None:
    standing = counted()
    assert standing.people == () and standing.everybody.week.per_hour is None
