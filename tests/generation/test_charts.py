"""What a run's charts show, and how busy its servers are now."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from apps.generation import loads
from apps.generation.charts import MOST_POINTS, charts_of
from apps.generation.loads import load_of, load_save
from apps.generation.models import Run, RunMinute, ServerSample
from tests.builders import make_run

pytestmark = pytest.mark.django_db
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


def minute(run: Run, number: int, server: str = "h:1", **values: int) -> None:
    at = BEGIN + timedelta(minutes=number)
    end = at + timedelta(minutes=1)
    RunMinute.objects.create(run=run, server=server, minute=at, busy_until=end, **values)


def sample(server: str = "h:1", seconds_ago: float = 0.0, **values: float) -> None:
    at = timezone.now() - timedelta(seconds=seconds_ago)
    load_save(ServerSample(server=server, at=at, **values))


def test_a_minute_of_all_servers_is_one_point() -> None:
    run = make_run()
    minute(run, 0, completion_tokens=600, prompt_tokens=6000, cached_tokens=4500, completions=6)
    minute(run, 0, server="h:2", completion_tokens=600)
    minute(run, 1)
    first, second = charts_of(run, ["h:1", "h:2"]).speed
    assert (first.at, first.written, first.read) == (BEGIN, 20.0, 100.0)
    assert (first.cached_percent, first.completions) == (75.0, 6.0)
    assert (second.written, second.cached_percent) == (0.0, None)


def test_a_long_run_has_no_more_points_than_a_short_one() -> None:
    run = make_run()
    for number in range(0, 50 * 60, 7):
        minute(run, number, completion_tokens=60)
    charts = charts_of(run, [])
    assert charts.step == 3600 and 40 < len(charts.speed) <= MOST_POINTS + 1


def test_only_samples_of_its_servers_and_its_time_are_shown() -> None:
    run = make_run()
    now = timezone.now()
    RunMinute.objects.create(
        run=run, server="h:1", minute=now - timedelta(seconds=60), busy_until=now
    )
    sample(seconds_ago=30, running=4, waiting=1, kv_cache=0.25)
    sample(seconds_ago=90, running=9)
    sample(server="other", seconds_ago=30, running=9)
    (point,) = charts_of(run, ["h:1"]).load
    assert (point.running, point.waiting, point.kv_percent) == (4.0, 1.0, 25.0)


def test_a_run_that_has_not_begun_has_no_charts() -> None:
    assert charts_of(make_run(), []) == charts_of(make_run(), ["h:1"])


def test_the_load_is_that_of_all_its_servers_a_moment_ago() -> None:
    run = make_run()
    assert load_of(run, ["h:1"]) is None
    sample(seconds_ago=5, running=1, prompt_tokens=10)
    sample(running=3, waiting=1, kv_cache=0.5, prompt_tokens=100, cached_tokens=80)
    sample(server="h:2", running=2, prompt_tokens=100)
    sample(server="other", running=9)
    load = load_of(run, ["h:1", "h:2"])
    assert load == loads.Load(running=5, waiting=1, kv_cache=0.5, cached_share=0.4)
    run.job.status = "done"
    assert load_of(run, ["h:1"]) is None


def test_what_was_said_long_ago_says_nothing_about_now() -> None:
    sample(seconds_ago=60, running=3)
    assert load_of(make_run(), ["h:1"]) is None


def test_samples_are_forgotten_after_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loads, "CLEAN_EVERY", 1)
    sample(seconds_ago=25 * 3600)
    sample(seconds_ago=23 * 3600)
    sample()
    assert ServerSample.objects.count() == 2
