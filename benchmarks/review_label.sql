-- Every fifth pair has been labelled, a third of them bad. For benchmarks/review.py.
UPDATE review_entry SET state = 'done' WHERE response_id %% 5 = 0;
INSERT INTO review_label (id, response_id, reviewer_id, value, reasons, note, created_at)
SELECT n, n, %(reviewer)s, CASE WHEN n %% 3 = 0 THEN 'bad' ELSE 'good' END, '{}', '', now() - interval '2 days'
FROM generate_series(5, %(responses)s, 5) AS n;
SELECT setval('review_label_id_seq', %(responses)s);
INSERT INTO review_decision (response_id, good, label_id, updated_at)
SELECT id, value = 'good', id, now() FROM review_label;
