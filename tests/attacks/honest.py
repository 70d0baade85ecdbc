"""Honest jobs, one a database, of all the kinds that attacks are of: nothing may spoil them.

A job that runs beside an attack and one that comes after it must get these answers.
"""

from __future__ import annotations

from apps.validation.runners import Timed
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, Limits, ScriptJob

_SETUP = (
    "CREATE TABLE proof(a INTEGER, b VARCHAR(20))",
    "INSERT INTO proof VALUES (1, 'one'), (2, 'two')",
    "CREATE TEMPORARY TABLE scratch AS SELECT a * 10 AS a FROM proof",
)
_COUNT = "SELECT sum(a) AS total, count(*) AS seen FROM (SELECT a FROM proof UNION ALL SELECT a FROM scratch) AS u"
_SERIES = "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 100) INSERT INTO proof SELECT x, 'more' FROM c"
_DATABASE_OWN = {
    "sqlite": (
        "CREATE TRIGGER twice AFTER INSERT ON proof BEGIN UPDATE proof SET b = 'new' WHERE a = new.a; END",
        _SERIES,
    ),
    "duckdb": ("CREATE SEQUENCE numbers", "CREATE MACRO double(x) AS x * 2", _SERIES),
    "postgres": (
        "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_notify('proof', NEW.b); RETURN NEW; END $$",
        "CREATE TRIGGER tells AFTER INSERT ON proof FOR EACH ROW EXECUTE FUNCTION tell()",
        "LISTEN proof",
        _SERIES,
        "SELECT datname FROM pg_database WHERE datname = current_database()",
        "SELECT string_agg(b, ',') FROM proof, generate_series(1, 1000)",
    ),
    "mariadb": (
        "CREATE TRIGGER tells BEFORE INSERT ON proof FOR EACH ROW SET NEW.b = CONCAT(NEW.b, '!')",
        "START TRANSACTION",
        "INSERT INTO proof SELECT seq, 'more' FROM seq_1_to_100",
        "COMMIT",
        "SELECT SLEEP(0.01)",
        "SET @text = REPEAT('x', 10000)",
    ),
}
_TOTAL = (3 + 30 + 5050, 2 + 2 + 100)


def job(database: str, *, memory_bytes: int = Limits().memory_bytes) -> ScriptJob:
    """The honest job of a database."""
    limits = Limits(memory_bytes=memory_bytes)
    return ScriptJob(setup=_SETUP, statements=(*_DATABASE_OWN[database], _COUNT), limits=limits)


def prove(pool: SandboxPool, *, memory_bytes: int = Limits().memory_bytes) -> None:
    """The honest job gets its answer; a child that had a job of less memory is not used for it."""
    execution = Timed(pool)(job(pool.database.name, memory_bytes=memory_bytes))
    assert execution.ended is Ended.OK, execution
    table = execution.tables[-1]
    assert table is not None and tuple(int(str(cell)) for cell in table.rows[0]) == _TOTAL
