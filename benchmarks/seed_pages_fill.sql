-- Files of forty seeds each, of 22 kinds, five dialects and a hundred licence lines. For benchmarks/seed_pages.py.
SET maintenance_work_mem = '1GB';
DROP INDEX seed_search;
DROP INDEX seed_template;
INSERT INTO seeds_sourcefile (
    id, source_id, reason, message, key, path, repository, licences, own_licence, blob_id, encoding,
    dialect, dialect_confidence, dialect_of_neighbours, bytes, created_at
)
SELECT n, %(source)s, '', '', sha256(n::text::bytea), 'db/migrations/' || n || '.sql', 'owner' || n %% 9000 || '/project', ARRAY['MIT'], '', '', 'utf-8', 'postgres', 0.9, false, 4000, now()
FROM generate_series(1, %(seeds)s / 40 + 1) AS n;
INSERT INTO seeds_seed (file_id, source_id, licence, text, text_hash, template_hash, start, "end", line, kind, dialect, comment, description, description_source, schema_context, trimmed, masked, created_at)
SELECT n / 40 + 1, %(source)s,
    CASE WHEN n %% 3 = 0 THEN 'licence-' || n %% 100 WHEN n %% 3 = 1 THEN 'MIT' ELSE '' END,
    'SELECT ' || word(n) || '_' || n %% 977 || ', ' || word(n / 7) || ', count(*) AS total FROM ' || word(n / 3) || '_' || n %% 9973 || ' JOIN ' || word(n / 11) || ' USING (id) WHERE '
        || word(n / 13) || ' = ' || n || ' GROUP BY 1, 2 ORDER BY total DESC',
    sha256(n::text::bytea), decode(md5((n / 3)::text), 'hex'), n %% 40 * 200, n %% 40 * 200 + 180, n %% 40 * 8 + 1,
    (ARRAY['select','update','insert','delete','create_table','create_function','alter_table','drop_table','create_index','create_view','create_trigger'])[1 + least(10, (n %% 97) * (n %% 97) / 850)],
    (ARRAY['postgres','mysql','sqlite','tsql','oracle'])[1 + n %% 17 %% 5], CASE WHEN n %% 5 = 0 THEN 'Counts them.' ELSE '' END,
    'This statement retrieves data from one or more tables.', CASE WHEN n %% 5 = 0 THEN 'comment' ELSE 'kind' END, '', false, false, now()
FROM generate_series(1, %(seeds)s) AS n;
CREATE INDEX seed_template ON seeds_seed (template_hash);
CREATE INDEX seed_search ON seeds_seed USING gin (search);
