"""Routines, and the statements that only one server knows: read whole, or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sql.dialects import Dialect
from apps.sql.kinds import KINDS, OTHER, kind_of
from apps.sql.parsing.parsers import Reader, parse

POSTGRES = [
    "CREATE FUNCTION touch() RETURNS trigger AS $$\nBEGIN\n  NEW.changed_at := now();\n  RETURN NEW;\nEND;\n$$ LANGUAGE plpgsql",
    "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN PERFORM pg_notify('chg', NEW.id::text); RETURN NULL; END $f$",
    "CREATE FUNCTION free_seats(h int) RETURNS SETOF seat LANGUAGE plpgsql AS $$\nBEGIN\n  IF h > 0 THEN\n    RETURN QUERY SELECT * FROM seat WHERE hall = h;\n  END IF;\nEND;\n$$",
    "CREATE OR REPLACE FUNCTION a.f(IN p integer DEFAULT 3, OUT q text) RETURNS record AS 'BEGIN q := ''it''''s'' || p; END' LANGUAGE 'plpgsql' STABLE",
    "CREATE FUNCTION g(a int[], VARIADIC b text[]) RETURNS TABLE (x int, y numeric(10,2)) AS $body$\nDECLARE\n  r record; n int := 0; c CURSOR (k int) FOR SELECT * FROM t WHERE id = k;\nBEGIN\n  FOR r IN SELECT * FROM t ORDER BY id LOOP\n    CONTINUE WHEN r.id IS NULL;\n    n := n + r.id;\n  END LOOP;\n  FOR i IN REVERSE 10..1 BY 2 LOOP EXIT; END LOOP;\n  <<outer>> WHILE n > 0 LOOP n := n - 1; END LOOP outer;\n  FOREACH n IN ARRAY a LOOP RAISE NOTICE 'n is %', n; END LOOP;\n  RETURN NEXT;\n  INSERT INTO log (a) VALUES (n) RETURNING id INTO STRICT n;\n  SELECT count(*), max(id) INTO n, r FROM t;\n  EXECUTE format('DROP TABLE %I', 'x') USING n;\n  GET DIAGNOSTICS n = ROW_COUNT;\n  CASE n WHEN 1 THEN NULL; ELSE RAISE EXCEPTION 'no' USING ERRCODE = '22000'; END CASE;\nEXCEPTION\n  WHEN unique_violation OR division_by_zero THEN\n    RAISE;\n  WHEN OTHERS THEN RETURN;\nEND\n$body$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp",
    "CREATE PROCEDURE move(a int, b int) LANGUAGE plpgsql AS $$ BEGIN UPDATE acc SET n = n - 1 WHERE id = a; COMMIT; CALL other(b); END $$",
    "CREATE FUNCTION one() RETURNS integer LANGUAGE sql RETURN 1 + length('x')",
    "CREATE PROCEDURE p(a int) LANGUAGE sql BEGIN ATOMIC INSERT INTO t VALUES (a); DELETE FROM u WHERE b = a; END",
    "CREATE FUNCTION c_one(int) RETURNS int AS 'lib', 'c_one' LANGUAGE c STRICT",
    "CREATE TRIGGER t BEFORE INSERT OR UPDATE OF a, b ON s.t FOR EACH ROW WHEN (NEW.a IS DISTINCT FROM OLD.a) EXECUTE FUNCTION f('x')",
    "CREATE CONSTRAINT TRIGGER t AFTER INSERT ON a DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE PROCEDURE f()",
    "CREATE TRIGGER t AFTER UPDATE ON a REFERENCING NEW TABLE AS n OLD TABLE AS o FOR EACH STATEMENT EXECUTE FUNCTION f()",
    "DO $$ DECLARE n int; BEGIN SELECT 1 INTO n; RAISE NOTICE '%', n; END $$",
    "ALTER TABLE seat DISABLE TRIGGER ALL",
    "ALTER TABLE m ATTACH PARTITION m_1 FOR VALUES FROM ('2024-01-01') TO ('2024-02-01')",
    "ALTER TABLE m DETACH PARTITION m_1 CONCURRENTLY",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE ONLY t ALTER COLUMN a TYPE bigint USING a::bigint, ALTER b SET STATISTICS 500",
    "ALTER TABLE t ADD CONSTRAINT c EXCLUDE USING gist (r WITH &&)",
    "ALTER TABLE t REPLICA IDENTITY USING INDEX i",
    "ALTER TABLE t SET (fillfactor = 70)",
    "CREATE TABLE p (a int, b date) PARTITION BY RANGE (b)",
    "CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1, 2) TABLESPACE fast",
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE TYPE point3 AS (x numeric(5,2), y double precision, z int[])",
    "CREATE TYPE b (INPUT = b_in, OUTPUT = b_out, INTERNALLENGTH = 8, PASSEDBYVALUE)",
    "CREATE SEQUENCE IF NOT EXISTS s AS bigint START WITH 5 INCREMENT BY -1 NO MAXVALUE OWNED BY t.a",
    "CREATE AGGREGATE last_of (anyelement) (SFUNC = pick, STYPE = anyelement)",
    "COMMENT ON FUNCTION f(int, text) IS 'what f does'",
    "CREATE INDEX CONCURRENTLY i ON t USING gin (a jsonb_path_ops, lower(b)) INCLUDE (c) WITH (fastupdate = off) WHERE a IS NOT NULL",
    "CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t WITH LOCAL CHECK OPTION",
    "UPDATE t SET a = x.b::int[] FROM (VALUES (1, NULL::text[])) AS x (a, b) WHERE t.a = x.a",
]  # fmt: skip
MYSQL = [
    "CREATE TRIGGER seat_out AFTER DELETE ON seat FOR EACH ROW INSERT INTO log (nr) VALUES (OLD.nr)",
    "CREATE TRIGGER s BEFORE INSERT ON a FOR EACH ROW SET NEW.b = UPPER(NEW.b)",
    "CREATE DEFINER='dba'@'localhost' TRIGGER seat_in BEFORE INSERT ON seat FOR EACH ROW\nBEGIN\n  IF NEW.nr < 0 THEN\n    SET NEW.nr = 0;\n  END IF;\nEND",
    "CREATE DEFINER=`root`@`%` PROCEDURE `p`(IN a INT, INOUT b VARCHAR(20), OUT c DECIMAL(10,2) UNSIGNED)\n    READS SQL DATA\n    COMMENT 'x'\nmain: BEGIN\n  DECLARE done INT DEFAULT FALSE;\n  DECLARE x, y INT;\n  DECLARE cur CURSOR FOR SELECT id, n FROM t WHERE a > 3;\n  DECLARE CONTINUE HANDLER FOR NOT FOUND SET done = TRUE;\n  DECLARE EXIT HANDLER FOR SQLEXCEPTION, 1062 BEGIN ROLLBACK; RESIGNAL; END;\n  START TRANSACTION;\n  OPEN cur;\n  read_loop: LOOP\n    FETCH cur INTO x, y;\n    IF done THEN LEAVE read_loop; ELSEIF x = 2 THEN ITERATE read_loop; ELSE SET b = CONCAT(b, x); END IF;\n    CASE WHEN y > 1 THEN UPDATE t SET n = n + 1 WHERE id = x; ELSE BEGIN END; END CASE;\n  END LOOP read_loop;\n  CLOSE cur;\n  WHILE x > 0 DO SET x = x - 1; END WHILE;\n  REPEAT SET y = y - 1; UNTIL y < 0 END REPEAT;\n  SELECT COUNT(*) INTO c FROM t;\n  IF c < 0 THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no', MYSQL_ERRNO = 5; END IF;\n  SET @s = 'SELECT 1';\n  PREPARE st FROM @s;\n  EXECUTE st;\n  DEALLOCATE PREPARE st;\n  CALL q(x, @y);\n  COMMIT;\nEND",
    "CREATE FUNCTION f(a INT) RETURNS varchar(20) CHARSET utf8mb4 DETERMINISTIC RETURN IF(a > 1, 'x', CONCAT('y', a))",
    "CREATE PROCEDURE p() SELECT COUNT(*) FROM t",
    "CREATE EVENT e ON SCHEDULE EVERY 1 DAY STARTS '2020-01-01 00:00:00' ON COMPLETION PRESERVE ENABLE COMMENT 'x' DO DELETE FROM log WHERE at < NOW() - INTERVAL 30 DAY",
    "ALTER EVENT e ON SCHEDULE AT CURRENT_TIMESTAMP + INTERVAL 1 HOUR DO BEGIN UPDATE t SET a = 1; END",
    "CREATE TABLE t (a int unsigned NOT NULL AUTO_INCREMENT, b enum('x','y') CHARACTER SET latin1 DEFAULT 'x' COMMENT 'c', PRIMARY KEY USING BTREE (a), KEY k (b(5)) USING BTREE) ENGINE=InnoDB, CHECKSUM=0 PARTITION BY HASH (a) PARTITIONS 4",
    "CREATE INDEX i USING BTREE ON t (a(10), b)",
    "CREATE FULLTEXT INDEX i ON t (b)",
    "ALTER TABLE t DROP INDEX i, ADD UNIQUE INDEX j (a(5), b), MODIFY COLUMN c int NOT NULL AFTER d, ALGORITHM=INPLACE",
    "ALTER TABLE t ADD PARTITION (PARTITION p3 VALUES LESS THAN (2030))",
    "SET PASSWORD FOR 'radius'@'localhost' = PASSWORD('x')",
    "CREATE OR REPLACE TABLE `shop.sales.by_day` PARTITION BY DATE(sold_at) CLUSTER BY shop AS SELECT * FROM `shop.sales.raw`",
    "INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = VALUES(a) + 1",
]  # fmt: skip
TSQL = [
    "ALTER TABLE dbo.t ADD a int NOT NULL CONSTRAINT df DEFAULT (0) WITH VALUES, b AS (a * 2) PERSISTED",
    "CREATE PROCEDURE dbo.ListOpen @region INT\nAS\nSET NOCOUNT ON\nSELECT Id FROM dbo.Orders WHERE RegionId = @region",
    "CREATE PROCEDURE dbo.CloseTicket @id int\nAS\nSET NOCOUNT ON;\nUPDATE dbo.Ticket SET Closed = 1 WHERE Id = @id;\nINSERT INTO dbo.Log (What) VALUES ('closed')",
    "CREATE TRIGGER trg ON dbo.Seat AFTER UPDATE AS UPDATE dbo.Stat SET n = n + 1",
    "CREATE TRIGGER [dbo].[t] ON [dbo].[a] INSTEAD OF INSERT, DELETE NOT FOR REPLICATION AS\nIF UPDATE([x])\n  INSERT INTO b SELECT x FROM inserted\nELSE\n  DELETE FROM b WHERE x IN (SELECT x FROM deleted)",
    "CREATE OR ALTER PROC [p] (@a int = 5, @b varchar(max) = NULL OUTPUT, @t dbo.Rows READONLY) WITH RECOMPILE, EXECUTE AS OWNER AS\nBEGIN\n  SET XACT_ABORT, NOCOUNT ON\n  DECLARE @n int = 0, @m nvarchar(20)\n  DECLARE @x TABLE (id int PRIMARY KEY, v money)\n  BEGIN TRY\n    BEGIN TRAN\n    IF EXISTS (SELECT 1 FROM t WITH (NOLOCK) WHERE a = @a) AND @n < 3\n    BEGIN\n      UPDATE t SET b = @b OUTPUT inserted.id INTO @x WHERE a = @a\n      SELECT @n = @n + 1, @m = 'x'\n    END\n    ELSE IF @n IS NULL\n      PRINT 'none'\n    ELSE\n      RAISERROR ('bad %d', 16, 1, @n) WITH NOWAIT\n    WHILE @n < 10 SET @n += 1\n    DECLARE c CURSOR LOCAL FAST_FORWARD FOR SELECT id FROM t\n    OPEN c\n    FETCH NEXT FROM c INTO @n\n    WHILE @@FETCH_STATUS = 0\n    BEGIN\n      EXEC dbo.q @n, @out = @m OUTPUT\n      FETCH NEXT FROM c INTO @n\n    END\n    CLOSE c\n    DEALLOCATE c\n    EXEC ('SELECT ' + @m)\n    EXEC sp_executesql N'SELECT 1', N'@a int', @a = @a\n    COMMIT TRAN\n  END TRY\n  BEGIN CATCH\n    IF @@TRANCOUNT > 0 ROLLBACK TRAN\n    ;THROW\n  END CATCH\n  RETURN 0\nEND",
    "ALTER PROCEDURE dbo.FreeSeats AS BEGIN SELECT Nr FROM dbo.Seat WHERE Free = 1 END",
    "CREATE FUNCTION dbo.f (@a int, @b int = 2) RETURNS int AS BEGIN DECLARE @r int SET @r = @a + @b RETURN @r END",
    "CREATE FUNCTION dbo.g (@a int) RETURNS TABLE AS RETURN (SELECT a FROM t WHERE b = @a)",
    "CREATE FUNCTION dbo.h (@a int) RETURNS @t TABLE (id int, n varchar(9)) WITH SCHEMABINDING AS BEGIN INSERT INTO @t SELECT id, n FROM dbo.x RETURN END",
    "CREATE PROCEDURE p AS WITH c AS (SELECT a FROM t) MERGE INTO u USING c ON u.a = c.a WHEN MATCHED THEN UPDATE SET b = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (c.a); SELECT 1 AS x",
    "ALTER TABLE dbo.Seat ADD CONSTRAINT df_seat DEFAULT (getdate()) FOR made",
    "ALTER TABLE [a] WITH NOCHECK ADD CONSTRAINT [d] DEFAULT ('') FOR [b], CONSTRAINT [p] PRIMARY KEY NONCLUSTERED ([id]) ON [PRIMARY]",
    "ALTER TABLE [dbo].[a] CHECK CONSTRAINT [fk]",
    "ALTER TABLE dbo.a ENABLE TRIGGER trg",
    "ALTER TABLE dbo.a SWITCH PARTITION 2 TO dbo.b PARTITION 2",
    "INSERT INTO dbo.Hold (Nr) EXEC dbo.FreeSeats",
    "INSERT #t EXEC sp_who @a = 1",
    "CREATE TABLE [dbo].[t] ([a] [bigint] IDENTITY(1,1) NOT NULL, [b] [text] NOT NULL DEFAULT '', [c] AS ([a]+1) PERSISTED, CONSTRAINT [pk] PRIMARY KEY CLUSTERED ([a] ASC) WITH (PAD_INDEX = OFF) ON [PRIMARY]) ON [PRIMARY] TEXTIMAGE_ON [PRIMARY]",
    "CREATE NONCLUSTERED INDEX [i] ON [dbo].[t] ([a] ASC) INCLUDE ([b]) WHERE ([a] > 1) WITH (ONLINE = ON) ON [PRIMARY]",
    "CREATE SEQUENCE dbo.s AS int START WITH 1 INCREMENT BY 1 NO CACHE",
    "CREATE TYPE dbo.Rows AS TABLE (id int NOT NULL PRIMARY KEY, n nvarchar(20))",
]  # fmt: skip
ORACLE = [
    "CREATE OR REPLACE PACKAGE hall AS\n  TYPE t_ids IS TABLE OF NUMBER INDEX BY PLS_INTEGER;\n  c_max CONSTANT NUMBER := 5;\n  FUNCTION f (p IN NUMBER) RETURN VARCHAR2;\n  PROCEDURE p (a OUT NOCOPY seat.nr%TYPE, b IN OUT DATE);\nEND hall;",
    "CREATE OR REPLACE PACKAGE BODY hall AS\n  g NUMBER := 0;\n  CURSOR c (k NUMBER) IS SELECT nr FROM seat WHERE hall = k;\n  FUNCTION f (p IN NUMBER) RETURN VARCHAR2 IS\n    r seat%ROWTYPE; e EXCEPTION; PRAGMA EXCEPTION_INIT(e, -1);\n  BEGIN\n    SELECT * INTO r FROM seat WHERE nr = p;\n    FOR x IN c(p) LOOP\n      dbms_output.put_line('nr ' || x.nr);\n    END LOOP;\n    EXECUTE IMMEDIATE 'DELETE FROM t WHERE a = :1' USING p;\n    IF SQL%ROWCOUNT = 0 THEN RAISE e; END IF;\n    RETURN r.name;\n  EXCEPTION\n    WHEN NO_DATA_FOUND THEN RETURN NULL;\n    WHEN OTHERS THEN raise_application_error(-20001, SQLERRM);\n  END f;\nEND hall;",
    "CREATE OR REPLACE PROCEDURE p (a IN NUMBER DEFAULT 1) AUTHID CURRENT_USER AS n NUMBER; BEGIN UPDATE t SET b = a WHERE c = n; other(a => 1); COMMIT; END;",
    "CREATE OR REPLACE FUNCTION f RETURN NUMBER DETERMINISTIC IS BEGIN RETURN 1; END f;",
    "CREATE OR REPLACE TRIGGER t BEFORE INSERT ON seat FOR EACH ROW WHEN (NEW.nr IS NULL) BEGIN SELECT s.NEXTVAL INTO :NEW.nr FROM dual; :NEW.made := SYSDATE; END;",
    "CREATE TABLE t (id NUMBER(10) DEFAULT s.NEXTVAL NOT NULL ENABLE, n VARCHAR2(20 BYTE), CONSTRAINT pk PRIMARY KEY (id) USING INDEX PCTFREE 10 STORAGE (INITIAL 64K NEXT 1M) TABLESPACE idx ENABLE) SEGMENT CREATION IMMEDIATE PCTFREE 10 PCTUSED 40 INITRANS 1 NOCOMPRESS LOGGING STORAGE (INITIAL 65536) TABLESPACE users",
    "CREATE SEQUENCE s MINVALUE 1 MAXVALUE 9999999999999999999999999999 INCREMENT BY 1 START WITH 21 CACHE 20 NOORDER NOCYCLE",
    "CREATE OR REPLACE TYPE ids AS TABLE OF NUMBER",
    "ALTER TABLE t MODIFY (a VARCHAR2(30), b NOT NULL)",
    "ALTER TABLE t ADD (c DATE DEFAULT SYSDATE, CONSTRAINT x CHECK (c > DATE '2000-01-01'))",
    "WITH\n  FUNCTION half (n NUMBER) RETURN NUMBER IS\n  BEGIN RETURN n / 2; END;\nSELECT half(8) FROM dual",
    "CREATE UNIQUE INDEX i ON t (a DESC) TABLESPACE idx PCTFREE 5 NOLOGGING",
    "INSERT ALL INTO a VALUES (1, 'x') INTO b (x) VALUES (2) SELECT 1 FROM dual",
    "INSERT FIRST WHEN n > 9 THEN INTO a (x) VALUES (n) WHEN n > 1 THEN INTO b INTO c ELSE INTO d VALUES (n) SELECT n FROM e",
]  # fmt: skip
SQLITE = [
    "CREATE TRIGGER upd AFTER UPDATE OF a ON shift WHEN NEW.a > 1 BEGIN\n  UPDATE shift SET b = 1 WHERE id = NEW.id;\n  SELECT RAISE(ABORT, 'no');\nEND",
    "CREATE TABLE t (a TEXT PRIMARY KEY ON CONFLICT REPLACE, b INTEGER NOT NULL) WITHOUT ROWID, STRICT",
    "INSERT INTO t (a, b) VALUES (1, 2) ON CONFLICT (a) WHERE b > 0 DO UPDATE SET b = excluded.b WHERE t.b < excluded.b",
    "INSERT OR REPLACE INTO t VALUES (1) RETURNING a",
    "CREATE VIRTUAL TABLE IF NOT EXISTS s.f USING fts5(a, b UNINDEXED, tokenize = 'porter')",
    "CREATE TEMP TABLE IF NOT EXISTS t (a INTEGER PRIMARY KEY AUTOINCREMENT, b TEXT GENERATED ALWAYS AS (a || 'x') STORED)",
]  # fmt: skip
MARIADB = [
    "CREATE TABLE t (a INT) ENGINE=InnoDB WITH SYSTEM VERSIONING",
    "ALTER TABLE t ADD SYSTEM VERSIONING",
]
UNKNOWN = [
    "CREATE VIEW [Desk].[Open] AS SELECT Id, Who FROM Desk.Ticket WHERE Closed IS NULL",
    "SELECT [Order Nr], [Who] FROM [dbo].[Order Details] WHERE [Who] = 1",
    "INSERT INTO [Desk].[Ticket] ([Id], [Who]) VALUES (1, 'x')",
]
READ = [
    (statement, dialect)
    for statements, dialect in (
        (POSTGRES, Dialect.POSTGRES), (MYSQL, Dialect.MYSQL), (TSQL, Dialect.TSQL),
        (ORACLE, Dialect.ORACLE), (SQLITE, Dialect.SQLITE), (UNKNOWN, Dialect.UNKNOWN),
        (MARIADB, Dialect.MARIADB),
    )
    for statement in statements
]  # fmt: skip


@pytest.mark.parametrize(("statement", "dialect"), READ)
def test_a_whole_statement_is_read(statement: str, dialect: Dialect) -> None:
    raw = statement.encode()
    assert kind_of(raw) != OTHER
    assert parse(raw, kind_of(raw), dialect) is not Reader.NOBODY


@pytest.mark.parametrize(
    ("statement", "dialect"), [pair for pair in READ if "BEGIN" in pair[0]], ids=lambda v: v[:40]
)
def test_a_routine_that_is_cut_off_is_not_read(statement: str, dialect: Dialect) -> None:
    """Without its end, without its last parenthesis, without half of it."""
    whole = statement.encode().rstrip()
    last = whole.rfind(b"END")
    for cut in (whole[:last], whole[: last // 2], whole[: last // 3]):
        assert parse(cut.strip(), kind_of(whole), dialect) is Reader.NOBODY


@pytest.mark.parametrize(
    ("statement", "dialect"),
    [
        ("CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN NEW.a := ; RETURN NEW; END $$ LANGUAGE plpgsql", Dialect.POSTGRES),
        ("CREATE FUNCTION f() RETURNS trigger AS $$ BEGIN IF a THEN RETURN NEW; END $$ LANGUAGE plpgsql", Dialect.POSTGRES),
        ("CREATE FUNCTION f() RETURNS int AS $$ this is only prose about a function $$ LANGUAGE plpgsql", Dialect.POSTGRES),
        ("CREATE FUNCTION f() RETURNS int AS $$ BEGIN SELECT a FROM b WHERE; x := 1; END $$ LANGUAGE plpgsql", Dialect.POSTGRES),
        ("CREATE FUNCTION f() RETURNS int AS $$ SELECT a FROM $$ LANGUAGE sql", Dialect.POSTGRES),
        ("CREATE FUNCTION is a word that begins many a statement of a database", Dialect.POSTGRES),
        ("CREATE TYPE mood AS ENUM ('sad', 'ok'", Dialect.POSTGRES),
        ("CREATE TYPE mood AS ENUM ('sad' 'ok' 3)", Dialect.POSTGRES),
        ("CREATE SEQUENCE s START WITH", Dialect.POSTGRES),
        ("ALTER TABLE t ATTACH PARTITION p FOR VALUES", Dialect.POSTGRES),
        ("ALTER TABLE t ADD CONSTRAINT c DEFAULT FOR a", Dialect.TSQL),
        ("ALTER TABLE t ENABLE", Dialect.POSTGRES),
        ("DO $$ BEGIN RAISE NOTICE 'x' END $$", Dialect.POSTGRES),
        ("COMMENT ON the whole this is nice", Dialect.POSTGRES),
        ("CREATE TRIGGER t AFTER DELETE ON s FOR EACH ROW INSERT INTO (nr) VALUES", Dialect.MYSQL),
        ("CREATE TRIGGER t AFTER DELETE ON s FOR EACH ROW BEGIN IF a < 0 SET b = 1; END IF; END", Dialect.MYSQL),
        ("CREATE PROCEDURE p() BEGIN DECLARE x; SELECT 1; END", Dialect.MYSQL),
        ("CREATE PROCEDURE p AS BEGIN SELECT FROM t WHERE END", Dialect.TSQL),
        ("CREATE PROCEDURE p @a int SELECT 1", Dialect.TSQL),
        ("CREATE TRIGGER trg ON dbo.Seat AFTER UPDATE AS", Dialect.TSQL),
        ("CREATE PROCEDURE p AS the quick brown fox jumps", Dialect.TSQL),
        ("INSERT INTO t (a) EXEC", Dialect.TSQL),
        ("CREATE PACKAGE BODY h AS FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END;", Dialect.ORACLE),
        ("CREATE TABLE t (a NUMBER) STORAGE (INITIAL 64K", Dialect.ORACLE),
        ("CREATE TABLE t (a int,, b int) ENGINE=InnoDB", Dialect.MYSQL),
        ("CREATE TABLE t (a int, b int) and more words here", Dialect.MYSQL),
        ("CREATE TABLE t (a int, )", Dialect.POSTGRES),
        ("INSERT ALL INTO a VALUES (1) INTO b VALUES (2)", Dialect.ORACLE),
        ("INSERT FIRST WHEN n > 9 THEN SELECT n FROM e", Dialect.ORACLE),
        ("ALTER TABLE dbo.t ADD a int WITH VALUES", Dialect.TSQL),
        ("SELECT a b c FROM t", Dialect.POSTGRES),
        ("SELECT a FROM t WHERE", Dialect.POSTGRES),
        ("SELECT (a FROM t", Dialect.TSQL),
        ("UPDATE t SET WHERE a = 1", Dialect.TSQL),
        ("INSERT INTO t (a VALUES (1)", Dialect.TSQL),
        ("Select the best of them and insert it into the list", Dialect.UNKNOWN),
        ("Update your settings before you go on", Dialect.UNKNOWN),
        ("Delete all of the old ones, please", Dialect.UNKNOWN),
        ("Values are what matters", Dialect.UNKNOWN),
    ],
)  # fmt: skip
def test_what_is_broken_or_prose_is_not_read(statement: str, dialect: Dialect) -> None:
    raw = statement.encode()
    assert parse(raw, kind_of(raw), dialect) is Reader.NOBODY


_PIECES = st.sampled_from(
    b"CREATE|FUNCTION|f()|RETURNS|BEGIN|END|$$|$a$|'|(|)|[|]|IF|THEN|CASE|WHEN|SELECT|WITH|a AS (|;|,|/*|--|\n|AS|LOOP".split(b"|")
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(_PIECES, max_size=60), st.sampled_from(KINDS), st.sampled_from(Dialect))
def test_any_words_come_to_an_end(pieces: list[bytes], kind: str, dialect: Dialect) -> None:
    assert parse(b" ".join(pieces), kind, dialect) in Reader
