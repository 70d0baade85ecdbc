"""Many labels of one statement are tallied by counting the day anew, once for each reviewer.

To look up for each of them what was said of its pair before had not ended after a minute for a
hundred thousand, where PostgreSQL knew too little of the table to go by the pair.
"""

import importlib

from django.db import migrations

_tally = importlib.import_module("apps.review.migrations.0021_tally").SQL
_START = _tally.index("CREATE FUNCTION review_tally_labels()")
_END = _tally.index("END $$;", _START) + len("END $$;")
BEFORE = _tally[_START:_END].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)
OF_MANY = r"""    v_of record;
BEGIN
    IF (SELECT count(*) FROM added WHERE batch_id IS NULL) > 1 THEN
        FOR v_of IN
            SELECT reviewer_id, max((created_at AT TIME ZONE 'UTC')::date) AS day
            FROM added WHERE batch_id IS NULL GROUP BY reviewer_id ORDER BY reviewer_id
        LOOP
            INSERT INTO review_tally AS tally (reviewer_id, day, labelled)
            SELECT v_of.reviewer_id, v_of.day, count(*) FROM (
                SELECT DISTINCT ON (response_id) value FROM review_label
                WHERE reviewer_id = v_of.reviewer_id AND batch_id IS NULL
                  AND created_at >= v_of.day::timestamp AT TIME ZONE 'UTC'
                  AND created_at < (v_of.day + 1)::timestamp AT TIME ZONE 'UTC'
                ORDER BY response_id, id DESC
            ) AS newest
            WHERE value IN ('good', 'bad')
            ON CONFLICT (reviewer_id) DO UPDATE SET day = excluded.day, labelled = excluded.labelled
            WHERE tally.day <= excluded.day;
        END LOOP;
        RETURN NULL;
    END IF;
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0022_one_plan")]
    operations = [migrations.RunSQL(BEFORE.replace("BEGIN\n", OF_MANY, 1), BEFORE)]
