from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.models import User
from apps.review.models import Entry, Seat
from apps.review.services import claim_next, enqueue, label_add, release, skip, undo
from tests.builders import make_completion, make_response, make_user
from tests.review.building import make_failed_check, make_queued, make_verdict

pytestmark = pytest.mark.django_db


def order() -> list[int]:
    return list(Entry.objects.order_by("position").values_list("response", flat=True))


def test_what_may_be_exported_comes_before_what_is_most_likely_bad() -> None:
    no_sql, error, wrong, untested, passed = [
        make_queued(outcome).pk
        for outcome in ("no_sql", "sql_error", "wrong_result", "no_tests", "passed")
    ]
    disputed = make_queued("passed")
    make_failed_check(disputed)
    enqueue(response_ids=[disputed.pk])

    assert order() == [passed, disputed.pk, untested, wrong, error, no_sql]


def test_responses_to_one_instruction_are_kept_apart() -> None:
    first = make_response()
    run, seed, asked = first.run, first.instruction.seed, first.instruction
    assert run and seed
    completion = make_completion(run, seed, "i_r", asked.pk, draw=1)
    second = asked.responses.create(completion=completion, run=run, draw=1, text="SELECT 1")
    other = make_response()
    for response in (first, second, other):
        make_verdict(response)

    enqueue(response_ids=[second.pk, first.pk, other.pk])

    assert order() == [first.pk, other.pk, second.pk]


def test_enqueueing_again_changes_nothing_and_follows_a_new_verdict() -> None:
    first, second = make_queued("passed"), make_queued("passed")

    assert enqueue(response_ids=[first.pk, second.pk]) == 0
    first.verdicts.update(outcome="no_sql")
    assert enqueue(response_ids=[first.pk, second.pk]) == 1
    assert order() == [second.pk, first.pk]


def test_a_done_pair_is_not_opened_by_validating_it_again() -> None:
    response, anna = make_queued("passed"), make_user()
    claim_next(reviewer=anna)
    label_add(response=response, reviewer=anna, value="good")

    response.verdicts.update(outcome="no_sql")

    assert enqueue(response_ids=[response.pk]) == 0
    assert claim_next(reviewer=make_user()) is None


def test_a_reviewer_keeps_their_pair_and_another_gets_the_next() -> None:
    first, second = make_queued(), make_queued()
    anna, ben = make_user(), make_user()

    assert claim_next(reviewer=anna) == first
    assert claim_next(reviewer=ben) == second
    assert claim_next(reviewer=anna) == first
    assert claim_next(reviewer=make_user()) is None


def test_an_expired_hold_can_be_taken_over_and_not_before() -> None:
    response, anna, ben = make_queued(), make_user(), make_user()
    claim_next(reviewer=anna)
    assert claim_next(reviewer=ben) is None

    Seat.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert claim_next(reviewer=ben) == response
    assert claim_next(reviewer=anna) is None


def test_an_expired_hold_that_nobody_took_is_renewed() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)
    Seat.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert claim_next(reviewer=anna) == response
    assert Seat.objects.get().expires_at > timezone.now()


def test_what_is_given_back_is_free_at_once() -> None:
    response, anna = make_queued(), make_user()
    claim_next(reviewer=anna)

    release(reviewer=anna)

    assert claim_next(reviewer=make_user()) == response


def test_nobody_meets_a_pair_twice_unless_they_took_their_label_back() -> None:
    first, second = make_queued(), make_queued()
    anna = make_user()
    claim_next(reviewer=anna)
    skip(response=first, reviewer=anna)
    assert claim_next(reviewer=anna) == second
    skip(response=second, reviewer=anna)
    assert claim_next(reviewer=anna) is None

    undo(reviewer=anna)
    assert claim_next(reviewer=anna) == second


def test_a_skipped_pair_comes_last_of_its_rank_for_others() -> None:
    first, second, worse = make_queued(), make_queued(), make_queued("no_sql")
    anna, ben = make_user(), make_user()
    claim_next(reviewer=anna)
    skip(response=first, reviewer=anna)

    assert order() == [second.pk, first.pk, worse.pk]
    assert claim_next(reviewer=ben) == second


@pytest.mark.django_db(transaction=True)
def test_eight_reviewers_at_the_same_time_never_get_the_same_pair() -> None:
    pairs = {make_queued().pk for _ in range(40)}
    reviewers = [make_user() for _ in range(8)]

    def label_all(reviewer: User) -> list[int]:
        got = []
        try:
            while response := claim_next(reviewer=reviewer):
                got.append(response.pk)
                label_add(response=response, reviewer=reviewer, value="good")
        finally:
            connection.close()
        return got

    with ThreadPoolExecutor(8) as threads:
        labelled = [pk for got in threads.map(label_all, reviewers) for pk in got]

    assert len(labelled) == len(set(labelled))
    assert set(labelled) == pairs


@pytest.mark.django_db(transaction=True)
def test_one_reviewer_in_many_tabs_holds_one_pair() -> None:
    for _ in range(8):
        make_queued()
    anna = make_user()

    def claim(_: int) -> int | None:
        try:
            response = claim_next(reviewer=anna)
            return response.pk if response else None
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(claim, range(16)))) == 1
    assert Seat.objects.count() == 1
