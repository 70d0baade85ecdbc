"""Scripts of the kinds of trouble that were split wrongly when they were first tried."""

from __future__ import annotations

from apps.sql.dialects import Dialect

D = Dialect

# (what it is about, dialect or None for the guess, script, statements)
SPLIT: list[tuple[str, Dialect | None, str, list[str]]] = [
    (
        "psql binds parameters",
        D.POSTGRES,
        "INSERT INTO seat VALUES ($1) \\bind 4 \\g\nSELECT 2 AS b;\n",
        ["INSERT INTO seat VALUES ($1)", "SELECT 2 AS b"],
    ),
    (
        "psql sends two statements at once",
        D.POSTGRES,
        "SELECT 1 AS a \\; SELECT 2 AS b;\nDELETE FROM hold;\n",
        ["SELECT 1 AS a", "SELECT 2 AS b", "DELETE FROM hold"],
    ),
    (
        "USE a name with a blank",
        D.MYSQL,
        "USE `my theatre`\nCREATE TABLE seat (nr INT);\n",
        ["USE `my theatre`", "CREATE TABLE seat (nr INT)"],
    ),
    (
        "USE with a comment behind it",
        D.MYSQL,
        "USE theatre -- the one\nCREATE TABLE seat (nr INT);\n",
        ["USE theatre", "CREATE TABLE seat (nr INT)"],
    ),
    (
        "the short form of DELIMITER",
        D.MYSQL,
        "\\d //\nCREATE PROCEDURE p()\nBEGIN\n  SELECT 1;\nEND//\n\\d ;\nSELECT 2 AS b;\n",
        ["CREATE PROCEDURE p()\nBEGIN\n  SELECT 1;\nEND", "SELECT 2 AS b"],
    ),
    (
        "two functions of a query",
        D.ORACLE,
        "WITH\n  FUNCTION a RETURN NUMBER IS BEGIN RETURN 1; END;\n  FUNCTION b (n NUMBER) RETURN NUMBER IS BEGIN RETURN n; END;\nSELECT a, b(2) FROM dual;\nDELETE FROM hold;\n",
        [
            "WITH\n  FUNCTION a RETURN NUMBER IS BEGIN RETURN 1; END;\n  FUNCTION b (n NUMBER) RETURN NUMBER IS BEGIN RETURN n; END;\nSELECT a, b(2) FROM dual",
            "DELETE FROM hold",
        ],
    ),
    (
        "a view of a query with a function",
        D.ORACLE,
        "CREATE VIEW v AS\nWITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END;\nSELECT f AS x FROM dual\n/\nDELETE FROM hold;\n",
        [
            "CREATE VIEW v AS\nWITH FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END;\nSELECT f AS x FROM dual",
            "DELETE FROM hold",
        ],
    ),
    (
        "DELIMITER in a file with lone CRs",
        D.MYSQL,
        "DELIMITER //\rCREATE PROCEDURE p() BEGIN SELECT 1; END//\rDELIMITER ;\rSELECT 2 AS b;\r",
        ["CREATE PROCEDURE p() BEGIN SELECT 1; END", "SELECT 2 AS b"],
    ),
    (
        "client commands in a file with lone CRs",
        D.MYSQL,
        "# it's\rsource a.sql\rUSE theatre\rSELECT 2 AS b;\r",
        ["USE theatre", "SELECT 2 AS b"],
    ),
    (
        "copied rows in a file with lone CRs",
        D.POSTGRES,
        "\\echo it's\rCOPY seat FROM stdin;\r1\tit's\r\\.\rDELETE FROM hold;\r",
        ["COPY seat FROM stdin", "DELETE FROM hold"],
    ),
    (
        "DOS's end of a file",
        None,
        "-- a\u2028-- b\nSELECT 1 AS a;\n\x0cSELECT 2 AS b;\x0b\nSELECT 3 AS c;\x1a",
        ["SELECT 1 AS a", "SELECT 2 AS b", "SELECT 3 AS c"],
    ),
    (
        "a comment before a semicolon on its own line",
        D.SQLITE,
        "SELECT nr FROM seat -- all;\n;\nDELETE FROM hold",
        ["SELECT nr FROM seat", "DELETE FROM hold"],
    ),
    (
        "Firebird's SET TERM",
        None,
        "SET TERM ^ ;\nCREATE TRIGGER t FOR seat BEFORE INSERT AS\nBEGIN\n  NEW.nr = GEN_ID(g, 1);\nEND^\nSET TERM ; ^\nSELECT nr FROM seat;\n",
        [
            "CREATE TRIGGER t FOR seat BEFORE INSERT AS\nBEGIN\n  NEW.nr = GEN_ID(g, 1);\nEND",
            "SELECT nr FROM seat",
        ],
    ),
    (
        "SET TERM of two characters",
        None,
        "SET TERM !! ;\nCREATE PROCEDURE p (a INTEGER) RETURNS (b INTEGER) AS\nDECLARE VARIABLE c INTEGER;\nBEGIN\n  c = a;\n  SUSPEND;\nEND!!\nSET TERM ; !!\nCOMMIT;\n",
        [
            "CREATE PROCEDURE p (a INTEGER) RETURNS (b INTEGER) AS\nDECLARE VARIABLE c INTEGER;\nBEGIN\n  c = a;\n  SUSPEND;\nEND",
            "COMMIT",
        ],
    ),
    (
        "Db2's terminator",
        None,
        "--#SET TERMINATOR @\nCREATE PROCEDURE p (IN a INT)\nLANGUAGE SQL\nBEGIN\n  DELETE FROM hold WHERE nr = a;\nEND@\n--#SET TERMINATOR ;\nSELECT nr FROM seat;\n",
        [
            "CREATE PROCEDURE p (IN a INT)\nLANGUAGE SQL\nBEGIN\n  DELETE FROM hold WHERE nr = a;\nEND",
            "SELECT nr FROM seat",
        ],
    ),
    (
        "Teradata's commands",
        None,
        ".LOGON host/user,pw;\n.IF ERRORCODE <> 0 THEN .QUIT 8;\nSELECT nr FROM seat;\nCOLLECT STATISTICS COLUMN (nr) ON seat;\n.LOGOFF;\n.QUIT;\n",
        ["SELECT nr FROM seat", "COLLECT STATISTICS COLUMN (nr) ON seat"],
    ),
    (
        "Teradata's macro",
        None,
        "REPLACE MACRO m (a INTEGER) AS (\n  SELECT nr FROM seat WHERE hall = :a;\n  DELETE FROM hold;\n);\nSELECT nr FROM seat;\n",
        [
            "REPLACE MACRO m (a INTEGER) AS (\n  SELECT nr FROM seat WHERE hall = :a;\n  DELETE FROM hold;\n)",
            "SELECT nr FROM seat",
        ],
    ),
    (
        "a label before a block",
        D.ORACLE,
        "<<outer>>\nDECLARE\n  n NUMBER;\nBEGIN\n  n := 1;\nEND;\n/\nDELETE FROM hold;\n",
        ["<<outer>>\nDECLARE\n  n NUMBER;\nBEGIN\n  n := 1;\nEND;", "DELETE FROM hold"],
    ),
    (
        "Java source",
        D.ORACLE,
        'CREATE OR REPLACE AND COMPILE JAVA SOURCE NAMED "Seat" AS\npublic class Seat {\n  static int f() { return 1; }\n}\n/\nSELECT 1 FROM dual;\n',
        [
            'CREATE OR REPLACE AND COMPILE JAVA SOURCE NAMED "Seat" AS\npublic class Seat {\n  static int f() { return 1; }\n}',
            "SELECT 1 FROM dual",
        ],
    ),
    (
        "a comment before a semicolon on its own line (MySQL)",
        D.MYSQL,
        "SELECT 1 -- a\n, 2 AS b;\nSELECT 3--1;\nSELECT 4 #; c\n;\n",
        ["SELECT 1 -- a\n, 2 AS b", "SELECT 3--1", "SELECT 4"],
    ),
    (
        "MariaDB's block",
        D.MYSQL,
        "BEGIN NOT ATOMIC\n  DECLARE x INT;\n  SET x = 1;\nEND;\nSELECT 2 AS b;\n",
        ["BEGIN NOT ATOMIC\n  DECLARE x INT;\n  SET x = 1;\nEND", "SELECT 2 AS b"],
    ),
    (
        "a parenthesis within a literal of a rule",
        D.POSTGRES,
        "CREATE RULE r AS ON UPDATE TO t DO INSTEAD (\n  UPDATE a SET x = ')';\n  DELETE FROM b;\n);\nSELECT 2 AS b;\n",
        [
            "CREATE RULE r AS ON UPDATE TO t DO INSTEAD (\n  UPDATE a SET x = ')';\n  DELETE FROM b;\n)",
            "SELECT 2 AS b",
        ],
    ),
    (
        "BigQuery's IF",
        D.BIGQUERY,
        "DECLARE x INT64 DEFAULT 3;\nIF x > 2 THEN\n  SELECT 1;\n  SELECT 2;\nEND IF;\nSELECT 3 AS c;\n",
        [
            "DECLARE x INT64 DEFAULT 3",
            "IF x > 2 THEN\n  SELECT 1;\n  SELECT 2;\nEND IF",
            "SELECT 3 AS c",
        ],
    ),
    (
        "BigQuery's block",
        D.BIGQUERY,
        "BEGIN\n  INSERT INTO d.t VALUES (1);\nEXCEPTION WHEN ERROR THEN\n  SELECT @@error.message;\nEND;\nSELECT 3 AS c;\n",
        [
            "BEGIN\n  INSERT INTO d.t VALUES (1);\nEXCEPTION WHEN ERROR THEN\n  SELECT @@error.message;\nEND",
            "SELECT 3 AS c",
        ],
    ),
    (
        "Snowflake's block",
        D.SNOWFLAKE,
        "DECLARE\n  x INT DEFAULT 1;\nBEGIN\n  DELETE FROM t;\n  RETURN x;\nEND;\nSELECT 3 AS c;\n",
        ["DECLARE\n  x INT DEFAULT 1;\nBEGIN\n  DELETE FROM t;\n  RETURN x;\nEND", "SELECT 3 AS c"],
    ),
    (
        "Snowflake's task with a block",
        D.SNOWFLAKE,
        "CREATE TASK t WAREHOUSE = w SCHEDULE = '5 minute' AS\nBEGIN\n  DELETE FROM a;\n  DELETE FROM b;\nEND;\nSELECT 3 AS c;\n",
        [
            "CREATE TASK t WAREHOUSE = w SCHEDULE = '5 minute' AS\nBEGIN\n  DELETE FROM a;\n  DELETE FROM b;\nEND",
            "SELECT 3 AS c",
        ],
    ),
    (
        "byte-order marks between statements",
        None,
        "\ufeffSELECT 1 AS a;\n\ufeffSELECT 2 AS b;\n",
        ["SELECT 1 AS a", "SELECT 2 AS b"],
    ),
    (
        "odd white space between statements",
        None,
        "\xa0SELECT 1 AS a;\xa0\nSELECT 2 AS b;\u3000\n\u200bSELECT 3 AS c;\n",
        ["SELECT 1 AS a", "SELECT 2 AS b", "SELECT 3 AS c"],
    ),
    (
        "a comment behind odd white space",
        None,
        "SELECT\xa0a\xa0FROM t;\nDELETE FROM hold;\xa0-- gone\nSELECT 2 AS b;\n",
        ["SELECT\xa0a\xa0FROM t", "DELETE FROM hold", "SELECT 2 AS b"],
    ),
    (
        "lines that a merge has left",
        None,
        "<<<<<<< HEAD\nSELECT 1 AS a;\n=======\nSELECT 2 AS b;\n>>>>>>> x\nSELECT 3 AS c;\n",
        ["SELECT 1 AS a", "SELECT 2 AS b", "SELECT 3 AS c"],
    ),
    (
        "ALL is no UNION ALL",
        D.TSQL,
        "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (b) ON DELETE SET NULL ON UPDATE CASCADE\nALTER TABLE t CHECK CONSTRAINT c\nALTER TABLE t DISABLE TRIGGER ALL\nALTER INDEX ALL ON t REBUILD\nSELECT 1 AS a\n",
        [
            "ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u (b) ON DELETE SET NULL ON UPDATE CASCADE",
            "ALTER TABLE t CHECK CONSTRAINT c",
            "ALTER TABLE t DISABLE TRIGGER ALL",
            "ALTER INDEX ALL ON t REBUILD",
            "SELECT 1 AS a",
        ],
    ),
    (
        "byte-order marks of files put together",
        D.TSQL,
        "\ufeffUSE [a]\nGO\n\ufeffSET ANSI_NULLS ON\nGO\nSELECT 1 AS a\n\ufeffSELECT 2 AS b\n\ufeffGO\nSELECT 3 AS c\n",
        ["USE [a]", "SET ANSI_NULLS ON", "SELECT 1 AS a", "SELECT 2 AS b", "SELECT 3 AS c"],
    ),
    (
        "lines that a merge has left (T-SQL)",
        D.TSQL,
        "<<<<<<< HEAD\nSELECT 1 AS a\nGO\n=======\nSELECT 2 AS b\nGO\n>>>>>>> x\nSELECT 3 AS c\n",
        ["SELECT 1 AS a", "SELECT 2 AS b", "SELECT 3 AS c"],
    ),
    (
        "// of an address is no comment",
        D.SNOWFLAKE,
        "CREATE OR REPLACE FUNCTION f(a FLOAT) RETURNS FLOAT LANGUAGE JAVASCRIPT AS 'return A * 2;';\nPUT file:///a/b.csv @s;\nCREATE TASK t SCHEDULE = '1 minute' AS INSERT INTO a SELECT 1;\nBEGIN TRANSACTION;\nDELETE FROM a;\nCOMMIT;\n",
        [
            "CREATE OR REPLACE FUNCTION f(a FLOAT) RETURNS FLOAT LANGUAGE JAVASCRIPT AS 'return A * 2;'",
            "PUT file:///a/b.csv @s",
            "CREATE TASK t SCHEDULE = '1 minute' AS INSERT INTO a SELECT 1",
            "BEGIN TRANSACTION",
            "DELETE FROM a",
            "COMMIT",
        ],
    ),
    (
        "variables of Snowflake's routine",
        D.SNOWFLAKE,
        "CREATE PROCEDURE p() RETURNS INT LANGUAGE SQL AS\nDECLARE\n  x INT DEFAULT 1;\nBEGIN\n  IF (x = 1) THEN\n    x := 2;\n  END IF;\n  RETURN x;\nEND;\nCALL p();\n",
        [
            "CREATE PROCEDURE p() RETURNS INT LANGUAGE SQL AS\nDECLARE\n  x INT DEFAULT 1;\nBEGIN\n  IF (x = 1) THEN\n    x := 2;\n  END IF;\n  RETURN x;\nEND",
            "CALL p()",
        ],
    ),
    (
        "BigQuery's loops and transactions",
        D.BIGQUERY,
        "BEGIN TRANSACTION;\nDELETE FROM d.t WHERE true;\nCOMMIT TRANSACTION;\nWHILE x < 3 DO\n  SET x = x + 1;\n  IF x = 2 THEN\n    BREAK;\n  END IF;\nEND WHILE;\nFOR r IN (SELECT 1 AS a) DO\n  SELECT CASE WHEN r.a = 1 THEN IF(true, 1, 2) END;\nEND FOR;\nSELECT 3 AS c;\n",
        [
            "BEGIN TRANSACTION",
            "DELETE FROM d.t WHERE true",
            "COMMIT TRANSACTION",
            "WHILE x < 3 DO\n  SET x = x + 1;\n  IF x = 2 THEN\n    BREAK;\n  END IF;\nEND WHILE",
            "FOR r IN (SELECT 1 AS a) DO\n  SELECT CASE WHEN r.a = 1 THEN IF(true, 1, 2) END;\nEND FOR",
            "SELECT 3 AS c",
        ],
    ),
]
