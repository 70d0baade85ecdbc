"""Several jobs in one place: the same executions as each alone, and alone where that is not so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from apps.validation import databases
from apps.validation.databases.postgres import DATABASE
from apps.validation.judging import validate
from apps.validation.runners import Runner
from apps.validation.sandbox import pool as pool_module
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.sandbox.undoing import is_as_if_alone, undone
from apps.validation.values import Ended, Execution, Limits, Outcome, ScriptJob
from tests.sandboxes import keep
from tests.validation.caselib import written_cases

SETUP = ("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)", "INSERT INTO t VALUES (1, 'a')")
PROBE = ("SELECT * FROM t ORDER BY id",)


def job(*statements: str) -> ScriptJob:
    return ScriptJob(SETUP, statements, PROBE, Limits(seconds=2.0))


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def pool(request: pytest.FixtureRequest) -> Iterator[SandboxPool]:
    keep(request.param)
    with SandboxPool(databases.get(request.param), size=1) as opened:
        yield opened


def essence(execution: Execution) -> tuple[object, ...]:
    return execution.ended, execution.phase, execution.index, execution.tables, execution.probes


def test_jobs_in_one_place_do_not_see_one_another(pool: SandboxPool) -> None:
    jobs = [
        job("INSERT INTO t VALUES (2, 'b')"),
        job("CREATE TABLE u (a INTEGER)", "INSERT INTO u VALUES (7)", "SELECT * FROM u"),
        job("UPDATE t SET name = 'c'", "CREATE VIEW v AS SELECT name FROM t", "SELECT * FROM v"),
        job("DELETE FROM t"),
    ]
    together = pool.run_many(jobs)
    assert None not in together
    assert [essence(one) for one in together if one] == [essence(pool.run(one)) for one in jobs]


@pytest.fixture
def postgres() -> Iterator[SandboxPool]:
    keep("postgres")
    with SandboxPool(databases.get("postgres"), size=1) as opened:
        yield opened


def kept_database(pool: SandboxPool) -> str:
    (child,) = pool._alive
    return child.kept.place["dbname"] if child.kept else ""


def is_there(name: str) -> bool:
    found = DATABASE._with_keeper(
        lambda keeper: keeper.execute("SELECT FROM pg_roles WHERE rolname = %s", [name]).fetchone()
    )
    return found is not None


def backends(pool: SandboxPool, *statements: str) -> list[object]:
    asked = [ScriptJob((), (*statements, "SELECT pg_backend_pid()"), (), Limits(seconds=1.0))] * 2
    tables = [one.tables[-1] if one else None for one in pool.run_many(asked)]
    return [table.rows if table else None for table in tables]


def test_those_that_follow_find_a_place_that_is_as_new(postgres: SandboxPool) -> None:
    first = backends(postgres, "CREATE TABLE t (a INTEGER)", "INSERT INTO t VALUES (1)")
    name = kept_database(postgres)
    off = "UPDATE pg_settings SET setting = 'off' WHERE name = 'enable_seqscan'"
    assert first == backends(postgres, off, "CREATE TABLE t (a INTEGER)")
    look = "SELECT setting FROM pg_settings WHERE name IN ('enable_seqscan', 'statement_timeout')"
    (seen, _) = postgres.run_many([ScriptJob((), (look,), (), Limits(seconds=3.0))] * 2)
    assert seen and seen.tables[0] and seen.tables[0].rows == (("on",), ("3750",))
    alone = postgres.run(ScriptJob((), ("SELECT pg_backend_pid()",), (), Limits()))
    assert alone.tables[0] and alone.tables[0].rows != first[0]
    assert first == backends(postgres) and kept_database(postgres) == name and is_there(name)
    postgres.close()
    assert not is_there(name)


def test_a_place_is_left_after_a_limit_was_met_and_after_its_time(
    postgres: SandboxPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = backends(postgres)
    name = kept_database(postgres)
    endless = "SELECT count(*) FROM generate_series(1, 10000000000) AS a"
    assert [row for row in backends(postgres, endless) if row] == []
    assert kept_database(postgres) == "" and not is_there(name)
    second = backends(postgres)
    assert second != first
    monkeypatch.setattr(pool_module, "_JOBS_PER_PLACE", 2)
    assert backends(postgres) != second


def test_transactions_end_alike_in_one_place(postgres: SandboxPool) -> None:
    whole = ("BEGIN", "INSERT INTO t VALUES (2, 'b') RETURNING name", "COMMIT", *PROBE)
    for jobs in (
        [job(*whole), job("BEGIN", "INSERT INTO t VALUES (1, 'b')", "COMMIT")],
        [job(*whole)],
    ):
        together = postgres.run_many(jobs)
        assert None not in together
        assert [essence(one) for one in together if one] == [
            essence(postgres.run(one)) for one in jobs
        ]


def test_a_failure_spoils_no_other_job(pool: SandboxPool) -> None:
    jobs = [job("SELECT * FROM nowhere"), job("SELECT name FROM t")]
    failed, good = pool.run_many(jobs)
    assert failed is None or failed.ended is Ended.SQL_ERROR
    assert good is not None and essence(good) == essence(pool.run(jobs[1]))


def test_what_takes_too_long_together_is_run_alone(
    pool: SandboxPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = (
        "(WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL"
        " SELECT x + 1 FROM c WHERE x < 9999) SELECT x FROM c)"
    )
    endless = f"SELECT count(a.x % b.x) FROM {numbers} a, {numbers} b, {numbers} d"
    jobs = [job("SELECT name FROM t"), job(endless), job("SELECT id FROM t")]
    ran: list[list[Execution]] = []
    run = pool._run_sharing

    def noted(jobs: Sequence[ScriptJob]) -> list[Execution]:
        ran.append(run(jobs))
        return ran[-1]

    timed = Runner(pool).timed()
    with monkeypatch.context() as patch:
        patch.setattr(pool, "_run_sharing", noted)
        found = timed.together(jobs)
    # Of who never ends it is known where, also when its transaction can no longer be rolled back.
    ((first, last, behind),) = ran
    assert first.ended is Ended.OK
    assert (last.ended, last.phase, last.index) == (Ended.TIMEOUT, "statements", 0)
    assert behind.ended is Ended.TIMEOUT and not is_as_if_alone(behind, jobs[2], alike=True)
    executions = [one or timed(each) for one, each in zip(found, jobs, strict=True)]
    assert [one.ended for one in executions] == [Ended.OK, Ended.TIMEOUT, Ended.OK]


@pytest.mark.parametrize(
    ("phase", "milliseconds", "is_told"),
    [("statements", 2000.0, True), ("statements", 1999.0, False), ("", 2500.0, False)],
)
def test_who_has_had_all_of_its_own_time_is_not_run_again(
    phase: str, milliseconds: float, is_told: bool
) -> None:
    """A child that is killed tells no phase: which of its jobs was under way nobody knows."""
    late = Execution(Ended.TIMEOUT, phase, milliseconds=milliseconds)
    assert is_as_if_alone(late, job("SELECT 1"), alike=True) is is_told


def test_altered_queries_end_together_as_they_do_alone(pool: SandboxPool) -> None:
    """On some forty of the labelled cases that pass: what is told together is what alone gives."""
    passed = [case for case in written_cases() if case.outcome is Outcome.PASSED]
    compared = 0

    def many(jobs: Sequence[ScriptJob]) -> list[Execution]:
        nonlocal compared
        alone = [pool.run(one) for one in jobs]
        for one, execution in zip(pool.run_many(jobs), alone, strict=True):
            if one is not None:
                compared += 1
                assert essence(one) == essence(execution)
        return alone

    for case in passed[:: len(passed) // 40]:
        dialect = pool.database.dialect
        validate(case.response, case.instruction, pool.run, dialect, run_together=many, mutate=True)
    assert compared > 150


@pytest.mark.parametrize(
    "statement",
    [
        "COMMIT",
        "INSERT INTO t VALUES (2, CURRENT_DATE)",
        "SELECT now()",
        "SELECT nextval('s')",
        "SELECT lastval()",
        "SELECT pg_try_advisory_lock(1)",
        "CREATE INDEX CONCURRENTLY i ON t (id)",
        "CREATE TABLE u (a INTEGER REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
        "SET search_path TO x",
        "CALL p()",
        "/* first */ BEGIN",
        "-- first\nCOMMIT",
        "/* /* */ SELECT 1 */ COMMIT",
        "-- its end\rCOMMIT -- \nSELECT 1",
        "/*! COMMIT */ SELECT 1",
        "-- first\nSELECT now()",
        "SELECT /* first */ now()",
        "CREATE TEMP TABLE u ON COMMIT DROP AS SELECT 1 AS a",
        "SELECT random_normal()",
    ],
)
def test_what_a_transaction_would_change_stays_alone(statement: str) -> None:
    assert undone(job("SELECT name FROM t"), alike=True) == job("SELECT name FROM t")
    assert not undone(job(statement), alike=True)


CHANGE = "UPDATE t SET name = 'c'"


@pytest.mark.parametrize(
    ("statements", "instead"),
    [
        (("BEGIN", CHANGE, "COMMIT;"), ("", CHANGE, "")),
        (("-- now\nbegin transaction ;", CHANGE, "End Work"), ("", CHANGE, "")),
        (("START TRANSACTION", CHANGE, "COMMIT", "BEGIN", "COMMIT"), ("", CHANGE, "", "", "")),
        (("START", CHANGE, "COMMIT"), None),
        (("BEGIN", CHANGE), None),
        (("BEGIN", "BEGIN", CHANGE, "COMMIT"), None),
        (("BEGIN", CHANGE, "COMMIT", "COMMIT"), None),
        (("BEGIN", CHANGE, "ROLLBACK"), None),
        (("BEGIN READ ONLY", CHANGE, "COMMIT"), None),
        (("BEGIN", "SELECT now()", "COMMIT"), None),
        (("BEGIN", CHANGE, "COMMIT AND CHAIN"), None),
    ],
)
def test_transactions_with_their_end_are_as_good_as_none(
    statements: tuple[str, ...], instead: tuple[str, ...] | None
) -> None:
    found = undone(job(*statements), alike=True)
    assert (found and found.statements) == instead
    assert not undone(job(*statements), alike=False)


@pytest.mark.parametrize(
    "before", ["-- now\n", "\n/* set it: * / */\n--\r\n  ", "-- (a)\n-- (b)\n", "/**/"]
)
def test_a_comment_before_a_statement_changes_nothing_of_it(before: str) -> None:
    assert undone(job(f"{before}SELECT name FROM t"), alike=True)
    assert undone(job(f"{before}CREATE TABLE u (a INTEGER)"), alike=True)
    assert not undone(job(f"{before}SET search_path TO x"), alike=True)
