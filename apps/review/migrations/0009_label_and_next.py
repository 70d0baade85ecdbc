"""The reviewer's one request in one round trip: a label, the next pair with all that is shown of
it, the progress, the reasons and the keys.
"""

from django.db import migrations

SQL = r"""
-- What a page shows of a pair, as JSON (apps.review.presenting reads it); null where there is none.
CREATE FUNCTION review_pair_data(p_response bigint) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'pk', response.id,
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
                'notes', verdict.notes, 'transpiled', verdict.transpiled
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
    LEFT JOIN generation_completion completion ON completion.id = response.completion_id
    LEFT JOIN generation_recipe recipe ON recipe.id = completion.recipe_id
    WHERE response.id = p_response
$$;

-- Whether somebody may work in a queue: it is open, and everybody's, theirs, or an editor asks.
CREATE FUNCTION review_may_work(p_queue bigint, p_reviewer bigint) RETURNS boolean
LANGUAGE sql STABLE AS $$
    SELECT NOT queue.is_closed AND (
        person.role <> 'reviewer'
        OR EXISTS (
            SELECT FROM review_queue_people chosen
            WHERE chosen.queue_id = queue.id AND chosen.user_id = person.id
        )
        OR EXISTS (
            SELECT FROM review_queue_groups chosen
            JOIN accounts_user_groups member USING (group_id)
            WHERE chosen.queue_id = queue.id AND member.user_id = person.id
        )
        OR NOT EXISTS (SELECT FROM review_queue_people chosen WHERE chosen.queue_id = queue.id)
        AND NOT EXISTS (SELECT FROM review_queue_groups chosen WHERE chosen.queue_id = queue.id)
    )
    FROM review_queue queue, accounts_user person
    WHERE queue.id = p_queue AND person.id = p_reviewer
$$;

-- How far a queue is: counts up to p_most, and what was counted in the background beyond.
CREATE FUNCTION review_progress(
    p_queue bigint, p_reviewer bigint, p_midnight timestamptz, p_most integer
) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object(
        'left', (SELECT count(*) FROM (
            SELECT FROM review_entry WHERE queue_id = p_queue AND state = 'open' LIMIT p_most
        ) AS waiting),
        'labelled', decided.labelled,
        'good', decided.good,
        'today', (SELECT count(*) FROM (
            SELECT DISTINCT ON (response_id) value FROM review_label
            WHERE reviewer_id = p_reviewer AND created_at >= p_midnight
            ORDER BY response_id, id DESC
        ) AS mine WHERE value IN ('good', 'bad')),
        'figures', coalesce((
            SELECT jsonb_object_agg(name, value) FROM core_figure
            WHERE name IN ('open', 'good', 'labelled')
        ), '{}')
    )
    FROM (
        SELECT count(*) AS labelled, count(*) FILTER (WHERE good) AS good
        FROM (SELECT good FROM review_decision LIMIT p_most) AS known
    ) AS decided
$$;

-- All of the desk: p_queue null means the default queue; null when there is none that this
-- reviewer may work in. label: what review_label_give said, when there was a value.
CREATE FUNCTION review_desk(
    p_queue bigint, p_reviewer bigint, p_response bigint, p_value text, p_reasons text[],
    p_note text, p_seconds double precision, p_until timestamptz, p_midnight timestamptz,
    p_most integer, p_wait boolean
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_queue record;
    v_label bigint;
    v_next bigint;
BEGIN
    SELECT id, name, is_default, is_blind, may_correct, "order" INTO v_queue FROM review_queue
    WHERE CASE WHEN p_queue IS NULL THEN is_default ELSE id = p_queue END;
    IF NOT FOUND OR NOT review_may_work(v_queue.id, p_reviewer) THEN RETURN NULL; END IF;
    IF p_value IS NOT NULL THEN
        v_label := review_label_give(v_queue.id, p_response, p_reviewer, p_value, p_reasons,
            p_note, p_seconds, NULL);
    END IF;
    v_next := review_take(v_queue.id, p_reviewer, p_until, p_wait);
    RETURN jsonb_build_object(
        'label', v_label,
        'queue', to_jsonb(v_queue),
        'pair', review_pair_data(v_next),
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
REVERSE = """
DROP FUNCTION review_desk, review_progress, review_may_work, review_pair_data;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("review", "0008_queue_functions"),
        ("accounts", "0001_initial"),
        ("core", "0002_unit_outlives_job"),
        ("generation", "0006_import_is_sample"),
        ("seeds", "0004_resumed_at"),
        ("validation", "0003_not_judged_and_notes"),
    ]
    operations = [migrations.RunSQL(SQL, REVERSE)]
