"""Which pairs are like one, known answers that were made by altering SQL, and onboarding."""

import importlib

from django.db import migrations

PLACE = "'pk', response.id,"
ALIKE = """
        'alike', (
            SELECT jsonb_build_object('first', like_it.twin_id, 'is_exact', like_it.is_exact,
                'same_sql', like_it.same_sql_id, 'number', (
                    SELECT count(*) FROM (
                        SELECT FROM validation_likeness other
                        JOIN generation_response theirs ON theirs.id = other.response_id
                        WHERE (other.twin_id = coalesce(like_it.twin_id, like_it.response_id)
                            OR other.response_id = like_it.twin_id)
                          AND other.response_id <> like_it.response_id AND NOT theirs.is_held_back
                        LIMIT 100
                    ) AS counted
                ))
            FROM validation_likeness like_it WHERE like_it.response_id = response.id
        ),"""
# The function as it stands is changed in one place, whatever else it was made to give.
CHANGE = r"""
DO $change$
DECLARE
    v_before text := pg_get_functiondef('review_pair_data(bigint)'::regprocedure);
    v_after text := replace(v_before, $q${old}$q$, $q${new}$q$);
BEGIN
    IF v_after = v_before THEN
        RAISE EXCEPTION 'review_pair_data has another form than this migration knows';
    END IF;
    EXECUTE v_after;
END $change$;
"""


# An altered pair tells no model of its own: it is shown as coming from that of the pair it is of.
MODEL = "LEFT JOIN generation_completion completion ON completion.id = response.completion_id"
MODEL_OF_ORIGIN = """LEFT JOIN generation_completion completion ON completion.id = coalesce(
        response.completion_id,
        (SELECT origin.completion_id FROM review_gold gold
         JOIN generation_response origin ON origin.id = gold.origin_id
         WHERE gold.response_id = response.id)
    )"""
GOLD = r"""
-- A pair with a known answer that this reviewer has not judged, held for them: from a random one
-- on, so that each comes to each in another order. Altered pairs only where the queue says so.
-- None where the queue has no pair left: known answers are drawn among others, never alone, but
-- for onboarding. Null when there is none.
CREATE OR REPLACE FUNCTION review_gold_hold(p_queue bigint, p_reviewer bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_queue record;
    v_from bigint;
    v_response bigint;
BEGIN
    SELECT gold_altered, is_onboarding INTO v_queue FROM review_queue WHERE id = p_queue;
    IF NOT v_queue.is_onboarding AND NOT EXISTS (
        SELECT FROM review_entry WHERE queue_id = p_queue AND state = 'open'
    ) THEN
        RETURN NULL;
    END IF;
    SELECT min(response_id) + floor(random() * (max(response_id) - min(response_id) + 1))::bigint
    INTO v_from FROM review_gold WHERE v_queue.gold_altered OR origin_id IS NULL;
    SELECT found.response_id INTO v_response FROM (
        (SELECT 0 AS turn, response_id FROM review_gold
         WHERE response_id >= v_from AND editor_id IS DISTINCT FROM p_reviewer
           AND (v_queue.gold_altered OR origin_id IS NULL)
           AND review_is_new_to(response_id, p_reviewer) ORDER BY response_id LIMIT 1)
        UNION ALL
        (SELECT 1, response_id FROM review_gold
         WHERE response_id < v_from AND editor_id IS DISTINCT FROM p_reviewer
           AND (v_queue.gold_altered OR origin_id IS NULL)
           AND review_is_new_to(response_id, p_reviewer) ORDER BY response_id LIMIT 1)
    ) AS found ORDER BY found.turn LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    INSERT INTO review_goldhold (queue_id, reviewer_id, response_id)
    VALUES (p_queue, p_reviewer, v_response);
    RETURN v_response;
END $$;
"""
ONBOARDING = r"""
-- Whether a queue concerns somebody: everybody's, theirs, or their groups'.
CREATE FUNCTION review_is_theirs(p_queue bigint, p_reviewer bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM review_queue_people chosen
        WHERE chosen.queue_id = p_queue AND chosen.user_id = p_reviewer
    ) OR EXISTS (
        SELECT FROM review_queue_groups chosen
        JOIN accounts_user_groups member USING (group_id)
        WHERE chosen.queue_id = p_queue AND member.user_id = p_reviewer
    ) OR NOT EXISTS (SELECT FROM review_queue_people chosen WHERE chosen.queue_id = p_queue)
    AND NOT EXISTS (SELECT FROM review_queue_groups chosen WHERE chosen.queue_id = p_queue)
$$;

-- As before, but that a reviewer whom an onboarding queue concerns is in no other until they have
-- reached its bound.
CREATE OR REPLACE FUNCTION review_may_work(p_queue bigint, p_reviewer bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT queue.is_closed AND (
        person.role <> 'reviewer'
        OR review_is_theirs(queue.id, person.id) AND (queue.is_onboarding OR NOT EXISTS (
            SELECT FROM review_queue first
            WHERE first.is_onboarding AND NOT first.is_closed
              AND review_is_theirs(first.id, person.id) AND NOT EXISTS (
                  SELECT FROM review_joined joined
                  WHERE joined.queue_id = first.id AND joined.reviewer_id = person.id
              )
        ))
    )
    FROM review_queue queue, accounts_user person
    WHERE queue.id = p_queue AND person.id = p_reviewer
$$;
"""


def _before(module: str, name: str, end: str) -> str:
    """A function as an earlier migration made it."""
    text: str = importlib.import_module(f"apps.review.migrations.{module}").SQL
    start = text.index(f"CREATE FUNCTION {name}(")
    found = text[start : text.index(end, start) + len(end)]
    return found.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1)


def _changed(old: str, new: str) -> str:
    return CHANGE.replace("{old}", old).replace("{new}", new)


class Migration(migrations.Migration):
    dependencies = [("review", "0015_workbench"), ("validation", "0004_likeness")]
    operations = [
        migrations.RunSQL(_changed(PLACE, PLACE + ALIKE), _changed(PLACE + ALIKE, PLACE)),
        migrations.RunSQL(_changed(MODEL, MODEL_OF_ORIGIN), _changed(MODEL_OF_ORIGIN, MODEL)),
        migrations.RunSQL(
            GOLD, _before("0014_gold_and_second_looks", "review_gold_hold", "END $$;")
        ),
        migrations.RunSQL(
            ONBOARDING,
            _before("0009_label_and_next", "review_may_work", "= p_reviewer\n$$;")
            + "DROP FUNCTION review_is_theirs;",
        ),
    ]
