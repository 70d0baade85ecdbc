"""More scripts of the kinds of trouble: other dialects, nesting and client commands."""

from __future__ import annotations

import pytest

from apps.sql.dialects import Dialect
from apps.sql.guess import guess_dialect
from apps.sql.splitting import statements

SPLIT: dict[str, tuple[Dialect | None, str, list[str]]] = {
    "try in while": (
        Dialect.TSQL,
        (
            "WHILE @i < 3\n"
            "BEGIN\n"
            "  BEGIN TRY\n"
            "    EXEC dbo.a\n"
            "  END TRY\n"
            "  BEGIN CATCH\n"
            "    PRINT 'x'\n"
            "  END CATCH\n"
            "  SET @i += 1\n"
            "END\n"
            "SELECT 1\n"
        ),
        [
            (
                "WHILE @i < 3\n"
                "BEGIN\n"
                "  BEGIN TRY\n"
                "    EXEC dbo.a\n"
                "  END TRY\n"
                "  BEGIN CATCH\n"
                "    PRINT 'x'\n"
                "  END CATCH\n"
                "  SET @i += 1\n"
                "END"
            ),
            "SELECT 1",
        ],
    ),
    "else if chain": (
        Dialect.TSQL,
        ("IF @a = 1 SELECT 1 ELSE IF @a = 2 SELECT 2 ELSE SELECT 3\nSELECT 4\n"),
        ["IF @a = 1 SELECT 1 ELSE IF @a = 2 SELECT 2 ELSE SELECT 3", "SELECT 4"],
    ),
    "insert exec": (
        Dialect.TSQL,
        (
            "INSERT dbo.T (A)\n"
            "EXEC dbo.P @x = 1\n"
            "INSERT INTO dbo.T DEFAULT VALUES\n"
            "UPDATE STATISTICS dbo.T\n"
        ),
        [
            ("INSERT dbo.T (A)\nEXEC dbo.P @x = 1"),
            "INSERT INTO dbo.T DEFAULT VALUES",
            "UPDATE STATISTICS dbo.T",
        ],
    ),
    "merge output": (
        Dialect.TSQL,
        (
            "MERGE dbo.T AS t USING dbo.S AS s ON t.id = s.id WHEN MATCHED "
            "THEN UPDATE SET t.a = s.a WHEN NOT MATCHED BY TARGET THEN "
            "INSERT (id) VALUES (s.id) WHEN NOT MATCHED BY SOURCE THEN "
            "DELETE OUTPUT $action, inserted.id INTO dbo.L;\n"
            "SELECT 1\n"
        ),
        [
            (
                "MERGE dbo.T AS t USING dbo.S AS s ON t.id = s.id WHEN "
                "MATCHED THEN UPDATE SET t.a = s.a WHEN NOT MATCHED BY "
                "TARGET THEN INSERT (id) VALUES (s.id) WHEN NOT MATCHED BY "
                "SOURCE THEN DELETE OUTPUT $action, inserted.id INTO dbo.L"
            ),
            "SELECT 1",
        ],
    ),
    "select into cte": (
        Dialect.TSQL,
        ("WITH a AS (SELECT 1 x), b AS (SELECT 2 y)\nSELECT * INTO #t FROM a, b\nDROP TABLE #t\n"),
        [
            ("WITH a AS (SELECT 1 x), b AS (SELECT 2 y)\nSELECT * INTO #t FROM a, b"),
            "DROP TABLE #t",
        ],
    ),
    "goto": (
        Dialect.TSQL,
        (
            "retry:\n"
            "UPDATE dbo.T SET A = 1\n"
            "IF @@ERROR <> 0 GOTO retry\n"
            "RAISERROR('x', 16, 1) WITH NOWAIT\n"
            "WAITFOR DELAY '00:00:01'\n"
        ),
        [
            "retry:",
            "UPDATE dbo.T SET A = 1",
            "IF @@ERROR <> 0 GOTO retry",
            "RAISERROR('x', 16, 1) WITH NOWAIT",
            "WAITFOR DELAY '00:00:01'",
        ],
    ),
    "declare table": (
        Dialect.TSQL,
        (
            "DECLARE @t TABLE (id int PRIMARY KEY, n nvarchar(20))\n"
            "INSERT @t VALUES (1, N'a')\n"
            "SELECT * FROM @t FOR XML PATH('r')\n"
        ),
        [
            "DECLARE @t TABLE (id int PRIMARY KEY, n nvarchar(20))",
            "INSERT @t VALUES (1, N'a')",
            "SELECT * FROM @t FOR XML PATH('r')",
        ],
    ),
    "offset fetch": (
        Dialect.TSQL,
        (
            "SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY\n"
            "FETCH NEXT FROM c INTO @a\n"
        ),
        [
            "SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY",
            "FETCH NEXT FROM c INTO @a",
        ],
    ),
    "go n": (
        Dialect.TSQL,
        ("INSERT dbo.T VALUES (1)\nGO 100\nSELECT 1\ngo -- done\nSELECT 2\n"),
        ["INSERT dbo.T VALUES (1)", "SELECT 1", "SELECT 2"],
    ),
    "trigger 2": (
        Dialect.TSQL,
        (
            "CREATE TRIGGER t ON dbo.T INSTEAD OF DELETE AS\n"
            "DELETE dbo.A FROM dbo.A JOIN deleted ON 1=1\n"
            "INSERT dbo.B SELECT 1\n"
            "GO\n"
            "SELECT 2\n"
        ),
        [
            (
                "CREATE TRIGGER t ON dbo.T INSTEAD OF DELETE AS\n"
                "DELETE dbo.A FROM dbo.A JOIN deleted ON 1=1\n"
                "INSERT dbo.B SELECT 1"
            ),
            "SELECT 2",
        ],
    ),
    "perm": (
        Dialect.TSQL,
        (
            "DENY UPDATE, DELETE ON dbo.T TO x\n"
            "REVOKE EXECUTE ON dbo.P FROM y\n"
            "ALTER TABLE dbo.T ADD C int NULL\n"
            "ALTER TABLE dbo.T ALTER COLUMN C bigint\n"
            "CREATE INDEX i ON dbo.T (C) INCLUDE (D) WITH (FILLFACTOR = 80)\n"
        ),
        [
            "DENY UPDATE, DELETE ON dbo.T TO x",
            "REVOKE EXECUTE ON dbo.P FROM y",
            "ALTER TABLE dbo.T ADD C int NULL",
            "ALTER TABLE dbo.T ALTER COLUMN C bigint",
            "CREATE INDEX i ON dbo.T (C) INCLUDE (D) WITH (FILLFACTOR = 80)",
        ],
    ),
    "mysql delimiter pipe": (
        Dialect.MYSQL,
        (
            "DELIMITER |\n"
            "CREATE FUNCTION f() RETURNS INT BEGIN IF 1 THEN RETURN 1; END "
            "IF; RETURN 2; END|\n"
            "DELIMITER ;\n"
            "SELECT 1;\n"
        ),
        [
            ("CREATE FUNCTION f() RETURNS INT BEGIN IF 1 THEN RETURN 1; END IF; RETURN 2; END"),
            "SELECT 1",
        ],
    ),
    "mysql nodelim event": (
        Dialect.MYSQL,
        (
            "CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM "
            "a; DELETE FROM b; END;\n"
            "SELECT 1;\n"
        ),
        [
            ("CREATE EVENT e ON SCHEDULE EVERY 1 DAY DO BEGIN DELETE FROM a; DELETE FROM b; END"),
            "SELECT 1",
        ],
    ),
    "mysql backtick semi": (
        Dialect.MYSQL,
        ('SELECT `a;b` FROM `c``;d`;\nSELECT "it\\";s";\n'),
        ["SELECT `a;b` FROM `c``;d`", 'SELECT "it\\";s"'],
    ),
    "mysql source": (
        Dialect.MYSQL,
        ("source a.sql\n\\. b.sql\nsystem ls;\nSELECT 1;\nexit\n"),
        ["SELECT 1"],
    ),
    "mysql loops": (
        Dialect.MYSQL,
        (
            "CREATE PROCEDURE p() BEGIN w: WHILE 1 DO LEAVE w; END WHILE; "
            "REPEAT SET @a=1; UNTIL 1 END REPEAT; CASE 1 WHEN 1 THEN "
            "SELECT 1; END CASE; l: LOOP LEAVE l; END LOOP; END;\n"
            "SELECT 2;\n"
        ),
        [
            (
                "CREATE PROCEDURE p() BEGIN w: WHILE 1 DO LEAVE w; END "
                "WHILE; REPEAT SET @a=1; UNTIL 1 END REPEAT; CASE 1 WHEN 1 "
                "THEN SELECT 1; END CASE; l: LOOP LEAVE l; END LOOP; END"
            ),
            "SELECT 2",
        ],
    ),
    "pg atomic": (
        Dialect.POSTGRES,
        (
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT "
            "CASE WHEN true THEN 1 END; END;\n"
            "SELECT 2;\n"
        ),
        [
            (
                "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; "
                "SELECT CASE WHEN true THEN 1 END; END"
            ),
            "SELECT 2",
        ],
    ),
    "pg gexec": (
        Dialect.POSTGRES,
        ("SELECT 'x' \\gexec\nSELECT 1 AS a \\gset\n\\if :x\nSELECT 2;\n\\endif\n"),
        ["SELECT 'x'", "SELECT 1 AS a", "SELECT 2"],
    ),
    "pg nested comment": (
        Dialect.POSTGRES,
        ("/* a /* b; */ c; */ SELECT 1;\nSELECT E'a\\';b', U&'x;', $q$;$q$;\n"),
        ["SELECT 1", "SELECT E'a\\';b', U&'x;', $q$;$q$"],
    ),
    "pg rule": (
        Dialect.POSTGRES,
        (
            "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a VALUES "
            "(1); INSERT INTO b VALUES (2));\n"
            "SELECT 1;\n"
        ),
        [
            (
                "CREATE RULE r AS ON INSERT TO t DO ALSO (INSERT INTO a "
                "VALUES (1); INSERT INTO b VALUES (2))"
            ),
            "SELECT 1",
        ],
    ),
    "pg copy bad quote": (
        Dialect.POSTGRES,
        ("COPY t (a) FROM stdin;\nit's\n\\.\nSELECT 'a';\n"),
        ["COPY t (a) FROM stdin", "SELECT 'a'"],
    ),
    "ora slash": (
        Dialect.ORACLE,
        (
            "CREATE OR REPLACE TRIGGER t BEFORE INSERT ON a FOR EACH ROW\n"
            "DECLARE n NUMBER;\n"
            "BEGIN\n"
            "  SELECT 1 INTO n FROM dual;\n"
            "END;\n"
            "/\n"
            "SELECT 4/2 FROM dual;\n"
            "SELECT 4\n"
            "/\n"
        ),
        [
            (
                "CREATE OR REPLACE TRIGGER t BEFORE INSERT ON a FOR EACH ROW\n"
                "DECLARE n NUMBER;\n"
                "BEGIN\n"
                "  SELECT 1 INTO n FROM dual;\n"
                "END;"
            ),
            "SELECT 4/2 FROM dual",
            "SELECT 4",
        ],
    ),
    "ora client": (
        Dialect.ORACLE,
        (
            "SET SERVEROUTPUT ON\n"
            "WHENEVER SQLERROR EXIT 1\n"
            "PROMPT it's going;\n"
            "REM don't\n"
            "SELECT 1 FROM dual;\n"
            "SPOOL OFF\n"
            "@@x.sql\n"
        ),
        ["SELECT 1 FROM dual"],
    ),
    "ora type body": (
        Dialect.ORACLE,
        (
            "CREATE TYPE BODY t AS MEMBER FUNCTION f RETURN NUMBER IS "
            "BEGIN RETURN 1; END; END;\n"
            "/\n"
            "SELECT q'{a;'b}' FROM dual;\n"
        ),
        [
            ("CREATE TYPE BODY t AS MEMBER FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; END;"),
            "SELECT q'{a;'b}' FROM dual",
        ],
    ),
    "sqlite case in trigger": (
        Dialect.SQLITE,
        (
            "CREATE TRIGGER t AFTER UPDATE ON a WHEN CASE WHEN 1 THEN 1 "
            "END BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 ELSE 3 END; "
            "SELECT raise(ABORT, 'x;'); END;\n"
            ".tables\n"
            "SELECT [a;b] FROM c;\n"
        ),
        [
            (
                "CREATE TRIGGER t AFTER UPDATE ON a WHEN CASE WHEN 1 THEN "
                "1 END BEGIN UPDATE a SET b = CASE WHEN 1 THEN 2 ELSE 3 "
                "END; SELECT raise(ABORT, 'x;'); END"
            ),
            "SELECT [a;b] FROM c",
        ],
    ),
    "bigquery triple2": (
        Dialect.BIGQUERY,
        ("SELECT '''a;'b''' AS x; # c;\nSELECT \"\"\"x;\"y\"\"\";\n"),
        ["SELECT '''a;'b''' AS x", 'SELECT """x;"y"""'],
    ),
    "snowflake body": (
        Dialect.SNOWFLAKE,
        (
            "CREATE PROCEDURE p() RETURNS STRING LANGUAGE JAVASCRIPT AS $$ "
            "var a = 1; return 'x'; $$;\n"
            "// c;\n"
            "SELECT 1;\n"
        ),
        [
            (
                "CREATE PROCEDURE p() RETURNS STRING LANGUAGE JAVASCRIPT "
                "AS $$ var a = 1; return 'x'; $$"
            ),
            "SELECT 1",
        ],
    ),
    "duckdb": (
        None,
        ("INSTALL httpfs;\nLOAD httpfs;\nFROM read_parquet('a;b.parquet') SELECT x EXCLUDE (y);\n"),
        ["INSTALL httpfs", "LOAD httpfs", "FROM read_parquet('a;b.parquet') SELECT x EXCLUDE (y)"],
    ),
}


@pytest.mark.parametrize(("dialect", "text", "wanted"), SPLIT.values(), ids=SPLIT.keys())
def test_a_script_is_split_right(dialect: Dialect | None, text: str, wanted: list[str]) -> None:
    chosen = guess_dialect(text.encode()).dialect if dialect is None else dialect
    assert [one.text for one in statements(text, chosen)] == wanted
