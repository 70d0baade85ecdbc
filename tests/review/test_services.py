from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.utils import timezone

from apps.generation.models import Response
from apps.review.errors import NotHeldError, ReviewError, RubricError
from apps.review.models import Decision, Entry, Label, Seat
from apps.review.services import claim_next, label_add, release, skip, undo
from tests.builders import make_user
from tests.review.building import make_queued

pytestmark = pytest.mark.django_db
WRONG = ["wrong_result"]


def is_good(response: Response) -> bool | None:
    decision = Decision.objects.filter(response=response).first()
    return decision.good if decision else None


def test_a_label_decides_the_pair_and_takes_it_out_of_the_queue() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)

    label = label_add(
        response=response,
        reviewer=anna,
        value="bad",
        reasons=WRONG,
        note=" Off by one. ",
        seconds=7.5,
    )

    assert (label.value, label.reasons, label.note) == ("bad", WRONG, "Off by one.")
    assert is_good(response) is False
    assert Entry.objects.get().state == "done"
    assert not Seat.objects.filter(expires_at__isnull=False).exists()


def test_giving_the_same_label_twice_adds_nothing() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)
    first = label_add(response=response, reviewer=anna, value="bad", reasons=WRONG)

    assert label_add(response=response, reviewer=anna, value="bad", reasons=WRONG) == first
    assert Label.objects.count() == 1


def test_only_who_holds_a_pair_labels_it() -> None:
    response, anna, ben = make_queued(), make_user(), make_user()
    claim_next(reviewer=anna)

    with pytest.raises(NotHeldError, match="your hold on that pair ran out"):
        label_add(response=response, reviewer=ben, value="good")
    with pytest.raises(NotHeldError):
        skip(response=response, reviewer=ben)


def test_a_slow_reviewer_may_label_as_long_as_nobody_took_the_pair_over() -> None:
    response, anna, ben = make_queued(), make_user(), make_user()
    claim_next(reviewer=anna)
    Seat.objects.filter(expires_at__isnull=False).update(
        expires_at=timezone.now() - timedelta(hours=1)
    )
    claim_next(reviewer=ben)

    with pytest.raises(NotHeldError):
        label_add(response=response, reviewer=anna, value="good")

    Seat.objects.filter(expires_at__isnull=False).update(
        expires_at=timezone.now() - timedelta(hours=1)
    )
    label_add(response=response, reviewer=ben, value="good")
    assert is_good(response) is True


@pytest.mark.parametrize(
    ("value", "reasons", "note", "problem"),
    [
        ("bad", [], "", "Choose at least one reason why the pair is bad."),
        ("good", WRONG, "", "A good label has no reasons."),
        ("bad", ["because"], "", "The rubric has no reason 'because'."),
        ("bad", ["other"], " ", "Say in the note what “something else” is."),
        ("skipped", WRONG, "", "A label is good or bad, not 'skipped'."),
    ],
)
def test_reasons_must_go_with_the_value(
    value: str, reasons: list[str], note: str, problem: str
) -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)

    with pytest.raises(RubricError) as error:
        label_add(response=response, reviewer=anna, value=value, reasons=reasons, note=note)
    assert str(error.value).startswith(problem)
    assert not Label.objects.exists()


def test_a_reviewer_changes_their_mind_and_the_newest_label_counts() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)
    label_add(response=response, reviewer=anna, value="good")

    label_add(response=response, reviewer=anna, value="bad", reasons=WRONG)

    assert is_good(response) is False
    assert [label.value for label in Label.objects.order_by("pk")] == ["good", "bad"]


def test_one_bad_label_outweighs_a_good_one() -> None:
    response, anna, ben = make_queued(), make_user(), make_user()
    claim_next(reviewer=anna)
    skip(response=response, reviewer=anna)
    claim_next(reviewer=ben)
    label_add(response=response, reviewer=anna, value="bad", reasons=WRONG)

    label_add(response=response, reviewer=ben, value="good")

    assert is_good(response) is False


def test_undo_takes_the_label_back_and_gives_the_pair_back() -> None:
    first, second = make_queued(), make_queued()
    anna = make_user()
    claim_next(reviewer=anna)
    label_add(response=first, reviewer=anna, value="good")
    assert claim_next(reviewer=anna) == second

    assert undo(reviewer=anna) == first

    assert is_good(first) is None
    assert claim_next(reviewer=anna) == first
    assert claim_next(reviewer=make_user()) == second


def test_undoing_again_goes_one_further_back_until_nothing_is_left() -> None:
    first, second = make_queued(), make_queued()
    anna = make_user()
    for response in (first, second):
        claim_next(reviewer=anna)
        label_add(response=response, reviewer=anna, value="good")

    assert [undo(reviewer=anna) for _ in range(3)] == [second, first, None]
    assert not Decision.objects.exists()


def test_undoing_a_second_thought_takes_the_whole_label_back() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)
    label_add(response=response, reviewer=anna, value="good")
    label_add(response=response, reviewer=anna, value="bad", reasons=WRONG)

    assert undo(reviewer=anna) == response
    assert is_good(response) is None
    assert undo(reviewer=anna) is None


def test_a_skip_cannot_be_taken_back_once_somebody_else_has_the_pair() -> None:
    response, anna, ben = make_queued(), make_user(), make_user()
    claim_next(reviewer=anna)
    skip(response=response, reviewer=anna)
    claim_next(reviewer=ben)

    with pytest.raises(ReviewError, match="somebody else has it now"):
        undo(reviewer=anna)
    release(reviewer=ben)
    assert undo(reviewer=anna) == response


def test_a_pair_taken_back_goes_to_others_when_it_is_given_back() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)
    label_add(response=response, reviewer=anna, value="good")
    undo(reviewer=anna)
    release(reviewer=anna)

    assert claim_next(reviewer=make_user()) == response


def test_the_database_refuses_to_change_a_label() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)
    label_add(response=response, reviewer=anna, value="good")

    with pytest.raises(DatabaseError, match="labels are only added"):
        Label.objects.update(value="bad")


def test_the_database_refuses_to_empty_the_labels() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)
    label_add(response=response, reviewer=anna, value="good")

    with pytest.raises(DatabaseError, match="labels are only added"), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL winnow.labels_may_be_truncated = off")
        cursor.execute("TRUNCATE generation_response CASCADE")
