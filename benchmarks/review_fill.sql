-- Ten responses to an instruction, a hundred instructions to a seed. For benchmarks/review.py.
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, example_numbers, prompt_hash,
    text, finish_reason, stop_reason, prompt_tokens, completion_tokens, seconds, parsed, reason, message, created_at)
SELECT n, %(recipe)s, %(run)s, (SELECT min(id) FROM seeds_seed) + (n - 1) / 100, 'c_i', n, 0, '{1}', sha256(''), '', 'stop', '', 900, 90, 1, true, '', '', now()
FROM generate_series(1, %(instructions)s) AS n;
INSERT INTO generation_instruction (id, completion_id, recipe_id, seed_id, category, difficulty, text)
SELECT n, n, %(recipe)s, (SELECT min(id) FROM seeds_seed) + (n - 1) / 100, '', '', %(instruction)s || n FROM generate_series(1, %(instructions)s) AS n;
INSERT INTO generation_completion (id, recipe_id, run_id, seed_id, stage, input_id, draw, example_numbers, prompt_hash,
    text, finish_reason, stop_reason, prompt_tokens, completion_tokens, seconds, parsed, reason, message, created_at)
SELECT %(instructions)s + n, %(recipe)s, %(run)s, (SELECT min(id) FROM seeds_seed) + (n - 1) / 1000, 'i_r', (n - 1) / 10 + 1, n %% 10, '{1}', sha256(''),
    %(response)s, 'stop', '', 900, 400, 1, true, '', '', now()
FROM generate_series(1, %(responses)s) AS n;
INSERT INTO generation_response (id, completion_id, instruction_id, run_id, draw, text, created_at)
SELECT n, %(instructions)s + n, (n - 1) / 10 + 1, %(run)s, n %% 10, %(response)s, now()
FROM generate_series(1, %(responses)s) AS n;
INSERT INTO validation_verdict (response_id, database, outcome, message, diff, strength, notes, transpiled, version,
    milliseconds, created_at)
SELECT n, database, (ARRAY['passed', 'wrong_result', 'sql_error', 'no_tests', 'no_sql'])[n %% 5 + 1],
    '1 expected row is missing.', %(diff)s::jsonb, 0.8, '{}', false, 1, 3, now()
FROM generate_series(1, %(responses)s) AS n, unnest(ARRAY['overall', 'sqlite']) AS database;
INSERT INTO validation_checkresult (response_id, code, version, passed, reason, part, message, start, "end")
SELECT n, 'language', 1, false, 'asks_for_python', 'instruction', 'It asks for Python.', 8, 14
FROM generate_series(1, %(responses)s, 3) AS n;
INSERT INTO validation_likeness (response_id, exact, skeleton, bands, twin_id, is_exact, same_sql_id)
SELECT n, n / 3 + 1, n %% 1000 + 1, ARRAY[n], CASE WHEN n %% 10 IN (2, 3) THEN n - n %% 10 + 1 END, n %% 10 = 2,
    CASE WHEN n > 1000 AND n %% 3 = 0 THEN n %% 1000 + 1 END
FROM generate_series(1, %(responses)s) AS n;
