"""Further inputs of the kinds of trouble: dialects and kinds that were told wrongly at first."""

from __future__ import annotations

from apps.sql.dialects import Dialect

D = Dialect

GUESS: list[tuple[str, Dialect]] = [
    ("COPY seat TO STDOUT WITH (FORMAT csv, DELIMITER ';');\nVACUUM ANALYZE seat;\n", D.POSTGRES),
    (
        "CREATE TABLE t (id uuid DEFAULT gen_random_uuid(), tags text[]);\nCREATE POLICY p ON t USING (true);\n",
        D.POSTGRES,
    ),
    (
        "SELECT date_trunc('day', at), count(*) FILTER (WHERE ok) FROM t WHERE name ~* 'x' GROUP BY 1;\n",
        D.POSTGRES,
    ),
    (
        "select generate_series(1, 5) as n;\nselect now() - interval '1 day';\nlisten seats;\n",
        D.POSTGRES,
    ),
    ("CREATE TABLE seat (id SERIAL PRIMARY KEY, note TEXT);\n", D.POSTGRES),
    ("CREATE FUNCTION f() RETURNS void AS 'BEGIN NULL; END' LANGUAGE 'plpgsql';\n", D.POSTGRES),
    ("CREATE TABLE #t (a int)\nINSERT INTO #t SELECT 1\nSELECT * FROM #t\n", D.TSQL),
    ("ALTER TABLE Seat ADD Hall varchar(20) NULL\nGO", D.TSQL),
    ("SELECT CONVERT(varchar(10), OrderDate, 120), LEN(Name), ISNULL(a, 0) FROM Orders\n", D.TSQL),
    ("EXEC sp_rename 'dbo.A.b', 'c', 'COLUMN'\n", D.TSQL),
    (
        "UPDATE o SET o.Total = 0 FROM Orders o INNER JOIN Lines l ON l.OrderId = o.Id WHERE o.Placed < DATEADD(day, -3, GETDATE())\n",
        D.TSQL,
    ),
    ("SELECT [a], [b c] FROM [t] WHERE [d] = 1\n", D.TSQL),
    ("CREATE PROCEDURE ListSeats @hall INT AS\nSELECT Id FROM Seats WHERE Hall = @hall\n", D.TSQL),
    (
        "CREATE TRIGGER IF NOT EXISTS t AFTER UPDATE OF a ON seat WHEN new.a > 1 BEGIN\n  DELETE FROM hold;\nEND;\n",
        D.SQLITE,
    ),
    (".open x.db\n.tables\nSELECT 1;\n", D.SQLITE),
    (
        "CREATE TABLE seat (id INTEGER PRIMARY KEY AUTOINCREMENT, at DATETIME DEFAULT CURRENT_TIMESTAMP);\n",
        D.SQLITE,
    ),
    (
        'BEGIN TRANSACTION;\nCREATE TABLE IF NOT EXISTS "seat" ("id" INTEGER PRIMARY KEY, "n" TEXT);\nINSERT INTO sqlite_sequence VALUES(\'seat\', 3);\nCOMMIT;\n',
        D.SQLITE,
    ),
    (
        "CREATE TABLE seat (nr NUMBER, made DATE);\nINSERT INTO seat VALUES (1, TO_DATE('2020-01-01', 'YYYY-MM-DD'));\n",
        D.ORACLE,
    ),
    ("SELECT a.x, b.y FROM a, b WHERE a.id = b.id(+);\n", D.ORACLE),
    ("BEGIN\n  p(1);\nEND;\n/", D.ORACLE),
    ("@tables.sql\n@views.sql\nSELECT x FROM t MINUS SELECT x FROM u;\n", D.ORACLE),
    (
        "ALTER SESSION SET NLS_DATE_FORMAT = 'YYYY';\nALTER TABLE t MODIFY (a VARCHAR2(5));\n",
        D.ORACLE,
    ),
    (
        "delimiter //\ncreate trigger t before insert on a for each row begin set new.b = 1; end//\ndelimiter ;\n",
        D.MYSQL,
    ),
    ("DELIMITER |\nCREATE FUNCTION f() RETURNS INT DETERMINISTIC RETURN 1|\n", D.MYSQL),
    ("SELECT IFNULL(a, 0), DATE_FORMAT(b, '%Y') FROM t LIMIT 5, 10;\n", D.MYSQL),
    ("SHOW DATABASES;\nDESCRIBE seat;\nSHOW CREATE TABLE seat;\n", D.MYSQL),
    (
        "CREATE USER 'ann'@'localhost' IDENTIFIED BY 'x';\nGRANT ALL PRIVILEGES ON shop.* TO 'ann'@'localhost';\nFLUSH PRIVILEGES;\n",
        D.MYSQL,
    ),
    (
        "ALTER TABLE seat MODIFY COLUMN hall VARCHAR(20) NOT NULL AFTER nr;\nALTER TABLE seat CHANGE a b INT;\n",
        D.MYSQL,
    ),
    (
        "SELECT GROUP_CONCAT(a ORDER BY b SEPARATOR ', '), STR_TO_DATE(c, '%d') FROM t GROUP BY d;\n",
        D.MYSQL,
    ),
    (
        "CREATE TABLE t (id INT NOT NULL AUTO_INCREMENT PRIMARY KEY, a TEXT);\nSELECT `a` FROM t;\n",
        D.MYSQL,
    ),
    ("CREATE TABLE shop.t (a STRING, b INT64, c ARRAY<STRUCT<x INT64>>);\n", D.BIGQUERY),
    (
        "SELECT FORMAT_TIMESTAMP('%Y', c), DATE_DIFF(a, b, DAY) FROM shop.t, UNNEST(items) AS i;\n",
        D.BIGQUERY,
    ),
    (
        "CREATE OR REPLACE TABLE t CLONE u;\nCREATE OR REPLACE STAGE s URL = 's3://x';\n",
        D.SNOWFLAKE,
    ),
    ("USE ROLE sysadmin;\nUSE WAREHOUSE w;\nSELECT $1 FROM @s/x.csv;\n", D.SNOWFLAKE),
    (
        "SET hive.exec.dynamic.partition=true;\nLOAD DATA INPATH '/x' OVERWRITE INTO TABLE t PARTITION (d='1');\n",
        D.SPARK,
    ),
    (
        "CREATE EXTERNAL TABLE t (a string) ROW FORMAT DELIMITED FIELDS TERMINATED BY ',' LOCATION '/x';\n",
        D.SPARK,
    ),
    ("COPY t FROM 's3://x' IAM_ROLE 'arn' CSV;\n", D.REDSHIFT),
    (
        "COPY (SELECT * FROM 'x.parquet') TO 'y.parquet' (FORMAT parquet);\nSELECT * FROM read_csv('a.csv');\n",
        D.DUCKDB,
    ),
    (
        "-- Converted from MySQL: ENGINE=InnoDB and `ticks`\nCREATE TABLE t (id bigserial, a timestamptz);\n",
        D.POSTGRES,
    ),
    (
        "-- SQLite cannot do this; see pragma\nCREATE TABLE [dbo].[T] ([Id] int IDENTITY(1,1));\nGO\n",
        D.TSQL,
    ),
]
KIND: list[tuple[str, str]] = [
    ("BEGIN NOT ATOMIC\n  SELECT 1;\nEND", "other"),
    ("BEGIN NOT DEFERRABLE", "transaction"),
    ("BEGIN DECLARE x INT; SET x = 1; END", "other"),
    ("BEGIN TRANSACTION READ WRITE", "transaction"),
    ("END TRANSACTION", "transaction"),
    ("END CONVERSATION @h", "other"),
    ("VALUES ROW(1, 2), ROW(3, 4)", "select"),
    ("WITH x AS (SELECT 1) (SELECT * FROM x) UNION (SELECT 2)", "select"),
    ("((SELECT 1) UNION SELECT 2) ORDER BY 1", "select"),
    ("WITH x AS (SELECT 1) TABLE x", "select"),
    ("EXPLAIN SELECT 1", "other"),
    (
        "WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t",
        "select",
    ),
    (
        "WITH x AS (SELECT 1 AS a) MERGE INTO t USING x ON t.a = x.a WHEN MATCHED THEN DELETE",
        "merge",
    ),
    ("COMMIT PREPARED 'x'", "transaction"),
    ("ROLLBACK TO s", "transaction"),
    ("START TRANSACTION WITH CONSISTENT SNAPSHOT", "transaction"),
    ("SAVEPOINT s", "transaction"),
    ("CREATE AGGREGATE FUNCTION f RETURNS STRING SONAME 'x.so'", "create_function"),
    ("CREATE TEMP FUNCTION f(x INT64) AS (x + 1)", "create_function"),
    ("CREATE TABLE FUNCTION d.f(y INT64) AS SELECT 1 AS a", "create_function"),
    ("CREATE OR REPLACE FORCE EDITIONABLE VIEW v AS SELECT 1 AS a FROM dual", "create_view"),
    ("CREATE PRIMARY XML INDEX i ON t (x)", "create_index"),
    ("CREATE NONCLUSTERED COLUMNSTORE INDEX i ON t (x)", "create_index"),
    ("CREATE MULTISET VOLATILE TABLE t (a INTEGER) ON COMMIT PRESERVE ROWS", "create_table"),
    ("REPLACE VIEW v AS SELECT 1 AS a", "create_view"),
    ("REPLACE PROCEDURE p () BEGIN END", "create_procedure"),
    ("CREATE FOREIGN TABLE t (a int) SERVER s", "create_table"),
    ("CREATE PUBLIC SYNONYM s FOR t", "other"),
    ("CREATE RECURSIVE VIEW v (n) AS VALUES (1)", "create_view"),
    ("DROP MATERIALIZED VIEW v", "drop_view"),
    ("CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS i ON t (a)", "create_index"),
    ("CREATE OR REPLACE TRANSIENT TABLE t (a INT)", "create_table"),
    ("CREATE TABLE trigger_log (a int)", "create_table"),
    ("CREATE DATABASE LINK l CONNECT TO a IDENTIFIED BY b USING 'x'", "other"),
    ("ALTER VIEW v (a, b) AS SELECT 1, 2", "create_view"),
    (
        "ALTER ALGORITHM=MERGE DEFINER=`a`@`b` SQL SECURITY INVOKER VIEW v AS SELECT 1 AS a",
        "create_view",
    ),
    ("ALTER PROCEDURE p SQL SECURITY INVOKER", "other"),
    ("ALTER DEFINER=`a`@`b` EVENT e ON SCHEDULE EVERY 1 HOUR DO DELETE FROM t", "create_event"),
    ("ALTER FUNCTION dbo.f () RETURNS TABLE AS RETURN SELECT 1 AS a", "create_function"),
    ("ALTER MATERIALIZED VIEW v OWNER TO x", "other"),
    ("CREATE OR ALTER TRIGGER t ON dbo.T AFTER INSERT AS SELECT 1", "create_trigger"),
]
# (dialect, statement, whether its author says that it is not finished)
UNDONE: list[tuple[Dialect, str, bool]] = [
    (D.POSTGRES, "SELECT nr FROM seat WHERE note LIKE '%TODO%'", False),
    (D.POSTGRES, "CREATE TABLE TODO (id int)", False),
    (D.POSTGRES, "SELECT a /* FIXME join */ FROM t", True),
    (D.POSTGRES, "INSERT INTO t VALUES ('-- TODO: x')", False),
    (D.MYSQL, "INSERT INTO t VALUES ('it\\'s -- TODO later')", False),
    (D.MYSQL, "SELECT a FROM t # TODO fix\nWHERE b = 1", True),
    (D.POSTGRES, "SELECT a FROM t WHERE b = $$TODO -- XXX$$", False),
    (D.MYSQL, 'UPDATE t SET a = "/* XXX */"', False),
    (D.TSQL, "SELECT [TODO], [-- FIXME] FROM t", False),
    (D.POSTGRES, "INSERT INTO t VALUES (E'it\\'s -- TODO later')", False),
    (D.SNOWFLAKE, "SELECT a FROM t // TODO fix\nWHERE b = 1", True),
    (D.POSTGRES, "SELECT xxx.a, t.hack FROM xxx, t WHERE t.code = 'HACK'", False),
]
