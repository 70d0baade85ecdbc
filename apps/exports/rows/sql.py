"""The one statement that joins a pair with its way. Columns as `rows.values.Row` has them.

Whatever can be written as JSON in the database is: it runs beside this process. `{schema}` and
`{sql}` are filled in only where a format asks for them, because readings are large.
"""

from __future__ import annotations

SCHEMA = """concat_ws(E'\\n', nullif(s.schema_context, ''), (
        SELECT string_agg(one->>'sql', E'\\n' ORDER BY place)
        FROM jsonb_array_elements(
            CASE jsonb_typeof(g.data->'context') WHEN 'array' THEN g.data->'context' END
        ) WITH ORDINALITY AS context(one, place)
        WHERE one->>'sql' <> ''
    ))"""
SQL = "coalesce(g.data->>'sql', '')"

ROWS = """
SELECT
    r.id, r.text, i.text, coalesce(a.text, i.text), i.difficulty,
    c.recipe_id, c.example_numbers, c.prompt_hash, c.properties::text, i.dialect,
    o.prompt::text, o.fingerprint::text, o.seed::text, o.description::text, o.concepts::text,
    s.text, s.description, to_jsonb(k.items)::text,
    coalesce(s.kind, ''), coalesce(nullif(g.dialect, ''), nullif(i.dialect, ''), s.dialect, ''),
    coalesce(s.licence, ''),
    coalesce(v.verdicts, ''), coalesce(l.labels, '[]'),
    json_build_object(
        'response', r.id,
        'source', src.spec,
        'path', f.path,
        'repository', f.repository,
        'licences', f.licences,
        'blob_id', f.blob_id,
        'range', CASE WHEN s.id IS NOT NULL THEN ARRAY[s.start, s."end"] END,
        'imported_from', im.file_name,
        'model', re.model,
        'revision', re.revision,
        'prompt_sha256', encode(c.prompt_hash, 'hex'),
        'asked', a.text,
        'corrected_by', coalesce(x.editors, '{{}}')
    )::text,
    {schema}, {sql}
FROM generation_response AS r
JOIN generation_instruction AS i ON i.id = r.instruction_id
LEFT JOIN generation_instruction AS a ON a.id = i.made_of_id
LEFT JOIN generation_completion AS c ON c.id = r.completion_id
LEFT JOIN generation_recipe AS re ON re.id = c.recipe_id
LEFT JOIN generation_concepts AS k ON k.id = i.concepts_id
LEFT JOIN generation_import AS im ON im.id = i.imported_id
LEFT JOIN seeds_seed AS s ON s.id = i.seed_id
LEFT JOIN seeds_sourcefile AS f ON f.id = s.file_id
LEFT JOIN seeds_source AS src ON src.id = f.source_id
LEFT JOIN validation_storedreading AS g ON g.response_id = r.id
LEFT JOIN LATERAL jsonb_to_record(
    CASE jsonb_typeof(i.record) WHEN 'object' THEN i.record END
) AS o(prompt jsonb, fingerprint jsonb, seed jsonb, description jsonb, concepts jsonb) ON true
LEFT JOIN LATERAL (
    SELECT string_agg(database || ':' || outcome, ' ') AS verdicts
    FROM validation_verdict WHERE response_id = r.id
) AS v ON true
LEFT JOIN LATERAL (
    SELECT json_agg(
        json_build_object('reviewer', u.username, 'value', b.value, 'reasons', b.reasons)
        ORDER BY b.id
    )::text AS labels
    FROM review_label AS b JOIN accounts_user AS u ON u.id = b.reviewer_id
    WHERE b.response_id = r.id
) AS l ON true
LEFT JOIN LATERAL (
    SELECT array_agg(u.username ORDER BY y.id) AS editors
    FROM review_correction AS y JOIN accounts_user AS u ON u.id = y.editor_id
    WHERE y.response_id = r.id
) AS x ON true
WHERE r.id = ANY(%s)
"""


def rows_statement(*, with_schema: bool, with_sql: bool) -> str:
    """The statement, with only the columns that are wanted."""
    return ROWS.format(schema=SCHEMA if with_schema else "''", sql=SQL if with_sql else "''")
