-- Every fifth pair has been labelled by one of twenty people, every 25th by a second and every 75th
-- by a third; a third of the first labels are bad, and some who came later say otherwise. For
-- benchmarks/review_fill.py.
CREATE TEMPORARY TABLE given AS
SELECT n AS response_id, nth, (%(people)s::bigint[])[(n / 5 + 7 * nth) %% 20 + 1] AS reviewer_id,
    CASE WHEN (n %% 3 = 0) <> (nth > 0 AND n %% 125 = 0) THEN 'bad' ELSE 'good' END AS value, n %% 17 + 3.5 AS seconds
FROM generate_series(5, %(responses)s, 5) AS n, generate_series(0, 2) AS nth
WHERE nth = 0 OR nth = 1 AND n %% 25 = 0 OR nth = 2 AND n %% 75 = 0;
INSERT INTO review_label (response_id, reviewer_id, value, reasons, note, seconds, created_at)
SELECT response_id, reviewer_id, value, CASE WHEN value = 'good' THEN '{}'::text[] WHEN response_id %% 2 = 0 THEN '{wrong_result}' ELSE '{wrong_result,sql_data}' END,
    '', seconds, now() - interval '2 days' FROM given ORDER BY nth, response_id;
INSERT INTO review_decision (response_id, good, label_id, voters, good_votes, updated_at)
SELECT response_id, bool_and(value = 'good'), max(id), count(*), count(*) FILTER (WHERE value = 'good'), now()
FROM review_label GROUP BY response_id;
INSERT INTO review_seat (entry_id, queue_id, reviewer_id, number, expires_at)
SELECT entry.id, entry.queue_id, given.reviewer_id, given.nth, NULL
FROM given JOIN review_entry AS entry USING (response_id) JOIN review_queue AS queue ON queue.id = entry.queue_id AND queue.is_default;
UPDATE review_entry SET state = 'done' WHERE response_id %% 5 = 0;
INSERT INTO review_gold (response_id, good, why, created_at)
SELECT response_id, good, '', now() FROM review_decision WHERE response_id %% 1000 = 0;
INSERT INTO review_ruling (response_id, good, note, editor_id, updated_at)
SELECT response_id, good, 'The test is right.', %(reviewer)s, now() FROM review_decision WHERE response_id %% 500 = 0 AND good_votes BETWEEN 1 AND voters - 1;
INSERT INTO review_entry (queue_id, response_id, position, state)
SELECT %(queue)s, n, 1000000 - n, 'open' FROM generate_series(4, %(responses)s, 7) AS n;
DROP TABLE given;
