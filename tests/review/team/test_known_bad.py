"""Known answers for free: altered SQL whose result differs, drawn like other gold, never shown."""

from __future__ import annotations

from typing import Any

import pytest

from apps.core.models import Figure, Job, WorkUnit
from apps.exports.choice.labels import labelled
from apps.generation.models import Instruction, Response
from apps.home.counting import count_standing
from apps.home.figures import count_figures
from apps.home.standing import NAME as STANDING
from apps.review.desk import desk
from apps.review.filters import PairFilter, pairs_matching
from apps.review.models import Entry, Gold
from apps.review.queries import pair_data, siblings_of
from apps.review.services import claim_next, label_add
from apps.review.team.altering import known_bad_make
from apps.review.team.figures import count_team, read_team
from apps.review.team.known_bad import known_bad_ask
from apps.validation.models import Verdict
from apps.validation.services import responses_validate
from tests.builders import make_response, make_user
from tests.review.building import make_queued, make_verdict
from tests.review.test_gold import draw, hold_gold
from tests.review.test_queues import make_queue
from tests.validation.building import ADULTS, LUCKY, RIGHT, TESTED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _one_database(settings: Any) -> None:
    settings.WINNOW_DATABASES = ["sqlite"]


@pytest.fixture
def passed() -> Response:
    """A pair that passes a test that most altered queries fail, beside one that does not pass."""
    wrong = make_response(TESTED.format(sql=LUCKY.replace("21", "30")), instruction=ADULTS)
    right = make_response(TESTED.format(sql=RIGHT), instruction=ADULTS)
    responses_validate(response_ids=[wrong.pk, right.pk])
    return right


def test_an_altered_pair_is_known_to_be_bad_and_why(passed: Response) -> None:
    assert known_bad_make(most=10) == 1

    gold = Gold.objects.get()
    altered = gold.response
    assert gold.origin == passed and not gold.good and "Its SQL was altered (" in gold.why
    assert "is missing" in gold.why or "unexpected" in gold.why
    assert altered.text != passed.text and altered.text.count("Alice") == 2
    assert altered.instruction.made_of == passed.instruction
    assert altered.instruction.text == passed.instruction.text
    assert Verdict.objects.get(response=altered, database="overall").outcome == "wrong_result"
    assert known_bad_make(most=10) == 0, "each pair is altered once"


def test_nobody_sees_it_but_as_gold(passed: Response) -> None:
    count_figures()
    before = dict(Figure.objects.values_list("name", "value"))
    kinds = _pairs_by_kind()
    known_bad_make(most=1)
    altered = Gold.objects.get().response

    assert altered not in pairs_matching(PairFilter()) and siblings_of(passed) == []
    assert not Entry.objects.filter(response=altered).exists()
    said, told = pair_data(passed.pk), pair_data(altered.pk)
    assert said and told
    for name in ("model", "path", "repository", "licences", "seed", "concepts", "instruction"):
        assert said[name] == told[name], name
    queue = make_queue(gold_share=0.5, gold_altered=True)
    reviewer = make_user()
    label_add(response=hold_gold(reviewer, queue), reviewer=reviewer, value="good", queue=queue)
    assert altered not in labelled()
    found = desk(queue_id=queue.pk, reviewer_id=reviewer.pk)
    assert found and (found.progress.labelled, found.progress.good) == (0, 0)
    assert _pairs_by_kind() == kinds
    Figure.objects.exclude(name__in=before).delete()
    count_figures()
    assert dict(Figure.objects.values_list("name", "value")) == before
    assert Instruction.objects.filter(recipe=passed.instruction.recipe).count() == 1


def _pairs_by_kind() -> list[object]:
    Figure.objects.filter(name=STANDING).delete()
    assert count_standing()
    rows: list[object] = Figure.objects.get(name=STANDING).value["kinds"]
    return rows


def test_only_a_queue_that_says_so_draws_it_and_misses_are_counted(passed: Response) -> None:
    known_bad_make(most=1)
    for _ in range(30):
        make_queued()
    plain = make_queue(name="Plain", gold_share=0.5)
    draw(0.25)
    anna = make_user()
    for _ in range(20):
        pair = claim_next(reviewer=anna, queue=plain)
        assert pair and not pair.is_held_back
        label_add(response=pair, reviewer=anna, value="good", queue=plain)

    queue = make_queue(name="With altered ones", gold_share=0.5, gold_altered=True)
    label_add(response=hold_gold(anna, queue), reviewer=anna, value="good", queue=queue)
    count_team()
    (person,) = read_team().people
    assert (person.gold.part, person.gold.whole) == (0, 1)


def test_they_are_made_where_a_queue_asks_for_them(passed: Response) -> None:
    assert not known_bad_ask(), "no queue draws them"
    make_queue(gold_altered=True)
    assert known_bad_ask()
    unit = WorkUnit.objects.get(key="known-bad")
    assert unit.queue == "validate" and unit.payload == {"known_bad": 60}
    assert not known_bad_ask(), "they are on their way"
    Job.objects.filter(pk=unit.job_id).delete()
    Gold.objects.create(response=make_response(), good=False, origin=passed)
    assert not known_bad_ask(), "there is no other pair to alter"
    make_verdict(make_response(), "passed", strength=0.9)
    assert known_bad_ask()
