-- A seed, its concepts, its instruction and ten responses; of 11 kinds in 32 arrangements. For benchmarks/fewshot.py.
INSERT INTO seeds_seed (id, file_id, source_id, licence, text, text_hash, template_hash, start, "end", line, kind, dialect, comment, description, description_source, schema_context, trimmed, masked, created_at)
SELECT n, %(file)s, %(source)s, 'MIT', 'SELECT ' || n, sha256(n::text::bytea), decode(md5(n::text), 'hex'), n, n + 1, 1,
    (ARRAY['select','update','insert','delete','create_table','create_function','alter_table','drop_table','create_index','create_view','create_trigger'])[1 + n %% 97 %% 11],
    'postgres', '', 'It reads.', 'kind', '', false, false, now()
FROM generate_series(1, %(seeds)s) AS n;
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, arrangement, example_numbers, prompt_hash, text, prompt_tokens, completion_tokens, parsed, created_at)
SELECT n, %(recipe)s, %(first)s + n %% %(runs)s, n, 's_c', n, 0, n %% 31, drawn.numbers, sha256(''), 'a, b', 900, 30, true, now()
FROM generate_series(1, %(seeds)s) AS n JOIN drawn ON drawn.stage = 's_c' AND drawn.place = n %% 31;
INSERT INTO generation_concepts (id, completion_id, recipe_id, seed_id, items)
SELECT n, n, %(recipe)s, n, '{a,b}' FROM generate_series(1, %(seeds)s) AS n;
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, arrangement, example_numbers, prompt_hash, text, prompt_tokens, completion_tokens, parsed, created_at)
SELECT %(seeds)s + n, %(recipe)s, %(first)s + n %% %(runs)s, n, 'c_i', n, 0, n %% 31, drawn.numbers, sha256(''), 'Write it.', 900, 90, true, now()
FROM generate_series(1, %(seeds)s) AS n JOIN drawn ON drawn.stage = 'c_i' AND drawn.place = n %% 31;
INSERT INTO generation_instruction (id, completion_id, recipe_id, seed_id, concepts_id, text)
SELECT n, %(seeds)s + n, %(recipe)s, n, n, 'Write a query that reads the users.' FROM generate_series(1, %(seeds)s) AS n;
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, arrangement, example_numbers, prompt_hash, text, prompt_tokens, completion_tokens, parsed, created_at)
SELECT 2 * %(seeds)s + n, %(recipe)s, %(first)s + ((n - 1) / 10 + 1) %% %(runs)s, (n - 1) / 10 + 1, 'i_r', (n - 1) / 10 + 1, n %% 10, ((n - 1) / 10 + 1) %% 31, drawn.numbers,
    sha256(''), repeat('SELECT name FROM users; ', 30), 900, 400 + n %% 97, true, now()
FROM generate_series(1, %(responses)s) AS n JOIN drawn ON drawn.stage = 'i_r' AND drawn.place = ((n - 1) / 10 + 1) %% 31;
INSERT INTO generation_response (id, completion_id, instruction_id, run_id, draw, text, created_at)
SELECT n, 2 * %(seeds)s + n, (n - 1) / 10 + 1, %(first)s + ((n - 1) / 10 + 1) %% %(runs)s, n %% 10, 'SELECT name FROM users;', now()
FROM generate_series(1, %(responses)s) AS n;
INSERT INTO validation_verdict (response_id, database, outcome, strength, version, created_at)
SELECT n, 'overall', (ARRAY['passed', 'passed', 'wrong_result', 'sql_error', 'no_tests'])[n %% 83 %% 5 + 1], 0.8, 1, now()
FROM generate_series(1, %(responses)s) AS n;
INSERT INTO validation_checkresult (response_id, code, version, passed, reason)
SELECT n, 'few_shot_copy', 1, n %% 50 > 0, CASE WHEN n %% 50 > 0 THEN '' ELSE 'few_shot_copy' END
FROM generate_series(1, %(responses)s) AS n;
INSERT INTO review_label (id, response_id, reviewer_id, value, created_at)
SELECT n, n, %(reviewer)s, CASE WHEN n %% 89 %% 3 > 0 THEN 'good' ELSE 'bad' END, now()
FROM generate_series(1, %(responses)s, 5) AS n;
INSERT INTO review_decision (response_id, good, label_id, updated_at)
SELECT n, n %% 89 %% 3 > 0, n, now()
FROM generate_series(1, %(responses)s, 5) AS n;
