"""The desk's one statement: what it reads does not grow with what others have done."""

from __future__ import annotations

import pytest
from django.db import connection

from apps.review.desk import GivenLabel, desk_stored
from tests.builders import make_run, make_user
from tests.review.building import make_queued

pytestmark = pytest.mark.django_db
# So many that a read of the table is no plan for a few.
OTHERS = 60_000


def labels_read() -> int:
    """Rows of labels that this transaction's statements have fetched."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)"
            " FROM pg_stat_xact_user_tables WHERE relname = 'review_label'"
        )
        return int(cursor.fetchone()[0])


def test_a_new_reviewer_waits_for_no_look_at_everybodys_labels() -> None:
    run = make_run(seeds=[])
    pairs = [make_queued(run=run) for _ in range(12)]
    other, new = make_user(), make_user()
    with connection.cursor() as cursor:
        # As where everybody labels other pairs; these are all of one.
        cursor.execute("ALTER TABLE review_label ALTER response_id SET (n_distinct = -1)")
        cursor.execute(
            "INSERT INTO review_label (response_id, reviewer_id, value, reasons, note, created_at)"
            " SELECT %s, %s, 'bad', '{wrong_result}', '', now() - number * interval '1 second'"
            " FROM generate_series(1, %s) AS number",
            [pairs[-1].pk, other.pk, OTHERS],
        )
        cursor.execute("ANALYZE review_label")
    read = []
    # From the sixth time on the server has one plan for every reviewer.
    found = desk_stored(queue_id=None, reviewer_id=new.pk)
    for _ in range(10):
        assert found is not None
        before = labels_read()
        given = GivenLabel(found["pair"]["pk"], "bad", ["wrong_result"], "", 3.0)
        found = desk_stored(queue_id=None, reviewer_id=new.pk, label=given)
        read.append(labels_read() - before)
    assert max(read) < OTHERS / 10, read
