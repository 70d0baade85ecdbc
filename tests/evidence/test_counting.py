"""What a version came to, counted in the background."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.evidence import Rate
from apps.core.models import Figure
from apps.evidence.counting import count_evidence, version_summary
from apps.evidence.queries import evidence_of
from apps.evidence.summing import Advice, advise
from apps.evidence.tally import Mean, Tally
from apps.generation.recipes import RecipeSpec, recipe_of_trial
from apps.review.models import Decision
from apps.validation.models import CheckResult
from tests.builders import make_run, make_version
from tests.evidence.building import make_evidence, planted

pytestmark = pytest.mark.django_db


def test_pairs_are_counted_by_what_their_prompts_showed() -> None:
    run = make_evidence(seeds=16)
    copied = CheckResult.objects.order_by("pk")[0]
    CheckResult.objects.filter(pk=copied.pk).update(passed=False, reason="few_shot_copy")
    assert count_evidence() == 1
    known = evidence_of([run.recipe.fewshot])[run.recipe.fewshot_id]
    found = known.summary
    assert found == version_summary(run.recipe.fewshot_id)
    assert found.runs == 1
    assert found.tally.pass_rate == Rate(32, 48) and found.tally.acceptance == Rate(16, 48)
    assert found.tally.copies == Rate(1, 48)
    assert found.tally.strength == "0.50 (0.50–0.50, of 48)"
    assert found.tally.tokens == "1,001 (1,001–1,001, of 48)"
    assert found.tally.tokens_per_accepted == pytest.approx(1001 * 3)
    # Sixteen seeds, each with an arrangement of its own.
    assert found.arrangement_count == len(found.arrangements) == 16
    assert {line.tally.pairs for line in found.arrangements} == {3}
    assert found.stages == ["s_c", "c_i", "i_r"]
    # Four of eight examples are shown for concepts, one for a response: all equally often.
    pairs = {stage: {line.tally.pairs for line in found.examples if line.stage == stage}
             for stage in found.stages}  # fmt: skip
    assert pairs == {"s_c": {24}, "c_i": {24}, "i_r": {6}}
    assert all(line.accepted.shown.whole + line.accepted.not_shown.whole == 48
               for line in found.examples)  # fmt: skip


def test_a_planted_good_and_a_planted_harmful_example_are_told_to_keep_and_to_retire() -> None:
    run = make_evidence(seeds=240, arrangements=24, responses=2, accepts=planted(good=2, bad=5))
    count_evidence()
    advice = {each.number: each for each in version_summary(run.recipe.fewshot_id).advice}
    assert {n for n, each in advice.items() if each.what == "keep"} == {2}
    assert {n for n, each in advice.items() if each.what == "retire"} == {5}
    assert "accepted at S→C" in advice[5].why and advice[5].why.startswith("It harms: −")
    others = [each for n, each in advice.items() if n not in (2, 5)]
    assert any(each.more for each in others) and all(each.what != "retire" for each in others)


def test_before_the_first_label_it_says_about_how_many_decide() -> None:
    run = make_evidence(seeds=16)
    Decision.objects.all().delete()
    count_evidence()
    found = version_summary(run.recipe.fewshot_id)
    # Of eight examples a response shows one: 1.96² × 0.25 / (1/8 × 7/8) / 0.1².
    assert {(each.what, each.why, each.more) for each in found.advice} == {
        ("", "No label yet.", 879)
    }
    assert {line.accepted.why for line in found.examples} == {"none of its pairs is judged yet"}


def test_a_run_is_counted_again_when_something_changed_and_no_sooner() -> None:
    run = make_evidence(seeds=4)
    assert (count_evidence(), count_evidence()) == (1, 0)
    later = timezone.now() + timedelta(seconds=60)
    Figure.objects.filter(name=f"cost-run-{run.pk}").update(counted_at=later)
    name = f"evidence-run-{run.pk}"
    Figure.objects.filter(name=name).update(value={"cells": [], "seconds": 0.0})
    assert count_evidence() == 1
    # One whose count took a while rests.
    Figure.objects.filter(name=name).update(value={"cells": [], "seconds": 10.0})
    assert count_evidence() == 0


def test_a_run_that_cannot_be_counted_keeps_no_other_from_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    broken, whole = make_evidence(seeds=2), make_evidence(seeds=2)
    from apps.evidence import counting

    cells = counting.run_cells

    def fail_for_one(run_id: int) -> list[list[object]]:
        if run_id == broken.pk:
            raise ZeroDivisionError
        return cells(run_id)

    monkeypatch.setattr(counting, "run_cells", fail_for_one)
    assert count_evidence() == 1
    assert set(evidence_of([broken.recipe.fewshot, whole.recipe.fewshot])) == {
        whole.recipe.fewshot_id
    }


def test_a_try_counts_nothing() -> None:
    spec = RecipeSpec(engine="url", model="tiny")
    run = make_run(recipe_of_trial(fewshot=make_version(), spec=spec))
    Figure.objects.create(name=f"cost-run-{run.pk}", value={})
    assert count_evidence() == 0 and version_summary(run.recipe.fewshot_id).runs == 0


def test_two_runs_of_a_version_add_up() -> None:
    version = make_version(8)
    make_evidence(version, seeds=4)
    make_evidence(version, seeds=6)
    assert count_evidence() == 2
    found = evidence_of([version])[version.pk].summary
    assert (found.runs, found.tally.pairs, found.arrangement_count) == (2, 30, 6)


def test_few_are_told_without_a_mean() -> None:
    assert Mean().told(1) == "–" and Mean(29, 29, 29).told(1) == "too few (29)"
    assert Mean(30, 60, 150).told(2) == "2.00 (1.64–2.36, of 30)"


def test_an_example_without_pairs_is_neither_kept_nor_retired() -> None:
    assert advise(3, [], Tally()) == Advice(3, "", "No pair yet.")
