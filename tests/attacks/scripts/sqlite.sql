-- Attacks on SQLite. `-- attack: NAME (stopped|contained)` begins one; each `;;` ends a statement.
-- attack: attach a file (stopped)
ATTACH DATABASE '{canary_file}' AS x;;
-- attack: attach and create (stopped)
ATTACH '{folder}/made.db' AS x;; CREATE TABLE x.t(a);;
-- attack: attach memory (stopped)
ATTACH ':memory:' AS x;;
-- attack: attach by expression (stopped)
ATTACH ('{folder}' || '/made.db') AS y;;
-- attack: attach by uri (stopped)
ATTACH 'file:{canary_file}?mode=ro' AS x;;
-- attack: attach behind a comment (stopped)
/* SELECT 1; */ ATTACH /* ' */ '{canary_file}' AS x -- end
;;
-- attack: detach main (stopped)
DETACH DATABASE main;;
-- attack: vacuum into (stopped)
VACUUM INTO '{folder}/made.db';;
-- attack: vacuum main into expression (stopped)
VACUUM main INTO ('{folder}/' || 'made.db');;
-- attack: load_extension (stopped)
SELECT load_extension('{folder}/evil.so');;
-- attack: load_extension with entry point (stopped)
SELECT load_extension('/lib/x86_64-linux-gnu/libc.so.6', 'system');;
-- attack: load_extension in a view (stopped)
CREATE VIEW v AS SELECT load_extension('x');; SELECT * FROM v;;
-- attack: load_extension in a trigger (stopped)
CREATE TABLE t(a);; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT load_extension('x'); END;; INSERT INTO t VALUES (1);;
-- attack: readfile (stopped)
SELECT readfile('{canary_file}');;
-- attack: writefile (stopped)
SELECT writefile('{folder}/made', 'x');;
-- attack: edit (stopped)
SELECT edit('x', 'touch {folder}/made');;
-- attack: fts3_tokenizer pointer (stopped)
SELECT fts3_tokenizer('simple', x'4141414141414141');;
-- attack: fts3_tokenizer read (stopped)
SELECT hex(fts3_tokenizer('simple'));;
-- attack: fsdir (stopped)
SELECT * FROM fsdir('/');;
-- attack: csv virtual table (stopped)
CREATE VIRTUAL TABLE c USING csv(filename='{canary_file}');;
-- attack: dbstat (stopped)
CREATE VIRTUAL TABLE d USING dbstat;;
-- attack: zipfile (stopped)
CREATE VIRTUAL TABLE z USING zipfile('{canary_file}');;
-- attack: pragma writable_schema (stopped)
PRAGMA writable_schema = ON;; UPDATE sqlite_master SET sql = 'x';;
-- attack: pragma temp_store_directory (stopped)
PRAGMA temp_store_directory = '{folder}';;
-- attack: pragma data_store_directory (stopped)
PRAGMA data_store_directory = '{folder}';;
-- attack: pragma journal_mode (stopped)
PRAGMA journal_mode = OFF;;
-- attack: pragma hard_heap_limit (stopped)
PRAGMA hard_heap_limit = 0;;
-- attack: pragma soft_heap_limit (stopped)
PRAGMA soft_heap_limit = 99999999999;;
-- attack: pragma mmap_size (stopped)
PRAGMA mmap_size = 999999999999;;
-- attack: pragma cache_size (stopped)
PRAGMA cache_size = 1000000000;;
-- attack: pragma trusted_schema (stopped)
PRAGMA trusted_schema = ON;;
-- attack: pragma key (stopped)
PRAGMA key = 'x';;
-- attack: pragma as a function (stopped)
SELECT * FROM pragma_compile_options;;
-- attack: pragma in capitals with comment (stopped)
PrAgMa/**/main . journal_mode/**/=/**/DELETE;;
-- attack: pragma temp_store (stopped)
PRAGMA temp_store = 1;;
-- attack: pragma threads (stopped)
PRAGMA threads = 8;;
-- attack: write to sqlite_master (stopped)
INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 2, 'CREATE TABLE x(a)');;
-- attack: endless recursion (stopped)
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c;;
-- attack: endless recursion that grows (stopped)
WITH RECURSIVE c(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM c) SELECT max(length(x)) FROM c;;
-- attack: endless rows kept (stopped)
CREATE TABLE t AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x, hex(randomblob(500)) FROM c;;
-- attack: cross join (stopped)
CREATE TABLE t AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 1000) SELECT x FROM c;; SELECT count(*) FROM t a, t b, t c, t d;;
-- attack: cross join in a trigger (stopped)
CREATE TABLE t(a);; CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO t WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT max(x) FROM c; END;; INSERT INTO t VALUES (1);;
-- attack: zeroblob (stopped)
SELECT zeroblob(2000000000);;
-- attack: randomblob (stopped)
SELECT randomblob(2000000000);;
-- attack: replace bomb (stopped)
SELECT replace(replace(replace(hex(zeroblob(1000)), '0', hex(zeroblob(1000))), '0', hex(zeroblob(1000))), '0', 'xx');;
-- attack: printf bomb (contained)
SELECT length(printf('%2000000000d', 1));;
-- attack: group_concat bomb (stopped)
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 100000) SELECT length(group_concat(hex(zeroblob(1000)))) FROM c;;
-- attack: an uninterruptible call (stopped)
SELECT instr(hex(zeroblob(900000)), hex(zeroblob(450000)) || '1');;
-- attack: like bomb (contained)
SELECT hex(zeroblob(500000)) LIKE '%0%0%0%0%0%0%0%0%0%0%0%0%0%0%1';;
-- attack: glob bomb (contained)
SELECT hex(zeroblob(500000)) GLOB '*0*0*0*0*0*0*0*0*0*0*[1-9]*0*1';;
-- attack: json bomb (contained)
SELECT json_array_length('[' || replace(hex(zeroblob(900000)), '00', '1,') || '1]');;
-- attack: deep json (stopped)
SELECT json(replace(hex(zeroblob(100000)), '0', '['));;
-- attack: deep expression (stopped)
SELECT {deep_parentheses};;
-- attack: many terms (stopped)
SELECT {many_unions};;
-- attack: huge statement (stopped)
SELECT '{two_megabytes}';;
-- attack: row flood (contained)
WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x, hex(zeroblob(1000)) FROM c;;
-- attack: column flood (contained)
SELECT {many_columns};;
-- attack: error message flood (stopped)
SELECT * FROM "{long_name}";;
-- attack: two statements in one (stopped)
SELECT 1; ATTACH '{canary_file}' AS x;;
-- attack: nul in the statement (stopped)
SELECT 1{nul}; ATTACH '{canary_file}' AS x;;
-- attack: lone surrogates (stopped)
SELECT '{surrogate}';;
-- attack: memory in a temp table (stopped)
CREATE TEMP TABLE t AS WITH RECURSIVE c(x) AS (SELECT randomblob(100000) UNION ALL SELECT randomblob(100000) FROM c) SELECT x FROM c;;
-- attack: rtree with forged nodes (contained)
CREATE VIRTUAL TABLE r USING rtree(id, a, b);; UPDATE r_node SET data = x'ffffffffffffffff';; SELECT * FROM r;;
-- attack: fts with forged segments (contained)
CREATE VIRTUAL TABLE f USING fts5(x);; INSERT INTO f VALUES ('a b c');; UPDATE f_data SET block = x'ffffffffffffffffffff';; SELECT * FROM f WHERE f MATCH 'a';;
-- attack: leave a transaction open (contained)
BEGIN EXCLUSIVE;; CREATE TABLE leftover(a);;
-- attack: heap limit as a table (stopped)
SELECT * FROM pragma_hard_heap_limit(0);;
-- attack: journal mode as a table (stopped)
SELECT * FROM pragma_journal_mode('delete');;
-- attack: pages as a table (stopped)
SELECT * FROM sqlite_dbpage;;
-- attack: byte code as a table (stopped)
SELECT * FROM bytecode('SELECT 1');;
-- attack: explained attach (stopped)
EXPLAIN ATTACH '{canary_file}' AS x;;
-- attack: extension in a check (stopped)
CREATE TABLE t(a CHECK (load_extension('x') IS NULL));; INSERT INTO t VALUES (1);;
-- attack: extension in a default (stopped)
CREATE TABLE t(a, b DEFAULT (load_extension('x')));; INSERT INTO t(a) VALUES (1);;
-- attack: extension in an index (stopped)
CREATE TABLE t(a);; CREATE INDEX i ON t(load_extension(a));;
-- attack: extension in a generated column (stopped)
CREATE TABLE t(a, b AS (load_extension(a)));; INSERT INTO t VALUES ('x');; SELECT * FROM t;;
-- attack: trigger that calls itself (stopped)
PRAGMA recursive_triggers = ON;; CREATE TABLE t(a);; CREATE TRIGGER g AFTER INSERT ON t BEGIN INSERT INTO t VALUES (new.a + 1); END;; INSERT INTO t VALUES (1);;
-- attack: write to the schema (stopped)
INSERT INTO sqlite_master VALUES ('table', 'x', 'x', 0, 'CREATE TABLE x(a)');;
-- attack: rename function (stopped)
SELECT sqlite_rename_table('main', 'table', 't', 'x', 't', 'y', 0);;
-- attack: vacuum (stopped)
VACUUM;;
-- attack: wal checkpoint (stopped)
PRAGMA wal_checkpoint(TRUNCATE);;
-- attack: optimize (stopped)
PRAGMA optimize(0xfffe);;
-- attack: encryption key (stopped)
PRAGMA key = 'x';;
-- attack: rebuild of a forged full text index (contained)
CREATE VIRTUAL TABLE f USING fts4(x);; INSERT INTO f VALUES ('a b c');; UPDATE f_segdir SET root = x'00ffffffffffffffff7f';; SELECT matchinfo(f, 'pcnalsx') FROM f WHERE f MATCH 'a';; INSERT INTO f(f) VALUES ('rebuild');;
-- attack: full text page size (contained)
CREATE VIRTUAL TABLE f USING fts5(x);; INSERT INTO f(f, rank) VALUES ('pgsz', 65536);; INSERT INTO f(f, rank) VALUES ('automerge', 16);; INSERT INTO f VALUES ('a');; INSERT INTO f(f) VALUES ('optimize');;
-- attack: tokenizer of a file (stopped)
CREATE VIRTUAL TABLE f USING fts5(x, tokenize = 'icu {canary_file}');;
-- attack: full text over another table (contained)
CREATE VIRTUAL TABLE f USING fts5(x, content = 'sqlite_master', content_rowid = 'rowid');; INSERT INTO f(f) VALUES ('rebuild');; SELECT * FROM f;;
-- attack: date arithmetic without end (contained)
SELECT date('9999-12-31', '+' || hex(zeroblob(10000)) || ' days'), strftime(hex(zeroblob(100000)), 'now');;
-- attack: a million savepoints (contained)
SAVEPOINT a;; SAVEPOINT b;; CREATE TABLE leftover(a);; ROLLBACK TO a;; SAVEPOINT c;;
