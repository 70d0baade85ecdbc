"""What a run uses of its servers is added up by the minute."""

import pytest
from pytest_django import Settings

from apps.generation.models import Completion, RunMinute
from apps.generation.usage import server_of, usage_add, usage_of
from tests.builders import make_run

pytestmark = pytest.mark.django_db


def answer(seconds: float = 0.0, **tokens: int) -> Completion:
    return Completion(seconds=seconds, **tokens)


def test_tokens_are_added_up_and_kept_by_run() -> None:
    run, other = make_run(), make_run()
    for _ in range(2):
        some = [answer(prompt_tokens=10, cached_tokens=8, completion_tokens=3), answer()]
        usage_add(run_id=run.pk, server="host:1", completions=some)
    usage_add(run_id=other.pk, server="host:1", completions=[answer(completion_tokens=1)])
    used = usage_of(run)
    assert (used.completions, used.prompt_tokens, used.cached_tokens) == (4, 20, 16)
    assert used.completion_tokens == 6


def test_requests_at_one_time_keep_a_server_busy_once() -> None:
    run = make_run()
    usage_add(run_id=run.pk, server="host:1", completions=[answer(30.0), answer(20.0)])
    assert usage_of(run).busy_seconds == pytest.approx(30.0, abs=0.01)
    # Its requests began before the last answers came: only what is new counts, moments.
    usage_add(run_id=run.pk, server="host:1", completions=[answer(30.0)])
    assert usage_of(run).busy_seconds == pytest.approx(30.0, abs=5.0)
    usage_add(run_id=run.pk, server="host:2", completions=[answer(30.0)])
    assert usage_of(run).busy_seconds == pytest.approx(60.0, abs=5.0)


def test_a_pause_is_no_work() -> None:
    run = make_run()
    usage_add(run_id=run.pk, server="host:1", completions=[answer(30.0)])
    RunMinute.objects.update(busy_until="2026-01-01T00:00:00Z", minute="2026-01-01T00:00:00Z")
    usage_add(run_id=run.pk, server="host:1", completions=[answer(1.0)])
    assert usage_of(run).busy_seconds == pytest.approx(31.0, abs=0.01)
    assert run.minutes.count() == 2


def test_a_run_that_has_used_nothing_has_used_nothing() -> None:
    assert usage_of(make_run()).busy_seconds == 0


def test_a_server_is_named_after_the_process_that_keeps_it_busy() -> None:
    assert server_of("gpu1:4711:ab12cd34") == "gpu1:4711"
    assert server_of("me") == "me"


def test_gpus_count_each_for_itself(settings: Settings) -> None:
    settings.WINNOW_TENSOR_PARALLEL, settings.WINNOW_SERVERS = 2, 4
    run = make_run()
    usage_add(run_id=run.pk, server="host:1", completions=[answer(30.0)])
    used = usage_of(run)
    assert used.gpu_seconds == pytest.approx(8 * used.busy_seconds)
