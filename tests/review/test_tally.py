"""What the progress line says of a reviewer's day, and when the pairs of a queue are counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core.models import Figure
from apps.review.desk import GivenLabel, desk
from apps.review.models import Batch, Label
from apps.review.models_beside import Tally
from apps.review.queries import Progress
from apps.review.queue import default_queue
from apps.review.services import skip, undo
from tests.builders import make_response, make_user
from tests.review.building import make_queued

pytestmark = pytest.mark.django_db


def progress_after(user: User, label: GivenLabel | None = None) -> Progress:
    found = desk(queue_id=None, reviewer_id=user.pk, label=label)
    assert found is not None
    return found.progress


def good(pair_id: int) -> GivenLabel:
    return GivenLabel(pair_id, "good", [], "", 3.0)


def counted_today(user: User) -> int:
    """The same from the labels themselves: pairs whose newest one by hand is of today and says
    good or bad.
    """
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    labels = Label.objects.filter(reviewer=user, created_at__gte=midnight, batch=None)
    newest = {label.response_id: label.value for label in labels.order_by("pk")}
    return sum(value in ("good", "bad") for value in newest.values())


def test_a_day_is_what_was_labelled_and_not_taken_back() -> None:
    user = make_user()
    pairs = [make_queued() for _ in range(4)]
    progress_after(user)
    assert progress_after(user, good(pairs[0].pk)).today == 1
    assert progress_after(user, GivenLabel(pairs[0].pk, "bad", ["other"], "Why", 1.0)).today == 1
    assert progress_after(user, good(pairs[1].pk)).today == 2
    undo(reviewer=user)
    assert progress_after(user).today == 1
    skip(response=pairs[1], reviewer=user)
    assert progress_after(user).today == 1 == counted_today(user)
    assert progress_after(make_user()).today == 0


def test_another_day_begins_with_nothing() -> None:
    user = make_user()
    pairs = [make_queued() for _ in range(2)]
    progress_after(user)
    progress_after(user, good(pairs[0].pk))
    Tally.objects.filter(reviewer=user).update(day=timezone.now().date() - timedelta(days=1))
    assert progress_after(user).today == 0
    assert progress_after(user, good(pairs[1].pk)).today == 1


def test_labels_of_a_batch_are_no_days_work() -> None:
    user, pair = make_user(), make_queued()
    batch = Batch.objects.create(filter={}, value="good", reasons=[], note="", created_by=user)
    Label.objects.create(response=pair, reviewer=user, value="good", batch=batch)
    assert progress_after(user).today == 0
    Label.objects.create(response=pair, reviewer=user, value="bad")
    assert progress_after(user).today == 1 == counted_today(user)


def test_many_labels_of_one_statement_are_counted_at_once() -> None:
    people = [make_user(), make_user()]
    pairs = [make_response() for _ in range(3)]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO review_label (response_id, reviewer_id, value, reasons, note, created_at)"
            " SELECT pair, person, value, '{}', '', now() - ago * interval '1 day'"
            " FROM unnest(%s::bigint[]) AS pair, unnest(%s::bigint[]) AS person,"
            " (VALUES ('good', 1), ('good', 0), ('bad', 0)) AS given (value, ago)"
            " ORDER BY person, pair, ago DESC",
            [[pair.pk for pair in pairs], [user.pk for user in people]],
        )
    assert [progress_after(user).today for user in people] == [3, 3]
    assert [counted_today(user) for user in people] == [3, 3]
    Label.objects.create(response=pairs[0], reviewer=people[0], value="withdrawn")
    assert progress_after(people[0]).today == 2


@pytest.mark.django_db(transaction=True)
def test_what_was_labelled_before_the_upgrade_counts() -> None:
    user = make_user()
    call_command("migrate", "review", "0020", verbosity=0)
    for pair in (make_queued(), make_queued()):
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO review_label (response_id, reviewer_id, value, reasons, note,"
                " created_at) VALUES (%s, %s, 'good', '{}', '', now())",
                [pair.pk, user.pk],
            )
    call_command("migrate", "review", verbosity=0)
    assert progress_after(user).today == 2


@pytest.mark.parametrize(("known", "left"), [(20_000, 20_000), (2_000, 3), (None, 3)])
def test_what_the_scheduler_found_to_be_many_is_not_counted_again(
    known: int | None, left: int
) -> None:
    user = make_user()
    for _ in range(3):
        make_queued()
    if known:
        Figure.objects.create(name="open", value=known, counted_at=timezone.now())
        Figure.objects.create(name="labelled", value=known, counted_at=timezone.now())
        Figure.objects.create(name="good", value=known // 2, counted_at=timezone.now())
    progress = progress_after(user)
    assert (progress.left, progress.labelled) == (left, known or 0)


def test_another_queue_is_counted_whatever_the_one_of_all_pairs_has() -> None:
    user, pair = make_user(), make_queued()
    other = default_queue()
    other.pk, other.is_default, other.name = None, False, "Another"
    other.save()
    other.entries.create(response=pair, position=1)
    Figure.objects.create(name="open", value=20_000, counted_at=timezone.now())
    found = desk(queue_id=other.pk, reviewer_id=user.pk)
    assert found is not None
    assert found.progress.left == 1


@pytest.mark.slow
def test_many_labels_of_one_statement_take_no_longer_each_than_a_few() -> None:
    user, many = make_user(), 100_000
    # A limit for what grows with the square: each label compared with all the others.
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '120s'")
        # Of no pairs that there are, which is looked at when a transaction is to be kept.
        cursor.execute(
            "INSERT INTO review_label (response_id, reviewer_id, value, reasons, note, created_at)"
            " SELECT number, %s, 'good', '{}', '', now()"
            " FROM generate_series(1000000001, 1000000000 + %s) AS number",
            [user.pk, many],
        )
        assert Tally.objects.get(reviewer=user).labelled == many
        transaction.set_rollback(True)


def test_labels_of_one_statement_count_as_one_by_one() -> None:
    user, other = make_user(), make_user()
    pairs = [make_queued() for _ in range(3)]
    progress_after(user)
    progress_after(user, good(pairs[0].pk))
    said = ((user, 0, "bad"), (user, 1, "good"), (user, 1, "withdrawn"), (user, 2, "good"))
    Label.objects.bulk_create(
        Label(reviewer=who, response=pairs[place], value=value)
        for who, place, value in (*said, (other, 2, "bad"))
    )
    assert progress_after(user).today == 2 == counted_today(user)
    assert progress_after(other).today == 1 == counted_today(other)
    assert progress_after(user, good(pairs[1].pk)).today == 3 == counted_today(user)
