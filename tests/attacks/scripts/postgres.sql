-- Attacks on PostgreSQL; the form is that of sqlite.sql.
-- attack: pg_read_file (stopped)
SELECT pg_read_file('{canary_file}');;
-- attack: pg_read_binary_file (stopped)
SELECT pg_read_binary_file('{canary_file}');;
-- attack: pg_ls_dir (stopped)
SELECT pg_ls_dir('{folder}');;
-- attack: pg_stat_file (stopped)
SELECT pg_stat_file('{canary_file}');;
-- attack: pg_ls_logdir (stopped)
SELECT * FROM pg_ls_waldir();;
-- attack: pg_current_logfile (stopped)
SELECT pg_current_logfile();;
-- attack: copy from a file (stopped)
CREATE TABLE t(a text);; COPY t FROM '{canary_file}';;
-- attack: copy to a file (stopped)
COPY (SELECT 1) TO '{folder}/made';;
-- attack: copy to a program (stopped)
COPY (SELECT 1) TO PROGRAM 'touch {folder}/made';;
-- attack: copy from a program (stopped)
CREATE TABLE t(a text);; COPY t FROM PROGRAM 'cat {canary_file}';;
-- attack: copy in a function (stopped)
DO $$ BEGIN EXECUTE 'COPY (SELECT 1) TO PROGRAM ''id''' ; END $$;;
-- attack: copy to the client (stopped)
COPY (SELECT 1) TO STDOUT;;
-- attack: copy from the client (stopped)
CREATE TABLE t(a text);; COPY t FROM STDIN;;
-- attack: lo_import (stopped)
SELECT lo_import('{canary_file}');;
-- attack: lo_export (stopped)
SELECT lo_export(1, '{folder}/made');;
-- attack: lo_create (stopped)
SELECT lo_create(4242);;
-- attack: lo_from_bytea (stopped)
SELECT lo_from_bytea(0, 'x');;
-- attack: lo_get (stopped)
SELECT lo_get(4242);;
-- attack: dblink (stopped)
CREATE EXTENSION dblink;; SELECT * FROM dblink('host=127.0.0.1 port={port}', 'SELECT 1') AS t(a int);;
-- attack: postgres_fdw (stopped)
CREATE EXTENSION postgres_fdw;; CREATE SERVER s FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '127.0.0.1', port '{port}');;
-- attack: file_fdw (stopped)
CREATE EXTENSION file_fdw;;
-- attack: foreign data wrapper (stopped)
CREATE FOREIGN DATA WRAPPER w;;
-- attack: adminpack (stopped)
CREATE EXTENSION adminpack;;
-- attack: untrusted language (stopped)
CREATE EXTENSION plpython3u;;
-- attack: language c (stopped)
CREATE FUNCTION s(text) RETURNS int AS '/lib/x86_64-linux-gnu/libc.so.6', 'system' LANGUAGE c;; SELECT s('touch {folder}/made');;
-- attack: language internal (stopped)
CREATE FUNCTION f(text) RETURNS text AS 'pg_read_file_all' LANGUAGE internal;; SELECT f('{canary_file}');;
-- attack: load (stopped)
LOAD '{folder}/evil.so';;
-- attack: load a plugin by path trick (stopped)
LOAD '$libdir/plugins/../../../../../../../../../{folder}/evil';;
-- attack: alter system (stopped)
ALTER SYSTEM SET archive_command = 'touch {folder}/made';;
-- attack: reload (stopped)
SELECT pg_reload_conf();;
-- attack: set a superuser setting (stopped)
SET log_min_messages = debug5;;
-- attack: set temp_file_limit (stopped)
SET temp_file_limit = -1;;
-- attack: set session_preload_libraries (stopped)
SET session_preload_libraries = 'dblink';;
-- attack: set_config (stopped)
SELECT set_config('temp_file_limit', '-1', false);;
-- attack: set role (stopped)
SET ROLE winnow_keeper;;
-- attack: set session authorization (stopped)
SET SESSION AUTHORIZATION winnow_keeper;;
-- attack: set role in disguise (stopped)
/* nested /* SELECT 1; */ ; */ SET/**/ROLE/**/"winnow_keeper";;
-- attack: set role in a string (stopped)
DO $x$ BEGIN EXECUTE 'SET' || ' ROLE winnow' || '_keeper'; END $x$;;
-- attack: become superuser (stopped)
ALTER ROLE CURRENT_USER SUPERUSER;;
-- attack: create role (stopped)
CREATE ROLE evil LOGIN;;
-- attack: grant a predefined role (stopped)
GRANT pg_read_server_files TO CURRENT_USER;;
-- attack: grant execute program (stopped)
GRANT pg_execute_server_program TO CURRENT_USER;;
-- attack: change the keeper's password (stopped)
ALTER ROLE winnow_keeper PASSWORD 'x';;
-- attack: own password and settings (contained)
ALTER ROLE CURRENT_USER PASSWORD 'x';; ALTER ROLE CURRENT_USER SET work_mem = '1GB';;
-- attack: read passwords (stopped)
SELECT * FROM pg_authid;;
-- attack: read pg_shadow (stopped)
SELECT passwd FROM pg_shadow;;
-- attack: read hba (stopped)
SELECT * FROM pg_hba_file_rules;;
-- attack: read settings files (stopped)
SELECT * FROM pg_file_settings;;
-- attack: data folder (stopped)
SELECT 1 / (current_setting('data_directory') IS NULL)::int;;
-- attack: neighbour by name (stopped)
SELECT * FROM {neighbour}.public.canary;;
-- attack: drop the neighbour (stopped)
DROP DATABASE {neighbour} WITH (FORCE);;
-- attack: rename the neighbour (stopped)
ALTER DATABASE {neighbour} RENAME TO gone;;
-- attack: settings of the neighbour (stopped)
ALTER DATABASE {neighbour} SET work_mem = '1GB';;
-- attack: settings of the template (stopped)
ALTER DATABASE winnow_template SET statement_timeout = 1;;
-- attack: drop the template (stopped)
DROP DATABASE winnow_template;;
-- attack: own database as a template (contained)
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I IS_TEMPLATE true', current_database()); END $$;;
-- attack: no more connections (contained)
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', current_database()); END $$;;
-- attack: create database (stopped)
CREATE DATABASE leftover;;
-- attack: create tablespace (stopped)
CREATE TABLESPACE x LOCATION '{folder}';;
-- attack: create subscription (stopped)
CREATE SUBSCRIPTION s CONNECTION 'host=127.0.0.1 port={port}' PUBLICATION p;;
-- attack: create event trigger (stopped)
CREATE FUNCTION g() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';; CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION g();;
-- attack: replication slot (stopped)
SELECT pg_create_logical_replication_slot('x', 'test_decoding');;
-- attack: physical slot (stopped)
SELECT pg_create_physical_replication_slot('x');;
-- attack: backup (stopped)
SELECT pg_backup_start('x');;
-- attack: checkpoint (stopped)
CHECKPOINT;;
-- attack: switch wal (stopped)
SELECT pg_switch_wal();;
-- attack: terminate the others (stopped)
SELECT pg_terminate_backend(pid) FROM pg_stat_activity;;
-- attack: terminate by number (stopped)
SELECT pg_terminate_backend(g) FROM generate_series(1, 99999) g;;
-- attack: cancel the others (stopped)
SELECT pg_cancel_backend(g) FROM generate_series(1, 99999) g;;
-- attack: what the others run (stopped)
SELECT query FROM pg_stat_activity;;
-- attack: write to a catalogue (stopped)
UPDATE pg_class SET relowner = 10;;
-- attack: write to pg_proc (stopped)
UPDATE pg_proc SET proacl = NULL WHERE proname = 'pg_read_file';;
-- attack: write to shared settings (stopped)
INSERT INTO pg_db_role_setting VALUES (0, 0, ARRAY['work_mem=1']);;
-- attack: lock a shared catalogue (stopped)
BEGIN;; LOCK TABLE pg_database IN ACCESS EXCLUSIVE MODE;;
-- attack: security definer search path (contained)
CREATE FUNCTION public.lower(text) RETURNS text LANGUAGE sql AS 'SELECT ''evil''::text';; CREATE SCHEMA pg_evil_not;;
-- attack: shadow of a system function (contained)
CREATE FUNCTION public.format(text, VARIADIC "any") RETURNS text LANGUAGE internal AS 'text_format';;
-- attack: advisory locks (stopped)
SELECT pg_advisory_lock(g) FROM generate_series(1, 1000000) g;;
-- attack: one advisory lock (stopped)
SELECT pg_advisory_lock(42);;
-- attack: notify flood (contained)
SELECT count(pg_notify('x', repeat('y', 7000) || g)) FROM generate_series(1, 100000) g;;
-- attack: wal flood (stopped)
SELECT pg_logical_emit_message(false, 'x', repeat('y', 100000)) FROM generate_series(1, 100000);;
-- attack: sleep (stopped)
SELECT pg_sleep(100);;
-- attack: sleep without a limit (stopped)
SET statement_timeout = 0;; SELECT pg_sleep(100);;
-- attack: sleep in a transaction (stopped)
SET statement_timeout = 0;; BEGIN;; SET LOCAL statement_timeout = 0;; SELECT pg_sleep_for('1 day');;
-- attack: catch the cancel (stopped)
SET statement_timeout = 0;; DO $$ BEGIN LOOP BEGIN PERFORM pg_sleep(100); EXCEPTION WHEN query_canceled OR others THEN NULL; END; END LOOP; END $$;;
-- attack: endless loop (stopped)
SET statement_timeout = 0;; DO $$ BEGIN LOOP NULL; END LOOP; END $$;;
-- attack: endless recursion (stopped)
WITH RECURSIVE c(x) AS (SELECT 1::numeric UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c;;
-- attack: endless function recursion (stopped)
CREATE FUNCTION f(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN f($1 + 1); END';; SELECT f(1);;
-- attack: cross join (stopped)
SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b;;
-- attack: factorial (stopped)
SET statement_timeout = 0;; SELECT factorial(100000);;
-- attack: power of numerics (stopped)
SET statement_timeout = 0;; SELECT 9.9999::numeric ^ 99999.9::numeric * 9.9::numeric ^ 90000.5::numeric;;
-- attack: repeat bomb (stopped)
SELECT repeat('x', 1000000000);;
-- attack: repeats in sum (stopped)
SELECT length(string_agg(repeat('x', 10000000), '')) FROM generate_series(1, 1000);;
-- attack: array bomb (stopped)
SELECT array_fill(1, ARRAY[100000, 100000]);;
-- attack: array_agg bomb (stopped)
SET work_mem = '2GB';; SELECT array_length(array_agg(repeat('x', 10000) || g), 1) FROM generate_series(1, 10000000) g;;
-- attack: hash bomb (stopped)
SET work_mem = '2GB';; SET hash_mem_multiplier = 1000;; SELECT count(*) FROM (SELECT DISTINCT md5(g::text), repeat('x', 100) || g FROM generate_series(1, 100000000) g) q;;
-- attack: sort to disk (stopped)
SET work_mem = '64kB';; SELECT repeat('x', 1000) || g FROM generate_series(1, 10000000) g ORDER BY md5(g::text) OFFSET 9000000;;
-- attack: table that fills the disk (stopped)
SET statement_timeout = 0;; CREATE TABLE t AS SELECT repeat(md5(g::text), 50) FROM generate_series(1, 100000000) g;;
-- attack: temporary table that fills the disk (stopped)
SET temp_buffers = '800MB';; CREATE TEMP TABLE t AS SELECT repeat(md5(g::text), 50) FROM generate_series(1, 100000000) g;;
-- attack: thousands of tables (stopped)
SET statement_timeout = 0;; DO $$ BEGIN FOR i IN 1..100000 LOOP EXECUTE 'CREATE TABLE t' || i || '(a int primary key, b text)'; END LOOP; END $$;;
-- attack: parallel workers (stopped)
SET max_parallel_workers = 64;; SET max_parallel_workers_per_gather = 64;; SET debug_parallel_query = on;; SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b;;
-- attack: regex bomb (contained)
SELECT repeat('a', 40) ~ '^(a+)+$b';;
-- attack: regex back references (contained)
SET statement_timeout = 0;; SELECT repeat('a', 5000) ~ '^(a*)(a*)(a*)(a*)\1\2\3\4b$';;
-- attack: regex size bomb (stopped)
SELECT 'a' ~ '((((a{{1,255}}){{1,255}}){{1,255}}){{1,255}}){{1,255}}';;
-- attack: like bomb (contained)
SET statement_timeout = 0;; SELECT repeat('a', 100000) LIKE '%a%a%a%a%a%a%a%a%a%a%a%b';;
-- attack: deep json (stopped)
SELECT (repeat('[', 1000000))::json;;
-- attack: xml entities (contained)
SELECT xmlparse(DOCUMENT '<!DOCTYPE a [<!ENTITY x SYSTEM "file://{canary_file}">]><a>&x;</a>')::text;;
-- attack: tsquery bomb (stopped)
SELECT to_tsvector(repeat('word ', 10000000));;
-- attack: notice flood (stopped)
SET statement_timeout = 0;; DO $$ BEGIN LOOP RAISE NOTICE '%', repeat('x', 10000); END LOOP; END $$;;
-- attack: log flood (contained)
DO $$ BEGIN FOR i IN 1..1000 LOOP RAISE LOG '%', repeat('x', 10000); END LOOP; END $$;;
-- attack: row flood (stopped)
SELECT repeat('x', 1000) FROM generate_series(1, 100000000);;
-- attack: column flood (contained)
SELECT {many_columns};;
-- attack: error message flood (stopped)
DO $$ BEGIN RAISE EXCEPTION '%', repeat('x', 10000000); END $$;;
-- attack: deep expression (contained)
SELECT {deep_parentheses};;
-- attack: two statements in one (stopped)
SELECT 1; SET ROLE winnow_keeper;;
-- attack: nul in the statement (stopped)
SELECT 1{nul}; SET ROLE winnow_keeper;;
-- attack: psql meta command (stopped)
\! touch {folder}/made
;;
-- attack: leave a transaction open (contained)
BEGIN;; CREATE TABLE leftover(a int);; LOCK TABLE leftover;;
-- attack: prepared transaction (stopped)
BEGIN;; CREATE TABLE leftover(a int);; PREPARE TRANSACTION 'leftover';;
-- attack: listen and leave (contained)
LISTEN x;; BEGIN;; NOTIFY x;;
-- attack: cursors left open (contained)
BEGIN;; DECLARE c CURSOR WITH HOLD FOR SELECT generate_series(1, 10);; COMMIT;; FETCH 2 FROM c;;
-- attack: default privileges and publications (contained)
ALTER DEFAULT PRIVILEGES GRANT ALL ON TABLES TO PUBLIC;; CREATE PUBLICATION p;; GRANT ALL ON SCHEMA public TO PUBLIC;;
-- attack: own database open to all (contained)
DO $$ BEGIN EXECUTE format('GRANT ALL ON DATABASE %I TO PUBLIC', current_database()); END $$;;
-- attack: column name in another encoding (contained)
CREATE TABLE t("é" text);; INSERT INTO t VALUES ('é');; SET client_encoding = 'LATIN1';; SELECT * FROM t;;
-- attack: error in another encoding (stopped)
SET client_encoding = 'SJIS';; DO $$ BEGIN RAISE EXCEPTION 'テ%', chr(12486); END $$;;
-- attack: stop words from any file (stopped)
CREATE TEXT SEARCH DICTIONARY d (TEMPLATE = simple, STOPWORDS = '../../../../../../../../..{canary_file}');; SELECT ts_lexize('d', 'x');;
-- attack: hijack an extension's script (contained)
CREATE SCHEMA s;; CREATE FUNCTION s.hstore_in(cstring) RETURNS int LANGUAGE sql AS 'SELECT 1';; CREATE EXTENSION hstore SCHEMA s;;
-- attack: replace an extension's function (stopped)
CREATE FUNCTION public.similarity(text, text) RETURNS float4 LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'ALTER ROLE ' || current_user || ' SUPERUSER'; RETURN 1; END $$;; CREATE EXTENSION pg_trgm SCHEMA public;;
-- attack: own a system function (stopped)
ALTER FUNCTION pg_catalog.pg_read_file(text) OWNER TO CURRENT_USER;;
-- attack: grant oneself a system function (stopped)
GRANT EXECUTE ON FUNCTION pg_catalog.pg_read_file(text) TO CURRENT_USER;; SELECT pg_read_file('{canary_file}');;
-- attack: reassign what the keeper owns (stopped)
REASSIGN OWNED BY winnow_keeper TO CURRENT_USER;;
-- attack: drop the catalogue (stopped)
DROP SCHEMA pg_catalog CASCADE;;
-- attack: an aggregate over internal state (stopped)
CREATE AGGREGATE a(int) (SFUNC = int8_avg_accum, STYPE = internal);; SELECT a(1);;
-- attack: a type with a forged input function (stopped)
CREATE TYPE t;; CREATE FUNCTION t_in(cstring) RETURNS t AS 'int4in' LANGUAGE internal;;
-- attack: a cast without a function (stopped)
CREATE TYPE pair AS (a bigint, b bigint);; CREATE CAST (bigint AS pair) WITHOUT FUNCTION;; SELECT (1234::bigint)::pair;;
-- attack: replica role (stopped)
SET session_replication_role = replica;;
-- attack: role by set_config (stopped)
SELECT set_config('role', 'winnow_keeper', false);;
-- attack: predefined role (stopped)
SET ROLE pg_read_all_data;; SELECT * FROM pg_authid;;
-- attack: give the role to everybody (stopped)
DO $$ BEGIN EXECUTE format('GRANT %I TO winnow_keeper', current_user); END $$;;
-- attack: preloaded library of the next session (contained)
ALTER ROLE CURRENT_USER SET local_preload_libraries = '../../../../{folder}/evil';;
-- attack: preloaded library of the database (stopped)
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET session_preload_libraries = ''dblink''', current_database()); END $$;;
-- attack: table among the shared ones (stopped)
CREATE TABLE t(a int) TABLESPACE pg_global;;
-- attack: publication of everything (stopped)
CREATE PUBLICATION p FOR ALL TABLES;;
-- attack: security label (stopped)
SECURITY LABEL ON ROLE winnow_keeper IS 'x';;
-- attack: comment on what all share (stopped)
COMMENT ON DATABASE {neighbour} IS 'x';;
-- attack: reset the statistics (stopped)
SELECT pg_stat_reset_shared('wal');;
-- attack: promote and rotate (stopped)
SELECT pg_promote();; SELECT pg_rotate_logfile();;
-- attack: large object rows (stopped)
INSERT INTO pg_largeobject VALUES (1, 0, 'x');;
-- attack: one snapshot for ever (contained)
BEGIN ISOLATION LEVEL SERIALIZABLE;; SELECT txid_current();; SAVEPOINT a;;
-- attack: a hundred thousand savepoints (stopped)
SET statement_timeout = 0;; CREATE TABLE t(a int);; DO $$ BEGIN FOR i IN 1..10000000 LOOP BEGIN INSERT INTO t VALUES (i); EXCEPTION WHEN OTHERS THEN NULL; END; END LOOP; END $$;;
-- attack: every database as xml (stopped)
SELECT query_to_xml('SELECT * FROM pg_authid', true, true, '');;
-- attack: index function that changes its mind (contained)
CREATE TABLE t(a int);; CREATE FUNCTION f(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SET ROLE winnow_keeper'; RETURN 1; EXCEPTION WHEN OTHERS THEN RETURN 2; END $$;; CREATE INDEX ON t (f(a));; INSERT INTO t VALUES (1);; VACUUM ANALYZE t;; REINDEX TABLE t;;
-- attack: notify flood behind a listener (contained)
LISTEN c;; DO $$ BEGIN FOR i IN 1..70 LOOP PERFORM pg_notify('c', repeat('x', 7900) || i); COMMIT; END LOOP; END $$;;
-- attack: notify flood without an end (stopped)
LISTEN c;; DO $$ BEGIN LOOP PERFORM pg_notify('c', repeat('x', 7900)); COMMIT; END LOOP; END $$;;
-- attack: comments and settings for others to read (stopped)
DO $$ BEGIN EXECUTE format('COMMENT ON DATABASE %I IS ''seen''', current_database()); END $$;; SELECT 1 / count(*) FROM pg_database WHERE datname LIKE 'job%' AND datname <> current_database();;
-- attack: names of other roles (stopped)
SELECT 1 / count(*) FROM pg_roles WHERE rolname LIKE 'job%' AND rolname <> current_user;;
-- attack: the catalogue behind the filtered one (stopped)
SELECT * FROM pg_database_of_all;;
-- attack: lone surrogates (stopped)
SELECT '{surrogate}';;
