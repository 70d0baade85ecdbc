"""The statements that fetch pairs with their way: what a response has, and what all responses to
an instruction share, which is fetched once for all of them.

Whatever can be written as JSON in the database is: it runs beside this process. `{context}` and
`{sql}` are filled in only where a format asks for them, because readings are large. What there are
many of to a response is grouped by itself: every table is passed once, in the order of its index.
"""

from __future__ import annotations

CONTEXT = """coalesce((
        SELECT string_agg(one->>'sql', E'\\n' ORDER BY place)
        FROM jsonb_array_elements(
            CASE jsonb_typeof(g.data->'context') WHEN 'array' THEN g.data->'context' END
        ) WITH ORDINALITY AS context(one, place)
        WHERE one->>'sql' <> ''
    ), '')"""
SQL = "coalesce(g.data->>'sql', '')"

# As rows.stream puts them into rows.values.Row.
RESPONSES = """
SELECT
    r.id, r.text, r.instruction_id, c.recipe_id, c.example_numbers::text, c.prompt_hash,
    c.properties::text, coalesce(g.dialect, ''), {context}, {sql}
FROM generation_response AS r
LEFT JOIN generation_completion AS c ON c.id = r.completion_id
LEFT JOIN validation_storedreading AS g ON g.response_id = r.id
WHERE r.id = ANY(%s)
"""
VERDICTS = """
SELECT response_id, string_agg(database || ':' || outcome, ' ')
FROM validation_verdict WHERE response_id = ANY(%s) GROUP BY response_id
"""
LABELS = """
SELECT b.response_id, json_agg(
    json_build_object('reviewer', u.username, 'value', b.value, 'reasons', b.reasons) ORDER BY b.id
)::text
FROM review_label AS b JOIN accounts_user AS u ON u.id = b.reviewer_id
WHERE b.response_id = ANY(%s) GROUP BY b.response_id
"""
EDITORS = """
SELECT y.response_id, json_agg(u.username ORDER BY y.id)::text
FROM review_correction AS y JOIN accounts_user AS u ON u.id = y.editor_id
WHERE y.response_id = ANY(%s) GROUP BY y.response_id
"""
# Columns as rows.values.Asked has them.
ASKED = """
SELECT
    i.id, i.text, i.difficulty, i.dialect,
    o.prompt::text, o.fingerprint::text, o.seed::text, o.description::text, o.concepts::text,
    s.text, s.description, to_jsonb(k.items)::text,
    coalesce(s.kind, ''), coalesce(s.dialect, ''), coalesce(s.licence, ''),
    coalesce(s.schema_context, ''), coalesce(f.repository, ''),
    json_build_object(
        'source', src.spec,
        'path', f.path,
        'repository', f.repository,
        'licences', f.licences,
        'blob_id', f.blob_id,
        'range', CASE WHEN s.id IS NOT NULL THEN ARRAY[s.start, s."end"] END,
        'imported_from', im.file_name
    )::text
FROM generation_instruction AS i
LEFT JOIN generation_concepts AS k ON k.id = i.concepts_id
LEFT JOIN generation_import AS im ON im.id = i.imported_id
LEFT JOIN seeds_seed AS s ON s.id = i.seed_id
LEFT JOIN seeds_sourcefile AS f ON f.id = s.file_id
LEFT JOIN seeds_source AS src ON src.id = f.source_id
LEFT JOIN LATERAL jsonb_to_record(
    CASE jsonb_typeof(i.record) WHEN 'object' THEN i.record END
) AS o(prompt jsonb, fingerprint jsonb, seed jsonb, description jsonb, concepts jsonb) ON true
WHERE i.id = ANY(%s)
"""


def responses_statement(*, with_schema: bool, with_sql: bool) -> str:
    """The statement, with only the columns that are wanted."""
    context, sql = CONTEXT if with_schema else "''", SQL if with_sql else "''"
    return RESPONSES.format(context=context, sql=sql)
