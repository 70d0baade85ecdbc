"""What a run costs is counted again when something of it changed, and only then."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.core.models import Figure
from apps.generation.costs import Cost, costs_of
from apps.generation.models import Completion, Run
from apps.generation.usage import usage_add
from apps.review.costing import count_costs
from apps.review.services import claim_next, label_add
from apps.validation.figures import count_touched, counts_of, runs_touch
from tests.builders import make_run, make_user
from tests.review.building import make_queued, make_verdict

pytestmark = pytest.mark.django_db


@pytest.fixture
def run() -> Run:
    response = make_queued()
    make_verdict(response, database="sqlite", milliseconds=1500.0)
    assert response.run
    usage_add(
        run_id=response.run.pk,
        server="h:1",
        completions=[
            Completion(prompt_tokens=10, cached_tokens=4, completion_tokens=7, seconds=20)
        ],
    )
    count_touched()
    return response.run


def later() -> None:
    """What is counted from here on was counted after what changed until now."""
    Figure.objects.update(counted_at=timezone.now() + timedelta(seconds=1))


def test_all_that_was_spent_is_counted(run: Run) -> None:
    assert count_costs() == 1
    cost = costs_of([run])[run.pk]
    assert (cost.responses, cost.validated, cost.passed) == (1, 1, 1)
    assert (cost.prompt_tokens, cost.cached_tokens, cost.completion_tokens) == (10, 4, 7)
    assert cost.gpu_seconds == pytest.approx(20, abs=0.1) and cost.sandbox_seconds == 1.5
    assert (cost.labelled, cost.accepted, cost.reviewer_seconds) == (0, 0, 0)


def test_a_label_a_verdict_or_an_answer_has_it_counted_again(run: Run) -> None:
    count_costs()
    later()
    assert count_costs() == 0
    reviewer = make_user()
    response = claim_next(reviewer=reviewer)
    assert response
    label_add(response=response, reviewer=reviewer, value="good", seconds=12.5)
    assert count_costs() == 1
    cost = costs_of([run])[run.pk]
    assert (cost.labelled, cost.accepted, cost.reviewer_seconds) == (1, 1, 12.5)
    runs_touch(response_ids=[response.pk])
    Figure.objects.update(counted_at=timezone.now() - timedelta(hours=1))
    count_touched()
    assert count_costs() == 1


def test_a_run_that_was_never_validated_waits_for_its_count() -> None:
    make_run()
    assert count_costs() == 0
    count_touched()
    assert count_costs() == 1


def test_costs_add_up() -> None:
    one = Cost(responses=1, gpu_seconds=1.5, accepted=1)
    assert one + one == Cost(responses=2, gpu_seconds=3.0, accepted=2)
    (line, *_) = (one + one).lines
    assert (line.total, line.each, line.per_passed, line.per_accepted) == (3.0, 1.5, None, 1.5)


def test_a_count_that_cannot_be_read_is_left_out_and_made_anew(run: Run) -> None:
    other = make_queued().run
    assert other
    make_verdict(other.responses.get(), database="sqlite")
    count_touched()
    Figure.objects.filter(name=f"validation-run-{run.pk}").update(value={"responses": 1})
    assert set(counts_of([run.pk, other.pk])) == {other.pk}
    assert count_costs() == 1 and set(costs_of([run, other])) == {other.pk}
    runs_touch(response_ids=[run.responses.get().pk])
    count_touched()
    assert set(counts_of([run.pk, other.pk])) == {run.pk, other.pk}
