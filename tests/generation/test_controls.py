"""Runs are paused, resumed, cancelled, extended; what was rejected is asked for again."""

import pytest
from django.utils import timezone

from apps.core import work
from apps.core.evidence import Rate
from apps.core.models import Job, WorkUnit
from apps.generation import controls
from apps.generation.asking import Ask, Group, asks_left
from apps.generation.limits import Limits, Standing, reached
from apps.generation.models import Completion, Run
from apps.generation.prompting import draw_seed
from apps.generation.runs import Selection, run_start
from tests.builders import make_completion, make_recipe, make_response, make_run, make_seed

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    for _ in range(3):
        make_seed()
    return run_start(recipe=make_recipe(), selection=Selection(count=2), seeds_per_unit=1)


def status(run: Run) -> str:
    run.job.refresh_from_db()
    return run.job.status


def left(run: Run, stage: str) -> list[Ask]:
    group = Group(run=run, arrangement=0, key="seeds-00000000")
    return asks_left(group=group, stages=[stage], seed_ids=[run.chosen.get().seed_id])


def end(run: Run) -> None:
    for unit in run.job.units.filter(status="waiting"):
        assert work.claim(unit_id=unit.pk, owner="host:1:a")
        work.finish(
            unit=unit, owner="host:1:a", result={"tally": {"stages": {}, "reasons": {}, "ended": 1}}
        )


def test_a_paused_run_is_left_alone_until_it_is_resumed(run: Run) -> None:
    controls.run_pause(run=run, by="ann")
    assert status(run) == "paused"
    assert run.job.message == "Paused by ann. 2 of 2 seeds are left."
    unit = run.job.units.first()
    assert unit and work.claim(unit_id=unit.pk, owner="a") is None
    with pytest.raises(controls.ControlError, match=f"Run {run.pk} is paused, not running"):
        controls.run_pause(run=run, by="ann")
    controls.run_resume(run=run)
    assert status(run) == "running" and run.job.message == ""
    assert work.claim(unit_id=unit.pk, owner="a")
    with pytest.raises(controls.ControlError, match="is running and cannot be resumed"):
        controls.run_resume(run=run)


def test_a_cancelled_run_never_goes_on(run: Run) -> None:
    controls.run_pause(run=run, by="ann")
    controls.run_cancel(run=run, by="ann")
    assert status(run) == "cancelled" and run.job.message.startswith("Cancelled by ann. 2 of 2")
    with pytest.raises(controls.ControlError, match="is cancelled and cannot be resumed"):
        controls.run_resume(run=run)
    with pytest.raises(controls.ControlError, match="start another one"):
        controls.run_extend(run=run, seeds=1)
    with pytest.raises(controls.ControlError, match="there is nothing to cancel"):
        controls.run_cancel(run=run, by="ann")


def test_more_seeds_are_others_and_a_run_that_is_done_goes_on(run: Run) -> None:
    end(run)
    assert status(run) == "done"
    assert controls.run_extend(run=run, seeds=5) == 1
    run.refresh_from_db()
    assert status(run) == "running" and run.seeds_total == 3
    assert sorted(run.chosen.values_list("position", flat=True)) == [0, 1, 2]
    more = run.job.units.get(status="waiting").payload
    assert (more["first"], more["last"]) == (2, 2)
    assert controls.extended(run, wanted=5, taken=1, responses=0) == (
        f"Run {run.pk} has 1 seed more. Only 1 of 5 seeds fit."
    )
    with pytest.raises(controls.ControlError, match="No more seeds fit"):
        controls.run_extend(run=run, seeds=1)


def test_more_seeds_for_a_paused_run_wait_with_it(run: Run) -> None:
    controls.run_pause(run=run, by="ann")
    controls.run_extend(run=run, seeds=1)
    assert status(run) == "paused" and run.job.units.count() == 3


def test_more_responses_are_asked_for_and_none_twice() -> None:
    run = make_response().run
    assert run
    run.job.units.update(status="done", result={"tally": {}}, lease_owner="host:1:a")
    Job.objects.update(status="done", finished_at="2026-01-01T00:00:00Z")
    controls.run_extend(run=run, responses=3)
    run = Run.objects.get(pk=run.pk)
    assert status(run) == "running" and run.draws == 5
    assert run.job.units.get().status == "waiting"
    (ask,) = left(run, "i_r")
    assert ask.draws == range(1, 5)


def test_a_worker_loses_the_unit_that_is_given_more_to_do(run: Run) -> None:
    unit = run.job.units.first()
    assert unit and work.claim(unit_id=unit.pk, owner="a")
    controls.run_extend(run=run, responses=1)
    with pytest.raises(work.LeaseLostError):
        work.renew(unit=unit, owner="a")
    # Not before "a" has noticed.
    assert work.claim(unit_id=unit.pk, owner="b") is None
    WorkUnit.objects.update(lease_expires_at=timezone.now())
    assert work.claim(unit_id=unit.pk, owner="b")


@pytest.mark.parametrize("wrong", [{}, {"seeds": -1}, {"responses": -1}])
def test_an_extension_by_nothing_is_refused(run: Run, wrong: dict[str, int]) -> None:
    with pytest.raises(controls.ControlError, match="1 or more"):
        controls.run_extend(run=run, **wrong)
    with pytest.raises(controls.ControlError, match="64 responses at most"):
        controls.run_extend(run=run, responses=64)


def test_what_was_rejected_is_asked_again_with_another_seed_and_can_still_be_read() -> None:
    run = make_run()
    seed = run.chosen.get().seed
    before = make_completion(run, seed, "s_c", seed.pk, reason="empty", text="what it wrote")
    run.job.units.update(status="done", result={"tally": {"reasons": {"s_c": {"empty": 1}}}})
    Job.objects.update(status="done", finished_at="2026-01-01T00:00:00Z")
    assert controls.run_retry(run=run) == 1
    assert status(run) == "running" and run.job.units.get().status == "waiting"
    before.refresh_from_db()
    assert before.superseded and before.text == "what it wrote"
    (ask,) = left(run, "s_c")
    assert ask.attempt == 1 and ask.sampling_seed == draw_seed(run.recipe, ask.prompt, 0, 1)
    assert ask.sampling_seed != draw_seed(run.recipe, ask.prompt, 0)
    with pytest.raises(controls.ControlError, match="no rejected completion"):
        controls.run_retry(run=run)


def test_a_prompt_that_is_rejected_again_and_again_is_left_alone_in_the_end() -> None:
    run = make_run()
    seed = run.chosen.get().seed
    make_completion(run, seed, "s_c", seed.pk, reason="empty", attempt=controls.MOST_ATTEMPTS - 1)
    with pytest.raises(controls.ControlError, match="no rejected completion"):
        controls.run_retry(run=run)
    assert not Completion.objects.filter(superseded=True).exists()


def test_a_run_that_a_limit_stops_says_so_and_what_is_left(run: Run) -> None:
    assert controls.run_stop(run=run, why="7 tokens are written; the limit is 5.")
    assert status(run) == "stopped"
    assert run.job.message == (
        "Stopped by its limit. 7 tokens are written; the limit is 5. 2 of 2 seeds are left."
        "\nRaise or lift the limit, then let the run go on."
    )


@pytest.mark.parametrize(
    ("limits", "standing", "said"),
    [
        (Limits(), Standing(tokens=10**9, backlog=10**6), ""),
        (Limits(tokens=5), Standing(tokens=4), ""),
        (Limits(tokens=5), Standing(tokens=5), "5 tokens are written; the limit is 5."),
        (Limits(hours=1), Standing(hours=1.25), "A model server was at work for 1.25 hours; the limit is 1."),
        (Limits(backlog=3), Standing(backlog=3), ""),
        (Limits(backlog=3), Standing(backlog=4), "More than 3 pairs wait for review."),
        (Limits(pass_rate=0.5, last=10), Standing(passed=Rate(0, 9)), ""),
        (Limits(pass_rate=0.5, last=10), Standing(passed=Rate(5, 10)), ""),
        (Limits(pass_rate=0.5, last=10), Standing(passed=Rate(4, 10)),
         "Of the last 10 responses 4 of 10 (17–69 %) passed; at least 50 % are wanted."),
        (Limits(interval=0.5), Standing(), ""),
        (Limits(interval=0.4), Standing(accepted=Rate(12, 20)),
         "The share accepted is known well enough: 12 of 20 (39–78 %)."),
        (Limits(interval=0.39), Standing(accepted=Rate(12, 20)), ""),
    ],
)  # fmt: skip
def test_limits_are_reached_when_they_are_and_say_by_what(
    limits: Limits, standing: Standing, said: str
) -> None:
    assert reached(limits, standing) == said
    assert Limits.from_json(limits.as_json()) == (limits if limits.as_json() else Limits())
