"""Known answers drawn into a queue, and evidence that is shown after the label."""

import importlib

from django.db import migrations

SQL = r"""
-- A pair with a known answer that this reviewer has not judged, held for them: from a random one
-- on, so that each comes to each in another order. None where the queue has no pair left: known
-- answers are drawn among others, never alone. Null when there is none.
CREATE FUNCTION review_gold_hold(p_queue bigint, p_reviewer bigint) RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    v_from bigint;
    v_response bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM review_entry WHERE queue_id = p_queue AND state = 'open') THEN
        RETURN NULL;
    END IF;
    SELECT min(response_id) + floor(random() * (max(response_id) - min(response_id) + 1))::bigint
    INTO v_from FROM review_gold;
    SELECT found.response_id INTO v_response FROM (
        (SELECT 0 AS turn, response_id FROM review_gold
         WHERE response_id >= v_from AND editor_id IS DISTINCT FROM p_reviewer
           AND review_is_new_to(response_id, p_reviewer) ORDER BY response_id LIMIT 1)
        UNION ALL
        (SELECT 1, response_id FROM review_gold
         WHERE response_id < v_from AND editor_id IS DISTINCT FROM p_reviewer
           AND review_is_new_to(response_id, p_reviewer) ORDER BY response_id LIMIT 1)
    ) AS found ORDER BY found.turn LIMIT 1;
    IF NOT FOUND THEN RETURN NULL; END IF;
    INSERT INTO review_goldhold (queue_id, reviewer_id, response_id)
    VALUES (p_queue, p_reviewer, v_response);
    RETURN v_response;
END $$;

-- Whether this reviewer has seen the evidence of a pair as it stands: of other texts they have not.
CREATE FUNCTION review_was_looked_at(p_queue bigint, p_response bigint, p_reviewer bigint)
RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT FROM review_secondlook look JOIN review_label label ON label.id = look.first_id
        WHERE look.queue_id = p_queue AND look.response_id = p_response
          AND look.reviewer_id = p_reviewer
          AND label.judged = review_judged(p_response, label.guideline_id)
    )
$$;

-- After a label in a queue that shows its evidence last: the first one opens the look, the one
-- given while looking ends it. A first one that is sent twice is no answer to the evidence.
CREATE FUNCTION review_look(
    p_queue bigint, p_response bigint, p_reviewer bigint, p_label bigint, p_looked boolean
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF p_looked THEN
        UPDATE review_secondlook SET last_id = p_label
        WHERE queue_id = p_queue AND response_id = p_response AND reviewer_id = p_reviewer
          AND last_id IS NULL;
    ELSIF NOT review_was_looked_at(p_queue, p_response, p_reviewer) THEN
        INSERT INTO review_secondlook (queue_id, response_id, reviewer_id, first_id, created_at)
        VALUES (p_queue, p_response, p_reviewer, p_label, clock_timestamp())
        ON CONFLICT DO NOTHING;
    END IF;
END $$;

-- As before, but that a held known answer comes first and one is drawn at the queue's share.
CREATE OR REPLACE FUNCTION review_take(
    p_queue bigint, p_reviewer bigint, p_until timestamptz, p_wait boolean
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_found record;
    v_wanted integer;
    v_response bigint;
    v_share double precision;
BEGIN
    PERFORM FROM accounts_user WHERE id = p_reviewer FOR NO KEY UPDATE;
    DELETE FROM review_goldhold hold WHERE hold.queue_id = p_queue AND hold.reviewer_id = p_reviewer
      AND NOT (review_is_new_to(hold.response_id, p_reviewer)
          AND EXISTS (SELECT FROM review_gold gold WHERE gold.response_id = hold.response_id));
    SELECT response_id INTO v_response FROM review_goldhold
    WHERE queue_id = p_queue AND reviewer_id = p_reviewer;
    IF FOUND THEN RETURN v_response; END IF;
    UPDATE review_seat seat SET expires_at = p_until FROM review_entry entry
    WHERE entry.id = seat.entry_id AND seat.queue_id = p_queue AND seat.reviewer_id = p_reviewer
      AND seat.expires_at IS NOT NULL AND entry.state = 'open'
    RETURNING entry.response_id INTO v_response;
    IF FOUND THEN RETURN v_response; END IF;
    DELETE FROM review_seat
    WHERE queue_id = p_queue AND reviewer_id = p_reviewer AND expires_at IS NOT NULL;
    SELECT reviewers, gold_share INTO v_wanted, v_share FROM review_queue WHERE id = p_queue;
    IF NOT p_wait AND random() < v_share THEN
        v_response := review_gold_hold(p_queue, p_reviewer);
        IF v_response IS NOT NULL THEN RETURN v_response; END IF;
    END IF;
    LOOP
        IF p_wait THEN
            SELECT entry.id, entry.response_id INTO v_found FROM review_entry entry
            WHERE entry.queue_id = p_queue AND entry.state = 'open'
              AND (
                  SELECT count(*) FROM review_seat seat WHERE seat.entry_id = entry.id
                  AND (seat.expires_at IS NULL OR seat.expires_at > clock_timestamp())
              ) < v_wanted
              AND review_is_new_to(entry.response_id, p_reviewer)
            ORDER BY entry.position, entry.response_id LIMIT 1 FOR UPDATE OF entry;
        ELSE
            SELECT entry.id, entry.response_id INTO v_found FROM review_entry entry
            WHERE entry.queue_id = p_queue AND entry.state = 'open'
              AND (
                  SELECT count(*) FROM review_seat seat WHERE seat.entry_id = entry.id
                  AND (seat.expires_at IS NULL OR seat.expires_at > clock_timestamp())
              ) < v_wanted
              AND review_is_new_to(entry.response_id, p_reviewer)
            ORDER BY entry.position, entry.response_id LIMIT 1 FOR UPDATE OF entry SKIP LOCKED;
        END IF;
        IF NOT FOUND THEN RETURN NULL; END IF;
        -- Not seated: others were faster by a hair. Each turn means that somebody got one.
        IF review_sit(v_found.id, p_queue, p_reviewer, p_until) THEN
            RETURN v_found.response_id;
        END IF;
    END LOOP;
END $$;

-- As before, but that whoever holds a known answer may label it as well.
CREATE OR REPLACE FUNCTION review_label_give(
    p_queue bigint, p_response bigint, p_reviewer bigint, p_value text, p_reasons text[],
    p_note text, p_seconds double precision, p_batch bigint
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_entry bigint;
    v_before record;
    v_guideline bigint;
    v_label bigint;
BEGIN
    PERFORM FROM accounts_user WHERE id = p_reviewer FOR NO KEY UPDATE;
    -- All entries of the pair, in the order of their ids: a label may end several.
    PERFORM FROM review_entry WHERE response_id = p_response ORDER BY id FOR UPDATE;
    SELECT id INTO v_entry FROM review_entry
    WHERE response_id = p_response AND queue_id = p_queue;
    SELECT id, value, reasons, note INTO v_before FROM review_label
    WHERE response_id = p_response AND reviewer_id = p_reviewer ORDER BY id DESC LIMIT 1;
    IF EXISTS (
        SELECT FROM unnest(p_reasons) AS code
        WHERE code NOT IN (SELECT reason.code FROM review_reason reason)
    ) THEN
        RETURN -1;
    END IF;
    IF v_before.value = p_value AND v_before.reasons::text[] = p_reasons AND v_before.note = p_note THEN
        RETURN v_before.id;
    END IF;
    IF p_batch IS NULL AND coalesce(v_before.value, 'withdrawn') = 'withdrawn' AND NOT EXISTS (
        SELECT FROM review_seat WHERE entry_id = v_entry AND reviewer_id = p_reviewer
    ) AND NOT EXISTS (
        SELECT FROM review_goldhold
        WHERE queue_id = p_queue AND reviewer_id = p_reviewer AND response_id = p_response
    ) THEN
        RETURN NULL;
    END IF;
    SELECT id INTO v_guideline FROM review_guideline
    WHERE queue_id = p_queue ORDER BY number DESC LIMIT 1;
    INSERT INTO review_label (
        response_id, reviewer_id, value, reasons, note, seconds, queue_id, guideline_id, judged,
        batch_id, created_at
    ) VALUES (
        p_response, p_reviewer, p_value, p_reasons, p_note, p_seconds, p_queue, v_guideline,
        review_judged(p_response, v_guideline), p_batch, clock_timestamp()
    ) RETURNING id INTO v_label;
    DELETE FROM review_goldhold WHERE reviewer_id = p_reviewer AND response_id = p_response;
    -- Another's hold stays: whoever is reading the pair may still label it as well.
    IF v_entry IS NOT NULL THEN
        PERFORM review_sit(v_entry, p_queue, p_reviewer, NULL);
    END IF;
    PERFORM review_decide(p_response);
    RETURN v_label;
END $$;

-- As before, with what is hidden, and the pair that is looked at a second time.
DROP FUNCTION review_desk;
CREATE FUNCTION review_desk(
    p_queue bigint, p_reviewer bigint, p_response bigint, p_value text, p_reasons text[],
    p_note text, p_seconds double precision, p_looked boolean, p_until timestamptz,
    p_midnight timestamptz, p_most integer, p_wait boolean
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_queue record;
    v_label bigint;
    v_next bigint;
    v_look record;
BEGIN
    SELECT id, name, is_default, is_blind, evidence_last, is_pairwise, may_correct INTO v_queue
    FROM review_queue
    WHERE CASE WHEN p_queue IS NULL THEN is_default ELSE id = p_queue END;
    IF NOT FOUND OR NOT review_may_work(v_queue.id, p_reviewer) THEN RETURN NULL; END IF;
    IF p_value IS NOT NULL THEN
        v_label := review_label_give(v_queue.id, p_response, p_reviewer, p_value, p_reasons,
            p_note, p_seconds, NULL);
        IF v_label > 0 AND v_queue.evidence_last THEN
            PERFORM review_look(v_queue.id, p_response, p_reviewer, v_label, p_looked);
        END IF;
    END IF;
    SELECT look.response_id, label.value, label.reasons, label.note INTO v_look
    FROM review_secondlook look JOIN review_label label ON label.id = look.first_id
    WHERE look.queue_id = v_queue.id AND look.reviewer_id = p_reviewer AND look.last_id IS NULL;
    v_next := coalesce(
        v_look.response_id, review_take(v_queue.id, p_reviewer, p_until, p_wait)
    );
    RETURN jsonb_build_object(
        'label', v_label,
        'queue', to_jsonb(v_queue),
        'pair', review_pair_data(v_next),
        'look', CASE WHEN v_look.response_id IS NOT NULL THEN to_jsonb(v_look) END,
        'hides_evidence', v_queue.evidence_last AND v_look.response_id IS NULL
            AND NOT review_was_looked_at(v_queue.id, v_next, p_reviewer),
        'is_judged', EXISTS (
            SELECT FROM judge_judgement said JOIN judge_judge judge ON judge.id = said.judge_id
            WHERE said.response_id = v_next AND (judge.is_shown OR v_look.response_id IS NOT NULL)
        ),
        'flagged', EXISTS (
            SELECT FROM review_flag WHERE response_id = v_next AND reviewer_id = p_reviewer
        ),
        'progress', review_progress(v_queue.id, p_reviewer, p_midnight, p_most),
        'guideline', (
            SELECT jsonb_build_object('number', number, 'text', text) FROM review_guideline
            WHERE queue_id = v_queue.id ORDER BY number DESC LIMIT 1
        ),
        'reasons', coalesce((
            SELECT jsonb_agg(jsonb_build_object('code', code, 'key', key, 'label', label,
                'stage', stage) ORDER BY place, id)
            FROM review_reason WHERE is_used
        ), '[]'),
        'recent', coalesce((
            SELECT jsonb_agg(last.code ORDER BY last.id DESC) FROM (
                SELECT code, max(label.id) AS id FROM (
                    SELECT id, reasons FROM review_label
                    WHERE reviewer_id = p_reviewer ORDER BY id DESC LIMIT 100
                ) AS label, unnest(label.reasons) AS code
                GROUP BY code ORDER BY max(label.id) DESC LIMIT 3
            ) AS last
        ), '[]'),
        'keys', coalesce((SELECT keys FROM review_keymap WHERE user_id = p_reviewer), '{}'),
        'not_run', (
            SELECT jsonb_agg(soon.response_id) FROM (
                SELECT response_id FROM review_entry
                WHERE queue_id = v_queue.id AND state = 'open'
                ORDER BY position, response_id LIMIT 24
            ) AS soon
            WHERE NOT EXISTS (
                SELECT FROM validation_verdict verdict
                WHERE verdict.response_id = soon.response_id AND verdict.database = 'overall'
            )
        )
    );
END $$;
"""


def _before() -> str:
    """The three as they were."""
    found = ["DROP FUNCTION review_desk;"]
    for module, name in (
        ("0008_queue_functions", "review_take"),
        ("0008_queue_functions", "review_label_give"),
        ("0009_label_and_next", "review_desk"),
    ):
        text: str = importlib.import_module(f"apps.review.migrations.{module}").SQL
        start = text.index(f"CREATE FUNCTION {name}(")
        end = text.index("END $$;", start) + len("END $$;")
        found.append(text[start:end].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", 1))
    found.append("DROP FUNCTION review_look, review_was_looked_at, review_gold_hold;")
    return "\n".join(found)


class Migration(migrations.Migration):
    dependencies = [("review", "0013_gold_looks_and_duels"), ("judge", "0001_initial")]
    operations = [migrations.RunSQL(SQL, _before())]
