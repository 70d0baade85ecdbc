-- Made by `make schema` of the migrations cdc8e762aea583f42079d6e7aac1673817bf2ea1e7e7955eab9337535d827a78


CREATE FUNCTION public.accounts_audit_is_final() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'TRUNCATE'
        AND current_setting('winnow.labels_may_be_truncated', true) IS NOT DISTINCT FROM 'on'
    THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the audit log is only added to' USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION public.fewshot_example_is_final() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND EXISTS (
        SELECT FROM fewshot_version WHERE id = OLD.version_id AND (status = 'published' OR status = 'tried' AND published_at IS NOT NULL)
    ) OR TG_OP <> 'DELETE' AND EXISTS (
        SELECT FROM fewshot_version WHERE id = NEW.version_id AND (status = 'published' OR status = 'tried' AND published_at IS NOT NULL)
    ) THEN
        RAISE EXCEPTION 'the examples of a published few-shot version cannot be changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION public.fewshot_version_is_final() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.status = 'published' OR OLD.status = 'tried' AND OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'a published few-shot version cannot be changed (version %)', OLD.id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION public.generation_recipe_is_final() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'a recipe cannot be changed (recipe %)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION public.review_decide(p_response bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.review_desk(p_queue bigint, p_reviewer bigint, p_response bigint, p_value text, p_reasons text[], p_note text, p_seconds double precision, p_looked boolean, p_until timestamp with time zone, p_midnight timestamp with time zone, p_most integer, p_wait boolean) RETURNS jsonb
    LANGUAGE plpgsql
    AS $$
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
                    WHERE reviewer_id = p_reviewer ORDER BY created_at DESC LIMIT 100
                ) AS label, unnest(label.reasons) AS code
                WHERE label.reasons <> '{}'
                GROUP BY code ORDER BY max(label.id) DESC LIMIT 3
            ) AS last
        ), '[]'),
        'keys', coalesce((SELECT keys FROM review_keymap WHERE user_id = p_reviewer), '{}'),
        'not_run', CASE WHEN v_label % 8 > 0 THEN (
            SELECT jsonb_build_array(v_next) WHERE v_next IS NOT NULL AND NOT EXISTS (
                SELECT FROM validation_verdict verdict
                WHERE verdict.response_id = v_next AND verdict.database = 'overall'
            )
        ) ELSE (
            SELECT jsonb_agg(soon.response_id) FROM (
                SELECT response_id FROM review_entry
                WHERE queue_id = v_queue.id AND state = 'open'
                ORDER BY position, response_id LIMIT 24
            ) AS soon
            WHERE NOT EXISTS (
                SELECT FROM validation_verdict verdict
                WHERE verdict.response_id = soon.response_id AND verdict.database = 'overall'
            )
        ) END
    );
END $$;

CREATE FUNCTION public.review_gold_hold(p_queue bigint, p_reviewer bigint) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.review_is_new_to(p_response bigint, p_reviewer bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$BEGIN RETURN (
    SELECT coalesce((
        SELECT label.value FROM review_label label
        WHERE label.response_id = p_response AND label.reviewer_id = p_reviewer
        ORDER BY label.id DESC LIMIT 1
    ), 'withdrawn') = 'withdrawn'
    AND NOT EXISTS (
        SELECT FROM review_correction correction
        WHERE correction.response_id = p_response AND correction.editor_id = p_reviewer
    )
); END$$;

CREATE FUNCTION public.review_is_theirs(p_queue bigint, p_reviewer bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$BEGIN RETURN (
    SELECT EXISTS (
        SELECT FROM review_queue_people chosen
        WHERE chosen.queue_id = p_queue AND chosen.user_id = p_reviewer
    ) OR EXISTS (
        SELECT FROM review_queue_groups chosen
        JOIN accounts_user_groups member USING (group_id)
        WHERE chosen.queue_id = p_queue AND member.user_id = p_reviewer
    ) OR NOT EXISTS (SELECT FROM review_queue_people chosen WHERE chosen.queue_id = p_queue)
    AND NOT EXISTS (SELECT FROM review_queue_groups chosen WHERE chosen.queue_id = p_queue)
); END$$;

CREATE FUNCTION public.review_judged(p_response bigint, p_guideline bigint) RETURNS bytea
    LANGUAGE plpgsql STABLE
    AS $$BEGIN RETURN (
    SELECT sha256(convert_to(
        instruction.text || E'\x1f' || response.text || E'\x1f' || coalesce(p_guideline::text, ''),
        'UTF8'
    ))
    FROM generation_response response
    JOIN generation_instruction instruction ON instruction.id = response.instruction_id
    WHERE response.id = p_response
); END$$;

CREATE FUNCTION public.review_label_give(p_queue bigint, p_response bigint, p_reviewer bigint, p_value text, p_reasons text[], p_note text, p_seconds double precision, p_batch bigint) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.review_label_is_final() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'DELETE' AND EXISTS (
        SELECT FROM generation_response response
        JOIN generation_instruction instruction ON instruction.id = response.instruction_id
        JOIN generation_import import ON import.id = instruction.imported_id
        WHERE response.id = OLD.response_id AND import.is_sample
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'labels are only added, never changed or deleted (label %)', OLD.id
        USING ERRCODE = 'integrity_constraint_violation';
END $$;

CREATE FUNCTION public.review_labels_are_kept() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF current_setting('winnow.labels_may_be_truncated', true) IS DISTINCT FROM 'on' THEN
        RAISE EXCEPTION 'labels are only added, never emptied by TRUNCATE'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.review_look(p_queue bigint, p_response bigint, p_reviewer bigint, p_label bigint, p_looked boolean) RETURNS void
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.review_may_work(p_queue bigint, p_reviewer bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$BEGIN RETURN (
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
); END$$;

CREATE FUNCTION public.review_new_pairs() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO review_entry (queue_id, response_id, position, state)
    SELECT queue.id, stored.id,
        2 * 1000000000000000000 + least(stored.draw, 998) * 1000000000000000 + stored.id, 'open'
    FROM stored, review_queue queue
    WHERE queue.is_default AND NOT stored.is_held_back
    ORDER BY stored.id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;

CREATE FUNCTION public.review_pair_data(p_response bigint) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$BEGIN RETURN (
    SELECT jsonb_build_object(
        'pk', response.id,
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
        ),
        'instruction_id', instruction.id,
        'instruction', instruction.text,
        'response', response.text,
        'concepts', coalesce(to_jsonb(concepts.items), instruction.record->'concepts'),
        'seed', coalesce(seed.text, instruction.record->>'seed', ''),
        'description', coalesce(seed.description, instruction.record->>'description', ''),
        'path', file.path,
        'repository', file.repository,
        'licences', to_jsonb(file.licences),
        'imported', imported.file_name,
        'is_sample', coalesce(imported.is_sample, false),
        'model', recipe.model,
        'siblings', (
            SELECT count(*) - 1 FROM generation_response other
            WHERE other.instruction_id = instruction.id
        ),
        'verdicts', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'database', verdict.database, 'outcome', verdict.outcome,
                'message', verdict.message, 'diff', verdict.diff, 'strength', verdict.strength,
                'notes', verdict.notes, 'transpiled', verdict.transpiled, 'survivor', verdict.survivor
            ) ORDER BY verdict.database)
            FROM validation_verdict verdict WHERE verdict.response_id = response.id
        ), '[]'),
        'checks', coalesce((
            SELECT jsonb_agg(jsonb_build_object(
                'part', checked.part, 'reason', checked.reason, 'message', checked.message,
                'start', checked.start, 'end', checked."end"
            ) ORDER BY checked.id)
            FROM validation_checkresult checked
            WHERE checked.response_id = response.id AND NOT checked.passed
        ), '[]'),
        'agreement', (
            SELECT jsonb_build_object('score', agreement.score,
                'in_largest_group', agreement.in_largest_group)
            FROM validation_agreement agreement WHERE agreement.response_id = response.id
        ),
        'reading', (
            SELECT jsonb_build_object('dialect', reading.dialect, 'data', reading.data,
                'missing_tables', reading.missing_tables, 'placeholders', reading.placeholders,
                'notes', reading.notes)
            FROM validation_storedreading reading WHERE reading.response_id = response.id
        )
    )
    FROM generation_response response
    JOIN generation_instruction instruction ON instruction.id = response.instruction_id
    LEFT JOIN generation_concepts concepts ON concepts.id = instruction.concepts_id
    LEFT JOIN seeds_seed seed ON seed.id = instruction.seed_id
    LEFT JOIN seeds_sourcefile file ON file.id = seed.file_id
    LEFT JOIN generation_import imported ON imported.id = instruction.imported_id
    LEFT JOIN generation_completion completion ON completion.id = coalesce(
        response.completion_id,
        (SELECT origin.completion_id FROM review_gold gold
         JOIN generation_response origin ON origin.id = gold.origin_id
         WHERE gold.response_id = response.id)
    )
    LEFT JOIN generation_recipe recipe ON recipe.id = completion.recipe_id
    WHERE response.id = p_response
); END$$;

CREATE FUNCTION public.review_progress(p_queue bigint, p_reviewer bigint, p_midnight timestamp with time zone, p_most integer) RETURNS jsonb
    LANGUAGE plpgsql STABLE
    AS $$
DECLARE
    v_figures jsonb;
    v_left bigint := p_most;
    v_labelled bigint := p_most;
    v_good bigint := 0;
BEGIN
    SELECT coalesce(jsonb_object_agg(name, value), '{}') INTO v_figures FROM core_figure
    WHERE name IN ('open', 'good', 'labelled');
    IF coalesce((v_figures->>'open')::bigint, 0) < 10 * p_most
        OR NOT (SELECT is_default FROM review_queue WHERE id = p_queue)
    THEN
        SELECT count(*) INTO v_left FROM (
            SELECT FROM review_entry WHERE queue_id = p_queue AND state = 'open' LIMIT p_most
        ) AS waiting;
    END IF;
    IF coalesce((v_figures->>'labelled')::bigint, 0) < p_most THEN
        SELECT count(*), count(*) FILTER (WHERE good) INTO v_labelled, v_good FROM (
            SELECT decided.good FROM review_decision decided WHERE NOT EXISTS (
                SELECT FROM review_gold gold
                WHERE gold.response_id = decided.response_id AND gold.origin_id IS NOT NULL
            ) LIMIT p_most
        ) AS known;
    END IF;
    RETURN jsonb_build_object(
        'left', v_left, 'labelled', v_labelled, 'good', v_good, 'figures', v_figures,
        'today', coalesce((
            SELECT labelled FROM review_tally
            WHERE reviewer_id = p_reviewer AND day = (p_midnight AT TIME ZONE 'UTC')::date
        ), 0)
    );
END $$;

CREATE FUNCTION public.review_sit(p_entry bigint, p_queue bigint, p_reviewer bigint, p_until timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.review_take(p_queue bigint, p_reviewer bigint, p_until timestamp with time zone, p_wait boolean) RETURNS bigint
    LANGUAGE plpgsql
    AS $$
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

CREATE FUNCTION public.review_tally_labels() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_first bigint;
BEGIN
    SELECT min(id) INTO v_first FROM added WHERE batch_id IS NULL;
    IF v_first IS NULL THEN RETURN NULL; END IF;
    INSERT INTO review_tally AS tally (reviewer_id, day, labelled)
    SELECT DISTINCT ON (reviewer_id) reviewer_id, day, sum(now_is - was) FROM (
        SELECT DISTINCT ON (label.reviewer_id, label.response_id, that.day)
            label.reviewer_id, that.day, (label.value IN ('good', 'bad'))::integer AS now_is,
            coalesce((
                SELECT (earlier.value IN ('good', 'bad') AND earlier.batch_id IS NULL
                    AND (earlier.created_at AT TIME ZONE 'UTC')::date = that.day)::integer
                FROM review_label earlier
                WHERE earlier.response_id = label.response_id
                  AND earlier.reviewer_id = label.reviewer_id AND earlier.id < v_first
                ORDER BY earlier.id DESC LIMIT 1
            ), 0) AS was
        FROM added label, LATERAL (SELECT (label.created_at AT TIME ZONE 'UTC')::date AS day) that
        WHERE label.batch_id IS NULL
        ORDER BY label.reviewer_id, label.response_id, that.day, label.id DESC
    ) AS changed
    GROUP BY reviewer_id, day ORDER BY reviewer_id, day DESC
    ON CONFLICT (reviewer_id) DO UPDATE SET day = excluded.day, labelled = excluded.labelled
        + CASE WHEN tally.day = excluded.day THEN tally.labelled ELSE 0 END
    WHERE tally.day <= excluded.day;
    RETURN NULL;
END $$;

CREATE FUNCTION public.review_was_looked_at(p_queue bigint, p_response bigint, p_reviewer bigint) RETURNS boolean
    LANGUAGE plpgsql STABLE
    AS $$BEGIN RETURN (
    SELECT EXISTS (
        SELECT FROM review_secondlook look JOIN review_label label ON label.id = look.first_id
        WHERE look.queue_id = p_queue AND look.response_id = p_response
          AND look.reviewer_id = p_reviewer
          AND label.judged = review_judged(p_response, label.guideline_id)
    )
); END$$;

CREATE FUNCTION public.review_words(said text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN to_tsvector('simple'::regconfig, "left"(COALESCE(said, ''::text), 100000));

CREATE FUNCTION public.webhooks_is_wanted(p_event text) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
    SELECT EXISTS (
        SELECT FROM webhooks_endpoint WHERE status IN ('on', 'failed') AND p_event = ANY(events)
    )
$$;

CREATE FUNCTION public.webhooks_job() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    v_event text := CASE NEW.kind
        WHEN 'generate' THEN 'run.ended' WHEN 'export' THEN 'export.ended'
        WHEN 'import' THEN 'import.ended' ELSE 'labels.batch_ended' END;
    v_data jsonb := jsonb_build_object('status', NEW.status, 'message', NEW.message);
BEGIN
    IF webhooks_is_wanted(v_event) THEN
        PERFORM webhooks_tell(v_event, v_data || CASE NEW.kind
            WHEN 'generate' THEN jsonb_build_object(
                'run', (SELECT id FROM generation_run WHERE job_id = NEW.id))
            WHEN 'export' THEN (
                SELECT jsonb_build_object('export', id, 'file', file_name, 'rows', rows,
                    'sha256', sha256)
                FROM exports_export WHERE job_id = NEW.id)
            WHEN 'import' THEN jsonb_build_object(
                'import', (SELECT id FROM generation_import WHERE job_id = NEW.id))
            ELSE (
                SELECT jsonb_build_object('batch', payload->'batch', 'what', payload->'what')
                FROM core_workunit WHERE job_id = NEW.id ORDER BY id LIMIT 1)
        END);
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.webhooks_label() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF webhooks_is_wanted('label.created') THEN
        PERFORM webhooks_tell('label.created', jsonb_build_object(
            'label', NEW.id, 'pair', NEW.response_id, 'reviewer', NEW.reviewer_id,
            'value', NEW.value, 'reasons', to_jsonb(NEW.reasons), 'queue', NEW.queue_id
        ));
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION public.webhooks_tell(p_event text, p_data jsonb) RETURNS void
    LANGUAGE sql
    AS $$
    INSERT INTO webhooks_message (
        endpoint_id, key, event, data, status, attempts_made, next_at, happened_at
    )
    SELECT id, 'msg_' || replace(gen_random_uuid()::text, '-', ''), p_event, p_data, 'waiting', 0,
        clock_timestamp(), clock_timestamp()
    FROM webhooks_endpoint WHERE status IN ('on', 'failed') AND p_event = ANY(events) ORDER BY id
$$;

CREATE TABLE public.accounts_auditentry (
    id bigint NOT NULL,
    action character varying(80) NOT NULL,
    path character varying(300) NOT NULL,
    status smallint NOT NULL,
    details jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    actor_id bigint NOT NULL,
    CONSTRAINT accounts_auditentry_status_check CHECK ((status >= 0))
);

ALTER TABLE public.accounts_auditentry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_auditentry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.accounts_invitation (
    id bigint NOT NULL,
    token_hash character varying(64) NOT NULL,
    email character varying(254) NOT NULL,
    role character varying(10) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    used_at timestamp with time zone,
    created_by_id bigint NOT NULL,
    used_by_id bigint
);

CREATE TABLE public.accounts_invitation_groups (
    id bigint NOT NULL,
    invitation_id bigint NOT NULL,
    group_id integer NOT NULL
);

ALTER TABLE public.accounts_invitation_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_invitation_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.accounts_invitation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_invitation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.accounts_user (
    id bigint NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL,
    role character varying(10) NOT NULL,
    left_at timestamp with time zone,
    oidc_subject character varying(64),
    pseudonymised_at timestamp with time zone,
    tour_seen_at timestamp with time zone,
    CONSTRAINT user_role_known CHECK (((role)::text = ANY ((ARRAY['reviewer'::character varying, 'editor'::character varying, 'admin'::character varying])::text[])))
);

CREATE TABLE public.accounts_user_groups (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    group_id integer NOT NULL
);

ALTER TABLE public.accounts_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.accounts_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.accounts_user_user_permissions (
    id bigint NOT NULL,
    user_id bigint NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.accounts_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.api_answer (
    id bigint NOT NULL,
    key character varying(200) NOT NULL,
    request bytea NOT NULL,
    status smallint NOT NULL,
    location character varying(200) NOT NULL,
    body text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    token_id bigint NOT NULL,
    CONSTRAINT api_answer_status_check CHECK ((status >= 0))
);

ALTER TABLE public.api_answer ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_answer_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.api_token (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    digest bytea NOT NULL,
    hint character varying(12) NOT NULL,
    scopes character varying(6)[] NOT NULL,
    per_minute integer NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    last_used_at timestamp with time zone,
    revoked_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    user_id bigint NOT NULL,
    CONSTRAINT api_token_per_minute_check CHECK ((per_minute >= 0)),
    CONSTRAINT token_per_minute CHECK ((per_minute >= 1)),
    CONSTRAINT token_scopes_known CHECK (((scopes <@ ARRAY['read'::character varying(6), 'label'::character varying(6), 'run'::character varying(6), 'export'::character varying(6), 'admin'::character varying(6)]) AND (NOT (scopes = '{}'::character varying(6)[]))))
);

ALTER TABLE public.api_token ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.api_token_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accessattempt (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    get_data text NOT NULL,
    post_data text NOT NULL,
    failures_since_start integer NOT NULL,
    CONSTRAINT axes_accessattempt_failures_since_start_check CHECK ((failures_since_start >= 0))
);

ALTER TABLE public.axes_accessattempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessattempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accessattemptexpiration (
    access_attempt_id integer NOT NULL,
    expires_at timestamp with time zone NOT NULL
);

CREATE TABLE public.axes_accessfailurelog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    locked_out boolean NOT NULL
);

ALTER TABLE public.axes_accessfailurelog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accessfailurelog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.axes_accesslog (
    id integer NOT NULL,
    user_agent character varying(255) NOT NULL,
    ip_address inet,
    username character varying(255),
    http_accept character varying(1025) NOT NULL,
    path_info character varying(255) NOT NULL,
    attempt_time timestamp with time zone NOT NULL,
    logout_time timestamp with time zone,
    session_hash character varying(64) NOT NULL
);

ALTER TABLE public.axes_accesslog ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.axes_accesslog_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.core_figure (
    name character varying(80) NOT NULL,
    value jsonb NOT NULL,
    counted_at timestamp with time zone NOT NULL
);

CREATE TABLE public.core_job (
    id bigint NOT NULL,
    kind character varying(20) NOT NULL,
    status character varying(10) NOT NULL,
    is_planned boolean NOT NULL,
    message text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    created_by_id bigint,
    CONSTRAINT job_finished_at_set_when_ended CHECK ((((status)::text = 'running'::text) OR (finished_at IS NOT NULL)))
);

ALTER TABLE public.core_job ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.core_job_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.core_workunit (
    id bigint NOT NULL,
    queue character varying(20) NOT NULL,
    key character varying(200) NOT NULL,
    payload jsonb NOT NULL,
    result jsonb NOT NULL,
    status character varying(10) NOT NULL,
    attempts smallint NOT NULL,
    error text NOT NULL,
    lease_owner character varying(80) NOT NULL,
    lease_expires_at timestamp with time zone,
    sent_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    job_id bigint NOT NULL,
    outlives_job boolean NOT NULL,
    priority smallint NOT NULL,
    CONSTRAINT core_workunit_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT unit_leased_has_lease CHECK (((NOT ((status)::text = 'leased'::text)) OR (lease_expires_at IS NOT NULL)))
);

ALTER TABLE public.core_workunit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.core_workunit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);

CREATE TABLE public.evidence_blindseed (
    id bigint NOT NULL,
    left_id bigint NOT NULL,
    right_id bigint NOT NULL,
    seed_id bigint NOT NULL,
    test_id bigint NOT NULL
);

ALTER TABLE public.evidence_blindseed ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.evidence_blindseed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_blindtest (
    id bigint NOT NULL,
    random_seed bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by_id bigint,
    left_id bigint NOT NULL,
    queue_id bigint NOT NULL,
    right_id bigint NOT NULL,
    CONSTRAINT blind_test_of_two CHECK ((NOT (left_id = right_id)))
);

ALTER TABLE public.evidence_blindtest ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.evidence_blindtest_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.evidence_search (
    id bigint NOT NULL,
    size smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by_id bigint,
    draft_id bigint,
    run_id bigint NOT NULL,
    version_id bigint NOT NULL,
    CONSTRAINT evidence_search_size_check CHECK ((size >= 0))
);

ALTER TABLE public.evidence_search ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.evidence_search_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.exports_benchmarkruling (
    id bigint CONSTRAINT exports_ruling_id_not_null NOT NULL,
    benchmark character varying(64) CONSTRAINT exports_ruling_benchmark_not_null NOT NULL,
    number integer CONSTRAINT exports_ruling_number_not_null NOT NULL,
    keeps boolean CONSTRAINT exports_ruling_keeps_not_null NOT NULL,
    made_at timestamp with time zone CONSTRAINT exports_ruling_made_at_not_null NOT NULL,
    made_by_id bigint,
    response_id bigint CONSTRAINT exports_ruling_response_id_not_null NOT NULL,
    CONSTRAINT exports_ruling_number_check CHECK ((number >= 0))
);

CREATE TABLE public.exports_export (
    id bigint NOT NULL,
    filters jsonb NOT NULL,
    file_name character varying(300) NOT NULL,
    rows integer NOT NULL,
    bytes bigint NOT NULL,
    sha256 character varying(64) NOT NULL,
    manifest jsonb NOT NULL,
    job_id bigint NOT NULL,
    care jsonb NOT NULL,
    changes jsonb NOT NULL,
    deleted_at timestamp with time zone,
    last_correction bigint NOT NULL,
    last_label bigint NOT NULL,
    looked_at bigint NOT NULL,
    shape jsonb NOT NULL,
    removed_at timestamp with time zone,
    CONSTRAINT exports_export_rows_check CHECK ((rows >= 0))
);

ALTER TABLE public.exports_export ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.exports_export_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.exports_push (
    id bigint NOT NULL,
    repository character varying(200) NOT NULL,
    is_private boolean NOT NULL,
    with_lineage boolean NOT NULL,
    commit character varying(500) NOT NULL,
    export_id bigint NOT NULL,
    job_id bigint NOT NULL
);

ALTER TABLE public.exports_push ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.exports_push_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.exports_benchmarkruling ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.exports_ruling_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.exports_verification (
    id bigint NOT NULL,
    share double precision NOT NULL,
    report jsonb NOT NULL,
    export_id bigint NOT NULL,
    job_id bigint NOT NULL
);

ALTER TABLE public.exports_verification ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.exports_verification_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.fewshot_example (
    id bigint NOT NULL,
    number integer NOT NULL,
    code text NOT NULL,
    category character varying(200) NOT NULL,
    language character varying(20) NOT NULL,
    concepts character varying(200)[] NOT NULL,
    difficulty character varying(80) NOT NULL,
    instruction text NOT NULL,
    solution text NOT NULL,
    reasoning text NOT NULL,
    implementation text NOT NULL,
    explanation text NOT NULL,
    tests text NOT NULL,
    version_id bigint NOT NULL,
    is_on boolean NOT NULL,
    lineage jsonb NOT NULL,
    unshown text NOT NULL,
    CONSTRAINT fewshot_example_number_check CHECK ((number >= 0))
);

ALTER TABLE public.fewshot_example ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.fewshot_example_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.fewshot_examplerun (
    example_id bigint NOT NULL,
    text_hash bytea,
    found jsonb,
    version smallint NOT NULL,
    ran_at timestamp with time zone,
    job_id bigint,
    CONSTRAINT fewshot_examplerun_version_check CHECK ((version >= 0))
);

CREATE TABLE public.fewshot_fewshotset (
    id bigint NOT NULL,
    name character varying(80) NOT NULL
);

ALTER TABLE public.fewshot_fewshotset ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.fewshot_fewshotset_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.fewshot_version (
    id bigint NOT NULL,
    number integer NOT NULL,
    status character varying(10) NOT NULL,
    systems jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    published_at timestamp with time zone,
    created_by_id bigint,
    fewshot_set_id bigint NOT NULL,
    note text NOT NULL,
    published_by_id bigint,
    CONSTRAINT fewshot_version_number_check CHECK ((number >= 0))
);

ALTER TABLE public.fewshot_version ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.fewshot_version_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_completion (
    id bigint NOT NULL,
    stage character varying(4) NOT NULL,
    input_id bigint NOT NULL,
    draw smallint NOT NULL,
    example_numbers integer[] NOT NULL,
    prompt_hash bytea NOT NULL,
    text text NOT NULL,
    finish_reason character varying(20) NOT NULL,
    stop_reason character varying(80) NOT NULL,
    prompt_tokens integer NOT NULL,
    completion_tokens integer NOT NULL,
    seconds double precision NOT NULL,
    parsed boolean NOT NULL,
    reason character varying(40) NOT NULL,
    message text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    seed_id bigint NOT NULL,
    recipe_id bigint NOT NULL,
    run_id bigint NOT NULL,
    arrangement smallint,
    cached_tokens integer,
    expected_cached_tokens integer NOT NULL,
    sample smallint NOT NULL,
    sampling_seed bigint,
    attempt smallint NOT NULL,
    properties jsonb NOT NULL,
    superseded boolean NOT NULL,
    CONSTRAINT generation_completion_arrangement_check CHECK ((arrangement >= 0)),
    CONSTRAINT generation_completion_attempt_check CHECK ((attempt >= 0)),
    CONSTRAINT generation_completion_cached_tokens_check CHECK ((cached_tokens >= 0)),
    CONSTRAINT generation_completion_completion_tokens_check CHECK ((completion_tokens >= 0)),
    CONSTRAINT generation_completion_draw_check CHECK ((draw >= 0)),
    CONSTRAINT generation_completion_expected_cached_tokens_check CHECK ((expected_cached_tokens >= 0)),
    CONSTRAINT generation_completion_prompt_tokens_check CHECK ((prompt_tokens >= 0)),
    CONSTRAINT generation_completion_sample_check CHECK ((sample >= 0))
);

ALTER TABLE public.generation_completion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_completion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_concepts (
    id bigint NOT NULL,
    items character varying(200)[] NOT NULL,
    completion_id bigint NOT NULL,
    seed_id bigint NOT NULL,
    recipe_id bigint NOT NULL
);

ALTER TABLE public.generation_concepts ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_concepts_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_import (
    id bigint NOT NULL,
    file_name character varying(300) NOT NULL,
    sha256 character varying(64) NOT NULL,
    rows integer NOT NULL,
    rejected integer NOT NULL,
    rejections jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by_id bigint,
    job_id bigint,
    name_details jsonb NOT NULL,
    reasons jsonb NOT NULL,
    path character varying(500) NOT NULL,
    place bigint NOT NULL,
    records integer NOT NULL,
    size bigint NOT NULL,
    is_sample boolean NOT NULL,
    CONSTRAINT generation_import_records_check CHECK ((records >= 0)),
    CONSTRAINT generation_import_rejected_check CHECK ((rejected >= 0)),
    CONSTRAINT generation_import_rows_check CHECK ((rows >= 0))
);

ALTER TABLE public.generation_import ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_import_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_instruction (
    id bigint NOT NULL,
    import_row integer,
    record jsonb,
    category character varying(200) NOT NULL,
    difficulty character varying(10) NOT NULL,
    text text NOT NULL,
    completion_id bigint,
    concepts_id bigint,
    imported_id bigint,
    seed_id bigint,
    recipe_id bigint,
    dialect character varying(12) NOT NULL,
    style character varying(12) NOT NULL,
    task character varying(12) NOT NULL,
    made_of_id bigint,
    CONSTRAINT generation_instruction_import_row_check CHECK ((import_row >= 0)),
    CONSTRAINT instruction_has_origin CHECK ((((completion_id IS NOT NULL) AND (imported_id IS NULL)) OR ((completion_id IS NULL) AND (imported_id IS NOT NULL)) OR ((completion_id IS NULL) AND (made_of_id IS NOT NULL))))
);

ALTER TABLE public.generation_instruction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_instruction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_recipe (
    id bigint NOT NULL,
    fingerprint character varying(64) NOT NULL,
    stages character varying(4)[] NOT NULL,
    engine character varying(10) NOT NULL,
    model character varying(300) NOT NULL,
    revision character varying(80) NOT NULL,
    sampling jsonb NOT NULL,
    examples jsonb NOT NULL,
    responses smallint NOT NULL,
    random_seed bigint NOT NULL,
    templates_hash character varying(64) NOT NULL,
    response_prefix text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    fewshot_id bigint NOT NULL,
    arrangements smallint NOT NULL,
    format smallint NOT NULL,
    instructions smallint NOT NULL,
    mix jsonb NOT NULL,
    is_trial boolean NOT NULL,
    focus integer[] NOT NULL,
    CONSTRAINT generation_recipe_arrangements_check CHECK ((arrangements >= 0)),
    CONSTRAINT generation_recipe_format_check CHECK ((format >= 0)),
    CONSTRAINT generation_recipe_instructions_check CHECK ((instructions >= 0)),
    CONSTRAINT generation_recipe_responses_check CHECK ((responses >= 0))
);

ALTER TABLE public.generation_recipe ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_recipe_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_response (
    id bigint NOT NULL,
    draw smallint NOT NULL,
    text text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    completion_id bigint,
    instruction_id bigint NOT NULL,
    run_id bigint,
    is_held_back boolean DEFAULT false NOT NULL,
    CONSTRAINT generation_response_draw_check CHECK ((draw >= 0))
);

ALTER TABLE public.generation_response ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_response_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_run (
    id bigint NOT NULL,
    selection jsonb NOT NULL,
    seeds_total integer NOT NULL,
    job_id bigint NOT NULL,
    recipe_id bigint NOT NULL,
    servers jsonb NOT NULL,
    limits jsonb NOT NULL,
    more_responses smallint NOT NULL,
    CONSTRAINT generation_run_more_responses_check CHECK ((more_responses >= 0)),
    CONSTRAINT generation_run_seeds_total_check CHECK ((seeds_total >= 0))
);

ALTER TABLE public.generation_run ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_runminute (
    id bigint NOT NULL,
    server character varying(80) NOT NULL,
    minute timestamp with time zone NOT NULL,
    completions integer NOT NULL,
    prompt_tokens bigint NOT NULL,
    cached_tokens bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    busy_seconds double precision NOT NULL,
    gpu_seconds double precision NOT NULL,
    busy_until timestamp with time zone NOT NULL,
    run_id bigint NOT NULL,
    CONSTRAINT generation_runminute_cached_tokens_check CHECK ((cached_tokens >= 0)),
    CONSTRAINT generation_runminute_completion_tokens_check CHECK ((completion_tokens >= 0)),
    CONSTRAINT generation_runminute_completions_check CHECK ((completions >= 0)),
    CONSTRAINT generation_runminute_prompt_tokens_check CHECK ((prompt_tokens >= 0))
);

ALTER TABLE public.generation_runminute ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_runminute_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_runseed (
    id bigint NOT NULL,
    "position" integer NOT NULL,
    run_id bigint NOT NULL,
    seed_id bigint NOT NULL,
    CONSTRAINT generation_runseed_position_check CHECK (("position" >= 0))
);

ALTER TABLE public.generation_runseed ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_runseed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.generation_serversample (
    id bigint NOT NULL,
    server character varying(80) NOT NULL,
    at timestamp with time zone NOT NULL,
    running integer NOT NULL,
    waiting integer NOT NULL,
    kv_cache double precision,
    prompt_tokens bigint NOT NULL,
    cached_tokens bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    CONSTRAINT generation_serversample_cached_tokens_check CHECK ((cached_tokens >= 0)),
    CONSTRAINT generation_serversample_completion_tokens_check CHECK ((completion_tokens >= 0)),
    CONSTRAINT generation_serversample_prompt_tokens_check CHECK ((prompt_tokens >= 0)),
    CONSTRAINT generation_serversample_running_check CHECK ((running >= 0)),
    CONSTRAINT generation_serversample_waiting_check CHECK ((waiting >= 0))
);

ALTER TABLE public.generation_serversample ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.generation_serversample_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.judge_judge (
    id bigint NOT NULL,
    engine character varying(10) NOT NULL,
    model character varying(300) NOT NULL,
    revision character varying(80) NOT NULL,
    rubric smallint NOT NULL,
    threshold smallint NOT NULL,
    is_shown boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT judge_judge_rubric_check CHECK ((rubric >= 0)),
    CONSTRAINT judge_judge_threshold_check CHECK ((threshold >= 0))
);

ALTER TABLE public.judge_judge ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.judge_judge_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.judge_judgement (
    id bigint NOT NULL,
    text_hash bytea NOT NULL,
    relevance smallint,
    clear smallint,
    answers smallint,
    "true" smallint,
    good boolean,
    text text NOT NULL,
    reason character varying(40) NOT NULL,
    message text NOT NULL,
    prompt_tokens integer NOT NULL,
    completion_tokens integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    judge_id bigint NOT NULL,
    response_id bigint NOT NULL,
    CONSTRAINT judge_judgement_answers_check CHECK ((answers >= 0)),
    CONSTRAINT judge_judgement_clear_check CHECK ((clear >= 0)),
    CONSTRAINT judge_judgement_completion_tokens_check CHECK ((completion_tokens >= 0)),
    CONSTRAINT judge_judgement_prompt_tokens_check CHECK ((prompt_tokens >= 0)),
    CONSTRAINT judge_judgement_relevance_check CHECK ((relevance >= 0)),
    CONSTRAINT judge_judgement_true_check CHECK (("true" >= 0)),
    CONSTRAINT judgement_scored_or_reason CHECK ((((good IS NULL) OR ((reason)::text = ''::text)) AND (1 = (
CASE
    WHEN (good IS NULL) THEN 1
    ELSE 0
END +
CASE
    WHEN ((reason)::text = ''::text) THEN 1
    ELSE 0
END))))
);

ALTER TABLE public.judge_judgement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.judge_judgement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.judge_judging (
    id bigint NOT NULL,
    random_seed bigint NOT NULL,
    created_by_id bigint,
    job_id bigint NOT NULL,
    judge_id bigint NOT NULL,
    run_id bigint NOT NULL
);

ALTER TABLE public.judge_judging ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.judge_judging_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.judge_samplepair (
    id bigint NOT NULL,
    judging_id bigint NOT NULL,
    response_id bigint NOT NULL
);

ALTER TABLE public.judge_samplepair ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.judge_samplepair_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_acceptance (
    id bigint NOT NULL,
    data jsonb NOT NULL,
    labelled integer NOT NULL,
    learnt integer NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT review_acceptance_labelled_check CHECK ((labelled >= 0)),
    CONSTRAINT review_acceptance_learnt_check CHECK ((learnt >= 0))
);

ALTER TABLE public.review_acceptance ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_acceptance_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_batch (
    id bigint NOT NULL,
    filter jsonb NOT NULL,
    value character varying(9) NOT NULL,
    reasons character varying(40)[] NOT NULL,
    note text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    undone_at timestamp with time zone,
    created_by_id bigint NOT NULL,
    job_id bigint,
    undone_by_id bigint
);

ALTER TABLE public.review_batch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_batch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_correction (
    id bigint NOT NULL,
    before text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    editor_id bigint NOT NULL,
    response_id bigint NOT NULL,
    part character varying(11) NOT NULL
);

ALTER TABLE public.review_correction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_correction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_decision (
    response_id bigint NOT NULL,
    good boolean NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    label_id bigint NOT NULL,
    good_votes smallint NOT NULL,
    voters smallint NOT NULL,
    CONSTRAINT review_decision_good_votes_check CHECK ((good_votes >= 0)),
    CONSTRAINT review_decision_voters_check CHECK ((voters >= 0))
);

CREATE TABLE public.review_duel (
    id bigint NOT NULL,
    is_done boolean NOT NULL,
    instruction_id bigint NOT NULL,
    one_id bigint NOT NULL,
    other_id bigint NOT NULL,
    queue_id bigint NOT NULL,
    CONSTRAINT duel_in_order CHECK ((one_id < other_id))
);

ALTER TABLE public.review_duel ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_duel_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_entry (
    id bigint NOT NULL,
    "position" bigint NOT NULL,
    state character varying(4) NOT NULL,
    response_id bigint NOT NULL,
    queue_id bigint NOT NULL
);

ALTER TABLE public.review_entry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_flag (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    response_id bigint NOT NULL,
    reviewer_id bigint NOT NULL
);

ALTER TABLE public.review_flag ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_flag_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_gold (
    response_id bigint NOT NULL,
    good boolean NOT NULL,
    created_at timestamp with time zone NOT NULL,
    editor_id bigint,
    origin_id bigint,
    why text NOT NULL
);

CREATE TABLE public.review_goldhold (
    id bigint NOT NULL,
    queue_id bigint NOT NULL,
    response_id bigint NOT NULL,
    reviewer_id bigint NOT NULL
);

ALTER TABLE public.review_goldhold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_goldhold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_guess (
    response_id bigint NOT NULL,
    probability double precision NOT NULL,
    rank double precision NOT NULL
);

CREATE TABLE public.review_guideline (
    id bigint NOT NULL,
    number integer NOT NULL,
    text text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by_id bigint,
    queue_id bigint NOT NULL,
    CONSTRAINT review_guideline_number_check CHECK ((number >= 0))
);

ALTER TABLE public.review_guideline ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_guideline_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_joined (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    queue_id bigint NOT NULL,
    reviewer_id bigint NOT NULL
);

ALTER TABLE public.review_joined ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_joined_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_keymap (
    user_id bigint NOT NULL,
    keys jsonb NOT NULL
);

CREATE TABLE public.review_label (
    id bigint NOT NULL,
    value character varying(9) NOT NULL,
    reasons character varying(40)[] NOT NULL,
    note text NOT NULL,
    seconds double precision,
    created_at timestamp with time zone NOT NULL,
    response_id bigint NOT NULL,
    reviewer_id bigint NOT NULL,
    judged bytea,
    batch_id bigint,
    guideline_id bigint,
    queue_id bigint
);

ALTER TABLE public.review_label ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_label_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_preference (
    id bigint NOT NULL,
    choice character varying(9) NOT NULL,
    one_was_left boolean NOT NULL,
    seconds double precision,
    judged bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    duel_id bigint NOT NULL,
    reviewer_id bigint NOT NULL
);

ALTER TABLE public.review_preference ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_preference_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_promotion (
    response_id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    editor_id bigint,
    example_id bigint NOT NULL
);

CREATE TABLE public.review_queue (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    filter jsonb NOT NULL,
    "order" character varying(14) NOT NULL,
    random_seed bigint NOT NULL,
    reviewers smallint NOT NULL,
    is_blind boolean NOT NULL,
    may_correct boolean NOT NULL,
    gold_share double precision NOT NULL,
    is_default boolean NOT NULL,
    is_closed boolean NOT NULL,
    seen_through bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by_id bigint,
    evidence_last boolean NOT NULL,
    is_pairwise boolean NOT NULL,
    bound_pairs smallint NOT NULL,
    bound_share double precision NOT NULL,
    gold_altered boolean NOT NULL,
    is_onboarding boolean NOT NULL,
    leave_out character varying(8) NOT NULL,
    CONSTRAINT queue_gold_share CHECK ((((gold_share >= (0.0)::double precision) AND (gold_share <= (0.5)::double precision)) OR is_onboarding)),
    CONSTRAINT queue_reviewers CHECK (((reviewers >= 1) AND (reviewers <= 10))),
    CONSTRAINT review_queue_bound_pairs_check CHECK ((bound_pairs >= 0)),
    CONSTRAINT review_queue_reviewers_check CHECK ((reviewers >= 0))
);

CREATE TABLE public.review_queue_groups (
    id bigint NOT NULL,
    queue_id bigint NOT NULL,
    group_id integer NOT NULL
);

ALTER TABLE public.review_queue_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_queue_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

ALTER TABLE public.review_queue ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_queue_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_queue_people (
    id bigint NOT NULL,
    queue_id bigint NOT NULL,
    user_id bigint NOT NULL
);

ALTER TABLE public.review_queue_people ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_queue_people_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_reason (
    id bigint NOT NULL,
    code character varying(40) NOT NULL,
    key character varying(1) NOT NULL,
    label character varying(80) NOT NULL,
    stage character varying(11) NOT NULL,
    place smallint NOT NULL,
    is_used boolean NOT NULL,
    CONSTRAINT review_reason_place_check CHECK ((place >= 0))
);

ALTER TABLE public.review_reason ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_reason_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_ruling (
    response_id bigint NOT NULL,
    good boolean NOT NULL,
    note text NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    editor_id bigint NOT NULL
);

CREATE TABLE public.review_seat (
    id bigint NOT NULL,
    number smallint NOT NULL,
    expires_at timestamp with time zone,
    entry_id bigint NOT NULL,
    queue_id bigint NOT NULL,
    reviewer_id bigint NOT NULL,
    CONSTRAINT review_seat_number_check CHECK ((number >= 0)),
    CONSTRAINT seat_number CHECK ((number < 10))
);

ALTER TABLE public.review_seat ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_seat_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_secondlook (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    first_id bigint NOT NULL,
    last_id bigint,
    queue_id bigint NOT NULL,
    response_id bigint NOT NULL,
    reviewer_id bigint NOT NULL
);

ALTER TABLE public.review_secondlook ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_secondlook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.review_tally (
    reviewer_id bigint NOT NULL,
    day date NOT NULL,
    labelled integer NOT NULL
);

CREATE TABLE public.review_teamfigures (
    id bigint NOT NULL,
    data jsonb NOT NULL,
    counted_at timestamp with time zone NOT NULL
);

ALTER TABLE public.review_teamfigures ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.review_teamfigures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seeds_commentcount (
    id bigint NOT NULL,
    key bytea NOT NULL,
    number bigint NOT NULL,
    seeds bigint[] NOT NULL,
    source_id bigint NOT NULL
);

ALTER TABLE public.seeds_commentcount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.seeds_commentcount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seeds_gathering (
    id bigint NOT NULL,
    settings jsonb NOT NULL,
    "limit" integer,
    job_id bigint NOT NULL,
    source_id bigint NOT NULL,
    files_before bigint NOT NULL,
    resumed_at timestamp with time zone,
    share_before double precision NOT NULL,
    CONSTRAINT seeds_gathering_limit_check CHECK (("limit" >= 0))
);

ALTER TABLE public.seeds_gathering ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.seeds_gathering_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seeds_gatheringcount (
    id bigint NOT NULL,
    "group" character varying(10) NOT NULL,
    code character varying(40) NOT NULL,
    number bigint NOT NULL,
    gathering_id bigint NOT NULL
);

ALTER TABLE public.seeds_gatheringcount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.seeds_gatheringcount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seeds_rejected (
    id bigint NOT NULL,
    reason character varying(40) NOT NULL,
    path text NOT NULL,
    start bigint,
    text text NOT NULL,
    message text NOT NULL,
    gathering_id bigint NOT NULL
);

ALTER TABLE public.seeds_rejected ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.seeds_rejected_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seeds_seed (
    id bigint NOT NULL,
    text text NOT NULL,
    text_hash bytea NOT NULL,
    template_hash bytea NOT NULL,
    start bigint NOT NULL,
    "end" bigint NOT NULL,
    line integer NOT NULL,
    kind character varying(20) NOT NULL,
    dialect character varying(12) NOT NULL,
    comment text NOT NULL,
    description text NOT NULL,
    description_source character varying(8) NOT NULL,
    schema_context text NOT NULL,
    trimmed boolean NOT NULL,
    masked boolean NOT NULL,
    search tsvector GENERATED ALWAYS AS (to_tsvector('simple'::regconfig, ((COALESCE(text, ''::text) || ' '::text) || COALESCE(description, ''::text)))) STORED,
    created_at timestamp with time zone NOT NULL,
    file_id bigint NOT NULL,
    licence character varying(200) NOT NULL,
    source_id bigint,
    CONSTRAINT seed_range CHECK (("end" > start)),
    CONSTRAINT seeds_seed_line_check CHECK ((line >= 0))
);

ALTER TABLE public.seeds_seed ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.seeds_seed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seeds_seedband (
    band bigint CONSTRAINT seeds_seedband_band_not_null1 NOT NULL,
    seed_id bigint CONSTRAINT seeds_seedband_seed_id_not_null1 NOT NULL
);

CREATE TABLE public.seeds_source (
    id bigint NOT NULL,
    spec character varying(500) NOT NULL,
    kind character varying(20) NOT NULL,
    options jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL
);

ALTER TABLE public.seeds_source ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.seeds_source_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.seeds_sourcefile (
    id bigint NOT NULL,
    reason character varying(40) NOT NULL,
    message text NOT NULL,
    key bytea NOT NULL,
    path text NOT NULL,
    repository character varying(300) NOT NULL,
    licences character varying(100)[] NOT NULL,
    blob_id character varying(64) NOT NULL,
    encoding character varying(40) NOT NULL,
    dialect character varying(12) NOT NULL,
    dialect_confidence double precision NOT NULL,
    bytes bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    gathering_id bigint,
    source_id bigint NOT NULL,
    dialect_of_neighbours boolean NOT NULL,
    own_licence character varying(100) NOT NULL
);

ALTER TABLE public.seeds_sourcefile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.seeds_sourcefile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.studio_trial (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by_id bigint,
    draft_run_id bigint NOT NULL,
    published_run_id bigint NOT NULL
);

ALTER TABLE public.studio_trial ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.studio_trial_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.validation_agreement (
    id bigint NOT NULL,
    score double precision NOT NULL,
    in_largest_group boolean NOT NULL,
    instruction_id bigint NOT NULL,
    response_id bigint NOT NULL
);

ALTER TABLE public.validation_agreement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.validation_agreement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.validation_checkresult (
    id bigint NOT NULL,
    part character varying(12) NOT NULL,
    code character varying(40) NOT NULL,
    version smallint NOT NULL,
    passed boolean NOT NULL,
    message text NOT NULL,
    start integer,
    "end" integer,
    response_id bigint NOT NULL,
    reason character varying(40) NOT NULL,
    CONSTRAINT check_failed_has_reason CHECK (((passed OR (NOT ((reason)::text = ''::text))) AND (1 = (
CASE
    WHEN passed THEN 1
    ELSE 0
END +
CASE
    WHEN (NOT ((reason)::text = ''::text)) THEN 1
    ELSE 0
END)))),
    CONSTRAINT validation_checkresult_end_check CHECK (("end" >= 0)),
    CONSTRAINT validation_checkresult_start_check CHECK ((start >= 0)),
    CONSTRAINT validation_checkresult_version_check CHECK ((version >= 0))
);

ALTER TABLE public.validation_checkresult ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.validation_checkresult_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.validation_difference (
    id bigint NOT NULL,
    data jsonb,
    judged bytea NOT NULL,
    created_at timestamp with time zone NOT NULL,
    one_id bigint NOT NULL,
    other_id bigint NOT NULL,
    CONSTRAINT difference_in_order CHECK ((one_id < other_id))
);

ALTER TABLE public.validation_difference ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.validation_difference_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.validation_likeness (
    response_id bigint NOT NULL,
    exact bigint NOT NULL,
    skeleton bigint NOT NULL,
    bands bigint[] NOT NULL,
    is_exact boolean NOT NULL,
    same_sql_id bigint,
    twin_id bigint
);

CREATE TABLE public.validation_storedreading (
    id bigint NOT NULL,
    dialect character varying(12) NOT NULL,
    missing_tables text[] NOT NULL,
    placeholders text[] NOT NULL,
    notes text[] NOT NULL,
    data jsonb NOT NULL,
    response_id bigint NOT NULL
);

ALTER TABLE public.validation_storedreading ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.validation_storedreading_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.validation_verdict (
    id bigint NOT NULL,
    database character varying(12) NOT NULL,
    outcome character varying(14) NOT NULL,
    message text NOT NULL,
    diff jsonb,
    strength double precision,
    transpiled boolean NOT NULL,
    version smallint NOT NULL,
    milliseconds double precision NOT NULL,
    created_at timestamp with time zone NOT NULL,
    response_id bigint NOT NULL,
    notes character varying(20)[] NOT NULL,
    survivor jsonb,
    CONSTRAINT validation_verdict_version_check CHECK ((version >= 0)),
    CONSTRAINT verdict_outcome_known CHECK (((outcome)::text = ANY ((ARRAY['passed'::character varying, 'wrong_result'::character varying, 'sql_error'::character varying, 'timeout'::character varying, 'refused'::character varying, 'no_sql'::character varying, 'no_tests'::character varying, 'vacuous'::character varying, 'not_judged'::character varying])::text[])))
);

ALTER TABLE public.validation_verdict ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.validation_verdict_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhooks_attempt (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    status smallint,
    milliseconds integer NOT NULL,
    problem character varying(500) NOT NULL,
    answer text NOT NULL,
    message_id bigint NOT NULL,
    CONSTRAINT webhooks_attempt_milliseconds_check CHECK ((milliseconds >= 0)),
    CONSTRAINT webhooks_attempt_status_check CHECK ((status >= 0))
);

ALTER TABLE public.webhooks_attempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.webhooks_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhooks_endpoint (
    id bigint NOT NULL,
    name character varying(80) NOT NULL,
    url character varying(500) NOT NULL,
    events character varying(30)[] NOT NULL,
    sealed_secret text CONSTRAINT webhooks_endpoint_secret_not_null NOT NULL,
    sealed_old_secret text CONSTRAINT webhooks_endpoint_old_secret_not_null NOT NULL,
    old_secret_until timestamp with time zone,
    status character varying(6) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    created_by_id bigint,
    job_id bigint NOT NULL
);

ALTER TABLE public.webhooks_endpoint ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.webhooks_endpoint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhooks_message (
    id bigint NOT NULL,
    key character varying(40) NOT NULL,
    event character varying(30) NOT NULL,
    data jsonb NOT NULL,
    status character varying(9) NOT NULL,
    attempts_made smallint NOT NULL,
    next_at timestamp with time zone NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    endpoint_id bigint NOT NULL,
    replay_of_id bigint,
    CONSTRAINT webhooks_message_attempts_made_check CHECK ((attempts_made >= 0))
);

ALTER TABLE public.webhooks_message ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.webhooks_message_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

INSERT INTO public.auth_permission (id, name, content_type_id, codename) VALUES
	(1, 'Can add permission', 1, 'add_permission'),
	(2, 'Can change permission', 1, 'change_permission'),
	(3, 'Can delete permission', 1, 'delete_permission'),
	(4, 'Can view permission', 1, 'view_permission'),
	(5, 'Can add group', 2, 'add_group'),
	(6, 'Can change group', 2, 'change_group'),
	(7, 'Can delete group', 2, 'delete_group'),
	(8, 'Can view group', 2, 'view_group'),
	(9, 'Can add content type', 3, 'add_contenttype'),
	(10, 'Can change content type', 3, 'change_contenttype'),
	(11, 'Can delete content type', 3, 'delete_contenttype'),
	(12, 'Can view content type', 3, 'view_contenttype'),
	(13, 'Can add session', 4, 'add_session'),
	(14, 'Can change session', 4, 'change_session'),
	(15, 'Can delete session', 4, 'delete_session'),
	(16, 'Can view session', 4, 'view_session'),
	(17, 'Can add access attempt', 5, 'add_accessattempt'),
	(18, 'Can change access attempt', 5, 'change_accessattempt'),
	(19, 'Can delete access attempt', 5, 'delete_accessattempt'),
	(20, 'Can view access attempt', 5, 'view_accessattempt'),
	(21, 'Can add access log', 6, 'add_accesslog'),
	(22, 'Can change access log', 6, 'change_accesslog'),
	(23, 'Can delete access log', 6, 'delete_accesslog'),
	(24, 'Can view access log', 6, 'view_accesslog'),
	(25, 'Can add access failure', 7, 'add_accessfailurelog'),
	(26, 'Can change access failure', 7, 'change_accessfailurelog'),
	(27, 'Can delete access failure', 7, 'delete_accessfailurelog'),
	(28, 'Can view access failure', 7, 'view_accessfailurelog'),
	(29, 'Can add access attempt expiration', 8, 'add_accessattemptexpiration'),
	(30, 'Can change access attempt expiration', 8, 'change_accessattemptexpiration'),
	(31, 'Can delete access attempt expiration', 8, 'delete_accessattemptexpiration'),
	(32, 'Can view access attempt expiration', 8, 'view_accessattemptexpiration'),
	(33, 'Can add figure', 9, 'add_figure'),
	(34, 'Can change figure', 9, 'change_figure'),
	(35, 'Can delete figure', 9, 'delete_figure'),
	(36, 'Can view figure', 9, 'view_figure'),
	(37, 'Can add job', 10, 'add_job'),
	(38, 'Can change job', 10, 'change_job'),
	(39, 'Can delete job', 10, 'delete_job'),
	(40, 'Can view job', 10, 'view_job'),
	(41, 'Can add work unit', 11, 'add_workunit'),
	(42, 'Can change work unit', 11, 'change_workunit'),
	(43, 'Can delete work unit', 11, 'delete_workunit'),
	(44, 'Can view work unit', 11, 'view_workunit'),
	(45, 'Can add user', 12, 'add_user'),
	(46, 'Can change user', 12, 'change_user'),
	(47, 'Can delete user', 12, 'delete_user'),
	(48, 'Can view user', 12, 'view_user'),
	(49, 'Can add invitation', 13, 'add_invitation'),
	(50, 'Can change invitation', 13, 'change_invitation'),
	(51, 'Can delete invitation', 13, 'delete_invitation'),
	(52, 'Can view invitation', 13, 'view_invitation'),
	(53, 'Can add audit entry', 14, 'add_auditentry'),
	(54, 'Can change audit entry', 14, 'change_auditentry'),
	(55, 'Can delete audit entry', 14, 'delete_auditentry'),
	(56, 'Can view audit entry', 14, 'view_auditentry'),
	(57, 'Can add source', 15, 'add_source'),
	(58, 'Can change source', 15, 'change_source'),
	(59, 'Can delete source', 15, 'delete_source'),
	(60, 'Can view source', 15, 'view_source'),
	(61, 'Can add gathering', 16, 'add_gathering'),
	(62, 'Can change gathering', 16, 'change_gathering'),
	(63, 'Can delete gathering', 16, 'delete_gathering'),
	(64, 'Can view gathering', 16, 'view_gathering'),
	(65, 'Can add source file', 17, 'add_sourcefile'),
	(66, 'Can change source file', 17, 'change_sourcefile'),
	(67, 'Can delete source file', 17, 'delete_sourcefile'),
	(68, 'Can view source file', 17, 'view_sourcefile'),
	(69, 'Can add seed', 18, 'add_seed'),
	(70, 'Can change seed', 18, 'change_seed'),
	(71, 'Can delete seed', 18, 'delete_seed'),
	(72, 'Can view seed', 18, 'view_seed'),
	(73, 'Can add gathering count', 19, 'add_gatheringcount'),
	(74, 'Can change gathering count', 19, 'change_gatheringcount'),
	(75, 'Can delete gathering count', 19, 'delete_gatheringcount'),
	(76, 'Can view gathering count', 19, 'view_gatheringcount'),
	(77, 'Can add rejected', 20, 'add_rejected'),
	(78, 'Can change rejected', 20, 'change_rejected'),
	(79, 'Can delete rejected', 20, 'delete_rejected'),
	(80, 'Can view rejected', 20, 'view_rejected'),
	(81, 'Can add seed band', 21, 'add_seedband'),
	(82, 'Can change seed band', 21, 'change_seedband'),
	(83, 'Can delete seed band', 21, 'delete_seedband'),
	(84, 'Can view seed band', 21, 'view_seedband'),
	(85, 'Can add comment count', 22, 'add_commentcount'),
	(86, 'Can change comment count', 22, 'change_commentcount'),
	(87, 'Can delete comment count', 22, 'delete_commentcount'),
	(88, 'Can view comment count', 22, 'view_commentcount'),
	(89, 'Can add few shot set', 23, 'add_fewshotset'),
	(90, 'Can change few shot set', 23, 'change_fewshotset'),
	(91, 'Can delete few shot set', 23, 'delete_fewshotset'),
	(92, 'Can view few shot set', 23, 'view_fewshotset'),
	(93, 'Can add version', 24, 'add_version'),
	(94, 'Can change version', 24, 'change_version'),
	(95, 'Can delete version', 24, 'delete_version'),
	(96, 'Can view version', 24, 'view_version'),
	(97, 'Can add example', 25, 'add_example'),
	(98, 'Can change example', 25, 'change_example'),
	(99, 'Can delete example', 25, 'delete_example'),
	(100, 'Can view example', 25, 'view_example'),
	(101, 'Can add example run', 26, 'add_examplerun'),
	(102, 'Can change example run', 26, 'change_examplerun'),
	(103, 'Can delete example run', 26, 'delete_examplerun'),
	(104, 'Can view example run', 26, 'view_examplerun'),
	(105, 'Can add completion', 27, 'add_completion'),
	(106, 'Can change completion', 27, 'change_completion'),
	(107, 'Can delete completion', 27, 'delete_completion'),
	(108, 'Can view completion', 27, 'view_completion'),
	(109, 'Can add concepts', 28, 'add_concepts'),
	(110, 'Can change concepts', 28, 'change_concepts'),
	(111, 'Can delete concepts', 28, 'delete_concepts'),
	(112, 'Can view concepts', 28, 'view_concepts'),
	(113, 'Can add import', 29, 'add_import'),
	(114, 'Can change import', 29, 'change_import'),
	(115, 'Can delete import', 29, 'delete_import'),
	(116, 'Can view import', 29, 'view_import'),
	(117, 'Can add instruction', 30, 'add_instruction'),
	(118, 'Can change instruction', 30, 'change_instruction'),
	(119, 'Can delete instruction', 30, 'delete_instruction'),
	(120, 'Can view instruction', 30, 'view_instruction'),
	(121, 'Can add recipe', 31, 'add_recipe'),
	(122, 'Can change recipe', 31, 'change_recipe'),
	(123, 'Can delete recipe', 31, 'delete_recipe'),
	(124, 'Can view recipe', 31, 'view_recipe'),
	(125, 'Can add response', 32, 'add_response'),
	(126, 'Can change response', 32, 'change_response'),
	(127, 'Can delete response', 32, 'delete_response'),
	(128, 'Can view response', 32, 'view_response'),
	(129, 'Can add run', 33, 'add_run'),
	(130, 'Can change run', 33, 'change_run'),
	(131, 'Can delete run', 33, 'delete_run'),
	(132, 'Can view run', 33, 'view_run'),
	(133, 'Can add run seed', 34, 'add_runseed'),
	(134, 'Can change run seed', 34, 'change_runseed'),
	(135, 'Can delete run seed', 34, 'delete_runseed'),
	(136, 'Can view run seed', 34, 'view_runseed'),
	(137, 'Can add run minute', 35, 'add_runminute'),
	(138, 'Can change run minute', 35, 'change_runminute'),
	(139, 'Can delete run minute', 35, 'delete_runminute'),
	(140, 'Can view run minute', 35, 'view_runminute'),
	(141, 'Can add server sample', 36, 'add_serversample'),
	(142, 'Can change server sample', 36, 'change_serversample'),
	(143, 'Can delete server sample', 36, 'delete_serversample'),
	(144, 'Can view server sample', 36, 'view_serversample'),
	(145, 'Can add agreement', 37, 'add_agreement'),
	(146, 'Can change agreement', 37, 'change_agreement'),
	(147, 'Can delete agreement', 37, 'delete_agreement'),
	(148, 'Can view agreement', 37, 'view_agreement'),
	(149, 'Can add stored reading', 38, 'add_storedreading'),
	(150, 'Can change stored reading', 38, 'change_storedreading'),
	(151, 'Can delete stored reading', 38, 'delete_storedreading'),
	(152, 'Can view stored reading', 38, 'view_storedreading'),
	(153, 'Can add check result', 39, 'add_checkresult'),
	(154, 'Can change check result', 39, 'change_checkresult'),
	(155, 'Can delete check result', 39, 'delete_checkresult'),
	(156, 'Can view check result', 39, 'view_checkresult'),
	(157, 'Can add verdict', 40, 'add_verdict'),
	(158, 'Can change verdict', 40, 'change_verdict'),
	(159, 'Can delete verdict', 40, 'delete_verdict'),
	(160, 'Can view verdict', 40, 'view_verdict'),
	(161, 'Can add difference', 41, 'add_difference'),
	(162, 'Can change difference', 41, 'change_difference'),
	(163, 'Can delete difference', 41, 'delete_difference'),
	(164, 'Can view difference', 41, 'view_difference'),
	(165, 'Can add likeness', 42, 'add_likeness'),
	(166, 'Can change likeness', 42, 'change_likeness'),
	(167, 'Can delete likeness', 42, 'delete_likeness'),
	(168, 'Can view likeness', 42, 'view_likeness'),
	(169, 'Can add decision', 43, 'add_decision'),
	(170, 'Can change decision', 43, 'change_decision'),
	(171, 'Can delete decision', 43, 'delete_decision'),
	(172, 'Can view decision', 43, 'view_decision'),
	(173, 'Can add label', 44, 'add_label'),
	(174, 'Can change label', 44, 'change_label'),
	(175, 'Can delete label', 44, 'delete_label'),
	(176, 'Can view label', 44, 'view_label'),
	(177, 'Can add correction', 45, 'add_correction'),
	(178, 'Can change correction', 45, 'change_correction'),
	(179, 'Can delete correction', 45, 'delete_correction'),
	(180, 'Can view correction', 45, 'view_correction'),
	(181, 'Can add key map', 46, 'add_keymap'),
	(182, 'Can change key map', 46, 'change_keymap'),
	(183, 'Can delete key map', 46, 'delete_keymap'),
	(184, 'Can view key map', 46, 'view_keymap'),
	(185, 'Can add reason', 47, 'add_reason'),
	(186, 'Can change reason', 47, 'change_reason'),
	(187, 'Can delete reason', 47, 'delete_reason'),
	(188, 'Can view reason', 47, 'view_reason'),
	(189, 'Can add seat', 48, 'add_seat'),
	(190, 'Can change seat', 48, 'change_seat'),
	(191, 'Can delete seat', 48, 'delete_seat'),
	(192, 'Can view seat', 48, 'view_seat'),
	(193, 'Can add batch', 49, 'add_batch'),
	(194, 'Can change batch', 49, 'change_batch'),
	(195, 'Can delete batch', 49, 'delete_batch'),
	(196, 'Can view batch', 49, 'view_batch'),
	(197, 'Can add flag', 50, 'add_flag'),
	(198, 'Can change flag', 50, 'change_flag'),
	(199, 'Can delete flag', 50, 'delete_flag'),
	(200, 'Can view flag', 50, 'view_flag'),
	(201, 'Can add guideline', 51, 'add_guideline'),
	(202, 'Can change guideline', 51, 'change_guideline'),
	(203, 'Can delete guideline', 51, 'delete_guideline'),
	(204, 'Can view guideline', 51, 'view_guideline'),
	(205, 'Can add queue', 52, 'add_queue'),
	(206, 'Can change queue', 52, 'change_queue'),
	(207, 'Can delete queue', 52, 'delete_queue'),
	(208, 'Can view queue', 52, 'view_queue'),
	(209, 'Can add entry', 53, 'add_entry'),
	(210, 'Can change entry', 53, 'change_entry'),
	(211, 'Can delete entry', 53, 'delete_entry'),
	(212, 'Can view entry', 53, 'view_entry'),
	(213, 'Can add gold', 54, 'add_gold'),
	(214, 'Can change gold', 54, 'change_gold'),
	(215, 'Can delete gold', 54, 'delete_gold'),
	(216, 'Can view gold', 54, 'view_gold'),
	(217, 'Can add ruling', 55, 'add_ruling'),
	(218, 'Can change ruling', 55, 'change_ruling'),
	(219, 'Can delete ruling', 55, 'delete_ruling'),
	(220, 'Can view ruling', 55, 'view_ruling'),
	(221, 'Can add team figures', 56, 'add_teamfigures'),
	(222, 'Can change team figures', 56, 'change_teamfigures'),
	(223, 'Can delete team figures', 56, 'delete_teamfigures'),
	(224, 'Can view team figures', 56, 'view_teamfigures'),
	(225, 'Can add promotion', 57, 'add_promotion'),
	(226, 'Can change promotion', 57, 'change_promotion'),
	(227, 'Can delete promotion', 57, 'delete_promotion'),
	(228, 'Can view promotion', 57, 'view_promotion'),
	(229, 'Can add duel', 58, 'add_duel'),
	(230, 'Can change duel', 58, 'change_duel'),
	(231, 'Can delete duel', 58, 'delete_duel'),
	(232, 'Can view duel', 58, 'view_duel'),
	(233, 'Can add gold hold', 59, 'add_goldhold'),
	(234, 'Can change gold hold', 59, 'change_goldhold'),
	(235, 'Can delete gold hold', 59, 'delete_goldhold'),
	(236, 'Can view gold hold', 59, 'view_goldhold'),
	(237, 'Can add preference', 60, 'add_preference'),
	(238, 'Can change preference', 60, 'change_preference'),
	(239, 'Can delete preference', 60, 'delete_preference'),
	(240, 'Can view preference', 60, 'view_preference'),
	(241, 'Can add second look', 61, 'add_secondlook'),
	(242, 'Can change second look', 61, 'change_secondlook'),
	(243, 'Can delete second look', 61, 'delete_secondlook'),
	(244, 'Can view second look', 61, 'view_secondlook'),
	(245, 'Can add acceptance', 62, 'add_acceptance'),
	(246, 'Can change acceptance', 62, 'change_acceptance'),
	(247, 'Can delete acceptance', 62, 'delete_acceptance'),
	(248, 'Can view acceptance', 62, 'view_acceptance'),
	(249, 'Can add guess', 63, 'add_guess'),
	(250, 'Can change guess', 63, 'change_guess'),
	(251, 'Can delete guess', 63, 'delete_guess'),
	(252, 'Can view guess', 63, 'view_guess'),
	(253, 'Can add joined', 64, 'add_joined'),
	(254, 'Can change joined', 64, 'change_joined'),
	(255, 'Can delete joined', 64, 'delete_joined'),
	(256, 'Can view joined', 64, 'view_joined'),
	(257, 'Can add tally', 65, 'add_tally'),
	(258, 'Can change tally', 65, 'change_tally'),
	(259, 'Can delete tally', 65, 'delete_tally'),
	(260, 'Can view tally', 65, 'view_tally'),
	(261, 'Can add trial', 66, 'add_trial'),
	(262, 'Can change trial', 66, 'change_trial'),
	(263, 'Can delete trial', 66, 'delete_trial'),
	(264, 'Can view trial', 66, 'view_trial'),
	(265, 'Can add judge', 67, 'add_judge'),
	(266, 'Can change judge', 67, 'change_judge'),
	(267, 'Can delete judge', 67, 'delete_judge'),
	(268, 'Can view judge', 67, 'view_judge'),
	(269, 'Can add judging', 68, 'add_judging'),
	(270, 'Can change judging', 68, 'change_judging'),
	(271, 'Can delete judging', 68, 'delete_judging'),
	(272, 'Can view judging', 68, 'view_judging'),
	(273, 'Can add judgement', 69, 'add_judgement'),
	(274, 'Can change judgement', 69, 'change_judgement'),
	(275, 'Can delete judgement', 69, 'delete_judgement'),
	(276, 'Can view judgement', 69, 'view_judgement'),
	(277, 'Can add sample pair', 70, 'add_samplepair'),
	(278, 'Can change sample pair', 70, 'change_samplepair'),
	(279, 'Can delete sample pair', 70, 'delete_samplepair'),
	(280, 'Can view sample pair', 70, 'view_samplepair'),
	(281, 'Can add blind test', 71, 'add_blindtest'),
	(282, 'Can change blind test', 71, 'change_blindtest'),
	(283, 'Can delete blind test', 71, 'delete_blindtest'),
	(284, 'Can view blind test', 71, 'view_blindtest'),
	(285, 'Can add blind seed', 72, 'add_blindseed'),
	(286, 'Can change blind seed', 72, 'change_blindseed'),
	(287, 'Can delete blind seed', 72, 'delete_blindseed'),
	(288, 'Can view blind seed', 72, 'view_blindseed'),
	(289, 'Can add search', 73, 'add_search'),
	(290, 'Can change search', 73, 'change_search'),
	(291, 'Can delete search', 73, 'delete_search'),
	(292, 'Can view search', 73, 'view_search'),
	(293, 'Can add export', 74, 'add_export'),
	(294, 'Can change export', 74, 'change_export'),
	(295, 'Can delete export', 74, 'delete_export'),
	(296, 'Can view export', 74, 'view_export'),
	(297, 'Can add push', 75, 'add_push'),
	(298, 'Can change push', 75, 'change_push'),
	(299, 'Can delete push', 75, 'delete_push'),
	(300, 'Can view push', 75, 'view_push'),
	(301, 'Can add verification', 76, 'add_verification'),
	(302, 'Can change verification', 76, 'change_verification'),
	(303, 'Can delete verification', 76, 'delete_verification'),
	(304, 'Can view verification', 76, 'view_verification'),
	(305, 'Can add benchmark ruling', 77, 'add_benchmarkruling'),
	(306, 'Can change benchmark ruling', 77, 'change_benchmarkruling'),
	(307, 'Can delete benchmark ruling', 77, 'delete_benchmarkruling'),
	(308, 'Can view benchmark ruling', 77, 'view_benchmarkruling'),
	(309, 'Can add endpoint', 78, 'add_endpoint'),
	(310, 'Can change endpoint', 78, 'change_endpoint'),
	(311, 'Can delete endpoint', 78, 'delete_endpoint'),
	(312, 'Can view endpoint', 78, 'view_endpoint'),
	(313, 'Can add message', 79, 'add_message'),
	(314, 'Can change message', 79, 'change_message'),
	(315, 'Can delete message', 79, 'delete_message'),
	(316, 'Can view message', 79, 'view_message'),
	(317, 'Can add attempt', 80, 'add_attempt'),
	(318, 'Can change attempt', 80, 'change_attempt'),
	(319, 'Can delete attempt', 80, 'delete_attempt'),
	(320, 'Can view attempt', 80, 'view_attempt'),
	(321, 'Can add token', 81, 'add_token'),
	(322, 'Can change token', 81, 'change_token'),
	(323, 'Can delete token', 81, 'delete_token'),
	(324, 'Can view token', 81, 'view_token'),
	(325, 'Can add answer', 82, 'add_answer'),
	(326, 'Can change answer', 82, 'change_answer'),
	(327, 'Can delete answer', 82, 'delete_answer'),
	(328, 'Can view answer', 82, 'view_answer');

INSERT INTO public.django_content_type (id, app_label, model) VALUES
	(1, 'auth', 'permission'),
	(2, 'auth', 'group'),
	(3, 'contenttypes', 'contenttype'),
	(4, 'sessions', 'session'),
	(5, 'axes', 'accessattempt'),
	(6, 'axes', 'accesslog'),
	(7, 'axes', 'accessfailurelog'),
	(8, 'axes', 'accessattemptexpiration'),
	(9, 'core', 'figure'),
	(10, 'core', 'job'),
	(11, 'core', 'workunit'),
	(12, 'accounts', 'user'),
	(13, 'accounts', 'invitation'),
	(14, 'accounts', 'auditentry'),
	(15, 'seeds', 'source'),
	(16, 'seeds', 'gathering'),
	(17, 'seeds', 'sourcefile'),
	(18, 'seeds', 'seed'),
	(19, 'seeds', 'gatheringcount'),
	(20, 'seeds', 'rejected'),
	(21, 'seeds', 'seedband'),
	(22, 'seeds', 'commentcount'),
	(23, 'fewshot', 'fewshotset'),
	(24, 'fewshot', 'version'),
	(25, 'fewshot', 'example'),
	(26, 'fewshot', 'examplerun'),
	(27, 'generation', 'completion'),
	(28, 'generation', 'concepts'),
	(29, 'generation', 'import'),
	(30, 'generation', 'instruction'),
	(31, 'generation', 'recipe'),
	(32, 'generation', 'response'),
	(33, 'generation', 'run'),
	(34, 'generation', 'runseed'),
	(35, 'generation', 'runminute'),
	(36, 'generation', 'serversample'),
	(37, 'validation', 'agreement'),
	(38, 'validation', 'storedreading'),
	(39, 'validation', 'checkresult'),
	(40, 'validation', 'verdict'),
	(41, 'validation', 'difference'),
	(42, 'validation', 'likeness'),
	(43, 'review', 'decision'),
	(44, 'review', 'label'),
	(45, 'review', 'correction'),
	(46, 'review', 'keymap'),
	(47, 'review', 'reason'),
	(48, 'review', 'seat'),
	(49, 'review', 'batch'),
	(50, 'review', 'flag'),
	(51, 'review', 'guideline'),
	(52, 'review', 'queue'),
	(53, 'review', 'entry'),
	(54, 'review', 'gold'),
	(55, 'review', 'ruling'),
	(56, 'review', 'teamfigures'),
	(57, 'review', 'promotion'),
	(58, 'review', 'duel'),
	(59, 'review', 'goldhold'),
	(60, 'review', 'preference'),
	(61, 'review', 'secondlook'),
	(62, 'review', 'acceptance'),
	(63, 'review', 'guess'),
	(64, 'review', 'joined'),
	(65, 'review', 'tally'),
	(66, 'studio', 'trial'),
	(67, 'judge', 'judge'),
	(68, 'judge', 'judging'),
	(69, 'judge', 'judgement'),
	(70, 'judge', 'samplepair'),
	(71, 'evidence', 'blindtest'),
	(72, 'evidence', 'blindseed'),
	(73, 'evidence', 'search'),
	(74, 'exports', 'export'),
	(75, 'exports', 'push'),
	(76, 'exports', 'verification'),
	(77, 'exports', 'benchmarkruling'),
	(78, 'webhooks', 'endpoint'),
	(79, 'webhooks', 'message'),
	(80, 'webhooks', 'attempt'),
	(81, 'api', 'token'),
	(82, 'api', 'answer');

INSERT INTO public.django_migrations (id, app, name, applied) VALUES
	(1, 'generation', '0001_initial', now()),
	(2, 'validation', '0001_initial', now()),
	(3, 'contenttypes', '0001_initial', now()),
	(4, 'contenttypes', '0002_remove_content_type_name', now()),
	(5, 'auth', '0001_initial', now()),
	(6, 'auth', '0002_alter_permission_name_max_length', now()),
	(7, 'auth', '0003_alter_user_email_max_length', now()),
	(8, 'auth', '0004_alter_user_username_opts', now()),
	(9, 'auth', '0005_alter_user_last_login_null', now()),
	(10, 'auth', '0006_require_contenttypes_0002', now()),
	(11, 'auth', '0007_alter_validators_add_error_messages', now()),
	(12, 'auth', '0008_alter_user_username_max_length', now()),
	(13, 'auth', '0009_alter_user_last_name_max_length', now()),
	(14, 'auth', '0010_alter_group_name_max_length', now()),
	(15, 'auth', '0011_update_proxy_permissions', now()),
	(16, 'auth', '0012_alter_user_first_name_max_length', now()),
	(17, 'accounts', '0001_initial', now()),
	(18, 'core', '0001_initial', now()),
	(19, 'seeds', '0001_initial', now()),
	(20, 'fewshot', '0001_initial', now()),
	(21, 'fewshot', '0002_published_never_changes', now()),
	(22, 'generation', '0002_initial', now()),
	(23, 'generation', '0003_recipe_never_changes', now()),
	(24, 'validation', '0002_check_reason', now()),
	(25, 'generation', '0004_import_details', now()),
	(26, 'validation', '0003_not_judged_and_notes', now()),
	(27, 'seeds', '0002_browse_and_near_duplicates', now()),
	(28, 'seeds', '0003_seedband_one_index', now()),
	(29, 'seeds', '0004_resumed_at', now()),
	(30, 'seeds', '0005_own_licence_and_comment_counts', now()),
	(31, 'generation', '0005_import_in_a_worker', now()),
	(32, 'generation', '0006_import_is_sample', now()),
	(33, 'generation', '0007_arrangements_and_samples', now()),
	(34, 'generation', '0008_runs_under_control', now()),
	(35, 'generation', '0009_trials', now()),
	(36, 'generation', '0010_instructions_made_of_others', now()),
	(37, 'validation', '0004_likeness', now()),
	(38, 'review', '0001_initial', now()),
	(39, 'review', '0002_labels_only_added', now()),
	(40, 'review', '0003_one_claim_per_reviewer', now()),
	(41, 'review', '0004_correction', now()),
	(42, 'review', '0005_labels_not_truncated', now()),
	(43, 'review', '0006_sample_labels_may_go', now()),
	(44, 'core', '0002_unit_outlives_job', now()),
	(45, 'review', '0007_queues', now()),
	(46, 'review', '0008_queue_functions', now()),
	(47, 'review', '0009_label_and_next', now()),
	(48, 'review', '0010_team', now()),
	(49, 'review', '0011_rulings_decide', now()),
	(50, 'fewshot', '0003_history_and_switch', now()),
	(51, 'core', '0003_unit_priority', now()),
	(52, 'core', '0004_job_paused_cancelled', now()),
	(53, 'fewshot', '0004_unshown_lineage_and_runs', now()),
	(54, 'review', '0012_promotion', now()),
	(55, 'review', '0013_gold_looks_and_duels', now()),
	(56, 'judge', '0001_initial', now()),
	(57, 'review', '0014_gold_and_second_looks', now()),
	(58, 'review', '0015_workbench', now()),
	(59, 'review', '0016_workbench_functions', now()),
	(60, 'fewshot', '0005_tried_versions', now()),
	(61, 'accounts', '0002_people_come_and_go', now()),
	(62, 'accounts', '0003_audit_only_added', now()),
	(63, 'accounts', '0004_tour', now()),
	(64, 'accounts', '0005_names_out_of_texts', now()),
	(65, 'api', '0001_tokens', now()),
	(66, 'axes', '0001_initial', now()),
	(67, 'axes', '0002_auto_20151217_2044', now()),
	(68, 'axes', '0003_auto_20160322_0929', now()),
	(69, 'axes', '0004_auto_20181024_1538', now()),
	(70, 'axes', '0005_remove_accessattempt_trusted', now()),
	(71, 'axes', '0006_remove_accesslog_trusted', now()),
	(72, 'axes', '0007_alter_accessattempt_unique_together', now()),
	(73, 'axes', '0008_accessfailurelog', now()),
	(74, 'axes', '0009_add_session_hash', now()),
	(75, 'axes', '0010_accessattemptexpiration', now()),
	(76, 'evidence', '0001_initial', now()),
	(77, 'exports', '0001_initial', now()),
	(78, 'exports', '0002_care_shape_and_rulings', now()),
	(79, 'exports', '0003_push', now()),
	(80, 'exports', '0004_verification', now()),
	(81, 'exports', '0005_benchmark_ruling_and_removed', now()),
	(82, 'validation', '0005_verdict_survivor', now()),
	(83, 'review', '0017_altered_pairs_are_no_progress', now()),
	(84, 'review', '0018_survivor', now()),
	(85, 'review', '0019_recent_reasons', now()),
	(86, 'review', '0020_kept_plans', now()),
	(87, 'review', '0021_tally', now()),
	(88, 'sessions', '0001_initial', now()),
	(89, 'studio', '0001_initial', now()),
	(90, 'studio', '0002_pairs_held_back', now()),
	(91, 'webhooks', '0001_initial', now()),
	(92, 'webhooks', '0002_events', now()),
	(93, 'webhooks', '0003_sealed_secrets', now());

INSERT INTO public.review_queue (id, name, filter, "order", random_seed, reviewers, is_blind, may_correct, gold_share, is_default, is_closed, seen_through, created_at, created_by_id, evidence_last, is_pairwise, bound_pairs, bound_share, gold_altered, is_onboarding, leave_out) VALUES
	(1, 'All pairs', '{}', 'today', 0, 1, false, false, 0, true, false, 0, now(), NULL, false, false, 20, 0.8, false, false, '');

INSERT INTO public.review_reason (id, code, key, label, stage, place, is_used) VALUES
	(1, 'concepts_irrelevant', '1', 'do not fit the seed', 'concepts', 0, true),
	(2, 'concepts_vacuous', '2', 'say nothing: a bare keyword', 'concepts', 1, true),
	(3, 'instruction_unclear', '3', 'unclear, or lacks what is needed', 'instruction', 2, true),
	(4, 'ambiguous_question', 'a', 'ambiguous: may be read in several ways', 'instruction', 3, true),
	(5, 'instruction_wrong', '4', 'wrong or contradicts itself', 'instruction', 4, true),
	(6, 'other_language', '5', 'asks for another language than SQL', 'instruction', 5, true),
	(7, 'translates_program', '6', 'asks to translate a program', 'instruction', 6, true),
	(8, 'wrong_result', '7', 'SQL does not do what is asked', 'response', 7, true),
	(9, 'sql_data', 'd', 'SQL does not fit the data: types, NULLs, format', 'response', 8, true),
	(10, 'domain_knowledge', 'k', 'wrong about the domain: a formula, a unit', 'response', 9, true),
	(11, 'not_sql', '8', 'not SQL, or another language beside it', 'response', 10, true),
	(12, 'text_in_sql', '9', 'text that is no SQL in the SQL block', 'response', 11, true),
	(13, 'test_wrong', '0', 'expected output is wrong', 'response', 12, true),
	(14, 'test_missing', 't', 'no test, or one that proves nothing', 'response', 13, true),
	(15, 'no_explanation', 'e', 'explanation is missing or wrong', 'response', 14, true),
	(16, 'cut_off', 'c', 'cut off, or repeats itself', 'response', 15, true),
	(17, 'other', 'o', 'something else: say it in the note', 'any', 16, true);

SELECT pg_catalog.setval('public.accounts_auditentry_id_seq', 1, false);

SELECT pg_catalog.setval('public.accounts_invitation_groups_id_seq', 1, false);

SELECT pg_catalog.setval('public.accounts_invitation_id_seq', 1, false);

SELECT pg_catalog.setval('public.accounts_user_groups_id_seq', 1, false);

SELECT pg_catalog.setval('public.accounts_user_id_seq', 1, false);

SELECT pg_catalog.setval('public.accounts_user_user_permissions_id_seq', 1, false);

SELECT pg_catalog.setval('public.api_answer_id_seq', 1, false);

SELECT pg_catalog.setval('public.api_token_id_seq', 1, false);

SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);

SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);

SELECT pg_catalog.setval('public.auth_permission_id_seq', 328, true);

SELECT pg_catalog.setval('public.axes_accessattempt_id_seq', 1, false);

SELECT pg_catalog.setval('public.axes_accessfailurelog_id_seq', 1, false);

SELECT pg_catalog.setval('public.axes_accesslog_id_seq', 1, false);

SELECT pg_catalog.setval('public.core_job_id_seq', 1, false);

SELECT pg_catalog.setval('public.core_workunit_id_seq', 1, false);

SELECT pg_catalog.setval('public.django_content_type_id_seq', 82, true);

SELECT pg_catalog.setval('public.django_migrations_id_seq', 93, true);

SELECT pg_catalog.setval('public.evidence_blindseed_id_seq', 1, false);

SELECT pg_catalog.setval('public.evidence_blindtest_id_seq', 1, false);

SELECT pg_catalog.setval('public.evidence_search_id_seq', 1, false);

SELECT pg_catalog.setval('public.exports_export_id_seq', 1, false);

SELECT pg_catalog.setval('public.exports_push_id_seq', 1, false);

SELECT pg_catalog.setval('public.exports_ruling_id_seq', 1, false);

SELECT pg_catalog.setval('public.exports_verification_id_seq', 1, false);

SELECT pg_catalog.setval('public.fewshot_example_id_seq', 1, false);

SELECT pg_catalog.setval('public.fewshot_fewshotset_id_seq', 1, false);

SELECT pg_catalog.setval('public.fewshot_version_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_completion_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_concepts_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_import_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_instruction_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_recipe_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_response_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_run_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_runminute_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_runseed_id_seq', 1, false);

SELECT pg_catalog.setval('public.generation_serversample_id_seq', 1, false);

SELECT pg_catalog.setval('public.judge_judge_id_seq', 1, false);

SELECT pg_catalog.setval('public.judge_judgement_id_seq', 1, false);

SELECT pg_catalog.setval('public.judge_judging_id_seq', 1, false);

SELECT pg_catalog.setval('public.judge_samplepair_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_acceptance_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_batch_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_correction_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_duel_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_entry_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_flag_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_goldhold_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_guideline_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_joined_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_label_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_preference_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_queue_groups_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_queue_id_seq', 1, true);

SELECT pg_catalog.setval('public.review_queue_people_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_reason_id_seq', 17, true);

SELECT pg_catalog.setval('public.review_seat_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_secondlook_id_seq', 1, false);

SELECT pg_catalog.setval('public.review_teamfigures_id_seq', 1, false);

SELECT pg_catalog.setval('public.seeds_commentcount_id_seq', 1, false);

SELECT pg_catalog.setval('public.seeds_gathering_id_seq', 1, false);

SELECT pg_catalog.setval('public.seeds_gatheringcount_id_seq', 1, false);

SELECT pg_catalog.setval('public.seeds_rejected_id_seq', 1, false);

SELECT pg_catalog.setval('public.seeds_seed_id_seq', 1, false);

SELECT pg_catalog.setval('public.seeds_source_id_seq', 1, false);

SELECT pg_catalog.setval('public.seeds_sourcefile_id_seq', 1, false);

SELECT pg_catalog.setval('public.studio_trial_id_seq', 1, false);

SELECT pg_catalog.setval('public.validation_agreement_id_seq', 1, false);

SELECT pg_catalog.setval('public.validation_checkresult_id_seq', 1, false);

SELECT pg_catalog.setval('public.validation_difference_id_seq', 1, false);

SELECT pg_catalog.setval('public.validation_storedreading_id_seq', 1, false);

SELECT pg_catalog.setval('public.validation_verdict_id_seq', 1, false);

SELECT pg_catalog.setval('public.webhooks_attempt_id_seq', 1, false);

SELECT pg_catalog.setval('public.webhooks_endpoint_id_seq', 1, false);

SELECT pg_catalog.setval('public.webhooks_message_id_seq', 1, false);

ALTER TABLE ONLY public.accounts_auditentry
    ADD CONSTRAINT accounts_auditentry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_invitation_groups
    ADD CONSTRAINT accounts_invitation_groups_invitation_id_group_id_cf57af42_uniq UNIQUE (invitation_id, group_id);

ALTER TABLE ONLY public.accounts_invitation_groups
    ADD CONSTRAINT accounts_invitation_groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_used_by_id_key UNIQUE (used_by_id);

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_group_id_59c0b32f_uniq UNIQUE (user_id, group_id);

ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_oidc_subject_key UNIQUE (oidc_subject);

ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq UNIQUE (user_id, permission_id);

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_username_key UNIQUE (username);

ALTER TABLE ONLY public.api_answer
    ADD CONSTRAINT answer_once UNIQUE (token_id, key);

ALTER TABLE ONLY public.api_answer
    ADD CONSTRAINT api_answer_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accessattempt
    ADD CONSTRAINT axes_accessattempt_username_ip_address_user_agent_8ea22282_uniq UNIQUE (username, ip_address, user_agent);

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptexpiration_pkey PRIMARY KEY (access_attempt_id);

ALTER TABLE ONLY public.axes_accessfailurelog
    ADD CONSTRAINT axes_accessfailurelog_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.axes_accesslog
    ADD CONSTRAINT axes_accesslog_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_blindseed
    ADD CONSTRAINT blind_seed_once UNIQUE (test_id, seed_id);

ALTER TABLE ONLY public.validation_checkresult
    ADD CONSTRAINT check_once UNIQUE (response_id, code);

ALTER TABLE ONLY public.seeds_commentcount
    ADD CONSTRAINT comment_once_per_source UNIQUE (source_id, key);

ALTER TABLE ONLY public.core_figure
    ADD CONSTRAINT core_figure_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.core_job
    ADD CONSTRAINT core_job_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.core_workunit
    ADD CONSTRAINT core_workunit_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seeds_gatheringcount
    ADD CONSTRAINT count_once UNIQUE (gathering_id, "group", code);

ALTER TABLE ONLY public.validation_difference
    ADD CONSTRAINT difference_once UNIQUE (one_id, other_id);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);

ALTER TABLE ONLY public.review_duel
    ADD CONSTRAINT duel_once UNIQUE (queue_id, one_id, other_id);

ALTER TABLE ONLY public.review_entry
    ADD CONSTRAINT entry_once UNIQUE (response_id, queue_id);

ALTER TABLE ONLY public.evidence_blindseed
    ADD CONSTRAINT evidence_blindseed_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_blindtest
    ADD CONSTRAINT evidence_blindtest_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_blindtest
    ADD CONSTRAINT evidence_blindtest_queue_id_key UNIQUE (queue_id);

ALTER TABLE ONLY public.evidence_search
    ADD CONSTRAINT evidence_search_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.evidence_search
    ADD CONSTRAINT evidence_search_run_id_key UNIQUE (run_id);

ALTER TABLE ONLY public.fewshot_example
    ADD CONSTRAINT example_number_once UNIQUE (version_id, number);

ALTER TABLE ONLY public.exports_export
    ADD CONSTRAINT exports_export_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.exports_export
    ADD CONSTRAINT exports_export_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.exports_push
    ADD CONSTRAINT exports_push_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.exports_push
    ADD CONSTRAINT exports_push_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.exports_benchmarkruling
    ADD CONSTRAINT exports_ruling_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.exports_verification
    ADD CONSTRAINT exports_verification_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.exports_verification
    ADD CONSTRAINT exports_verification_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.fewshot_example
    ADD CONSTRAINT fewshot_example_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.fewshot_examplerun
    ADD CONSTRAINT fewshot_examplerun_pkey PRIMARY KEY (example_id);

ALTER TABLE ONLY public.fewshot_fewshotset
    ADD CONSTRAINT fewshot_fewshotset_name_key UNIQUE (name);

ALTER TABLE ONLY public.fewshot_fewshotset
    ADD CONSTRAINT fewshot_fewshotset_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.fewshot_version
    ADD CONSTRAINT fewshot_version_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seeds_sourcefile
    ADD CONSTRAINT file_once_per_source UNIQUE (source_id, key);

ALTER TABLE ONLY public.review_flag
    ADD CONSTRAINT flag_once UNIQUE (response_id, reviewer_id);

ALTER TABLE ONLY public.generation_completion
    ADD CONSTRAINT generation_completion_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_concepts
    ADD CONSTRAINT generation_concepts_completion_id_key UNIQUE (completion_id);

ALTER TABLE ONLY public.generation_concepts
    ADD CONSTRAINT generation_concepts_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_import
    ADD CONSTRAINT generation_import_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.generation_import
    ADD CONSTRAINT generation_import_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_import
    ADD CONSTRAINT generation_import_sha256_key UNIQUE (sha256);

ALTER TABLE ONLY public.generation_instruction
    ADD CONSTRAINT generation_instruction_completion_id_key UNIQUE (completion_id);

ALTER TABLE ONLY public.generation_instruction
    ADD CONSTRAINT generation_instruction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_recipe
    ADD CONSTRAINT generation_recipe_fingerprint_key UNIQUE (fingerprint);

ALTER TABLE ONLY public.generation_recipe
    ADD CONSTRAINT generation_recipe_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_response
    ADD CONSTRAINT generation_response_completion_id_key UNIQUE (completion_id);

ALTER TABLE ONLY public.generation_response
    ADD CONSTRAINT generation_response_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_run
    ADD CONSTRAINT generation_run_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.generation_run
    ADD CONSTRAINT generation_run_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_runminute
    ADD CONSTRAINT generation_runminute_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_runseed
    ADD CONSTRAINT generation_runseed_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.generation_serversample
    ADD CONSTRAINT generation_serversample_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_goldhold
    ADD CONSTRAINT gold_hold_once UNIQUE (queue_id, reviewer_id);

ALTER TABLE ONLY public.review_guideline
    ADD CONSTRAINT guideline_number_once UNIQUE (queue_id, number);

ALTER TABLE ONLY public.generation_instruction
    ADD CONSTRAINT import_row_once UNIQUE (imported_id, import_row);

ALTER TABLE ONLY public.review_joined
    ADD CONSTRAINT joined_once UNIQUE (queue_id, reviewer_id);

ALTER TABLE ONLY public.judge_judge
    ADD CONSTRAINT judge_judge_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.judge_judgement
    ADD CONSTRAINT judge_judgement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.judge_judging
    ADD CONSTRAINT judge_judging_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.judge_judging
    ADD CONSTRAINT judge_judging_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.judge_judge
    ADD CONSTRAINT judge_once UNIQUE (engine, model, revision, rubric, threshold);

ALTER TABLE ONLY public.judge_samplepair
    ADD CONSTRAINT judge_samplepair_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.judge_judgement
    ADD CONSTRAINT judgement_once UNIQUE (judge_id, response_id);

ALTER TABLE ONLY public.generation_runseed
    ADD CONSTRAINT position_once_per_run UNIQUE (run_id, "position");

ALTER TABLE ONLY public.review_preference
    ADD CONSTRAINT preference_once UNIQUE (duel_id, reviewer_id);

ALTER TABLE ONLY public.seeds_rejected
    ADD CONSTRAINT rejected_once UNIQUE NULLS NOT DISTINCT (gathering_id, reason, path, start);

ALTER TABLE ONLY public.generation_response
    ADD CONSTRAINT response_once UNIQUE (instruction_id, draw);

ALTER TABLE ONLY public.review_acceptance
    ADD CONSTRAINT review_acceptance_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_batch
    ADD CONSTRAINT review_batch_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.review_batch
    ADD CONSTRAINT review_batch_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_correction
    ADD CONSTRAINT review_correction_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_decision
    ADD CONSTRAINT review_decision_pkey PRIMARY KEY (response_id);

ALTER TABLE ONLY public.review_duel
    ADD CONSTRAINT review_duel_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_entry
    ADD CONSTRAINT review_entry_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_flag
    ADD CONSTRAINT review_flag_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_gold
    ADD CONSTRAINT review_gold_pkey PRIMARY KEY (response_id);

ALTER TABLE ONLY public.review_goldhold
    ADD CONSTRAINT review_goldhold_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_guess
    ADD CONSTRAINT review_guess_pkey PRIMARY KEY (response_id);

ALTER TABLE ONLY public.review_guideline
    ADD CONSTRAINT review_guideline_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_joined
    ADD CONSTRAINT review_joined_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_keymap
    ADD CONSTRAINT review_keymap_pkey PRIMARY KEY (user_id);

ALTER TABLE ONLY public.review_label
    ADD CONSTRAINT review_label_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_preference
    ADD CONSTRAINT review_preference_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_promotion
    ADD CONSTRAINT review_promotion_pkey PRIMARY KEY (response_id);

ALTER TABLE ONLY public.review_queue_groups
    ADD CONSTRAINT review_queue_groups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_queue_groups
    ADD CONSTRAINT review_queue_groups_queue_id_group_id_3c179b7d_uniq UNIQUE (queue_id, group_id);

ALTER TABLE ONLY public.review_queue
    ADD CONSTRAINT review_queue_name_key UNIQUE (name);

ALTER TABLE ONLY public.review_queue_people
    ADD CONSTRAINT review_queue_people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_queue_people
    ADD CONSTRAINT review_queue_people_queue_id_user_id_17d88f33_uniq UNIQUE (queue_id, user_id);

ALTER TABLE ONLY public.review_queue
    ADD CONSTRAINT review_queue_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_reason
    ADD CONSTRAINT review_reason_code_key UNIQUE (code);

ALTER TABLE ONLY public.review_reason
    ADD CONSTRAINT review_reason_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_ruling
    ADD CONSTRAINT review_ruling_pkey PRIMARY KEY (response_id);

ALTER TABLE ONLY public.review_seat
    ADD CONSTRAINT review_seat_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_secondlook
    ADD CONSTRAINT review_secondlook_first_id_key UNIQUE (first_id);

ALTER TABLE ONLY public.review_secondlook
    ADD CONSTRAINT review_secondlook_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.review_tally
    ADD CONSTRAINT review_tally_pkey PRIMARY KEY (reviewer_id);

ALTER TABLE ONLY public.review_teamfigures
    ADD CONSTRAINT review_teamfigures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.exports_benchmarkruling
    ADD CONSTRAINT ruling_once UNIQUE (response_id, benchmark, number);

ALTER TABLE ONLY public.generation_runminute
    ADD CONSTRAINT run_minute_once UNIQUE (run_id, server, minute);

ALTER TABLE ONLY public.judge_samplepair
    ADD CONSTRAINT sample_pair_once UNIQUE (judging_id, response_id);

ALTER TABLE ONLY public.review_seat
    ADD CONSTRAINT seat_once UNIQUE (entry_id, number);

ALTER TABLE ONLY public.review_seat
    ADD CONSTRAINT seat_one_per_reviewer UNIQUE (entry_id, reviewer_id);

ALTER TABLE ONLY public.seeds_seed
    ADD CONSTRAINT seed_once_per_place UNIQUE (file_id, start, "end");

ALTER TABLE ONLY public.generation_runseed
    ADD CONSTRAINT seed_once_per_run UNIQUE (run_id, seed_id);

ALTER TABLE ONLY public.seeds_commentcount
    ADD CONSTRAINT seeds_commentcount_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seeds_gathering
    ADD CONSTRAINT seeds_gathering_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.seeds_gathering
    ADD CONSTRAINT seeds_gathering_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seeds_gatheringcount
    ADD CONSTRAINT seeds_gatheringcount_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seeds_rejected
    ADD CONSTRAINT seeds_rejected_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seeds_seed
    ADD CONSTRAINT seeds_seed_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seeds_seed
    ADD CONSTRAINT seeds_seed_text_hash_key UNIQUE (text_hash);

ALTER TABLE ONLY public.seeds_seedband
    ADD CONSTRAINT seeds_seedband_pkey1 PRIMARY KEY (band, seed_id);

ALTER TABLE ONLY public.seeds_source
    ADD CONSTRAINT seeds_source_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.seeds_source
    ADD CONSTRAINT seeds_source_spec_key UNIQUE (spec);

ALTER TABLE ONLY public.seeds_sourcefile
    ADD CONSTRAINT seeds_sourcefile_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.studio_trial
    ADD CONSTRAINT studio_trial_draft_run_id_key UNIQUE (draft_run_id);

ALTER TABLE ONLY public.studio_trial
    ADD CONSTRAINT studio_trial_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.studio_trial
    ADD CONSTRAINT studio_trial_published_run_id_key UNIQUE (published_run_id);

ALTER TABLE ONLY public.core_workunit
    ADD CONSTRAINT unit_once_per_job UNIQUE (job_id, queue, key);

ALTER TABLE ONLY public.validation_agreement
    ADD CONSTRAINT validation_agreement_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.validation_agreement
    ADD CONSTRAINT validation_agreement_response_id_key UNIQUE (response_id);

ALTER TABLE ONLY public.validation_checkresult
    ADD CONSTRAINT validation_checkresult_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.validation_difference
    ADD CONSTRAINT validation_difference_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.validation_likeness
    ADD CONSTRAINT validation_likeness_pkey PRIMARY KEY (response_id);

ALTER TABLE ONLY public.validation_storedreading
    ADD CONSTRAINT validation_storedreading_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.validation_storedreading
    ADD CONSTRAINT validation_storedreading_response_id_key UNIQUE (response_id);

ALTER TABLE ONLY public.validation_verdict
    ADD CONSTRAINT validation_verdict_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.validation_verdict
    ADD CONSTRAINT verdict_once UNIQUE (response_id, database);

ALTER TABLE ONLY public.webhooks_attempt
    ADD CONSTRAINT webhooks_attempt_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhooks_endpoint
    ADD CONSTRAINT webhooks_endpoint_job_id_key UNIQUE (job_id);

ALTER TABLE ONLY public.webhooks_endpoint
    ADD CONSTRAINT webhooks_endpoint_name_key UNIQUE (name);

ALTER TABLE ONLY public.webhooks_endpoint
    ADD CONSTRAINT webhooks_endpoint_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhooks_message
    ADD CONSTRAINT webhooks_message_pkey PRIMARY KEY (id);

CREATE INDEX accounts_invitation_created_by_id_e6097355 ON public.accounts_invitation USING btree (created_by_id);

CREATE INDEX accounts_invitation_groups_group_id_16300d80 ON public.accounts_invitation_groups USING btree (group_id);

CREATE INDEX accounts_invitation_groups_invitation_id_ca1cc758 ON public.accounts_invitation_groups USING btree (invitation_id);

CREATE INDEX accounts_invitation_token_hash_3d59d75c_like ON public.accounts_invitation USING btree (token_hash varchar_pattern_ops);

CREATE INDEX accounts_user_groups_group_id_bd11a704 ON public.accounts_user_groups USING btree (group_id);

CREATE INDEX accounts_user_groups_user_id_52b62117 ON public.accounts_user_groups USING btree (user_id);

CREATE INDEX accounts_user_oidc_subject_a614cd66_like ON public.accounts_user USING btree (oidc_subject varchar_pattern_ops);

CREATE INDEX accounts_user_user_permissions_permission_id_113bb443 ON public.accounts_user_user_permissions USING btree (permission_id);

CREATE INDEX accounts_user_user_permissions_user_id_e4f0a161 ON public.accounts_user_user_permissions USING btree (user_id);

CREATE INDEX accounts_user_username_6088629e_like ON public.accounts_user USING btree (username varchar_pattern_ops);

CREATE INDEX api_token_user_id_b646d2e7 ON public.api_token USING btree (user_id);

CREATE INDEX audit_of_action ON public.accounts_auditentry USING btree (action, id DESC);

CREATE INDEX audit_of_actor ON public.accounts_auditentry USING btree (actor_id, id DESC);

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);

CREATE INDEX axes_accessattempt_ip_address_10922d9c ON public.axes_accessattempt USING btree (ip_address);

CREATE INDEX axes_accessattempt_user_agent_ad89678b ON public.axes_accessattempt USING btree (user_agent);

CREATE INDEX axes_accessattempt_user_agent_ad89678b_like ON public.axes_accessattempt USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accessattempt_username_3f2d4ca0 ON public.axes_accessattempt USING btree (username);

CREATE INDEX axes_accessattempt_username_3f2d4ca0_like ON public.axes_accessattempt USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accessfailurelog_ip_address_2e9f5a7f ON public.axes_accessfailurelog USING btree (ip_address);

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda ON public.axes_accessfailurelog USING btree (user_agent);

CREATE INDEX axes_accessfailurelog_user_agent_ea145dda_like ON public.axes_accessfailurelog USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4 ON public.axes_accessfailurelog USING btree (username);

CREATE INDEX axes_accessfailurelog_username_a8b7e8a4_like ON public.axes_accessfailurelog USING btree (username varchar_pattern_ops);

CREATE INDEX axes_accesslog_ip_address_86b417e5 ON public.axes_accesslog USING btree (ip_address);

CREATE INDEX axes_accesslog_user_agent_0e659004 ON public.axes_accesslog USING btree (user_agent);

CREATE INDEX axes_accesslog_user_agent_0e659004_like ON public.axes_accesslog USING btree (user_agent varchar_pattern_ops);

CREATE INDEX axes_accesslog_username_df93064b ON public.axes_accesslog USING btree (username);

CREATE INDEX axes_accesslog_username_df93064b_like ON public.axes_accesslog USING btree (username varchar_pattern_ops);

CREATE INDEX completion_of_run ON public.generation_completion USING btree (run_id, stage);

CREATE INDEX completion_of_seed ON public.generation_completion USING btree (recipe_id, seed_id);

CREATE UNIQUE INDEX completion_once ON public.generation_completion USING btree (recipe_id, stage, input_id, draw) WHERE (NOT superseded);

CREATE INDEX completion_rejected ON public.generation_completion USING btree (run_id, stage, reason, id) WHERE (NOT ((reason)::text = ''::text));

CREATE INDEX core_figure_name_53ff1bd0_like ON public.core_figure USING btree (name varchar_pattern_ops);

CREATE INDEX core_job_created_by_id_818c132f ON public.core_job USING btree (created_by_id);

CREATE INDEX core_job_kind_0ec4e9_idx ON public.core_job USING btree (kind, id DESC);

CREATE INDEX core_workunit_job_id_6e9cb4d2 ON public.core_workunit USING btree (job_id);

CREATE INDEX decision_good ON public.review_decision USING btree (good, response_id);

CREATE INDEX decision_shared ON public.review_decision USING btree (response_id) WHERE (voters > 1);

CREATE INDEX decision_split ON public.review_decision USING btree (response_id) WHERE ((good_votes > 0) AND (good_votes < voters));

CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);

CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);

CREATE INDEX duel_open ON public.review_duel USING btree (queue_id, id) WHERE (NOT is_done);

CREATE INDEX entry_open ON public.review_entry USING btree (queue_id, "position", response_id) WHERE ((state)::text = 'open'::text);

CREATE INDEX entry_state ON public.review_entry USING btree (queue_id, state);

CREATE INDEX evidence_blindseed_left_id_46b6337c ON public.evidence_blindseed USING btree (left_id);

CREATE INDEX evidence_blindseed_right_id_166d7d55 ON public.evidence_blindseed USING btree (right_id);

CREATE INDEX evidence_blindseed_seed_id_46ae6231 ON public.evidence_blindseed USING btree (seed_id);

CREATE INDEX evidence_blindseed_test_id_b495adc2 ON public.evidence_blindseed USING btree (test_id);

CREATE INDEX evidence_blindtest_created_by_id_ecadd942 ON public.evidence_blindtest USING btree (created_by_id);

CREATE INDEX evidence_blindtest_left_id_b488c48c ON public.evidence_blindtest USING btree (left_id);

CREATE INDEX evidence_blindtest_right_id_bcec0eaf ON public.evidence_blindtest USING btree (right_id);

CREATE INDEX evidence_search_created_by_id_ebcd7e30 ON public.evidence_search USING btree (created_by_id);

CREATE INDEX evidence_search_draft_id_04bd109a ON public.evidence_search USING btree (draft_id);

CREATE INDEX evidence_search_version_id_591b90b0 ON public.evidence_search USING btree (version_id);

CREATE INDEX exports_push_export_id_82f13eb5 ON public.exports_push USING btree (export_id);

CREATE INDEX exports_ruling_made_by_id_2cad860f ON public.exports_benchmarkruling USING btree (made_by_id);

CREATE INDEX exports_ruling_response_id_ffb442fc ON public.exports_benchmarkruling USING btree (response_id);

CREATE INDEX exports_verification_export_id_30b89a5d ON public.exports_verification USING btree (export_id);

CREATE INDEX fewshot_example_version_id_81384ca6 ON public.fewshot_example USING btree (version_id);

CREATE INDEX fewshot_examplerun_job_id_e570fbe3 ON public.fewshot_examplerun USING btree (job_id);

CREATE INDEX fewshot_fewshotset_name_ebb5012f_like ON public.fewshot_fewshotset USING btree (name varchar_pattern_ops);

CREATE INDEX fewshot_version_created_by_id_477358c9 ON public.fewshot_version USING btree (created_by_id);

CREATE INDEX fewshot_version_fewshot_set_id_f9c63f32 ON public.fewshot_version USING btree (fewshot_set_id);

CREATE INDEX fewshot_version_published_by_id_54c042bc ON public.fewshot_version USING btree (published_by_id);

CREATE INDEX generation_completion_recipe_id_bc7a6da6 ON public.generation_completion USING btree (recipe_id);

CREATE INDEX generation_completion_run_id_94e061d6 ON public.generation_completion USING btree (run_id);

CREATE INDEX generation_completion_seed_id_d42c5a28 ON public.generation_completion USING btree (seed_id);

CREATE INDEX generation_concepts_recipe_id_f4ec83e0 ON public.generation_concepts USING btree (recipe_id);

CREATE INDEX generation_concepts_seed_id_b5fcb1c6 ON public.generation_concepts USING btree (seed_id);

CREATE INDEX generation_import_created_by_id_a0f9d620 ON public.generation_import USING btree (created_by_id);

CREATE INDEX generation_import_sha256_5b771780_like ON public.generation_import USING btree (sha256 varchar_pattern_ops);

CREATE INDEX generation_instruction_concepts_id_bd99af76 ON public.generation_instruction USING btree (concepts_id);

CREATE INDEX generation_instruction_imported_id_9f3ecebb ON public.generation_instruction USING btree (imported_id);

CREATE INDEX generation_instruction_made_of_id_9786799f ON public.generation_instruction USING btree (made_of_id);

CREATE INDEX generation_instruction_recipe_id_030d50e5 ON public.generation_instruction USING btree (recipe_id);

CREATE INDEX generation_instruction_seed_id_8cf8b7ac ON public.generation_instruction USING btree (seed_id);

CREATE INDEX generation_recipe_fewshot_id_898a6cd2 ON public.generation_recipe USING btree (fewshot_id);

CREATE INDEX generation_recipe_fingerprint_cbc8cd1c_like ON public.generation_recipe USING btree (fingerprint varchar_pattern_ops);

CREATE INDEX generation_response_instruction_id_c4e4d920 ON public.generation_response USING btree (instruction_id);

CREATE INDEX generation_response_run_id_7c799875 ON public.generation_response USING btree (run_id);

CREATE INDEX generation_run_recipe_id_5b287753 ON public.generation_run USING btree (recipe_id);

CREATE INDEX generation_runseed_run_id_f4b816d9 ON public.generation_runseed USING btree (run_id);

CREATE INDEX generation_runseed_seed_id_aabbcb16 ON public.generation_runseed USING btree (seed_id);

CREATE INDEX judge_judgement_judge_id_77b36b7e ON public.judge_judgement USING btree (judge_id);

CREATE INDEX judge_judgement_response_id_34e2225f ON public.judge_judgement USING btree (response_id);

CREATE INDEX judge_judging_created_by_id_ab43f21a ON public.judge_judging USING btree (created_by_id);

CREATE INDEX judge_judging_judge_id_98640ac9 ON public.judge_judging USING btree (judge_id);

CREATE INDEX judge_judging_run_id_363921fc ON public.judge_judging USING btree (run_id);

CREATE INDEX judge_samplepair_judging_id_4666c2da ON public.judge_samplepair USING btree (judging_id);

CREATE INDEX judge_samplepair_response_id_32bc982e ON public.judge_samplepair USING btree (response_id);

CREATE INDEX label_of_day ON public.review_label USING btree (reviewer_id, created_at);

CREATE INDEX label_of_response ON public.review_label USING btree (response_id, id DESC);

CREATE INDEX label_of_reviewer ON public.review_label USING btree (reviewer_id, id DESC);

CREATE INDEX label_reasons ON public.review_label USING gin (reasons);

CREATE INDEX like_bands ON public.validation_likeness USING gin (bands) WHERE (twin_id IS NULL);

CREATE INDEX like_exact ON public.validation_likeness USING btree (exact) WHERE (twin_id IS NULL);

CREATE INDEX like_same_sql ON public.validation_likeness USING btree (response_id) WHERE (same_sql_id IS NOT NULL);

CREATE INDEX like_skeleton ON public.validation_likeness USING btree (skeleton, response_id) WHERE (NOT (skeleton = 0));

CREATE INDEX like_twins ON public.validation_likeness USING btree (is_exact, response_id) WHERE (twin_id IS NOT NULL);

CREATE INDEX message_ended ON public.webhooks_message USING btree (ended_at) WHERE (ended_at IS NOT NULL);

CREATE INDEX message_of_endpoint ON public.webhooks_message USING btree (endpoint_id, id DESC);

CREATE INDEX message_waiting ON public.webhooks_message USING btree (endpoint_id, id) WHERE ((status)::text = 'waiting'::text);

CREATE UNIQUE INDEX one_default_queue ON public.review_queue USING btree (is_default) WHERE is_default;

CREATE UNIQUE INDEX one_draft_per_set ON public.fewshot_version USING btree (fewshot_set_id) WHERE ((status)::text = 'draft'::text);

CREATE UNIQUE INDEX reason_key_once ON public.review_reason USING btree (key) WHERE is_used;

CREATE INDEX response_of_run ON public.generation_response USING btree (run_id, id);

CREATE INDEX review_batch_created_by_id_510753c9 ON public.review_batch USING btree (created_by_id);

CREATE INDEX review_batch_undone_by_id_81c4686a ON public.review_batch USING btree (undone_by_id);

CREATE INDEX review_correction_editor_id_391d85e8 ON public.review_correction USING btree (editor_id);

CREATE INDEX review_correction_response_id_ac1549dd ON public.review_correction USING btree (response_id);

CREATE INDEX review_decision_label_id_c221eb61 ON public.review_decision USING btree (label_id);

CREATE INDEX review_duel_instruction_id_a94cbd3c ON public.review_duel USING btree (instruction_id);

CREATE INDEX review_duel_one_id_734a25b0 ON public.review_duel USING btree (one_id);

CREATE INDEX review_duel_other_id_163e0b46 ON public.review_duel USING btree (other_id);

CREATE INDEX review_flag_response_id_b6c57e7b ON public.review_flag USING btree (response_id);

CREATE INDEX review_flag_reviewer_id_dde9bde6 ON public.review_flag USING btree (reviewer_id);

CREATE INDEX review_gold_editor_id_9d7cca79 ON public.review_gold USING btree (editor_id);

CREATE INDEX review_gold_origin_id_11a4f810 ON public.review_gold USING btree (origin_id);

CREATE INDEX review_goldhold_queue_id_ccf14b4d ON public.review_goldhold USING btree (queue_id);

CREATE INDEX review_goldhold_response_id_e6bb3f42 ON public.review_goldhold USING btree (response_id);

CREATE INDEX review_goldhold_reviewer_id_33835772 ON public.review_goldhold USING btree (reviewer_id);

CREATE INDEX review_guideline_created_by_id_36ebe7a8 ON public.review_guideline USING btree (created_by_id);

CREATE INDEX review_guideline_queue_id_f7e90dc7 ON public.review_guideline USING btree (queue_id);

CREATE INDEX review_joined_queue_id_0fc04867 ON public.review_joined USING btree (queue_id);

CREATE INDEX review_joined_reviewer_id_7086ab3b ON public.review_joined USING btree (reviewer_id);

CREATE INDEX review_label_batch_id_9e37f7e8 ON public.review_label USING btree (batch_id);

CREATE INDEX review_label_queue_id_451c5142 ON public.review_label USING btree (queue_id);

CREATE INDEX review_preference_reviewer_id_e66bf04d ON public.review_preference USING btree (reviewer_id);

CREATE INDEX review_promotion_editor_id_0c88870b ON public.review_promotion USING btree (editor_id);

CREATE INDEX review_promotion_example_id_968493ea ON public.review_promotion USING btree (example_id);

CREATE INDEX review_queue_created_by_id_4b8227e8 ON public.review_queue USING btree (created_by_id);

CREATE INDEX review_queue_groups_group_id_c0fc3f39 ON public.review_queue_groups USING btree (group_id);

CREATE INDEX review_queue_groups_queue_id_255e7a89 ON public.review_queue_groups USING btree (queue_id);

CREATE INDEX review_queue_name_32e2ea0a_like ON public.review_queue USING btree (name varchar_pattern_ops);

CREATE INDEX review_queue_people_queue_id_2be0d475 ON public.review_queue_people USING btree (queue_id);

CREATE INDEX review_queue_people_user_id_bdafd492 ON public.review_queue_people USING btree (user_id);

CREATE INDEX review_reason_code_0e2be5df_like ON public.review_reason USING btree (code varchar_pattern_ops);

CREATE INDEX review_ruling_editor_id_be06f631 ON public.review_ruling USING btree (editor_id);

CREATE INDEX review_seat_reviewer_id_7e0219fd ON public.review_seat USING btree (reviewer_id);

CREATE INDEX review_secondlook_queue_id_02299c03 ON public.review_secondlook USING btree (queue_id);

CREATE INDEX review_secondlook_response_id_3243709d ON public.review_secondlook USING btree (response_id);

CREATE INDEX review_secondlook_reviewer_id_37730267 ON public.review_secondlook USING btree (reviewer_id);

CREATE INDEX review_words_of_instruction ON public.generation_instruction USING gin (public.review_words(text));

CREATE INDEX review_words_of_response ON public.generation_response USING gin (public.review_words(text));

CREATE INDEX sample_at ON public.generation_serversample USING btree (at);

CREATE INDEX sample_of_server ON public.generation_serversample USING btree (server, at);

CREATE UNIQUE INDEX seat_one_held ON public.review_seat USING btree (queue_id, reviewer_id) WHERE (expires_at IS NOT NULL);

CREATE UNIQUE INDEX second_look_open_once ON public.review_secondlook USING btree (queue_id, reviewer_id) WHERE (last_id IS NULL);

CREATE INDEX seed_commented ON public.seeds_seed USING btree (id) WHERE (NOT (comment = ''::text));

CREATE INDEX seed_dialect ON public.seeds_seed USING btree (dialect, id);

CREATE INDEX seed_kind ON public.seeds_seed USING btree (kind, id);

CREATE INDEX seed_licence ON public.seeds_seed USING btree (licence, id);

CREATE INDEX seed_search ON public.seeds_seed USING gin (search);

CREATE INDEX seed_source ON public.seeds_seed USING btree (source_id, id);

CREATE INDEX seed_template ON public.seeds_seed USING btree (template_hash);

CREATE INDEX seeds_gathering_source_id_d5bfaab3 ON public.seeds_gathering USING btree (source_id);

CREATE INDEX seeds_gatheringcount_gathering_id_931c3063 ON public.seeds_gatheringcount USING btree (gathering_id);

CREATE INDEX seeds_rejected_gathering_id_96ffbb12 ON public.seeds_rejected USING btree (gathering_id);

CREATE INDEX seeds_source_spec_8bb3f196_like ON public.seeds_source USING btree (spec varchar_pattern_ops);

CREATE INDEX seeds_sourcefile_gathering_id_4f1bc6e5 ON public.seeds_sourcefile USING btree (gathering_id);

CREATE INDEX seeds_sourcefile_source_id_eb9f6866 ON public.seeds_sourcefile USING btree (source_id);

CREATE INDEX studio_trial_created_by_id_5ac6cde6 ON public.studio_trial USING btree (created_by_id);

CREATE INDEX unit_next ON public.core_workunit USING btree (queue, priority DESC, id) WHERE ((status)::text = ANY ((ARRAY['waiting'::character varying, 'leased'::character varying])::text[]));

CREATE INDEX unit_of_job ON public.core_workunit USING btree (job_id, status);

CREATE INDEX validation_agreement_instruction_id_98be249d ON public.validation_agreement USING btree (instruction_id);

CREATE INDEX validation_checkresult_response_id_76d2fbad ON public.validation_checkresult USING btree (response_id);

CREATE INDEX validation_difference_other_id_ad5eefe2 ON public.validation_difference USING btree (other_id);

CREATE INDEX validation_likeness_same_sql_id_f7ced769 ON public.validation_likeness USING btree (same_sql_id);

CREATE INDEX validation_likeness_twin_id_726814c8 ON public.validation_likeness USING btree (twin_id);

CREATE INDEX validation_verdict_response_id_1f345942 ON public.validation_verdict USING btree (response_id);

CREATE INDEX verdict_outcome ON public.validation_verdict USING btree (database, outcome);

CREATE UNIQUE INDEX version_number_once ON public.fewshot_version USING btree (fewshot_set_id, number) WHERE (NOT ((status)::text = 'tried'::text));

CREATE INDEX webhooks_attempt_message_id_0b296ade ON public.webhooks_attempt USING btree (message_id);

CREATE INDEX webhooks_endpoint_created_by_id_f1288ec5 ON public.webhooks_endpoint USING btree (created_by_id);

CREATE INDEX webhooks_endpoint_name_d077789b_like ON public.webhooks_endpoint USING btree (name varchar_pattern_ops);

CREATE INDEX webhooks_message_replay_of_id_f3098e78 ON public.webhooks_message USING btree (replay_of_id);

CREATE TRIGGER accounts_audit_final BEFORE DELETE OR UPDATE ON public.accounts_auditentry FOR EACH ROW EXECUTE FUNCTION public.accounts_audit_is_final();

CREATE TRIGGER accounts_audit_kept BEFORE TRUNCATE ON public.accounts_auditentry FOR EACH STATEMENT EXECUTE FUNCTION public.accounts_audit_is_final();

CREATE TRIGGER fewshot_example_final BEFORE INSERT OR DELETE OR UPDATE ON public.fewshot_example FOR EACH ROW EXECUTE FUNCTION public.fewshot_example_is_final();

CREATE TRIGGER fewshot_version_final BEFORE DELETE OR UPDATE ON public.fewshot_version FOR EACH ROW EXECUTE FUNCTION public.fewshot_version_is_final();

CREATE TRIGGER generation_recipe_final BEFORE UPDATE ON public.generation_recipe FOR EACH ROW EXECUTE FUNCTION public.generation_recipe_is_final();

CREATE TRIGGER review_label_final BEFORE DELETE OR UPDATE ON public.review_label FOR EACH ROW EXECUTE FUNCTION public.review_label_is_final();

CREATE TRIGGER review_labels_kept BEFORE TRUNCATE ON public.review_label FOR EACH STATEMENT EXECUTE FUNCTION public.review_labels_are_kept();

CREATE TRIGGER review_new_pairs AFTER INSERT ON public.generation_response REFERENCING NEW TABLE AS stored FOR EACH STATEMENT EXECUTE FUNCTION public.review_new_pairs();

CREATE TRIGGER review_tally_labels AFTER INSERT ON public.review_label REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.review_tally_labels();

CREATE TRIGGER webhooks_job AFTER UPDATE OF status ON public.core_job FOR EACH ROW WHEN ((((new.status)::text <> (old.status)::text) AND ((new.status)::text <> ALL ((ARRAY['running'::character varying, 'paused'::character varying])::text[])) AND ((new.kind)::text = ANY ((ARRAY['generate'::character varying, 'export'::character varying, 'import'::character varying, 'label'::character varying])::text[])))) EXECUTE FUNCTION public.webhooks_job();

CREATE TRIGGER webhooks_label AFTER INSERT ON public.review_label FOR EACH ROW WHEN ((new.batch_id IS NULL)) EXECUTE FUNCTION public.webhooks_label();

ALTER TABLE ONLY public.accounts_auditentry
    ADD CONSTRAINT accounts_auditentry_actor_id_3237b29c_fk_accounts_user_id FOREIGN KEY (actor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_invitation_groups
    ADD CONSTRAINT accounts_invitation__invitation_id_ca1cc758_fk_accounts_ FOREIGN KEY (invitation_id) REFERENCES public.accounts_invitation(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_created_by_id_e6097355_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_invitation_groups
    ADD CONSTRAINT accounts_invitation_groups_group_id_16300d80_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_invitation
    ADD CONSTRAINT accounts_invitation_used_by_id_f0558292_fk_accounts_user_id FOREIGN KEY (used_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_group_id_bd11a704_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_52b62117_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_permission_id_113bb443_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_user_id_e4f0a161_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_answer
    ADD CONSTRAINT api_answer_token_id_5149ea3f_fk_api_token_id FOREIGN KEY (token_id) REFERENCES public.api_token(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_user_id_b646d2e7_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.axes_accessattemptexpiration
    ADD CONSTRAINT axes_accessattemptex_access_attempt_id_6b73a47a_fk_axes_acce FOREIGN KEY (access_attempt_id) REFERENCES public.axes_accessattempt(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.core_job
    ADD CONSTRAINT core_job_created_by_id_818c132f_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.core_workunit
    ADD CONSTRAINT core_workunit_job_id_6e9cb4d2_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_blindseed
    ADD CONSTRAINT evidence_blindseed_left_id_46b6337c_fk_generation_response_id FOREIGN KEY (left_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_blindseed
    ADD CONSTRAINT evidence_blindseed_right_id_166d7d55_fk_generation_response_id FOREIGN KEY (right_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_blindseed
    ADD CONSTRAINT evidence_blindseed_seed_id_46ae6231_fk_seeds_seed_id FOREIGN KEY (seed_id) REFERENCES public.seeds_seed(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_blindseed
    ADD CONSTRAINT evidence_blindseed_test_id_b495adc2_fk_evidence_blindtest_id FOREIGN KEY (test_id) REFERENCES public.evidence_blindtest(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_blindtest
    ADD CONSTRAINT evidence_blindtest_created_by_id_ecadd942_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_blindtest
    ADD CONSTRAINT evidence_blindtest_left_id_b488c48c_fk_generation_recipe_id FOREIGN KEY (left_id) REFERENCES public.generation_recipe(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_blindtest
    ADD CONSTRAINT evidence_blindtest_queue_id_e8cd1ef6_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_blindtest
    ADD CONSTRAINT evidence_blindtest_right_id_bcec0eaf_fk_generation_recipe_id FOREIGN KEY (right_id) REFERENCES public.generation_recipe(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_search
    ADD CONSTRAINT evidence_search_created_by_id_ebcd7e30_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_search
    ADD CONSTRAINT evidence_search_draft_id_04bd109a_fk_fewshot_version_id FOREIGN KEY (draft_id) REFERENCES public.fewshot_version(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_search
    ADD CONSTRAINT evidence_search_run_id_0b2af612_fk_generation_run_id FOREIGN KEY (run_id) REFERENCES public.generation_run(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.evidence_search
    ADD CONSTRAINT evidence_search_version_id_591b90b0_fk_fewshot_version_id FOREIGN KEY (version_id) REFERENCES public.fewshot_version(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exports_export
    ADD CONSTRAINT exports_export_job_id_c619a5f2_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exports_push
    ADD CONSTRAINT exports_push_export_id_82f13eb5_fk_exports_export_id FOREIGN KEY (export_id) REFERENCES public.exports_export(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exports_push
    ADD CONSTRAINT exports_push_job_id_c369d1df_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exports_benchmarkruling
    ADD CONSTRAINT exports_ruling_made_by_id_2cad860f_fk_accounts_user_id FOREIGN KEY (made_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exports_benchmarkruling
    ADD CONSTRAINT exports_ruling_response_id_ffb442fc_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exports_verification
    ADD CONSTRAINT exports_verification_export_id_30b89a5d_fk_exports_export_id FOREIGN KEY (export_id) REFERENCES public.exports_export(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.exports_verification
    ADD CONSTRAINT exports_verification_job_id_24424aa1_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.fewshot_example
    ADD CONSTRAINT fewshot_example_version_id_81384ca6_fk_fewshot_version_id FOREIGN KEY (version_id) REFERENCES public.fewshot_version(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.fewshot_examplerun
    ADD CONSTRAINT fewshot_examplerun_example_id_475c5c08_fk_fewshot_example_id FOREIGN KEY (example_id) REFERENCES public.fewshot_example(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.fewshot_examplerun
    ADD CONSTRAINT fewshot_examplerun_job_id_e570fbe3_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.fewshot_version
    ADD CONSTRAINT fewshot_version_created_by_id_477358c9_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.fewshot_version
    ADD CONSTRAINT fewshot_version_fewshot_set_id_f9c63f32_fk_fewshot_f FOREIGN KEY (fewshot_set_id) REFERENCES public.fewshot_fewshotset(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.fewshot_version
    ADD CONSTRAINT fewshot_version_published_by_id_54c042bc_fk_accounts_user_id FOREIGN KEY (published_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_completion
    ADD CONSTRAINT generation_completio_recipe_id_bc7a6da6_fk_generatio FOREIGN KEY (recipe_id) REFERENCES public.generation_recipe(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_completion
    ADD CONSTRAINT generation_completion_run_id_94e061d6_fk_generation_run_id FOREIGN KEY (run_id) REFERENCES public.generation_run(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_completion
    ADD CONSTRAINT generation_completion_seed_id_d42c5a28_fk_seeds_seed_id FOREIGN KEY (seed_id) REFERENCES public.seeds_seed(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_concepts
    ADD CONSTRAINT generation_concepts_completion_id_a2899c5a_fk_generatio FOREIGN KEY (completion_id) REFERENCES public.generation_completion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_concepts
    ADD CONSTRAINT generation_concepts_recipe_id_f4ec83e0_fk_generation_recipe_id FOREIGN KEY (recipe_id) REFERENCES public.generation_recipe(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_concepts
    ADD CONSTRAINT generation_concepts_seed_id_b5fcb1c6_fk_seeds_seed_id FOREIGN KEY (seed_id) REFERENCES public.seeds_seed(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_import
    ADD CONSTRAINT generation_import_created_by_id_a0f9d620_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_import
    ADD CONSTRAINT generation_import_job_id_11209b4f_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_instruction
    ADD CONSTRAINT generation_instructi_completion_id_02c8df85_fk_generatio FOREIGN KEY (completion_id) REFERENCES public.generation_completion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_instruction
    ADD CONSTRAINT generation_instructi_concepts_id_bd99af76_fk_generatio FOREIGN KEY (concepts_id) REFERENCES public.generation_concepts(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_instruction
    ADD CONSTRAINT generation_instructi_imported_id_9f3ecebb_fk_generatio FOREIGN KEY (imported_id) REFERENCES public.generation_import(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_instruction
    ADD CONSTRAINT generation_instructi_made_of_id_9786799f_fk_generatio FOREIGN KEY (made_of_id) REFERENCES public.generation_instruction(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_instruction
    ADD CONSTRAINT generation_instructi_recipe_id_030d50e5_fk_generatio FOREIGN KEY (recipe_id) REFERENCES public.generation_recipe(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_instruction
    ADD CONSTRAINT generation_instruction_seed_id_8cf8b7ac_fk_seeds_seed_id FOREIGN KEY (seed_id) REFERENCES public.seeds_seed(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_recipe
    ADD CONSTRAINT generation_recipe_fewshot_id_898a6cd2_fk_fewshot_version_id FOREIGN KEY (fewshot_id) REFERENCES public.fewshot_version(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_response
    ADD CONSTRAINT generation_response_completion_id_f1e9115c_fk_generatio FOREIGN KEY (completion_id) REFERENCES public.generation_completion(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_response
    ADD CONSTRAINT generation_response_instruction_id_c4e4d920_fk_generatio FOREIGN KEY (instruction_id) REFERENCES public.generation_instruction(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_response
    ADD CONSTRAINT generation_response_run_id_7c799875_fk_generation_run_id FOREIGN KEY (run_id) REFERENCES public.generation_run(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_run
    ADD CONSTRAINT generation_run_job_id_608723a4_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_run
    ADD CONSTRAINT generation_run_recipe_id_5b287753_fk_generation_recipe_id FOREIGN KEY (recipe_id) REFERENCES public.generation_recipe(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_runminute
    ADD CONSTRAINT generation_runminute_run_id_80fd3d4d_fk_generation_run_id FOREIGN KEY (run_id) REFERENCES public.generation_run(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_runseed
    ADD CONSTRAINT generation_runseed_run_id_f4b816d9_fk_generation_run_id FOREIGN KEY (run_id) REFERENCES public.generation_run(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.generation_runseed
    ADD CONSTRAINT generation_runseed_seed_id_aabbcb16_fk_seeds_seed_id FOREIGN KEY (seed_id) REFERENCES public.seeds_seed(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.judge_judgement
    ADD CONSTRAINT judge_judgement_judge_id_77b36b7e_fk_judge_judge_id FOREIGN KEY (judge_id) REFERENCES public.judge_judge(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.judge_judgement
    ADD CONSTRAINT judge_judgement_response_id_34e2225f_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.judge_judging
    ADD CONSTRAINT judge_judging_created_by_id_ab43f21a_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.judge_judging
    ADD CONSTRAINT judge_judging_job_id_0dd6d111_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.judge_judging
    ADD CONSTRAINT judge_judging_judge_id_98640ac9_fk_judge_judge_id FOREIGN KEY (judge_id) REFERENCES public.judge_judge(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.judge_judging
    ADD CONSTRAINT judge_judging_run_id_363921fc_fk_generation_run_id FOREIGN KEY (run_id) REFERENCES public.generation_run(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.judge_samplepair
    ADD CONSTRAINT judge_samplepair_judging_id_4666c2da_fk_judge_judging_id FOREIGN KEY (judging_id) REFERENCES public.judge_judging(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.judge_samplepair
    ADD CONSTRAINT judge_samplepair_response_id_32bc982e_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_batch
    ADD CONSTRAINT review_batch_created_by_id_510753c9_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_batch
    ADD CONSTRAINT review_batch_job_id_014eb180_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_batch
    ADD CONSTRAINT review_batch_undone_by_id_81c4686a_fk_accounts_user_id FOREIGN KEY (undone_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_correction
    ADD CONSTRAINT review_correction_editor_id_391d85e8_fk_accounts_user_id FOREIGN KEY (editor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_correction
    ADD CONSTRAINT review_correction_response_id_ac1549dd_fk_generatio FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_decision
    ADD CONSTRAINT review_decision_label_id_c221eb61_fk_review_label_id FOREIGN KEY (label_id) REFERENCES public.review_label(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_decision
    ADD CONSTRAINT review_decision_response_id_d6c701f4_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_duel
    ADD CONSTRAINT review_duel_instruction_id_a94cbd3c_fk_generatio FOREIGN KEY (instruction_id) REFERENCES public.generation_instruction(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_duel
    ADD CONSTRAINT review_duel_one_id_734a25b0_fk_generation_response_id FOREIGN KEY (one_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_duel
    ADD CONSTRAINT review_duel_other_id_163e0b46_fk_generation_response_id FOREIGN KEY (other_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_duel
    ADD CONSTRAINT review_duel_queue_id_b1f59a32_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_entry
    ADD CONSTRAINT review_entry_queue_id_4b7e39cf_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_entry
    ADD CONSTRAINT review_entry_response_id_58b4c85b_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_flag
    ADD CONSTRAINT review_flag_response_id_b6c57e7b_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_flag
    ADD CONSTRAINT review_flag_reviewer_id_dde9bde6_fk_accounts_user_id FOREIGN KEY (reviewer_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_gold
    ADD CONSTRAINT review_gold_editor_id_9d7cca79_fk_accounts_user_id FOREIGN KEY (editor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_gold
    ADD CONSTRAINT review_gold_origin_id_11a4f810_fk_generation_response_id FOREIGN KEY (origin_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_gold
    ADD CONSTRAINT review_gold_response_id_e67253fe_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_goldhold
    ADD CONSTRAINT review_goldhold_queue_id_ccf14b4d_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_goldhold
    ADD CONSTRAINT review_goldhold_response_id_e6bb3f42_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_goldhold
    ADD CONSTRAINT review_goldhold_reviewer_id_33835772_fk_accounts_user_id FOREIGN KEY (reviewer_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_guess
    ADD CONSTRAINT review_guess_response_id_a2ed9a5b_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_guideline
    ADD CONSTRAINT review_guideline_created_by_id_36ebe7a8_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_guideline
    ADD CONSTRAINT review_guideline_queue_id_f7e90dc7_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_joined
    ADD CONSTRAINT review_joined_queue_id_0fc04867_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_joined
    ADD CONSTRAINT review_joined_reviewer_id_7086ab3b_fk_accounts_user_id FOREIGN KEY (reviewer_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_keymap
    ADD CONSTRAINT review_keymap_user_id_458b07eb_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_label
    ADD CONSTRAINT review_label_batch_id_9e37f7e8_fk_review_batch_id FOREIGN KEY (batch_id) REFERENCES public.review_batch(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_label
    ADD CONSTRAINT review_label_guideline_id_bc11519d_fk_review_guideline_id FOREIGN KEY (guideline_id) REFERENCES public.review_guideline(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_label
    ADD CONSTRAINT review_label_queue_id_451c5142_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_label
    ADD CONSTRAINT review_label_response_id_6124b4cb_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_label
    ADD CONSTRAINT review_label_reviewer_id_122f649c_fk_accounts_user_id FOREIGN KEY (reviewer_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_preference
    ADD CONSTRAINT review_preference_duel_id_2b478947_fk_review_duel_id FOREIGN KEY (duel_id) REFERENCES public.review_duel(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_preference
    ADD CONSTRAINT review_preference_reviewer_id_e66bf04d_fk_accounts_user_id FOREIGN KEY (reviewer_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_promotion
    ADD CONSTRAINT review_promotion_editor_id_0c88870b_fk_accounts_user_id FOREIGN KEY (editor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_promotion
    ADD CONSTRAINT review_promotion_example_id_968493ea_fk_fewshot_example_id FOREIGN KEY (example_id) REFERENCES public.fewshot_example(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_promotion
    ADD CONSTRAINT review_promotion_response_id_ce4281d0_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_queue
    ADD CONSTRAINT review_queue_created_by_id_4b8227e8_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_queue_groups
    ADD CONSTRAINT review_queue_groups_group_id_c0fc3f39_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_queue_groups
    ADD CONSTRAINT review_queue_groups_queue_id_255e7a89_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_queue_people
    ADD CONSTRAINT review_queue_people_queue_id_2be0d475_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_queue_people
    ADD CONSTRAINT review_queue_people_user_id_bdafd492_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_ruling
    ADD CONSTRAINT review_ruling_editor_id_be06f631_fk_accounts_user_id FOREIGN KEY (editor_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_ruling
    ADD CONSTRAINT review_ruling_response_id_07dfa6e1_fk_generation_response_id FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_seat
    ADD CONSTRAINT review_seat_entry_id_3340d53b_fk_review_entry_id FOREIGN KEY (entry_id) REFERENCES public.review_entry(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_seat
    ADD CONSTRAINT review_seat_queue_id_833bbaf4_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_seat
    ADD CONSTRAINT review_seat_reviewer_id_7e0219fd_fk_accounts_user_id FOREIGN KEY (reviewer_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_secondlook
    ADD CONSTRAINT review_secondlook_first_id_34a50f51_fk_review_label_id FOREIGN KEY (first_id) REFERENCES public.review_label(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_secondlook
    ADD CONSTRAINT review_secondlook_last_id_2404929a_fk_review_label_id FOREIGN KEY (last_id) REFERENCES public.review_label(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_secondlook
    ADD CONSTRAINT review_secondlook_queue_id_02299c03_fk_review_queue_id FOREIGN KEY (queue_id) REFERENCES public.review_queue(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_secondlook
    ADD CONSTRAINT review_secondlook_response_id_3243709d_fk_generatio FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_secondlook
    ADD CONSTRAINT review_secondlook_reviewer_id_37730267_fk_accounts_user_id FOREIGN KEY (reviewer_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.review_tally
    ADD CONSTRAINT review_tally_reviewer_id_52018c9a_fk_accounts_user_id FOREIGN KEY (reviewer_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.seeds_commentcount
    ADD CONSTRAINT seeds_commentcount_source_id_ab953aaa_fk_seeds_source_id FOREIGN KEY (source_id) REFERENCES public.seeds_source(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.seeds_gathering
    ADD CONSTRAINT seeds_gathering_job_id_227cce07_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.seeds_gathering
    ADD CONSTRAINT seeds_gathering_source_id_d5bfaab3_fk_seeds_source_id FOREIGN KEY (source_id) REFERENCES public.seeds_source(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.seeds_gatheringcount
    ADD CONSTRAINT seeds_gatheringcount_gathering_id_931c3063_fk_seeds_gat FOREIGN KEY (gathering_id) REFERENCES public.seeds_gathering(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.seeds_rejected
    ADD CONSTRAINT seeds_rejected_gathering_id_96ffbb12_fk_seeds_gathering_id FOREIGN KEY (gathering_id) REFERENCES public.seeds_gathering(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.seeds_seed
    ADD CONSTRAINT seeds_seed_file_id_4425291f_fk_seeds_sourcefile_id FOREIGN KEY (file_id) REFERENCES public.seeds_sourcefile(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.seeds_sourcefile
    ADD CONSTRAINT seeds_sourcefile_gathering_id_4f1bc6e5_fk_seeds_gathering_id FOREIGN KEY (gathering_id) REFERENCES public.seeds_gathering(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.seeds_sourcefile
    ADD CONSTRAINT seeds_sourcefile_source_id_eb9f6866_fk_seeds_source_id FOREIGN KEY (source_id) REFERENCES public.seeds_source(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.studio_trial
    ADD CONSTRAINT studio_trial_created_by_id_5ac6cde6_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.studio_trial
    ADD CONSTRAINT studio_trial_draft_run_id_28a65a9f_fk_generation_run_id FOREIGN KEY (draft_run_id) REFERENCES public.generation_run(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.studio_trial
    ADD CONSTRAINT studio_trial_published_run_id_66a6e735_fk_generation_run_id FOREIGN KEY (published_run_id) REFERENCES public.generation_run(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_agreement
    ADD CONSTRAINT validation_agreement_instruction_id_98be249d_fk_generatio FOREIGN KEY (instruction_id) REFERENCES public.generation_instruction(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_agreement
    ADD CONSTRAINT validation_agreement_response_id_f9939520_fk_generatio FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_checkresult
    ADD CONSTRAINT validation_checkresu_response_id_76d2fbad_fk_generatio FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_difference
    ADD CONSTRAINT validation_differenc_other_id_ad5eefe2_fk_generatio FOREIGN KEY (other_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_difference
    ADD CONSTRAINT validation_difference_one_id_4aa23734_fk_generation_response_id FOREIGN KEY (one_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_likeness
    ADD CONSTRAINT validation_likeness_response_id_6b19d273_fk_generatio FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_likeness
    ADD CONSTRAINT validation_likeness_same_sql_id_f7ced769_fk_generatio FOREIGN KEY (same_sql_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_likeness
    ADD CONSTRAINT validation_likeness_twin_id_726814c8_fk_generation_response_id FOREIGN KEY (twin_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_storedreading
    ADD CONSTRAINT validation_storedrea_response_id_909b37c7_fk_generatio FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.validation_verdict
    ADD CONSTRAINT validation_verdict_response_id_1f345942_fk_generatio FOREIGN KEY (response_id) REFERENCES public.generation_response(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.webhooks_attempt
    ADD CONSTRAINT webhooks_attempt_message_id_0b296ade_fk_webhooks_message_id FOREIGN KEY (message_id) REFERENCES public.webhooks_message(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.webhooks_endpoint
    ADD CONSTRAINT webhooks_endpoint_created_by_id_f1288ec5_fk_accounts_user_id FOREIGN KEY (created_by_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.webhooks_endpoint
    ADD CONSTRAINT webhooks_endpoint_job_id_d6212232_fk_core_job_id FOREIGN KEY (job_id) REFERENCES public.core_job(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.webhooks_message
    ADD CONSTRAINT webhooks_message_endpoint_id_1d83bd45_fk_webhooks_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES public.webhooks_endpoint(id) DEFERRABLE INITIALLY DEFERRED;

ALTER TABLE ONLY public.webhooks_message
    ADD CONSTRAINT webhooks_message_replay_of_id_f3098e78_fk_webhooks_message_id FOREIGN KEY (replay_of_id) REFERENCES public.webhooks_message(id) DEFERRABLE INITIALLY DEFERRED;

