"""Labelled pieces of SQL per dialect: each `Part` knows its text in a script and the statements in it."""

from __future__ import annotations

from dataclasses import dataclass

from apps.sql.dialects import Dialect


@dataclass(frozen=True)
class Part:
    """`source` is what stands in the script; `statements` are the exact texts that it holds, in order."""

    source: str
    statements: tuple[str, ...]


def one(statement: str, end: str = ";", before: str = "", after: str = "") -> Part:
    return Part(f"{before}{statement}{end}{after}\n", (statement,))


def none(source: str) -> Part:
    return Part(source + "\n", ())


COMMON = (
    one("SELECT a, b FROM t WHERE c = 'x;y'"),
    one("SELECT 'it''s; fine', '--not; a comment' FROM t"),
    one("INSERT INTO t (a, b) VALUES (1, '/* no; comment')"),
    one("UPDATE t SET a = a - 1, b = a / 2 WHERE a <> 3"),
    one("DELETE FROM t\nWHERE a = 1 -- only; one\n  AND b = 2"),
    one("CREATE TABLE t (\n  a integer NOT NULL, -- the; key\n  b varchar(10) DEFAULT ';'\n)"),
    one('SELECT "odd;name" FROM "my;table"'),
    one("SELECT 1 /* a; b */ + 2"),
    one("WITH x AS (SELECT 1 AS n) SELECT n FROM x", before="-- a comment; with 'quotes\n"),
    one("DROP TABLE IF EXISTS old_t", before="/* it's; a\n   block */\n"),
    one("SELECT CASE WHEN a = 1 THEN 'b' ELSE 'end;' END FROM t", after=" -- trailing; it's"),
    one("INSERT INTO notes VALUES ('line one;\nINSERT INTO x VALUES (1);\nend')"),
    none("-- a lone comment; nothing else"),
    none("/* begin; end; */"),
    none(";"),
    none(""),
)

POSTGRES = (
    one("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public"),
    one("CREATE TABLE p (id bigserial PRIMARY KEY, d jsonb, t timestamptz)"),
    one(
        "CREATE FUNCTION f() RETURNS trigger AS $$\nBEGIN\n  NEW.a := 'x;';\n  RETURN NEW;\nEND;\n$$ LANGUAGE plpgsql"
    ),
    one("CREATE FUNCTION g() RETURNS int AS $body$ SELECT $$a;b$$::text; $body$ LANGUAGE sql"),
    one("SELECT E'it\\'s; x', $1::int, a$b FROM t"),
    one("SELECT 'C:\\dir\\', 'next;'"),
    one("DO $do$ BEGIN RAISE NOTICE 'a;b'; END $do$"),
    one("SELECT 1 /* outer /* inner; */ still; */"),
    one(
        "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO u VALUES (1); INSERT INTO v VALUES (2))"
    ),
    one(
        "CREATE FUNCTION h(a int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT a + 1; SELECT CASE WHEN a > 1 THEN 2 END; END"
    ),
    one("BEGIN"),
    one("COMMIT"),
    one("ALTER TABLE ONLY public.t OWNER TO app"),
    one("SELECT tags[1], '{1,2}'::int[] FROM t"),
    Part("COPY t (a, b) FROM stdin;\n1\tit's;\n2\t\\N\n\\.\n", ("COPY t (a, b) FROM stdin",)),
    none("\\connect mydb"),
    none("\\echo it's; fine"),
    one("SELECT count(*) FROM pg_catalog.pg_class", end=" \\gset"),
    one("COMMENT ON TABLE t IS 'a -- b; $$c'"),
)

MYSQL = (
    one(
        "CREATE TABLE `t;x` (`id` int(11) NOT NULL AUTO_INCREMENT, PRIMARY KEY (`id`)) ENGINE=InnoDB"
    ),
    one('INSERT INTO `t` VALUES (1,\'it\\\'s; -- x\'),(2,"say \\"hi;\\"")'),
    one("INSERT INTO `t` VALUES ('ends in a backslash\\\\'),(';')"),
    one("/*!40101 SET NAMES utf8 */"),
    one("/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 VIEW v AS SELECT 1 */"),
    one("LOCK TABLES `t` WRITE"),
    one("SELECT 5--3, a FROM `t`"),
    one("UPDATE `t` SET a = 'x' # it's; here\nWHERE id = 1"),
    none("# it's; a comment"),
    none("--"),
    Part(
        "DELIMITER //\nCREATE PROCEDURE p()\nBEGIN\n  SELECT 1;\n  SELECT '//';\nEND //\nDELIMITER ;\n",
        ("CREATE PROCEDURE p()\nBEGIN\n  SELECT 1;\n  SELECT '//';\nEND",),
    ),
    Part(
        "delimiter $$\nCREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END$$\n"
        "SELECT 1$$\ndelimiter ;\n",
        ("CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW BEGIN SET NEW.a = 1; END", "SELECT 1"),
    ),
    Part("DELIMITER ;;\nSELECT 1;;\nSELECT ';';;\nDELIMITER ;\n", ("SELECT 1", "SELECT ';'")),
    one("CREATE TRIGGER tr AFTER INSERT ON t FOR EACH ROW UPDATE s SET n = n + 1"),
    one(
        "CREATE PROCEDURE q(IN a INT) BEGIN IF a > 1 THEN SELECT 1; ELSE SELECT CASE a WHEN 1 THEN 2 END; END IF;"
        " WHILE a > 0 DO SET a = a - 1; END WHILE; CASE a WHEN 1 THEN SELECT 2; END CASE; END"
    ),
    one("START TRANSACTION"),
)

SQLITE = (
    one("PRAGMA foreign_keys = ON"),
    one(
        "CREATE TABLE s (id INTEGER PRIMARY KEY AUTOINCREMENT, [odd;col] TEXT, `b;c` TEXT) WITHOUT ROWID"
    ),
    one("INSERT OR REPLACE INTO s VALUES (1, 'C:\\', ';')"),
    one(
        "CREATE TRIGGER tr AFTER INSERT ON s BEGIN\n  UPDATE s SET a = CASE WHEN new.a THEN 1 ELSE 2 END;\n"
        "  DELETE FROM x WHERE a = ';';\nEND"
    ),
    one(
        "CREATE TRIGGER tr2 BEFORE DELETE ON s WHEN old.a > 1 BEGIN SELECT RAISE(ABORT, 'no; end'); END"
    ),
    one("BEGIN TRANSACTION"),
    one("COMMIT"),
    one("CREATE VIRTUAL TABLE f USING fts5(a, b)"),
    one("SELECT datetime('now'), strftime('%s;', 'now')"),
    none(".mode csv"),
    none(".headers on"),
    one("ATTACH DATABASE 'x.db' AS x"),
)

TSQL = (
    one("USE [master]", end="\nGO"),
    one("SET ANSI_NULLS ON", end="\nGO"),
    one(
        "CREATE TABLE [dbo].[t;x] ([id] int IDENTITY(1,1) NOT NULL, [n] nvarchar(max))", end="\nGO"
    ),
    one(
        "CREATE PROCEDURE dbo.p @a int AS\nBEGIN\n  SET NOCOUNT ON;\n  SELECT @a;\n  SELECT 2;\nEND",
        end="\nGO",
    ),
    one(
        "CREATE TRIGGER dbo.tr ON dbo.t AFTER INSERT AS\nUPDATE dbo.s SET n = 1;\nDELETE FROM dbo.x;",
        end="\nGO",
    ),
    one("INSERT INTO dbo.t VALUES (N'it''s; GO', 'C:\\')"),
    one("SELECT TOP 10 [a;b], 'x]' FROM [dbo].[t] WITH (NOLOCK)"),
    one(
        "IF OBJECT_ID('dbo.t') IS NOT NULL\nBEGIN\n  PRINT 'a;b';\n  DROP TABLE dbo.t;\nEND\nELSE\nBEGIN\n  PRINT 'c';\nEND",
        end="\ngo",
    ),
    one(
        "BEGIN TRY\n  SELECT 1/0;\nEND TRY\nBEGIN CATCH\n  SELECT ERROR_MESSAGE();\nEND CATCH",
        end=";\nGO",
    ),
    one("BEGIN TRANSACTION"),
    one("COMMIT TRANSACTION", end=";\nGO 5"),
    one("DECLARE @x int = 1"),
    one("SELECT 1 /* outer /* inner; */ GO */"),
    Part(
        "UPDATE dbo.t\nSET a = 1\nWHERE id = 2\n\nDELETE FROM dbo.t\nWHERE id = 3\nGO\n",
        ("UPDATE dbo.t\nSET a = 1\nWHERE id = 2", "DELETE FROM dbo.t\nWHERE id = 3"),
    ),
    Part(
        "INSERT INTO dbo.t (a)\nVALUES (1)\nINSERT INTO dbo.t (a)\nSELECT a FROM dbo.u\nPRINT 'done'\nGO\n",
        (
            "INSERT INTO dbo.t (a)\nVALUES (1)",
            "INSERT INTO dbo.t (a)\nSELECT a FROM dbo.u",
            "PRINT 'done'",
        ),
    ),
    none("\nGO"),
    none(":setvar name it's"),
)

ORACLE = (
    one("CREATE TABLE o (id NUMBER(10), n VARCHAR2(20)) TABLESPACE users"),
    one("CREATE OR REPLACE PROCEDURE p IS x NUMBER; BEGIN x := 1; END;", end="\n/"),
    one(
        "CREATE OR REPLACE FUNCTION f(a IN NUMBER) RETURN NUMBER AS\n  b NUMBER := 0;\nBEGIN\n  IF a > 1 THEN b := 2; END IF;\n  RETURN b / 2;\nEND f;",
        end="\n/",
    ),
    one(
        "CREATE OR REPLACE PACKAGE BODY k AS\n  PROCEDURE a IS BEGIN NULL; END a;\n  PROCEDURE b IS BEGIN NULL; END b;\nEND k;",
        end="\n/",
    ),
    one(
        "CREATE OR REPLACE PACKAGE k AS\n  PROCEDURE a;\n  FUNCTION b RETURN NUMBER;\nEND k;",
        end="\n/",
    ),
    one("DECLARE\n  x NUMBER;\nBEGIN\n  SELECT 1 INTO x FROM dual;\nEND;", end="\n/"),
    one(
        "BEGIN\n  EXECUTE IMMEDIATE 'DROP TABLE x;';\nEXCEPTION\n  WHEN OTHERS THEN NULL;\nEND;",
        end="\n/",
    ),
    one("SELECT q'[it's; x]', q'!a'b;!' FROM dual"),
    one("SELECT 'C:\\' || ';' FROM dual WHERE ROWNUM < 2"),
    one("CREATE SEQUENCE s START WITH 1", end="\n/"),
    one("INSERT INTO o VALUES (s.NEXTVAL, TO_DATE('2020', 'YYYY'))"),
    none("REM it's; a remark"),
    none("PROMPT it's; running"),
    none("SET SERVEROUTPUT ON"),
    none("WHENEVER SQLERROR EXIT FAILURE"),
    none("@other_script.sql"),
    one(
        "CREATE OR REPLACE TRIGGER tr BEFORE INSERT ON o FOR EACH ROW\nBEGIN\n  :NEW.id := s.NEXTVAL;\nEND;",
        end="\n/",
    ),
)

PARTS: dict[Dialect, tuple[Part, ...]] = {
    Dialect.POSTGRES: POSTGRES,
    Dialect.MYSQL: MYSQL,
    Dialect.SQLITE: SQLITE,
    Dialect.TSQL: TSQL,
    Dialect.ORACLE: ORACLE,
}
