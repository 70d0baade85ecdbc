"""What tries wrote is counted, and tries are offered, nowhere else."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.generation.models import Instruction, Response, Run
from apps.home.figures import Figures, count_figures
from apps.review.queue import enqueue
from apps.studio.models import Trial
from apps.studio.trying import pairs_send
from apps.validation.models import Verdict
from tests.builders import make_completion, make_run, make_seed, make_user
from tests.pages import markup
from tests.studio.building import make_trial

pytestmark = pytest.mark.django_db


def written(run: Run) -> Response:
    """A pair of the run's first seed, validated."""
    seed = run.chosen.get().seed
    asked = Instruction.objects.create(
        completion=make_completion(run, seed, "c_i", 1), recipe=run.recipe, seed=seed, text="List."
    )
    pair = Response.objects.create(
        completion=make_completion(run, seed, "i_r", asked.pk), instruction=asked, run=run,
        text="SELECT 1;", is_held_back=run.recipe.is_trial,
    )  # fmt: skip
    Verdict.objects.create(response=pair, database="overall", outcome="passed", version=1)
    enqueue(response_ids=[pair.pk])
    return pair


@pytest.fixture
def trial() -> Trial:
    return make_trial([make_seed()])


def counts(figures: Figures) -> tuple[int, ...]:
    return figures.instructions, figures.responses, figures.validated, figures.passed, figures.open


def test_home_counts_a_pair_of_a_try_when_it_was_sent_to_review(trial: Trial) -> None:
    written(make_run())
    assert counts(count_figures()) == (1, 1, 1, 1, 1)
    pairs = [written(run) for run in (trial.draft_run, trial.published_run)]
    assert counts(count_figures()) == (1, 1, 1, 1, 1)
    assert pairs_send(trial=trial, response_ids=[pairs[0].pk]) == 1
    assert counts(count_figures()) == (2, 2, 2, 2, 2)


@pytest.mark.parametrize("name", ["generation:compare", "judge:new", "exports:new"])
def test_a_try_is_no_run_to_choose(client: Client, trial: Trial, name: str) -> None:
    real = [make_run(), make_run()]
    client.force_login(make_user("editor"))
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    shown = markup(answer)
    assert all(f'value="{run.pk}"' in shown for run in real)
    # The published version's one and the draft's.
    for run in (trial.draft_run, trial.published_run):
        assert f"un {run.pk}<" not in shown and f"un {run.pk}:" not in shown
