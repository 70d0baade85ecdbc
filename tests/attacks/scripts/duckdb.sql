-- Attacks on DuckDB; the form is that of sqlite.sql.
-- attack: read_text (stopped)
SELECT * FROM read_text('{canary_file}');;
-- attack: read_blob (stopped)
SELECT * FROM read_blob('{canary_file}');;
-- attack: read_csv (stopped)
SELECT * FROM read_csv('{canary_file}', header = false, columns = {{'a': 'VARCHAR'}});;
-- attack: read_csv_auto with a glob (stopped)
SELECT * FROM read_csv_auto('{folder}/*');;
-- attack: file as a table (stopped)
SELECT * FROM '{canary_file}';;
-- attack: glob (stopped)
SELECT * FROM glob('{folder}/*');;
-- attack: read_json (stopped)
SELECT * FROM read_json_auto('{canary_file}');;
-- attack: read_parquet (stopped)
SELECT * FROM read_parquet('{folder}/x.parquet');;
-- attack: proc environ (stopped)
SELECT * FROM read_blob('/proc/self/environ');;
-- attack: proc of the parent (stopped)
SELECT * FROM read_text('/proc/self/../1/cmdline');;
-- attack: etc passwd (stopped)
SELECT * FROM read_csv('/etc/passwd', sep = ':');;
-- attack: copy to (stopped)
COPY (SELECT 1) TO '{folder}/made.csv';;
-- attack: copy from (stopped)
CREATE TABLE t(a VARCHAR);; COPY t FROM '{canary_file}';;
-- attack: copy to stdout device (stopped)
COPY (SELECT 'x') TO '/dev/stdout';;
-- attack: export database (stopped)
EXPORT DATABASE '{folder}/made';;
-- attack: import database (stopped)
IMPORT DATABASE '{folder}';;
-- attack: attach a file (stopped)
ATTACH '{folder}/made.duckdb' AS x;; CREATE TABLE x.t(a INT);;
-- attack: attach sqlite (stopped)
ATTACH '{canary_file}' AS x (TYPE sqlite);;
-- attack: attach postgres (stopped)
ATTACH 'host=127.0.0.1 port={port}' AS x (TYPE postgres);;
-- attack: install (stopped)
INSTALL httpfs;;
-- attack: force install (stopped)
FORCE INSTALL httpfs FROM 'http://127.0.0.1:{port}';;
-- attack: install community (stopped)
INSTALL shellfs FROM community;;
-- attack: load (stopped)
LOAD '{folder}/evil.duckdb_extension';;
-- attack: load httpfs (stopped)
LOAD httpfs;;
-- attack: http read (stopped)
SELECT * FROM read_text('http://127.0.0.1:{port}/');;
-- attack: s3 read (stopped)
SELECT * FROM read_parquet('s3://127.0.0.1/x');;
-- attack: create secret (stopped)
CREATE SECRET s (TYPE s3, KEY_ID 'a', SECRET 'b');; SELECT * FROM read_parquet('s3://x/y');;
-- attack: set external access (stopped)
SET enable_external_access = true;;
-- attack: reset external access (stopped)
RESET enable_external_access;;
-- attack: set global external access (stopped)
SET GLOBAL enable_external_access = true;;
-- attack: unlock the configuration (stopped)
SET lock_configuration = false;;
-- attack: pragma for a setting (stopped)
PRAGMA memory_limit = '100GB';;
-- attack: memory limit (stopped)
SET memory_limit = '100GB';;
-- attack: threads (stopped)
SET threads = 64;;
-- attack: temp directory (stopped)
SET temp_directory = '{folder}/made';;
-- attack: allowed directories (stopped)
SET allowed_directories = ['{folder}'];;
-- attack: home directory (stopped)
SET home_directory = '{folder}';;
-- attack: log query path (stopped)
SET log_query_path = '{folder}/made';;
-- attack: profiling output (stopped)
PRAGMA profiling_output = '{folder}/made';;
-- attack: secret directory (stopped)
SET secret_directory = '{folder}';;
-- attack: extension directory (stopped)
SET extension_directory = '{folder}';;
-- attack: getenv (stopped)
SELECT getenv('PYTHONPATH');;
-- attack: python variables (stopped)
SELECT * FROM job;;
-- attack: python replacement scan (stopped)
SELECT * FROM limits;;
-- attack: query function reads (stopped)
SELECT * FROM query('SELECT * FROM read_text(''{canary_file}'')');;
-- attack: macro reads (stopped)
CREATE MACRO m(f) AS TABLE SELECT * FROM read_text(f);; SELECT * FROM m('{canary_file}');;
-- attack: prepared statement reads (stopped)
PREPARE p AS SELECT * FROM read_text(?);; EXECUTE p('{canary_file}');;
-- attack: checkpoint elsewhere (stopped)
ATTACH ':memory:' AS x;; USE x;; COPY FROM DATABASE x TO nowhere;;
-- attack: endless recursion (stopped)
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c;;
-- attack: huge range (stopped)
SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b;;
-- attack: cross join kept (stopped)
CREATE TABLE t AS SELECT a.range x, b.range y FROM range(100000) a, range(100000) b;;
-- attack: repeat bomb (stopped)
SELECT length(repeat('x', 3000000000));;
-- attack: repeated repeat (stopped)
SELECT repeat(repeat(repeat('x', 10000), 10000), 100);;
-- attack: list bomb (stopped)
SELECT len(range(10000000000));;
-- attack: string_agg bomb (stopped)
SELECT length(string_agg(repeat('x', 100000), '')) FROM range(1000000);;
-- attack: sort bomb (stopped)
SELECT * FROM range(500000000) ORDER BY hash(range) DESC OFFSET 400000000;;
-- attack: hash table bomb (stopped)
SELECT count(DISTINCT md5(range::VARCHAR)) FROM range(1000000000);;
-- attack: regex bomb (contained)
SELECT regexp_matches(repeat('a', 100000), '(a+)+(a+)+(a+)+b');;
-- attack: regex size bomb (contained)
SELECT regexp_matches('a', '((((a{{1,100}}){{1,100}}){{1,100}}){{1,100}})');;
-- attack: levenshtein (stopped)
SELECT levenshtein(repeat('a', 1000000), repeat('b', 1000000));;
-- attack: deep expression (stopped)
SELECT {deep_parentheses};;
-- attack: huge statement (stopped)
SELECT '{two_megabytes}';;
-- attack: row flood (contained)
SELECT range, repeat('x', 1000) FROM range(100000);;
-- attack: column flood (contained)
SELECT {many_columns};;
-- attack: nested value flood (contained)
SELECT range(100000) AS r, [range(1000)] AS s;;
-- attack: error message flood (stopped)
SELECT * FROM "{long_name}";;
-- attack: error function flood (stopped)
SELECT error(repeat('x', 10000000));;
-- attack: several statements in one (stopped)
SELECT 1; SET threads = 2; COPY (SELECT 1) TO '{folder}/made';;
-- attack: nul in the statement (stopped)
SELECT 1{nul}; COPY (SELECT 1) TO '{folder}/made';;
-- attack: comment around the setting (stopped)
/*/**/SELECT 1;*/ SET /* ; */ enable_external_access /**/ = true;;
-- attack: create type and attach leftovers (contained)
CREATE TYPE leftover AS ENUM ('a');; ATTACH ':memory:' AS leftover_db;;
-- attack: sniff_csv (stopped)
SELECT * FROM sniff_csv('{canary_file}');;
-- attack: parquet_metadata (stopped)
SELECT * FROM parquet_metadata('{canary_file}');;
-- attack: summarize a file (stopped)
SUMMARIZE '{canary_file}';;
-- attack: describe a file (stopped)
DESCRIBE SELECT * FROM '{folder}/*.txt';;
-- attack: variable from a file (stopped)
SET VARIABLE x = (SELECT content FROM read_text('{canary_file}'));; SELECT getvariable('x');;
-- attack: view over a file (stopped)
CREATE VIEW v AS FROM read_csv('{canary_file}');; FROM v;;
-- attack: serialized sql (stopped)
SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT * FROM read_text(''{canary_file}'')'));;
-- attack: log to a file (stopped)
CALL enable_logging(storage = 'file', storage_path = '{folder}/made');; SELECT 1;;
-- attack: profile to a file (stopped)
PRAGMA enable_profiling = 'json';; PRAGMA profile_output = '{folder}/made';; SELECT 1;;
-- attack: update extensions (stopped)
UPDATE EXTENSIONS;;
-- attack: secrets of the process (contained)
SELECT * FROM duckdb_secrets();;
-- attack: copy with a partition (stopped)
COPY (SELECT 1 AS a, 2 AS b) TO '{folder}/made' (FORMAT parquet, PARTITION_BY (a));;
-- attack: attach read only over http (stopped)
ATTACH 'http://127.0.0.1:{port}/x.duckdb' AS x (READ_ONLY);;
-- attack: file url (stopped)
SELECT * FROM read_text('file://{canary_file}');;
-- attack: padding bomb (stopped)
SELECT lpad('x', 2000000000, 'y');;
-- attack: printf bomb (stopped)
SELECT length(printf('%2000000000d', 1));;
-- attack: list_resize bomb (stopped)
SELECT len(list_resize([1], 10000000000));;
-- attack: reduce that never ends (stopped)
SELECT list_reduce(range(100000000), lambda a, b: a + b);;
-- attack: nested types without end (contained)
SELECT [[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]::VARCHAR, {{'a': {{'a': {{'a': 1}}}}}};;
-- attack: every type there is (contained)
SELECT * FROM test_all_types();;
-- attack: thousands of attached databases (contained)
ATTACH ':memory:' AS a1;; ATTACH ':memory:' AS a2;; ATTACH ':memory:' AS a3;; USE a3;; CREATE TABLE t AS SELECT range FROM range(10);; DETACH a1;;
-- attack: lone surrogates (stopped)
SELECT '{surrogate}';;
-- attack: a table named by half a character (stopped)
CREATE TABLE "{surrogate}" (a INTEGER);;
