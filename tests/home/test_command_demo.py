"""`manage.py demo`: what it gathers and how it goes on with what was cut off."""

import io
import json
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management.base import CommandError
from django.utils import timezone

from apps.core import work
from apps.core.models import Job
from apps.core.standstill import Standstill
from apps.generation.models import Response
from apps.home.management.commands import demo
from apps.home.sample import sample_pairs
from apps.seeds.gathering.jobs import gathering_start
from apps.seeds.models import Gathering, Seed
from apps.validation.models import Verdict
from tests.builders import make_response

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "a.sql").write_text("SELECT name FROM people WHERE id = 1;\nGRANT ALL ON a TO b;\n")
    monkeypatch.setattr(demo, "_shipped_sql", lambda: tmp_path)
    return tmp_path


def test_gathering_tells_kinds_and_reasons_and_is_done_once(shipped: Path) -> None:
    out = io.StringIO()
    command = demo.Command(stdout=out)
    assert command._gather() == "1 files, 2 statements, 1 seeds"
    assert "kept: select" in out.getvalue() and "rejected: " in out.getvalue()
    assert command._gather() == "there are seeds already"


def test_a_gathering_that_was_cut_off_is_gone_on_with(shipped: Path) -> None:
    gathering = gathering_start(spec=str(shipped))
    work.stop_job(job=gathering.job)
    assert demo.Command(stdout=io.StringIO())._gather() == "1 files, 2 statements, 1 seeds"
    assert Gathering.objects.get().job.status == "done" and Seed.objects.count() == 1


def test_the_sample_is_waited_for_also_while_nobody_has_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    command = demo.Command(stdout=io.StringIO())
    command._begun = timezone.now()
    jobs = command._sample_begin()
    assert jobs and not sample_pairs().exists()
    slept = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        for job in Job.objects.filter(pk__in=jobs):
            work.stop_job(job=job)

    monkeypatch.setattr(demo, "time", SimpleNamespace(sleep=sleep, monotonic=time.monotonic))
    command._sample(jobs)
    assert len(slept) == 1


def test_a_sample_that_nobody_validates_is_not_waited_for_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(demo, "SAMPLE_STILL_SECONDS", 5.0)
    monkeypatch.setattr(demo, "SAMPLE_LOOK_SECONDS", 0.0)
    command = demo.Command(stdout=io.StringIO())
    clock, verdicts = [0.0], [0]

    def look() -> dict[str, int]:
        """Each takes four seconds; the first ten find another verdict."""
        clock[0] += 4.0
        verdicts[0] = min(verdicts[0] + 1, 10)
        return {"passed": verdicts[0]}

    clocked = partial(Standstill, now=lambda: clock[0])
    monkeypatch.setattr(demo, "standstill", SimpleNamespace(Standstill=clocked))
    monkeypatch.setattr(demo, "sample_verdicts", look)
    with pytest.raises(CommandError, match=r"validated the sample for 5 s: .*winnow\.log"):
        command._sample(command._sample_begin())
    assert clock[0] == 4.0 * 12


def test_an_installation_with_pairs_waits_for_no_sample() -> None:
    make_response()
    command = demo.Command(stdout=io.StringIO())
    assert command._sample(command._sample_begin()) == "there are pairs already"


def test_the_end_tells_verdicts_in_words() -> None:
    command = demo.Command(stdout=(out := io.StringIO()))
    command._begun, command._steps = timezone.now(), []
    pair = make_response()
    Verdict.objects.create(response=pair, database="overall", outcome="no_tests", version=1)
    assert pair.run
    command._finish(pair.run)
    note = json.loads((Path(settings.VAR_DIR) / "log" / demo.NOTE).read_text())
    assert (note["pairs"], note["outcomes"]) == (1, {"no_tests": 1})
    assert note["first_pair_seconds"] > 0 and note["begun"] == command._begun.timestamp()
    assert "1 pairs: no tests 1" in out.getvalue()
    assert "_" not in out.getvalue().replace(str(settings.VAR_DIR), "")


def test_the_end_tells_the_time_until_the_first_pair_of_this_call_only() -> None:
    command = demo.Command(stdout=io.StringIO())
    command._steps = [("services", 2.0, ""), ("gather", 1.5, "")]
    earlier = make_response()
    command._begun = timezone.now()
    assert command._times(Response.objects.all()) == "     3.5 s  in all"
    Response.objects.filter(pk=earlier.pk).update(created_at=command._begun + timedelta(seconds=7))
    assert command._times(Response.objects.all()).endswith("the first pair after 7 s")
