"""How far a run is: what is left of it at its present speed."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.generation import tally
from apps.generation.funnel import progress
from apps.generation.models import Completion
from apps.generation.words import REASONS
from tests.builders import make_completion, make_recipe, make_run, make_seed

pytestmark = pytest.mark.django_db


def test_what_is_left_is_told_from_what_each_stage_lets_through() -> None:
    seeds = [make_seed() for _ in range(4)]
    run = make_run(recipe=make_recipe(responses=3), seeds=seeds)
    for seed in seeds:
        make_completion(run, seed, "s_c", seed.pk, completion_tokens=10)
    for seed, reason in zip(seeds[:2], ("", "empty"), strict=True):
        make_completion(run, seed, "c_i", seed.pk, completion_tokens=50, reason=reason)
    told = progress(run)
    # Two instructions to ask for; half of the four are good and have three responses each.
    left = 2 * 50 + 2 * 3 * 50
    assert told.remaining is not None
    assert told.remaining.total_seconds() == pytest.approx(left / told.tokens_per_second, abs=1)


def test_nothing_is_said_of_the_time_left_before_anything_was_written() -> None:
    run = make_run()
    assert progress(run).remaining is None
    make_completion(run, run.chosen.get().seed, "s_c", 1, completion_tokens=0)
    Completion.objects.update(created_at="2026-01-01T00:00:00Z")
    assert progress(run).remaining is None


def test_units_that_are_done_say_what_became_of_them_and_only_the_others_are_counted() -> None:
    seeds = [make_seed(), make_seed()]
    run = make_run(seeds=seeds)
    make_completion(run, seeds[0], "s_c", seeds[0].pk, completion_tokens=10)
    make_completion(run, seeds[1], "s_c", seeds[1].pk, completion_tokens=5, reason="empty")
    counted = progress(run)
    run.job.units.update(payload={"first": 1, "last": 1})
    first = tally.tally_of_seeds(run, [(0, 0)])
    run.job.units.create(
        queue="generate", key="first", status="done", lease_owner="gone",
        payload={"first": 0, "last": 0}, result={tally.KEY: first.as_json()},
    )  # fmt: skip
    told = progress(run)
    assert (told.stages, told.reasons) == (counted.stages, counted.reasons)
    assert told.seeds_with_end == counted.seeds_with_end == 1
    Completion.objects.filter(seed=seeds[0]).delete()
    assert progress(run).stages == counted.stages


def test_a_unit_that_nobody_has_begun_is_not_counted() -> None:
    run = make_run()
    make_completion(run, run.chosen.get().seed, "s_c", 1)
    run.job.units.update(lease_owner="", status="waiting")
    assert progress(run).stages[0].asked == 0


def test_every_reason_that_a_completion_can_be_rejected_for_is_said_in_words() -> None:
    """Codes as they stand where they are given."""
    given = re.compile(r'(?:ParseFailure\(|_failure\(request,|Failure\([^"()]*)\s*"([a-z_]+)"')
    named = re.compile(r'^[A-Z_]+ = "((?:no|not|parser)_[a-z]+)"', re.MULTILINE)
    codes = {"busy", "server_error", "prompt_too_long", "bad_request"}
    for folder in ("apps/generation", "worker"):
        for path in Path(settings.BASE_DIR, folder).rglob("*.py"):
            text = path.read_text()
            codes |= set(given.findall(text)) | set(named.findall(text))
    assert {"cut_off", "no_prompt", "parser_crashed", "not_stored", "timeout"} <= codes
    assert codes <= set(REASONS), codes - set(REASONS)
