"""What a statement is called: by what it does, not by the word it begins with."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.sql.kinds import KINDS, OTHER, kind_of


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        # a block is no transaction
        ("BEGIN TRY\n  DELETE FROM dbo.Hold;\nEND TRY\nBEGIN CATCH\n  THROW;\nEND CATCH", "other"),
        ("BEGIN\n  UPDATE a SET b = 1\nEND", "other"),
        ("begin catch throw end catch", "other"),
        ("BEGIN", "transaction"),
        ("BEGIN -- now", "transaction"),
        ("BEGIN;", "transaction"),
        ("begin /* all */ work", "transaction"),
        ("BEGIN DISTRIBUTED TRAN t", "transaction"),
        ("BEGIN EXCLUSIVE", "transaction"),
        ("BEGIN ISOLATION LEVEL SERIALIZABLE", "transaction"),
        ("END", "transaction"),
        ("END TRY", "other"),
        ("SAVE TRAN before_seat", "transaction"),
        ("save transaction s", "transaction"),
        ("ROLLBACK TRAN s", "transaction"),
        ("VALUES (1, 'red'), (2, 'blue')", "select"),
        ("FROM seat SELECT nr", "select"),
        ("WITH a AS (SELECT 1) FROM a SELECT *", "select"),
        # a whole body is a definition, whatever the verb
        ("ALTER PROCEDURE dbo.Free AS BEGIN SELECT Nr FROM dbo.Seat END", "create_procedure"),
        ("ALTER PROC [as].[Free] @a int = 1 AS SELECT 1", "create_procedure"),
        ("ALTER FUNCTION dbo.f (@a int) RETURNS int AS BEGIN RETURN 1 END", "create_function"),
        ("ALTER TRIGGER trg ON dbo.Seat AFTER UPDATE AS UPDATE dbo.Stat SET n = 1", "create_trigger"),
        ("ALTER VIEW dbo.v AS SELECT 1 AS a", "create_view"),
        ("ALTER EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM a", "create_event"),
        ("ALTER FUNCTION f(int) OWNER TO ann", "other"),
        ("ALTER FUNCTION f(int) RENAME TO \"as\"", "other"),
        ("ALTER PROCEDURE p COMMENT 'as it was'", "other"),
        ("ALTER TRIGGER trg ENABLE", "other"),
        ("ALTER FUNCTION f(a int) SET work_mem = 'as', x.as = 1", "other"),
        ("ALTER FUNCTION f(a int) COST 5 /* as is */", "other"),
        ("create  or\n replace aggregate a (int) (sfunc = f, stype = int)", "create_function"),
        ("drop event e", "other"),
        ("alter event trigger t disable", "other"),
        ("ALTER VIEW v RENAME TO w", "other"),
        ("CREATE OR REPLACE PACKAGE hall AS FUNCTION f RETURN NUMBER; END hall;", "create_package"),
        ("CREATE OR REPLACE PACKAGE BODY hall IS END;", "create_package"),
        ("CREATE TYPE mood AS ENUM ('sad', 'ok')", "create_type"),
        ("CREATE OR REPLACE TYPE BODY point AS MEMBER FUNCTION f RETURN NUMBER IS BEGIN RETURN 1; END; END;", "create_type"),
        ("CREATE TEMPORARY SEQUENCE s START 5", "create_sequence"),
        ("CREATE DEFINER=`a`@`b` EVENT e ON SCHEDULE EVERY 1 DAY DO DELETE FROM a", "create_event"),
        ("CREATE EVENT SESSION slow ON SERVER ADD EVENT sqlserver.rpc_completed", "other"),
        ("CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f()", "create_trigger"),
        ("CREATE AGGREGATE last_of (anyelement) (SFUNC = pick, STYPE = anyelement)", "create_function"),
        ("DO $$ BEGIN RAISE NOTICE 'x'; END $$", "do"),
        ("DO SLEEP(5)", "do"),
        ("DROP TYPE mood", "other"),
        ("START SLAVE", "other"),
        ("START /* now */ TRANSACTION READ ONLY", "transaction"),
    ],
)  # fmt: skip
def test_a_statement_has_the_kind_of_what_it_does(statement: str, kind: str) -> None:
    assert kind_of(statement.encode()) == kind


@given(st.binary(max_size=300))
def test_every_text_has_a_kind_or_is_other(statement: bytes) -> None:
    assert kind_of(statement) in {*KINDS, OTHER}
