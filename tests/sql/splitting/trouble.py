"""Scripts that were split wrongly once, each with what is right."""

from __future__ import annotations

from apps.sql.dialects import Dialect

D = Dialect

# (what it is about, dialect or None for the guess, script, statements)
SPLIT: list[tuple[str, Dialect | None, str, list[str]]] = [
    (
        'INSERT "quoted" is no verb of a line',
        D.TSQL,
        ("INSERT \"Depots\" VALUES (1, 'Ulm')\nINSERT \"Depots\" VALUES (2, 'Bonn')\nGO\n"),
        ["INSERT \"Depots\" VALUES (1, 'Ulm')", "INSERT \"Depots\" VALUES (2, 'Bonn')"],
    ),
    (
        "BEGIN TRAN swallows all that follows",
        D.TSQL,
        (
            "BEGIN TRAN\n"
            "UPDATE dbo.Seat SET Free = 0 WHERE Nr = 4\n"
            "DELETE FROM dbo.Hold WHERE Nr = 4\n"
            "COMMIT TRAN\n"
        ),
        [
            "BEGIN TRAN",
            "UPDATE dbo.Seat SET Free = 0 WHERE Nr = 4",
            "DELETE FROM dbo.Hold WHERE Nr = 4",
            "COMMIT TRAN",
        ],
    ),
    (
        "a comment that ends in */ or -- before the verb joins two statements",
        D.TSQL,
        (
            "SELECT Nr FROM dbo.Seat\n"
            "/* and the free ones */\n"
            "SELECT Nr FROM dbo.Seat WHERE Free = 1\n"
            "GO\n"
        ),
        ["SELECT Nr FROM dbo.Seat", "SELECT Nr FROM dbo.Seat WHERE Free = 1"],
    ),
    (
        "the same with a rule of dashes",
        D.TSQL,
        ("CREATE TABLE dbo.Seat (Nr int)\n--------\nCREATE TABLE dbo.Hold (Nr int)\nGO\n"),
        ["CREATE TABLE dbo.Seat (Nr int)", "CREATE TABLE dbo.Hold (Nr int)"],
    ),
    (
        "a comment between UNION and SELECT cuts one query in two",
        D.TSQL,
        ("SELECT Nr FROM dbo.Seat\nUNION ALL\n-- those on hold\nSELECT Nr FROM dbo.Hold\nGO\n"),
        ["SELECT Nr FROM dbo.Seat\nUNION ALL\n-- those on hold\nSELECT Nr FROM dbo.Hold"],
    ),
    (
        "dynamic SQL: a literal over lines that begins with ; is taken for a broken quote",
        D.TSQL,
        (
            "CREATE PROCEDURE dbo.Sweep @db sysname AS\n"
            "BEGIN\n"
            "  DECLARE @q nvarchar(max) = N'USE ' + @db + N';\n"
            "  DELETE FROM dbo.Hold;\n"
            "  UPDATE dbo.Seat SET Free = 1;';\n"
            "  EXEC (@q);\n"
            "END\n"
            "GO\n"
        ),
        [
            "CREATE PROCEDURE dbo.Sweep @db sysname AS\nBEGIN\n  DECLARE @q nvarchar(max) = N'USE ' + @db + N';\n  DELETE FROM dbo.Hold;\n  UPDATE dbo.Seat SET Free = 1;';\n  EXEC (@q);\nEND"
        ],
    ),
    (
        "a routine without GO after it ends at its first ;",
        D.TSQL,
        (
            "CREATE PROCEDURE dbo.CloseTicket @id int\n"
            "AS\n"
            "SET NOCOUNT ON;\n"
            "UPDATE dbo.Ticket SET Closed = 1 WHERE Id = @id;\n"
            "INSERT INTO dbo.Log (What) VALUES ('closed');\n"
        ),
        [
            "CREATE PROCEDURE dbo.CloseTicket @id int\nAS\nSET NOCOUNT ON;\nUPDATE dbo.Ticket SET Closed = 1 WHERE Id = @id;\nINSERT INTO dbo.Log (What) VALUES ('closed')"
        ],
    ),
    (
        "IF without BEGIN swallows the rest of the batch",
        D.TSQL,
        (
            "IF OBJECT_ID('dbo.Parcel') IS NOT NULL\n"
            "    DROP TABLE dbo.Parcel\n"
            "CREATE TABLE dbo.Parcel (Id int, Weight int)\n"
            "INSERT INTO dbo.Parcel VALUES (1, 5)\n"
        ),
        [
            "IF OBJECT_ID('dbo.Parcel') IS NOT NULL\n    DROP TABLE dbo.Parcel",
            "CREATE TABLE dbo.Parcel (Id int, Weight int)",
            "INSERT INTO dbo.Parcel VALUES (1, 5)",
        ],
    ),
    (
        "IF …; ELSE … is cut before ELSE",
        D.TSQL,
        ("IF @n > 0\n    UPDATE dbo.Seat SET Free = 0;\nELSE\n    DELETE FROM dbo.Seat;\nGO\n"),
        ["IF @n > 0\n    UPDATE dbo.Seat SET Free = 0;\nELSE\n    DELETE FROM dbo.Seat"],
    ),
    (
        "verbs that are not in LINE_VERBS (OPEN, FETCH, CLOSE, DECLARE x CURSOR, SET STATISTICS, CREATE EXTERNAL TABLE …)",
        D.TSQL,
        (
            "DECLARE s CURSOR FOR SELECT Nr FROM dbo.Seat\n"
            "OPEN s\n"
            "FETCH NEXT FROM s INTO @n\n"
            "CLOSE s\n"
            "DEALLOCATE s\n"
            "GO\n"
        ),
        [
            "DECLARE s CURSOR FOR SELECT Nr FROM dbo.Seat",
            "OPEN s",
            "FETCH NEXT FROM s INTO @n",
            "CLOSE s",
            "DEALLOCATE s",
        ],
    ),
    (
        "GRANT is taken for whole",
        D.TSQL,
        ("GRANT SELECT ON dbo.Seat TO clerk\nEXEC sp_addrolemember N'clerks', N'ann'\nGO\n"),
        ["GRANT SELECT ON dbo.Seat TO clerk", "EXEC sp_addrolemember N'clerks', N'ann'"],
    ),
    (
        "]] within brackets",
        D.TSQL,
        "SELECT Nr AS [seat ]]; nr] FROM dbo.Seat\nGO\n",
        ["SELECT Nr AS [seat ]]; nr] FROM dbo.Seat"],
    ),
    (
        "CREATE TABLE … AS, WITH on the next line",
        D.TSQL,
        (
            "CREATE TABLE dbo.Agg WITH (HEAP) AS\n"
            "WITH f AS (\n"
            "    SELECT Nr FROM dbo.Seat\n"
            ")\n"
            "SELECT Nr FROM f\n"
            "GO\n"
        ),
        [
            "CREATE TABLE dbo.Agg WITH (HEAP) AS\nWITH f AS (\n    SELECT Nr FROM dbo.Seat\n)\nSELECT Nr FROM f"
        ],
    ),
    (
        "CREATE EVENT SESSION is taken for a routine that reaches to GO",
        D.TSQL,
        (
            "CREATE EVENT SESSION slow ON SERVER ADD EVENT sqlserver.rpc_completed;\n"
            "ALTER EVENT SESSION slow ON SERVER STATE = START;\n"
            "SELECT 1 AS a;\n"
            "GO\n"
        ),
        [
            "CREATE EVENT SESSION slow ON SERVER ADD EVENT sqlserver.rpc_completed",
            "ALTER EVENT SESSION slow ON SERVER STATE = START",
            "SELECT 1 AS a",
        ],
    ),
    (
        "parentheses within literals and comments are counted",
        D.TSQL,
        ("SELECT N':-(' AS mood FROM dbo.Person\nSELECT N'ok' AS mood FROM dbo.Person\nGO\n"),
        ["SELECT N':-(' AS mood FROM dbo.Person", "SELECT N'ok' AS mood FROM dbo.Person"],
    ),
    (
        "rows of \\copy … from stdin become a statement with what follows",
        D.POSTGRES,
        (
            "CREATE TABLE seat (nr int, hall text);\n"
            "\\copy seat FROM STDIN WITH CSV\n"
            "1,red\n"
            "2,blue\n"
            "\\.\n"
            "UPDATE seat SET hall = 'green' WHERE nr = 2;\n"
        ),
        ["CREATE TABLE seat (nr int, hall text)", "UPDATE seat SET hall = 'green' WHERE nr = 2"],
    ),
    (
        "a psql command behind a ; on the same line",
        D.POSTGRES,
        "DELETE FROM hold; \\echo done\nSELECT nr FROM seat;\n",
        ["DELETE FROM hold", "SELECT nr FROM seat"],
    ),
    (
        "\\G and \\g",
        D.MYSQL,
        "SELECT nr FROM seat\\G\nSELECT 5 AS five\\g\nSHOW TABLES;\n",
        ["SELECT nr FROM seat", "SELECT 5 AS five", "SHOW TABLES"],
    ),
    (
        "USE db without ;",
        D.MYSQL,
        "USE theatre\nCREATE TABLE seat (nr INT);\n",
        ["USE theatre", "CREATE TABLE seat (nr INT)"],
    ),
    (
        "mysql client commands other than source, DELIMITER",
        D.MYSQL,
        "tee /tmp/log\nSELECT nr FROM seat;\nnotee\nquit\n",
        ["SELECT nr FROM seat"],
    ),
    (
        "nq'…' of Oracle",
        D.ORACLE,
        "SELECT nq'[it's; so]' AS t FROM dual;\nSELECT 2 FROM dual;\n",
        ["SELECT nq'[it's; so]' AS t FROM dual", "SELECT 2 FROM dual"],
    ),
    (
        "WITH FUNCTION",
        D.ORACLE,
        (
            "WITH\n"
            "  FUNCTION half (n NUMBER) RETURN NUMBER IS\n"
            "  BEGIN RETURN n / 2; END;\n"
            "SELECT half(8) FROM dual\n"
            "/\n"
            "DELETE FROM hold;\n"
        ),
        [
            "WITH\n  FUNCTION half (n NUMBER) RETURN NUMBER IS\n  BEGIN RETURN n / 2; END;\nSELECT half(8) FROM dual",
            "DELETE FROM hold",
        ],
    ),
    (
        "a column named end in a trigger (guessed unknown)",
        None,
        (
            "CREATE TRIGGER upd AFTER UPDATE ON shift BEGIN\n"
            "  UPDATE shift SET end = NEW.end + 1 WHERE id = NEW.id;\n"
            "  DELETE FROM hold;\n"
            "END;\n"
            "SELECT 1 AS a;\n"
        ),
        [
            "CREATE TRIGGER upd AFTER UPDATE ON shift BEGIN\n  UPDATE shift SET end = NEW.end + 1 WHERE id = NEW.id;\n  DELETE FROM hold;\nEND",
            "SELECT 1 AS a",
        ],
    ),
    (
        "carriage returns alone",
        None,
        "-- the seats\rCREATE TABLE seat (nr int);\rDELETE FROM hold;\r",
        ["CREATE TABLE seat (nr int)", "DELETE FROM hold"],
    ),
    (
        "unknown dialect: \\' is no escape, [a;b] no name",
        None,
        "SELECT REPLACE(note, '\\'', ';') FROM seat;\nSELECT 2 AS x;\n",
        ["SELECT REPLACE(note, '\\'', ';') FROM seat", "SELECT 2 AS x"],
    ),
    (
        "a comment at the end of the last statement without ; stays in its text",
        None,
        "DELETE FROM hold;\nSELECT nr FROM seat -- all of them\n",
        ["DELETE FROM hold", "SELECT nr FROM seat"],
    ),
    (
        "lone carriage returns end comments",
        None,
        ("-- old list\rSELECT a, b FROM t WHERE a > 1;\r-- next\rDELETE FROM t WHERE b IS NULL;\r"),
        ["SELECT a, b FROM t WHERE a > 1", "DELETE FROM t WHERE b IS NULL"],
    ),
    (
        "nq in a file with slashes",
        D.ORACLE,
        (
            "INSERT INTO notes (id, body) VALUES ('A2', TO_CLOB(nq'{it's fine}'))\n"
            "/\n"
            "CREATE TABLE phones (id NUMBER PRIMARY KEY);"
        ),
        [
            "INSERT INTO notes (id, body) VALUES ('A2', TO_CLOB(nq'{it's fine}'))",
            "CREATE TABLE phones (id NUMBER PRIMARY KEY)",
        ],
    ),
    (
        "GO behind a comment",
        D.TSQL,
        (
            "SELECT TOP (3) Id FROM dbo.Orders ORDER BY Placed DESC\n"
            "/* nightly */ GO\n"
            "UPDATE dbo.Orders SET Placed = GETDATE() WHERE Id = 7\n"
            "GO"
        ),
        [
            "SELECT TOP (3) Id FROM dbo.Orders ORDER BY Placed DESC",
            "UPDATE dbo.Orders SET Placed = GETDATE() WHERE Id = 7",
        ],
    ),
    (
        "GO behind a comment, dialect unknown",
        D.UNKNOWN,
        "SELECT 1\n/* n */ GO\nSELECT 2\nGO",
        ["SELECT 1", "SELECT 2"],
    ),
    (
        "a column named end in BEGIN ATOMIC",
        None,
        (
            "create procedure purge()\n"
            "language sql\n"
            "begin atomic\n"
            "  delete from ledger where amount = 0;\n"
            "  select 1 as end;\n"
            "end;\n"
            "insert into ledger select 5, 6 where true;"
        ),
        [
            "create procedure purge()\nlanguage sql\nbegin atomic\n  delete from ledger where amount = 0;\n  select 1 as end;\nend",
            "insert into ledger select 5, 6 where true",
        ],
    ),
    (
        "a procedure without BEGIN",
        D.TSQL,
        (
            "CREATE PROCEDURE dbo.ListOpen @region INT\n"
            "AS\n"
            "SET NOCOUNT ON\n"
            "SELECT Id FROM dbo.Orders WHERE RegionId = @region\n"
            "GO"
        ),
        [
            "CREATE PROCEDURE dbo.ListOpen @region INT\nAS\nSET NOCOUNT ON\nSELECT Id FROM dbo.Orders WHERE RegionId = @region"
        ],
    ),
    (
        "SQL*Plus goes on behind a dash",
        D.ORACLE,
        ("PROMPT it's -\n  going; on\nSELECT 1 FROM dual;\nEXEC p(1, -\n 2);\nSELECT 2 FROM dual;"),
        ["SELECT 1 FROM dual", "SELECT 2 FROM dual"],
    ),
    (
        "a comment that only MySQL would execute, left open",
        D.TSQL,
        "DELETE FROM hold\nGO\n/*! and no end",
        ["DELETE FROM hold"],
    ),
    (
        "a backslash within double quotes",
        None,
        'SELECT "a\\"b;c" FROM seat;\nSELECT 2 AS x;\n',
        ['SELECT "a\\"b;c" FROM seat', "SELECT 2 AS x"],
    ),
]
