-- Accepted pairs, ten responses to an instruction, a hundred to a seed: ids from %(first)s on.
-- For benchmarks/export.py. An instruction is generated, or imported where %(imported)s is set.
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, example_numbers, prompt_hash,
    text, finish_reason, stop_reason, prompt_tokens, completion_tokens, seconds, parsed, reason, message, created_at)
SELECT n, %(recipe)s, %(run)s, %(seed)s + (n - 1) / 10, 's_c', n, 0, '{1}', sha256(''), '', 'stop', '', 900, 90, 1, true, '', '', now()
FROM generate_series(%(first)s, %(first)s - 1 + %(instructions)s) AS n WHERE %(imported)s::bigint IS NULL;
INSERT INTO generation_concepts (id, completion_id, recipe_id, seed_id, items)
SELECT n, n, %(recipe)s, %(seed)s + (n - 1) / 10, '{"update statement","where clause","primary key"}'
FROM generate_series(%(first)s, %(first)s - 1 + %(instructions)s) AS n WHERE %(imported)s::bigint IS NULL;
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, example_numbers, prompt_hash,
    text, finish_reason, stop_reason, prompt_tokens, completion_tokens, seconds, parsed, reason, message, created_at)
SELECT %(all)s + n, %(recipe)s, %(run)s, %(seed)s + (n - 1) / 10, 'c_i', n, 0, '{1}', sha256(''), '', 'stop', '', 900, 90, 1, true, '', '', now()
FROM generate_series(%(first)s, %(first)s - 1 + %(instructions)s) AS n WHERE %(imported)s::bigint IS NULL;
INSERT INTO generation_instruction (id, completion_id, recipe_id, seed_id, concepts_id, category, difficulty, text)
SELECT n, %(all)s + n, %(recipe)s, %(seed)s + (n - 1) / 10, n, 'data modification', 'Easy', %(instruction)s || n
FROM generate_series(%(first)s, %(first)s - 1 + %(instructions)s) AS n WHERE %(imported)s::bigint IS NULL;
INSERT INTO generation_instruction (id, imported_id, import_row, record, category, difficulty, text)
SELECT n, %(imported)s, n, %(record)s::jsonb || jsonb_build_object('instruction', %(instruction)s || n), '', '', %(instruction)s || n
FROM generate_series(%(first)s, %(first)s - 1 + %(instructions)s) AS n WHERE %(imported)s::bigint IS NOT NULL;
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, example_numbers, prompt_hash,
    text, finish_reason, stop_reason, prompt_tokens, completion_tokens, seconds, parsed, reason, message, created_at)
SELECT 2 * %(all)s + i.id * 10 + d, %(recipe)s, %(run)s, i.seed_id, 'i_r', i.id, d, '{1}',
    sha256(convert_to(%(before)s || i.text || %(after)s, 'UTF8')), '', 'stop', '', 900, 400, 1, true, '', '', now()
FROM generation_instruction AS i, generate_series(0, 9) AS d
WHERE i.id BETWEEN %(first)s AND %(first)s - 1 + %(instructions)s AND i.imported_id IS NULL;
INSERT INTO generation_response (id, completion_id, instruction_id, run_id, draw, text, created_at)
SELECT i.id * 10 + d, CASE WHEN i.imported_id IS NULL THEN 2 * %(all)s + i.id * 10 + d END, i.id,
    CASE WHEN i.imported_id IS NULL THEN %(run)s END, d, %(response)s || i.id * 10 + d, now()
FROM generation_instruction AS i, generate_series(0, 9) AS d
WHERE i.id BETWEEN %(first)s AND %(first)s - 1 + %(instructions)s;
INSERT INTO validation_verdict (response_id, database, outcome, message, diff, strength, notes, transpiled, version,
    milliseconds, created_at)
SELECT r.id, database, 'passed', '', NULL, 0.8, '{}', false, 1, 3, now()
FROM generation_response AS r, unnest(ARRAY['overall', 'sqlite', 'duckdb', 'postgres']) AS database
WHERE r.id BETWEEN %(first)s * 10 AND (%(first)s + %(instructions)s) * 10 - 1;
INSERT INTO validation_storedreading (response_id, dialect, missing_tables, placeholders, notes, data)
SELECT r.id, 'sqlite', '{}', '{}', '{}', jsonb_build_object('sql', %(sql)s, 'context', '[]'::jsonb)
FROM generation_response AS r
WHERE r.id BETWEEN %(first)s * 10 AND (%(first)s + %(instructions)s) * 10 - 1;
INSERT INTO review_label (id, response_id, reviewer_id, value, reasons, note, created_at)
SELECT r.id, r.id, %(reviewer)s, 'good', '{}', '', now()
FROM generation_response AS r
WHERE r.id BETWEEN %(first)s * 10 AND (%(first)s + %(instructions)s) * 10 - 1;
INSERT INTO review_decision (response_id, good, label_id, updated_at)
SELECT r.id, true, r.id, now()
FROM generation_response AS r
WHERE r.id BETWEEN %(first)s * 10 AND (%(first)s + %(instructions)s) * 10 - 1;
