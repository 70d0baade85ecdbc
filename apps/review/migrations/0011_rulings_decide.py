"""A ruling decides a pair; and how many people judged it is counted with every label."""

import importlib

from django.db import migrations

SQL = r"""
CREATE OR REPLACE FUNCTION review_decide(p_response bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH newest AS (
        SELECT DISTINCT ON (reviewer_id) id, value FROM review_label
        WHERE response_id = p_response ORDER BY reviewer_id, id DESC
    ), judged AS (
        SELECT
            coalesce(
                (SELECT good FROM review_ruling WHERE response_id = p_response),
                bool_and(value = 'good')
            ) AS good,
            max(id) AS label, count(*) AS voters, count(*) FILTER (WHERE value = 'good') AS votes
        FROM newest WHERE value IN ('good', 'bad')
    ), gone AS (
        DELETE FROM review_decision USING judged
        WHERE response_id = p_response AND judged.label IS NULL
    )
    INSERT INTO review_decision (response_id, good, label_id, voters, good_votes, updated_at)
    SELECT p_response, good, label, voters, votes, clock_timestamp() FROM judged
    WHERE label IS NOT NULL
    ON CONFLICT (response_id) DO UPDATE
    SET good = excluded.good, label_id = excluded.label_id, voters = excluded.voters,
        good_votes = excluded.good_votes, updated_at = excluded.updated_at;
    UPDATE review_entry entry SET state = now_is.state
    FROM (
        SELECT one.id, CASE WHEN queue.is_default AND EXISTS (
            SELECT FROM review_decision WHERE response_id = p_response
        ) OR (
            SELECT count(*) FROM review_seat seat
            WHERE seat.entry_id = one.id AND seat.expires_at IS NULL
        ) >= queue.reviewers THEN 'done' ELSE 'open' END AS state
        FROM review_entry one JOIN review_queue queue ON queue.id = one.queue_id
        WHERE one.response_id = p_response
    ) AS now_is
    WHERE now_is.id = entry.id AND now_is.state <> entry.state;
END $$;

-- What stood before: counted once from the labels.
UPDATE review_decision decision SET voters = counted.voters, good_votes = counted.votes
FROM (
    SELECT response_id, count(*) AS voters, count(*) FILTER (WHERE value = 'good') AS votes
    FROM (
        SELECT DISTINCT ON (response_id, reviewer_id) response_id, value FROM review_label
        ORDER BY response_id, reviewer_id, id DESC
    ) AS newest
    WHERE value IN ('good', 'bad') GROUP BY response_id
) AS counted
WHERE counted.response_id = decision.response_id;
"""


def _before() -> str:
    """review_decide as it was."""
    text: str = importlib.import_module("apps.review.migrations.0008_queue_functions").SQL
    start = text.index("CREATE FUNCTION review_decide")
    end = text.index("END $$;", start) + len("END $$;")
    return text[start:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


class Migration(migrations.Migration):
    dependencies = [("review", "0010_team")]
    operations = [migrations.RunSQL(SQL, _before())]
