"""`manage.py runs`: what it does with a run, what it says, how it ends."""

import io
from dataclasses import asdict

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.core.models import Figure
from apps.generation.costs import COST, Cost
from apps.generation.models import Run
from apps.generation.recipes import RecipeSpec, recipe_of_trial
from tests.builders import make_completion, make_run, make_seed, make_version

pytestmark = pytest.mark.django_db
SPEC = RecipeSpec(engine="llama", model="tiny")


def runs(*words: object) -> str:
    out = io.StringIO()
    call_command("runs", *map(str, words), stdout=out)
    return out.getvalue()


def test_without_runs_the_list_says_how_to_start_one() -> None:
    assert runs() == "No runs yet: manage.py generate --count 100 starts one.\n"


def test_the_list_names_each_run_with_its_status() -> None:
    run = make_run()
    assert runs("list").split() == [str(run.pk), "running", "1", "seeds", "tiny"]


def test_tries_are_listed_on_their_own_page_only() -> None:
    run = make_run()
    trial = make_run(recipe=recipe_of_trial(fewshot=make_version(), spec=SPEC))
    listed = [line.split()[0] for line in runs("list").splitlines()]
    assert listed == [str(run.pk)] and trial.pk != run.pk


def test_the_cost_and_the_cache_are_shown_as_far_as_they_are_counted() -> None:
    run = make_run()
    assert "per accepted pair" not in runs("show", run.pk)
    cost = Cost(responses=40, validated=40, passed=20, labelled=12, accepted=9, gpu_seconds=1200)
    Figure.objects.create(name=f"{COST}{run.pk}", value=asdict(cost))
    run.job.units.create(
        queue="generate", key="done", status="done", result={"cached": [1000, 900, 500]}
    )
    told = runs("show", run.pk)
    assert "50 % of prompt tokens from the cache, 90 % expected." in told
    (line,) = [line for line in told.splitlines() if "GPU-seconds" in line]
    assert line.replace("│", " ").split()[-4:] == ["1,200", "30.0", "60.0", "133.3"]
    assert "Passed: 50 % (20 of 40" in told


def test_a_run_goes_through_all_that_can_be_done_with_it() -> None:
    make_seed()
    run = make_run()
    seed = run.chosen.get().seed
    make_completion(run, seed, "s_c", seed.pk, reason="empty", message="The model wrote nothing.")
    assert "s_c: wrote nothing 1  (The model wrote nothing.)" in runs("show", run.pk)
    assert runs("pause", run.pk).startswith(f"Run {run.pk} is paused.")
    assert runs("resume", run.pk) == f"Run {run.pk} goes on.\n"
    assert runs("retry", run.pk) == f"Run {run.pk} asks again for 1 rejected completion.\n"
    more = runs("extend", run.pk, "--seeds", 1, "--responses", 2)
    assert more == f"Run {run.pk} has 1 seed and 2 responses per instruction more.\n"
    limited = runs("limit", run.pk, "--stop-tokens", 5000, "--stop-pass-rate", 20)
    assert limited == (
        f"Run {run.pk} stops by itself after 5,000 tokens, or when fewer than 20 % of the last 200"
        " pass.\n"
    )
    assert Run.objects.get(pk=run.pk).limits == {"tokens": 5000, "pass_rate": 0.2, "last": 200}
    assert runs("limit", run.pk) == f"Run {run.pk} stops by itself never.\n"
    assert runs("cancel", run.pk).startswith(f"Run {run.pk} is cancelled.")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["show", 999], "There is no run 999: manage.py runs lists them."),
        (["limit", "{run}", "--stop-interval", "0"], "--stop-interval is a percentage, 0 to 100."),
        (["limit", "{run}", "--stop-hours", "nan"], "--stop-hours must be more than 0."),
        (["limit", "{run}", "--stop-tokens", "0"], "--stop-tokens is too small."),
        (["extend", "{run}"], "Say how many seeds or responses more, 1 or more."),
        (["resume", "{run}"], "Run {run} is running and cannot be resumed."),
    ],
)
def test_what_cannot_be_done_fails_with_the_reason(words: list[object], said: str) -> None:
    run = str(make_run().pk)
    with pytest.raises(CommandError) as failed:
        runs(*(str(word).replace("{run}", run) for word in words))
    assert str(failed.value) == said.replace("{run}", run) and failed.value.returncode == 1


def test_generate_takes_the_same_limits() -> None:
    make_seed()
    name = make_version().fewshot_set.name
    words = ("--fewshot", name, "--count", "1", "--background", "--stop-backlog", "10")
    call_command("generate", *words, stdout=io.StringIO())
    assert Run.objects.get().limits == {"backlog": 10, "last": 200}
