"""T-SQL without a semicolon between its statements: dynamic SQL, TRY and CATCH, chains of IF and
ELSE, cursors, MERGE, routines without GO."""

from __future__ import annotations

# {n} is the number of the script, {t} its table.
STATEMENTS = (
    "SET NOCOUNT ON",
    "DECLARE @n{n} int = {n}, @s{n} nvarchar(max)",
    "IF OBJECT_ID('{t}') IS NOT NULL\n    DROP TABLE {t}",
    "CREATE TABLE {t} (\n  Id int IDENTITY(1,1) PRIMARY KEY,\n"
    "  Parent int REFERENCES dbo.P(Id) ON DELETE CASCADE ON UPDATE NO ACTION,\n  [Set] int NULL\n)",
    "ALTER TABLE {t} ADD CONSTRAINT DF_{n} DEFAULT (0) FOR Parent",
    "ALTER TABLE {t} DROP CONSTRAINT DF_{n}",
    "ALTER DATABASE CURRENT SET RECOVERY SIMPLE WITH ROLLBACK IMMEDIATE",
    "INSERT INTO {t} (Parent, [Set])\nVALUES ({n}, N'it''s; {n}')",
    "INSERT INTO {t} (Parent)\nSELECT Id FROM dbo.P\nUNION ALL\n-- more\nSELECT Id FROM dbo.Q",
    "INSERT {t} (Parent)\nEXEC dbo.ListParents @n{n}",
    "UPDATE i\nSET i.Parent = p.Id\nFROM {t} AS i\nINNER JOIN dbo.P AS p ON p.Id = i.Parent",
    "UPDATE STATISTICS {t}",
    "WAITFOR DELAY '00:00:0{n}'",
    "MERGE {t} AS t\nUSING dbo.Src AS s ON s.Id = t.Id\nWHEN MATCHED AND s.Gone = 1 THEN DELETE\n"
    "WHEN MATCHED THEN UPDATE SET t.Parent = s.Parent\n"
    "WHEN NOT MATCHED THEN INSERT (Parent) VALUES (s.Parent)",
    "SELECT CASE WHEN Id = {n} THEN 'a' ELSE 'b' END AS x\nFROM {t}\nORDER BY Id\n"
    "OFFSET 10 ROWS FETCH NEXT 5 ROWS ONLY",
    "SET @s{n} = N'SELECT *\nFROM {t}\nDELETE FROM {t};'",
    "EXEC sp_executesql @s{n}, N'@p int', @p = @n{n}",
    "EXECUTE (N'DROP TABLE ' + @s{n})",
    "BEGIN TRAN",
    "DELETE FROM {t} WHERE Id = (SELECT MAX(Id) FROM {t})",
    "COMMIT TRAN",
    "BEGIN TRY\n    SELECT 1 / 0\nEND TRY\nBEGIN CATCH\n    IF @@TRANCOUNT > 0\n        ROLLBACK\n"
    "    PRINT ERROR_MESSAGE()\n    THROW\nEND CATCH",
    "IF @n{n} = 1\n    PRINT 'one'\nELSE IF @n{n} = 2\nBEGIN\n    PRINT 'two'\n    SELECT 2\nEND\n"
    "ELSE\n    SELECT 3",
    "IF EXISTS (SELECT 1 FROM {t})\n    IF @n{n} > 1\n        PRINT 'a'\n    ELSE\n        PRINT 'b'",
    "WHILE @n{n} < 10\nBEGIN\n    SET @n{n} = @n{n} + 1\n    IF @n{n} = 5 CONTINUE\n"
    "    IF @n{n} = 8\n        BREAK\nEND",
    "DECLARE c{n} CURSOR LOCAL FAST_FORWARD FOR\n    SELECT Id FROM {t}",
    "OPEN c{n}",
    "FETCH NEXT FROM c{n} INTO @n{n}",
    "WHILE @@FETCH_STATUS = 0\nBEGIN\n    PRINT @n{n}\n    FETCH NEXT FROM c{n} INTO @n{n}\nEND",
    "CLOSE c{n}",
    "DEALLOCATE c{n}",
    "GRANT SELECT, INSERT, UPDATE ON {t} TO clerk WITH GRANT OPTION",
    "TRUNCATE TABLE {t}",
    "RAISERROR('no; {n}', 16, 1) WITH NOWAIT",
    "DROP TABLE IF EXISTS {t}",
    "USE shop{n}",
)
ROUTINES = (
    "CREATE PROCEDURE dbo.p{n} @a int, @b nvarchar(9) = N'x'\nAS\nSET NOCOUNT ON\n"
    "UPDATE {t} SET Parent = @a\nSELECT @b",
    "CREATE OR ALTER FUNCTION dbo.f{n} (@a int)\nRETURNS int\nAS\nBEGIN\n"
    "    RETURN CASE WHEN @a > 1 THEN 1 ELSE 2 END\nEND",
    "ALTER TRIGGER dbo.t{n} ON {t} AFTER INSERT, UPDATE\nAS\nIF UPDATE(Parent)\n"
    "    DELETE FROM dbo.Log\nINSERT INTO dbo.Log (Id) SELECT Id FROM inserted",
)


def script(number: int) -> tuple[str, list[str]]:
    """One script without a semicolon and without GO, and its statements; routines come last."""
    statements = [one.format(n=number, t=f"dbo.Item{number}") for one in (*STATEMENTS, *ROUTINES)]
    first = number % len(STATEMENTS)  # every statement follows every kind of neighbour
    body = statements[: len(STATEMENTS)]
    body = body[first:] + body[:first] if number % 2 else [*reversed(body)]
    found = [*body, *statements[len(STATEMENTS) :]]
    return "\n".join(found) + "\n", found
