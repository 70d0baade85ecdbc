"""A label and the next pair in the database itself: one round trip instead of twenty.

Whoever changes the seats of an entry holds the lock of its row, and every statement of these
functions sees what was committed before it: so an entry never has more seats than its queue asks.
"""

from django.db import migrations

SQL = r"""
-- The words of a text for the search; a tsvector holds a megabyte at most.
CREATE FUNCTION review_words(said text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('simple'::regconfig, left(coalesce(said, ''), 100000));

CREATE INDEX review_words_of_response ON generation_response USING gin (review_words(text));
CREATE INDEX review_words_of_instruction ON generation_instruction USING gin (review_words(text));

-- What a label is about: instruction, response with its tests, and the guideline it went by.
CREATE FUNCTION review_judged(p_response bigint, p_guideline bigint) RETURNS bytea
LANGUAGE sql STABLE AS $$
    SELECT sha256(convert_to(
        instruction.text || E'\x1f' || response.text || E'\x1f' || coalesce(p_guideline::text, ''),
        'UTF8'
    ))
    FROM generation_response response
    JOIN generation_instruction instruction ON instruction.id = response.instruction_id
    WHERE response.id = p_response
$$;

-- Nobody gets a pair that they have labelled or skipped, nor one that they corrected.
CREATE FUNCTION review_is_new_to(p_response bigint, p_reviewer bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT coalesce((
        SELECT label.value FROM review_label label
        WHERE label.response_id = p_response AND label.reviewer_id = p_reviewer
        ORDER BY label.id DESC LIMIT 1
    ), 'withdrawn') = 'withdrawn'
    AND NOT EXISTS (
        SELECT FROM review_correction correction
        WHERE correction.response_id = p_response AND correction.editor_id = p_reviewer
    )
$$;

-- Where a pair stands after the newest label of each of its reviewers; then its entries.
CREATE FUNCTION review_decide(p_response bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    WITH newest AS (
        SELECT DISTINCT ON (reviewer_id) id, value FROM review_label
        WHERE response_id = p_response ORDER BY reviewer_id, id DESC
    ), judged AS (
        SELECT bool_and(value = 'good') AS good, max(id) AS label FROM newest
        WHERE value IN ('good', 'bad')
    ), gone AS (
        DELETE FROM review_decision USING judged
        WHERE response_id = p_response AND judged.label IS NULL
    )
    INSERT INTO review_decision (response_id, good, label_id, updated_at)
    SELECT p_response, good, label, clock_timestamp() FROM judged WHERE label IS NOT NULL
    ON CONFLICT (response_id) DO UPDATE
    SET good = excluded.good, label_id = excluded.label_id, updated_at = excluded.updated_at;
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

-- A seat at an entry whose row the caller has locked: theirs already, a free one, or an expired
-- one. until null: labelled. Returns whether there was one.
CREATE FUNCTION review_sit(p_entry bigint, p_queue bigint, p_reviewer bigint, p_until timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    UPDATE review_seat SET expires_at = p_until
    WHERE entry_id = p_entry AND reviewer_id = p_reviewer;
    IF FOUND THEN RETURN true; END IF;
    INSERT INTO review_seat AS seat (entry_id, queue_id, reviewer_id, number, expires_at)
    SELECT p_entry, p_queue, p_reviewer, free.number, p_until
    FROM review_queue queue, generate_series(0, queue.reviewers - 1) AS free (number)
    WHERE queue.id = p_queue AND NOT EXISTS (
        SELECT FROM review_seat taken
        WHERE taken.entry_id = p_entry AND taken.number = free.number
          AND (taken.expires_at IS NULL OR taken.expires_at > v_now)
    )
    ORDER BY free.number LIMIT 1
    ON CONFLICT (entry_id, number) DO UPDATE
    SET reviewer_id = excluded.reviewer_id, expires_at = excluded.expires_at;
    RETURN FOUND;
END $$;

-- The pair that a reviewer is to label next in a queue, held until p_until: the one that they
-- hold already, else the first open one with a free seat; null when there is none. p_wait: wait
-- for entries that somebody is just changing instead of passing them over.
CREATE FUNCTION review_take(
    p_queue bigint, p_reviewer bigint, p_until timestamptz, p_wait boolean
) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v_found record;
    v_wanted integer;
    v_response bigint;
BEGIN
    PERFORM FROM accounts_user WHERE id = p_reviewer FOR NO KEY UPDATE;
    UPDATE review_seat seat SET expires_at = p_until FROM review_entry entry
    WHERE entry.id = seat.entry_id AND seat.queue_id = p_queue AND seat.reviewer_id = p_reviewer
      AND seat.expires_at IS NOT NULL AND entry.state = 'open'
    RETURNING entry.response_id INTO v_response;
    IF FOUND THEN RETURN v_response; END IF;
    DELETE FROM review_seat
    WHERE queue_id = p_queue AND reviewer_id = p_reviewer AND expires_at IS NOT NULL;
    SELECT reviewers INTO v_wanted FROM review_queue WHERE id = p_queue;
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

-- A label: its id, the id of the same one given before, null when the pair is not theirs to label
-- (any more), -1 when there is no such reason. With a batch nobody need hold the pair.
CREATE FUNCTION review_label_give(
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
    -- Another's hold stays: whoever is reading the pair may still label it as well.
    IF v_entry IS NOT NULL THEN
        PERFORM review_sit(v_entry, p_queue, p_reviewer, NULL);
    END IF;
    PERFORM review_decide(p_response);
    RETURN v_label;
END $$;

-- A pair is in the default queue as soon as it is stored, whoever stores it; its verdict gives it
-- its place later (apps.review.queue.enqueue, whose rank 2 this is).
CREATE FUNCTION review_new_pairs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO review_entry (queue_id, response_id, position, state)
    SELECT queue.id, stored.id,
        2 * 1000000000000000000 + least(stored.draw, 998) * 1000000000000000 + stored.id, 'open'
    FROM stored, review_queue queue
    WHERE queue.is_default
    ORDER BY stored.id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER review_new_pairs AFTER INSERT ON generation_response
    REFERENCING NEW TABLE AS stored FOR EACH STATEMENT EXECUTE FUNCTION review_new_pairs();
"""
REVERSE = """
DROP TRIGGER review_new_pairs ON generation_response;
DROP FUNCTION review_new_pairs, review_label_give, review_take, review_sit, review_decide,
    review_is_new_to, review_judged;
DROP INDEX review_words_of_response, review_words_of_instruction;
DROP FUNCTION review_words;
"""


class Migration(migrations.Migration):
    dependencies = [("review", "0007_queues")]
    operations = [migrations.RunSQL(SQL, REVERSE)]
