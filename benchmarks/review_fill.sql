-- Ten responses to an instruction, every seed in every run; no two texts are the same. The tenth
-- instruction of ten was imported. For benchmarks/review_fill.py.
UPDATE seeds_seed SET kind = (ARRAY['select', 'update', 'delete', 'insert', 'create_table', 'select', 'create_view'])[id %% 7 + 1],
    licence = (ARRAY['MIT', 'Apache-2.0', 'BSD-3-Clause', ''])[id %% 4 + 1], source_id = (%(sources)s::bigint[])[id %% 3 + 1];
CREATE TEMPORARY TABLE asked AS
SELECT n AS id, n %% 10 = 0 AS is_imported, (n - 1) * 10 / %(instructions)s + 1 AS nth_run,
    (SELECT min(id) FROM seeds_seed) + n %% %(seeds)s AS seed_id
FROM generate_series(1, %(instructions)s) AS n;
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, arrangement, example_numbers, prompt_hash,
    text, finish_reason, stop_reason, prompt_tokens, completion_tokens, seconds, parsed, reason, message, created_at)
SELECT id, (%(recipes)s::bigint[])[nth_run], (%(runs)s::bigint[])[nth_run], seed_id, 'c_i', id, 0, id %% 31,
    drawn.numbers, sha256(''), '', 'stop', '', 900, 90, 1, true, '', '', now()
FROM asked JOIN drawn ON drawn.stage = 'c_i' AND drawn.place = id %% 31 WHERE NOT is_imported;
INSERT INTO generation_instruction (id, completion_id, recipe_id, seed_id, imported_id, import_row, category, difficulty, task, text)
SELECT id, CASE WHEN NOT is_imported THEN id END, CASE WHEN NOT is_imported THEN (%(recipes)s::bigint[])[nth_run] END,
    seed_id, CASE WHEN is_imported THEN %(imported)s END, CASE WHEN is_imported THEN id END, '',
    (ARRAY['Easy', 'Medium', 'Hard', ''])[id %% 4 + 1], (ARRAY['write', 'write', 'fix', 'explain', ''])[id %% 5 + 1],
    (%(instruction_texts)s::text[])[id %% %(texts)s + 1] || ' It is number ' || id || '.'
FROM asked;
CREATE TEMPORARY TABLE answered AS
SELECT n AS id, (n - 1) / 10 + 1 AS instruction_id, is_imported, nth_run, seed_id,
    replace((%(response_texts)s::text[])[(n - 1) / 10 %% %(texts)s + 1], E'```sql\n', E'```sql\n-- ' || n || E'\n') || E'\n\nThat was answer ' || n || '.' AS text
FROM generate_series(1, %(responses)s) AS n JOIN asked ON asked.id = (n - 1) / 10 + 1;
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, arrangement, example_numbers, prompt_hash,
    text, finish_reason, stop_reason, prompt_tokens, completion_tokens, seconds, parsed, reason, message, created_at)
SELECT %(instructions)s + id, (%(recipes)s::bigint[])[nth_run], (%(runs)s::bigint[])[nth_run], seed_id, 'i_r',
    instruction_id, id %% 10, instruction_id %% 31, drawn.numbers, sha256(''), text, 'stop', '', 900, 400, 1, true, '', '', now()
FROM answered JOIN drawn ON drawn.stage = 'i_r' AND drawn.place = instruction_id %% 31 WHERE NOT is_imported;
INSERT INTO generation_response (id, completion_id, instruction_id, run_id, draw, text, created_at)
SELECT id, CASE WHEN NOT is_imported THEN %(instructions)s + id END, instruction_id,
    CASE WHEN NOT is_imported THEN (%(runs)s::bigint[])[nth_run] END, id %% 10, text, now()
FROM answered;
INSERT INTO validation_verdict (response_id, database, outcome, message, diff, strength, survivor, notes, transpiled, version,
    milliseconds, created_at)
SELECT n, database, outcome, CASE outcome WHEN 'wrong_result' THEN '1 expected row is missing.' WHEN 'sql_error' THEN 'no such column: t' || n ELSE '' END,
    CASE outcome WHEN 'wrong_result' THEN jsonb_build_object('columns', ARRAY['id', 'name', 'age'], 'cut', false, 'rows', jsonb_build_array(
        jsonb_build_object('tag', 'same', 'cells', jsonb_build_array(n, 'Bob', 25)),
        jsonb_build_object('tag', 'missing', 'cells', jsonb_build_array(n + 1, 'Ann' || n, 30)))) END,
    CASE outcome WHEN 'passed' THEN n %% 11 / 10.0 END, NULL,
    CASE WHEN n %% 40 = 0 THEN '{null_order}'::text[] ELSE '{}' END, false, 1, 3, now()
FROM generate_series(1, %(responses)s) AS n, (VALUES ('overall', 5), ('sqlite', 5), ('postgres', 4)) AS each (database, turn),
    LATERAL (SELECT (ARRAY['passed', 'wrong_result', 'sql_error', 'no_tests', 'no_sql'])[n %% turn + 1] AS outcome) AS that;
INSERT INTO validation_checkresult (response_id, code, version, passed, reason, part, message, start, "end")
SELECT n, 'language', 1, false, 'asks_for_python', 'instruction', 'It asks for Python.', 8, 14
FROM generate_series(1, %(responses)s, 3) AS n;
INSERT INTO validation_likeness (response_id, exact, skeleton, bands, twin_id, is_exact, same_sql_id)
SELECT n, n / 3 + 1, n %% 1000 + 1, ARRAY[n], CASE WHEN n %% 10 IN (2, 3) THEN n - n %% 10 + 1 END, n %% 10 = 2,
    CASE WHEN n > 1000 AND n %% 3 = 0 THEN n %% 1000 + 1 END
FROM generate_series(1, %(responses)s) AS n;
INSERT INTO validation_storedreading (response_id, dialect, missing_tables, placeholders, notes, data)
SELECT n, (ARRAY['', 'sqlite', 'postgres', 'mysql', 'postgres'])[n %% 5 + 1], '{}', '{}', '{}', (%(readings)s::jsonb[])[(n - 1) / 10 %% %(texts)s + 1]
FROM generate_series(1, %(responses)s) AS n;
INSERT INTO validation_agreement (response_id, instruction_id, score, in_largest_group)
SELECT n, (n - 1) / 10 + 1, n %% 11 / 10.0, n %% 11 > 5 FROM generate_series(1, %(responses)s) AS n;
INSERT INTO judge_judgement (judge_id, response_id, text_hash, relevance, clear, answers, "true", good, text, reason, message, created_at)
SELECT judge_id, n, sha256(n::text::bytea), 4, 4, 1 + n %% 5, 4, n %% 5 > 2, 'It answers what was asked.', '', '', now()
FROM unnest(%(judges)s::bigint[]) WITH ORDINALITY AS judge (judge_id, number),
    generate_series(1, %(responses)s) AS n WHERE n %% (3 * number) > 0;
INSERT INTO review_flag (response_id, reviewer_id, created_at)
SELECT n, %(reviewer)s, now() FROM generate_series(1, %(responses)s, 499) AS n;
INSERT INTO review_correction (response_id, editor_id, part, before, created_at)
SELECT n, %(reviewer)s, 'response', 'It was shorter.', now() FROM generate_series(2, %(responses)s, 211) AS n;
DROP TABLE asked, answered;
