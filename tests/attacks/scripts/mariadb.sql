-- Attacks on MariaDB; the form is that of sqlite.sql.
-- attack: load_file (contained)
SELECT LOAD_FILE('{canary_file}');;
-- attack: into outfile (stopped)
SELECT 'x' INTO OUTFILE '{folder}/made';;
-- attack: into dumpfile (stopped)
SELECT 'x' INTO DUMPFILE '{folder}/made';;
-- attack: load data (stopped)
CREATE TABLE t(a TEXT);; LOAD DATA INFILE '{canary_file}' INTO TABLE t;;
-- attack: load data local (stopped)
CREATE TABLE t(a TEXT);; LOAD DATA LOCAL INFILE '{canary_file}' INTO TABLE t;; SELECT * FROM t;;
-- attack: load xml local (stopped)
CREATE TABLE t(a TEXT);; LOAD XML LOCAL INFILE '{canary_file}' INTO TABLE t;;
-- attack: data directory (contained)
CREATE TABLE t(a INT) ENGINE=MyISAM DATA DIRECTORY='{folder}';;
-- attack: innodb data directory (contained)
CREATE TABLE t(a INT) ENGINE=InnoDB DATA DIRECTORY='{folder}';;
-- attack: csv engine over a file (contained)
CREATE TABLE t(a INT NOT NULL) ENGINE=CSV DATA DIRECTORY='{folder}';;
-- attack: federated (stopped)
CREATE TABLE t(a INT) ENGINE=FEDERATED CONNECTION='mysql://a@127.0.0.1:{port}/b/t';; SELECT * FROM t;;
-- attack: connect engine (stopped)
CREATE TABLE t(a INT) ENGINE=CONNECT TABLE_TYPE=DOS FILE_NAME='{canary_file}';; SELECT * FROM t;;
-- attack: create server (stopped)
CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (HOST '127.0.0.1', PORT {port});;
-- attack: udf (stopped)
CREATE FUNCTION sys_exec RETURNS INTEGER SONAME 'lib_mysqludf_sys.so';;
-- attack: install plugin (stopped)
INSTALL PLUGIN x SONAME 'ha_connect.so';;
-- attack: install soname (stopped)
INSTALL SONAME 'ha_federatedx';;
-- attack: neighbour's rows (stopped)
SELECT * FROM {neighbour}.canary;;
-- attack: write to the neighbour (stopped)
UPDATE {neighbour}.canary SET secret = 'x';;
-- attack: use the neighbour (stopped)
USE {neighbour};; SELECT * FROM canary;;
-- attack: drop the neighbour (stopped)
DROP DATABASE {neighbour};;
-- attack: view onto the neighbour (stopped)
CREATE VIEW v AS SELECT * FROM {neighbour}.canary;; SELECT * FROM v;;
-- attack: definer view (stopped)
CREATE DEFINER='winnow_keeper'@'localhost' VIEW v AS SELECT * FROM mysql.global_priv;; SELECT * FROM v;;
-- attack: definer procedure (stopped)
CREATE DEFINER='winnow_keeper'@'localhost' PROCEDURE p() SQL SECURITY DEFINER SELECT * FROM mysql.global_priv;; CALL p();;
-- attack: prepared access to the neighbour (stopped)
PREPARE s FROM 'SELECT * FROM {neighbour}.canary';; EXECUTE s;;
-- attack: executable comment (stopped)
/*!50000 SELECT * FROM {neighbour}.canary */;;
-- attack: mariadb executable comment (stopped)
/*M! SELECT * FROM mysql.user */;;
-- attack: system tables (stopped)
SELECT * FROM mysql.global_priv;;
-- attack: information_schema of others (contained)
SELECT * FROM information_schema.tables WHERE table_name = 'canary';;
-- attack: process list (contained)
SELECT * FROM information_schema.processlist;;
-- attack: create user (stopped)
CREATE USER evil IDENTIFIED BY 'x';;
-- attack: grant all (stopped)
GRANT ALL ON *.* TO CURRENT_USER();;
-- attack: grant file (stopped)
GRANT FILE ON *.* TO CURRENT_USER();;
-- attack: create role (stopped)
CREATE ROLE evil;;
-- attack: set role (stopped)
SET ROLE admin;;
-- attack: set default role for others (stopped)
SET PASSWORD FOR 'winnow_keeper'@'localhost' = PASSWORD('x');;
-- attack: own password (contained)
SET PASSWORD = PASSWORD('x');;
-- attack: set global (stopped)
SET GLOBAL local_infile = 1;;
-- attack: general log (stopped)
SET GLOBAL general_log_file = '{folder}/made';;
-- attack: event scheduler (stopped)
SET GLOBAL event_scheduler = ON;;
-- attack: event (stopped)
CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO INSERT INTO t VALUES (1);; SELECT SLEEP(9);;
-- attack: secure_file_priv (stopped)
SET GLOBAL secure_file_priv = '';;
-- attack: kill others (stopped)
KILL 1;;
-- attack: shutdown (stopped)
SHUTDOWN;;
-- attack: flush tables with read lock (stopped)
FLUSH TABLES WITH READ LOCK;;
-- attack: flush privileges (stopped)
FLUSH PRIVILEGES;;
-- attack: reset master (stopped)
RESET MASTER;;
-- attack: change master (stopped)
CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={port};;
-- attack: binlog (stopped)
BINLOG 'AAAA';;
-- attack: create database (stopped)
CREATE DATABASE leftover;;
-- attack: sleep (stopped)
SELECT SLEEP(100);;
-- attack: sleep without a limit (stopped)
SET SESSION max_statement_time = 0;; SELECT SLEEP(100);;
-- attack: benchmark (stopped)
SET SESSION max_statement_time = 0;; SELECT BENCHMARK(100000000000, MD5('x'));;
-- attack: get_lock (stopped)
SELECT GET_LOCK('next', 100);;
-- attack: get_lock in an executable comment (stopped)
SELECT /*!50000 GET_LOCK */ ('next', 100);;
-- attack: get_lock put together (contained)
SET @sql = CONCAT('SELECT GET', '_LOCK(''next'', 100)');; PREPARE s FROM @sql;; EXECUTE s;; SELECT SLEEP(100);;
-- attack: endless loop (stopped)
SET SESSION max_statement_time = 0;; CREATE PROCEDURE p() BEGIN LOOP SET @x = 1; END LOOP; END;; CALL p();;
-- attack: cross join (stopped)
SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, information_schema.columns c;;
-- attack: sequence recursion (stopped)
SET max_recursive_iterations = 4000000000;; WITH RECURSIVE c(x) AS (SELECT CAST(1 AS UNSIGNED) UNION ALL SELECT x + 1 FROM c) SELECT MAX(x) FROM c;;
-- attack: repeat bomb (contained)
SELECT LENGTH(REPEAT('x', 4000000000));;
-- attack: session memory (contained)
SET max_session_mem_used = 18446744073709551615;; SET tmp_memory_table_size = 4294967295, max_heap_table_size = 4294967295;; CREATE TEMPORARY TABLE t ENGINE=MEMORY AS SELECT 1 a;;
-- attack: sort buffers (contained)
SET sort_buffer_size = 4294967295;; SELECT * FROM information_schema.columns ORDER BY table_name DESC LIMIT 3;;
-- attack: group_concat bomb (contained)
SET group_concat_max_len = 4294967295;; SELECT LENGTH(GROUP_CONCAT(REPEAT('x', 1000000))) FROM information_schema.columns;;
-- attack: regex bomb (contained)
SELECT REPEAT('a', 40) REGEXP '^(a+)+$b';;
-- attack: regex bomb with long text (contained)
SELECT REGEXP_REPLACE(REPEAT('a', 100000), '(a*)*b', 'x');;
-- attack: deep expression (contained)
SELECT {deep_parentheses};;
-- attack: huge statement (stopped)
SELECT '{five_megabytes}';;
-- attack: column flood (contained)
SELECT {many_columns};;
-- attack: row flood (contained)
SELECT REPEAT('x', 100000) FROM information_schema.columns a, information_schema.columns b;;
-- attack: error message flood (stopped)
SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx';;
-- attack: two statements in one (stopped)
SELECT 1; DROP DATABASE {neighbour};;
-- attack: lock tables (contained)
CREATE TABLE t(a INT);; LOCK TABLES t WRITE;;
-- attack: xa transaction left behind (contained)
CREATE TABLE t(a INT);; XA START 'leftover';; INSERT INTO t VALUES (1);; XA END 'leftover';; XA PREPARE 'leftover';;
-- attack: execute immediate (stopped)
EXECUTE IMMEDIATE CONCAT('SELECT * FROM mysql', '.global_priv');;
-- attack: time limit of one statement (stopped)
SET STATEMENT max_statement_time = 0 FOR SELECT SLEEP(100);;
-- attack: merge table over the neighbour (stopped)
CREATE TABLE t(secret TEXT) ENGINE=MERGE UNION=({neighbour}.canary);; SELECT * FROM t;;
-- attack: copy of the neighbour's table (stopped)
CREATE TABLE t LIKE {neighbour}.canary;;
-- attack: foreign key to the neighbour (stopped)
CREATE TABLE t(a INT, FOREIGN KEY (a) REFERENCES {neighbour}.canary(secret));;
-- attack: trigger at the neighbour (stopped)
CREATE TRIGGER {neighbour}.g BEFORE INSERT ON {neighbour}.canary FOR EACH ROW SET @x = 1;;
-- attack: move a table to the neighbour (stopped)
CREATE TABLE t(a INT);; RENAME TABLE t TO {neighbour}.t;;
-- attack: settings of the neighbour (stopped)
ALTER DATABASE {neighbour} CHARACTER SET latin1;;
-- attack: handler on the neighbour (stopped)
HANDLER {neighbour}.canary OPEN;; HANDLER {neighbour}.canary READ FIRST;;
-- attack: table name with a path (contained)
CREATE TABLE `../../../../../../../..{folder}/made`(a INT);;
-- attack: forged tablespace (stopped)
CREATE TABLE t(a INT) ENGINE=InnoDB;; ALTER TABLE t DISCARD TABLESPACE;; ALTER TABLE t IMPORT TABLESPACE;; SELECT * FROM t;;
-- attack: backup lock (stopped)
BACKUP STAGE START;;
-- attack: purge logs (stopped)
PURGE BINARY LOGS BEFORE NOW();;
-- attack: grant proxy (stopped)
GRANT PROXY ON 'winnow_keeper'@'localhost' TO CURRENT_USER();;
-- attack: how the keeper logs in (stopped)
SHOW CREATE USER 'winnow_keeper'@'localhost';;
-- attack: lock a system table (stopped)
LOCK TABLES mysql.global_priv WRITE;;
-- attack: names in another character set (contained)
SET NAMES latin1;; SELECT 'é' AS `é`, X'ff' AS `ÿ`;; SET character_set_results = ucs2;; SELECT 'a' AS a;;
-- attack: sleep in a view (stopped)
CREATE VIEW v AS SELECT SLEEP(100) AS s;; SET SESSION max_statement_time = 0;; SELECT * FROM v;;
-- attack: recursion of procedures (stopped)
SET max_sp_recursion_depth = 255;; CREATE PROCEDURE p(n INT) BEGIN CALL p(n + 1); END;; CALL p(0);;
-- attack: json bomb (contained)
SELECT JSON_VALID(REPEAT('[', 1000000)), JSON_EXTRACT(REPEAT('[', 100000), '$**.a');;
-- attack: lock of many names (contained)
SELECT COUNT(GET_LOCK(CONCAT('n', seq), 0)) FROM seq_1_to_1000000;;
-- attack: many long texts (contained)
CREATE TABLE t(a LONGTEXT);; INSERT INTO t SELECT REPEAT('x', 1000000) FROM seq_1_to_100000;;
-- attack: temporary tables of an engine without a bound (contained)
CREATE TEMPORARY TABLE t(a LONGTEXT) ENGINE=Aria;; INSERT INTO t SELECT REPEAT('x', 1000000) FROM seq_1_to_100000;;
-- attack: user variables (contained)
CREATE PROCEDURE p() BEGIN DECLARE n INT DEFAULT 0; LOOP SET n = n + 1; EXECUTE IMMEDIATE CONCAT('SET @v', n, ' = REPEAT(''x'', 4000000)'); END LOOP; END;; CALL p();;
-- attack: lone surrogates (stopped)
SELECT '{surrogate}';;
