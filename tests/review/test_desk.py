"""The desk's one statement: what it reads does not grow with what others have done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from apps.review.desk import GivenLabel, desk_stored
from apps.review.models import Entry
from tests.builders import make_response, make_run, make_user
from tests.review.building import make_queued

pytestmark = pytest.mark.django_db(transaction=True)
# So many that a read of the table is no plan for a few.
OTHERS = 60_000


def labels_read() -> int:
    """Rows of labels that this transaction's statements have fetched along an index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
            " WHERE relname = 'review_label'"
        )
        return int(cursor.fetchone()[0])


@pytest.fixture
def statistics() -> Iterator[None]:
    """A server process without plans of other tests, and what it takes labels for: as where
    everybody labels other pairs, though those of the test are all of one.
    """
    connection.close()
    change = "ALTER TABLE review_label ALTER response_id"
    with connection.cursor() as cursor:
        cursor.execute(f"{change} SET (n_distinct = -1)")
    yield
    with connection.cursor() as cursor:
        cursor.execute(f"{change} RESET (n_distinct)")


@pytest.mark.usefixtures("statistics")
def test_a_new_reviewer_waits_for_no_look_at_everybodys_labels() -> None:
    run = make_run(seeds=[])
    for _ in range(12):
        make_queued(run=run)
    elsewhere, other, new = make_response(run=run), make_user(), make_user()
    # Done: a small table of entries may be read whole, and each open pair's labels with it.
    Entry.objects.filter(response=elsewhere).update(state="done")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO review_label (response_id, reviewer_id, value, reasons, note, created_at)"
            " SELECT %s, %s, 'bad', '{wrong_result}', '', now() - number * interval '1 second'"
            " FROM generate_series(1, %s) AS number",
            [elsewhere.pk, other.pk, OTHERS],
        )
        cursor.execute("VACUUM (FULL, ANALYZE) review_label")
    read = []
    # From the sixth time on the server has one plan for every reviewer.
    found = desk_stored(queue_id=None, reviewer_id=new.pk)
    for _ in range(10):
        assert found is not None
        given = GivenLabel(found["pair"]["pk"], "bad", ["wrong_result"], "", 3.0)
        with transaction.atomic():  # what was read is told of one transaction
            before = labels_read()
            found = desk_stored(queue_id=None, reviewer_id=new.pk, label=given)
            read.append(labels_read() - before)
    assert max(read) < OTHERS / 10, read
