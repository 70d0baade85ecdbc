"""How far a run is: what is left of it at its present speed."""

import pytest

from apps.generation.funnel import progress
from apps.generation.models import Completion
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
