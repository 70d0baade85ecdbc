"""More statements of the kinds of trouble: what is read, what is not, their kinds and dialects."""

from __future__ import annotations

import pytest

from apps.sql.dialects import Dialect
from apps.sql.guess import guess_dialect
from apps.sql.kinds import kind_of
from apps.sql.parsing.parsers import parse

READ = [
    (
        Dialect.POSTGRES,
        (
            "CREATE FUNCTION f() RETURNS TABLE (a int, b text) LANGUAGE "
            "plpgsql AS $f$ #variable_conflict use_column\n"
            "<<o>> DECLARE r record; BEGIN FOR r IN SELECT * FROM t LOOP a "
            ":= r.a; RETURN NEXT; END LOOP o; EXCEPTION WHEN OTHERS THEN "
            "RAISE NOTICE '%', SQLERRM; END $f$"
        ),
    ),
    (
        Dialect.POSTGRES,
        (
            "CREATE PROCEDURE p(INOUT a int DEFAULT 1) LANGUAGE plpgsql "
            "SECURITY DEFINER SET search_path = public, pg_temp AS $$ "
            "BEGIN IF a > 1 THEN UPDATE t SET b = a; ELSIF a = 0 THEN "
            "PERFORM g(a); ELSE NULL; END IF; COMMIT; END; $$"
        ),
    ),
    (
        Dialect.POSTGRES,
        (
            "CREATE FUNCTION f(a int) RETURNS int AS 'SELECT $1 + 1' "
            "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE"
        ),
    ),
    (Dialect.MYSQL, "CREATE FUNCTION f(a INT) RETURNS INT DETERMINISTIC RETURN a + 1"),
    (
        Dialect.MYSQL,
        ("CREATE PROCEDURE p(IN a INT, OUT b INT) SELECT COUNT(*) INTO b FROM t WHERE id = a"),
    ),
    (
        Dialect.MYSQL,
        (
            "CREATE DEFINER=CURRENT_USER PROCEDURE p() BEGIN DECLARE done "
            "INT DEFAULT FALSE; DECLARE c CURSOR FOR SELECT id FROM t; "
            "DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = TRUE; OPEN "
            "c; l: LOOP FETCH c INTO x; IF done THEN LEAVE l; END IF; END "
            "LOOP; CLOSE c; END"
        ),
    ),
    (Dialect.MYSQL, "CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW SET NEW.b = NOW()"),
    (
        Dialect.TSQL,
        (
            "CREATE PROCEDURE dbo.p @a int = 1, @b nvarchar(max) OUTPUT "
            "WITH RECOMPILE AS SET NOCOUNT ON SELECT @b = N FROM dbo.T "
            "WHERE Id = @a RETURN 0"
        ),
    ),
    (
        Dialect.TSQL,
        (
            "CREATE OR ALTER PROC dbo.p AS BEGIN TRY EXEC dbo.q END TRY "
            "BEGIN CATCH IF @@TRANCOUNT > 0 ROLLBACK TRAN; THROW END CATCH"
        ),
    ),
    (
        Dialect.TSQL,
        (
            "ALTER TRIGGER dbo.t ON dbo.T FOR INSERT, UPDATE NOT FOR "
            "REPLICATION AS IF UPDATE(a) RAISERROR('x', 16, 1)"
        ),
    ),
    (
        Dialect.TSQL,
        (
            "ALTER TABLE dbo.T WITH CHECK ADD CONSTRAINT fk FOREIGN KEY "
            "(a) REFERENCES dbo.U (a) ON DELETE CASCADE"
        ),
    ),
    (Dialect.TSQL, "ALTER TABLE dbo.T NOCHECK CONSTRAINT ALL"),
    (
        Dialect.TSQL,
        (
            "CREATE TABLE dbo.T (a int IDENTITY(1,1) NOT NULL CONSTRAINT "
            "pk PRIMARY KEY CLUSTERED, b AS (a * 2) PERSISTED) ON "
            "[PRIMARY] WITH (DATA_COMPRESSION = PAGE)"
        ),
    ),
    (Dialect.POSTGRES, "ALTER TABLE t ATTACH PARTITION p FOR VALUES FROM (1) TO (10)"),
    (Dialect.POSTGRES, "ALTER TABLE t DETACH PARTITION p CONCURRENTLY"),
    (
        Dialect.POSTGRES,
        (
            "ALTER TABLE ONLY t ALTER COLUMN a SET STORAGE EXTERNAL, ALTER "
            "b SET STATISTICS 100, ALTER COLUMN c ADD GENERATED ALWAYS AS "
            "IDENTITY (START WITH 5)"
        ),
    ),
    (Dialect.POSTGRES, "ALTER TABLE t REPLICA IDENTITY FULL"),
    (Dialect.POSTGRES, "ALTER TABLE t ENABLE ROW LEVEL SECURITY"),
    (
        Dialect.POSTGRES,
        (
            "CREATE TABLE p PARTITION OF t FOR VALUES IN ('a', 'b') "
            "PARTITION BY RANGE (c) TABLESPACE x"
        ),
    ),
    (Dialect.POSTGRES, "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f()"),
    (
        Dialect.POSTGRES,
        (
            "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a DEFERRABLE "
            "INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.x IS DISTINCT FROM "
            "1) EXECUTE PROCEDURE f('a')"
        ),
    ),
    (Dialect.POSTGRES, "DO $$ BEGIN EXECUTE format('DROP TABLE %I', 'a'); END $$"),
    (
        Dialect.ORACLE,
        (
            "CREATE OR REPLACE PACKAGE p AS PROCEDURE a(x IN NUMBER); "
            "FUNCTION b RETURN VARCHAR2; c CONSTANT NUMBER := 1; END p;"
        ),
    ),
    (
        Dialect.ORACLE,
        (
            "CREATE OR REPLACE PACKAGE BODY p IS PROCEDURE a(x IN NUMBER) "
            "IS v t%ROWTYPE; BEGIN FOR r IN (SELECT * FROM t) LOOP "
            "DBMS_OUTPUT.PUT_LINE(r.a || x); END LOOP; EXCEPTION WHEN "
            "NO_DATA_FOUND THEN NULL; END a; END p;"
        ),
    ),
    (
        Dialect.ORACLE,
        (
            "CREATE TABLE t (a NUMBER(10,2) DEFAULT 0 NOT NULL ENABLE, "
            "CONSTRAINT pk PRIMARY KEY (a) USING INDEX TABLESPACE x) "
            "PCTFREE 10 STORAGE (INITIAL 64K NEXT 1M) TABLESPACE y NOLOGGING"
        ),
    ),
    (Dialect.ORACLE, "CREATE SEQUENCE s START WITH 1 INCREMENT BY 1 NOCACHE NOCYCLE"),
    (
        Dialect.ORACLE,
        "CREATE OR REPLACE TYPE t AS OBJECT (a NUMBER, MEMBER FUNCTION f RETURN NUMBER)",
    ),
    (
        Dialect.SNOWFLAKE,
        ("CREATE OR REPLACE TABLE t (a VARIANT, b NUMBER(38,0) AUTOINCREMENT) CLUSTER BY (b)"),
    ),
    (
        Dialect.BIGQUERY,
        (
            "SELECT ARRAY_AGG(STRUCT(a, b) ORDER BY a LIMIT 1)[OFFSET(0)] "
            "FROM `p.d.t` QUALIFY ROW_NUMBER() OVER (PARTITION BY a) = 1"
        ),
    ),
    (Dialect.DUCKDB, "SELECT * EXCLUDE (a) FROM read_csv_auto('x.csv')"),
    (Dialect.SPARK, "INSERT OVERWRITE TABLE t PARTITION (d='x') SELECT * FROM u"),
    (Dialect.REDSHIFT, "CREATE TABLE t (a INT ENCODE az64) DISTSTYLE KEY DISTKEY(a) SORTKEY(a)"),
]
BROKEN = [
    (
        Dialect.POSTGRES,
        "CREATE FUNCTION f() RETURNS int AS $$ BEGIN RETRUN 1; END $$ LANGUAGE plpgsql",
    ),
    (
        Dialect.POSTGRES,
        ("CREATE FUNCTION f() RETURNS int AS $$ BEGIN IF 1 THEN RETURN 1; END $$ LANGUAGE plpgsql"),
    ),
]
KINDS = [
    ("ALTER FUNCTION dbo.f (@a int) RETURNS int AS BEGIN RETURN @a END", "create_function"),
    ("CREATE OR ALTER VIEW dbo.v AS SELECT 1 a", "create_view"),
    ("ALTER EVENT e DO DELETE FROM a", "create_event"),
    ("ALTER EVENT e RENAME TO f", "other"),
    ("ALTER PACKAGE p COMPILE BODY", "other"),
    ("ALTER FUNCTION f(int) OWNER TO x", "other"),
    ("CREATE UNLOGGED TABLE t (a int)", "create_table"),
    ("WITH d AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM d", "insert"),
    ("CREATE /* x */ DEFINER=`a`@`%` SQL SECURITY INVOKER VIEW v AS SELECT 1", "create_view"),
    ("ROLLBACK TRAN", "transaction"),
    ("BEGIN DISTRIBUTED TRANSACTION", "transaction"),
    ("BEGIN IMMEDIATE", "transaction"),
    ("BEGIN DIALOG @h FROM SERVICE a TO SERVICE 'b'", "other"),
    ("TABLE seat", "select"),
    ("(SELECT 1) UNION (SELECT 2)", "select"),
]
GUESSES = [
    (
        (
            "-- uses `engine=InnoDB` and auto_increment elsewhere\n"
            "CREATE TABLE t (id serial PRIMARY KEY, a jsonb);\n"
        ),
        Dialect.POSTGRES,
    ),
    (
        (
            "INSERT INTO doc VALUES ('nvarchar dbo. [dbo] GETDATE()');\n"
            "INSERT INTO `doc` VALUES (1);\n"
        ),
        Dialect.MYSQL,
    ),
    ("SELECT t.[Order Id] FROM [Sales].[Orders] t\n", Dialect.TSQL),
    ("CREATE TABLE t (a VARCHAR2(20), b NUMBER(10));\n", Dialect.ORACLE),
    (
        "SELECT * FROM `proj.data.table` WHERE DATE(_PARTITIONTIME) = CURRENT_DATE()\n",
        Dialect.BIGQUERY,
    ),
    ("CREATE TABLE t (a INT) USING DELTA PARTITIONED BY (a);\n", Dialect.SPARK),
    ("CREATE TABLE t (a INT) DISTSTYLE KEY DISTKEY(a) SORTKEY(a);\n", Dialect.REDSHIFT),
    ("select f.value:name::string from t, lateral flatten(input => x) f;\n", Dialect.SNOWFLAKE),
    (
        ("PRAGMA foreign_keys=ON;\nCREATE TABLE t(id INTEGER PRIMARY KEY AUTOINCREMENT);\n"),
        Dialect.SQLITE,
    ),
    (
        ("CREATE OR REPLACE MACRO add(a, b) AS a + b;\nSELECT * FROM read_csv_auto('x.csv');\n"),
        Dialect.DUCKDB,
    ),
    ("CREATE TABLE t (a INT) ENGINE=Aria WITH SYSTEM VERSIONING;\n", Dialect.MARIADB),
]


@pytest.mark.parametrize(("dialect", "text"), READ)
def test_a_whole_statement_is_read(dialect: Dialect, text: str) -> None:
    assert parse(text.encode(), kind_of(text.encode()), dialect)


@pytest.mark.parametrize(("dialect", "text"), BROKEN)
def test_a_broken_body_is_not_read(dialect: Dialect, text: str) -> None:
    assert not parse(text.encode(), kind_of(text.encode()), dialect)


@pytest.mark.parametrize(("text", "kind"), KINDS)
def test_a_kind_is_told(text: str, kind: str) -> None:
    assert kind_of(text.encode()) == kind


@pytest.mark.parametrize(("text", "dialect"), GUESSES)
def test_a_dialect_is_guessed_right(text: str, dialect: Dialect) -> None:
    assert guess_dialect(text.encode()).dialect is dialect
