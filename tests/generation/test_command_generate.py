"""`manage.py generate`: what it says on the way and how it ends."""

import io
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core import work
from apps.core.models import Job
from apps.generation import following, tally
from apps.generation.models import Run
from tests.builders import make_completion, make_seed, make_version

pytestmark = pytest.mark.django_db


def generate(out: io.StringIO, *words: str) -> None:
    version = make_version()
    call_command("generate", "--fewshot", version.fewshot_set.name, *words, stdout=out)


def follow_with(monkeypatch: pytest.MonkeyPatch, sleep: Callable[[float], None]) -> None:
    """Whenever the command waits, this is done; other threads of the process sleep as ever."""
    faked = SimpleNamespace(sleep=sleep, monotonic=time.monotonic)
    monkeypatch.setattr(following, "time", faked)


@pytest.mark.parametrize("option", ["--count", "--responses", "--max-tokens", "--examples"])
def test_a_number_that_asks_for_nothing_is_refused(option: str) -> None:
    make_seed()
    with pytest.raises(CommandError, match=f"{option} must be 1 or more"):
        generate(io.StringIO(), option, "0")
    assert not Job.objects.exists()


def test_how_many_likely_words_a_model_chooses_from_is_a_share() -> None:
    make_seed()
    for wrong in ("0", "1.1", "nan"):
        with pytest.raises(CommandError, match="--top-p must be above 0"):
            generate(io.StringIO(), "--top-p", wrong)
    generate(io.StringIO(), "--top-p", "0.9", "--background")
    assert Run.objects.get().recipe.sampling["top_p"] == 0.9


def test_a_run_that_fails_fails_the_command_with_its_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sleep(_: float) -> None:
        unit = Job.objects.get().units.get()
        claimed = work.claim(unit_id=unit.pk, owner="a")
        assert claimed
        work.fail_with_job(unit=claimed, owner="a", error="set HF_TOKEN [sic]")

    follow_with(monkeypatch, sleep)
    make_seed()
    out = io.StringIO()
    with pytest.raises(CommandError, match="failed; the reason stands above"):
        generate(out, "--count", "1")
    assert "set HF_TOKEN [sic]" in out.getvalue()


def test_without_a_worker_the_command_says_how_to_start_one_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks = iter([1, 2, 3])

    def sleep(_: float) -> None:
        if next(looks) == 3:
            work.stop_job(job=Job.objects.get())

    follow_with(monkeypatch, sleep)
    monkeypatch.setattr(following, "HINT_SECONDS", 0.0)
    make_seed()
    out = io.StringIO()
    generate(out, "--count", "1")
    assert out.getvalue().count("`make start` starts one") == 1


def test_a_run_that_wrote_no_pair_fails_the_command_and_tells_what_was_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def sleep(_: float) -> None:
        run = Run.objects.get()
        unit = work.claim(unit_id=run.job.units.get().pk, owner="a")
        assert unit
        seed = run.chosen.get().seed
        make_completion(
            run, seed, "s_c", seed.pk, reason="bad_request", message="[top_p] is unknown"
        )
        result = {tally.KEY: tally.tally_of_seeds(run, [(0, 0)]).as_json()}
        work.finish(unit=unit, owner="a", result=result)

    follow_with(monkeypatch, sleep)
    make_seed()
    out = io.StringIO()
    with pytest.raises(CommandError, match="wrote no pair; the reasons stand above"):
        generate(out, "--count", "1")
    assert "s_c: refused by the server 1  ([top_p] is unknown)" in out.getvalue()
