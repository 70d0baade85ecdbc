"""Altered queries, the strength of a test, and agreement on generated rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from apps.sql.dialects import Dialect
from apps.validation.judging import build_job, validate
from apps.validation.reading import read_response
from apps.validation.strength.instances import agree, instances_for, result_of, second_instance
from apps.validation.strength.mutation import altered_readings, mutants
from apps.validation.values import (
    Ended,
    Execution,
    Fixture,
    Limits,
    Outcome,
    Reading,
    ScriptJob,
    Table,
    TestCase,
)
from tests.validation.runner import run_sqlite


@pytest.mark.parametrize(
    ("sql", "operator", "altered"),
    [
        ("SELECT a FROM t WHERE b = 1", "filter dropped", "SELECT a FROM t"),
        ("SELECT a FROM t WHERE b = 1", "filter negated", "SELECT a FROM t WHERE NOT (b = 1)"),
        ("SELECT a FROM t WHERE b > 1", "comparison flipped", "SELECT a FROM t WHERE b < 1"),
        ("SELECT a FROM t WHERE b > 1", "comparison flipped", "SELECT a FROM t WHERE b >= 1"),
        ("SELECT a FROM t WHERE b AND c", "condition dropped", "SELECT a FROM t WHERE c"),
        ("SELECT SUM(a) FROM t", "aggregate changed", "SELECT AVG(a) FROM t"),
        ("SELECT COUNT(*) FROM t", "aggregate changed", "SELECT COUNT(*) + 1 FROM t"),
        ("SELECT a FROM t ORDER BY a", "order dropped", "SELECT a FROM t"),
        ("SELECT a FROM t ORDER BY a", "order reversed", "SELECT a FROM t ORDER BY a DESC"),
        ("SELECT a FROM t LIMIT 1", "LIMIT dropped", "SELECT a FROM t"),
        ("SELECT DISTINCT a FROM t", "DISTINCT dropped", "SELECT a FROM t"),
        (
            "SELECT a FROM t JOIN u ON t.i = u.i",
            "join swapped",
            "SELECT a FROM t LEFT JOIN u ON t.i = u.i",
        ),
        ("UPDATE t SET a = 1 WHERE b = 2", "filter dropped", "UPDATE t SET a = 1"),
        ("DELETE FROM t WHERE b = 2", "filter dropped", "DELETE FROM t"),
        ("INSERT INTO t VALUES ('a')", "literal changed", "INSERT INTO t VALUES ('ax')"),
        ("CREATE TABLE t (a INT, b TEXT)", "column dropped", "CREATE TABLE t (b TEXT)"),
        (
            "CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES u (a))",
            "foreign key dropped",
            "CREATE TABLE t (a INT)",
        ),
        (
            "CREATE TABLE t (a INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES u (a))",
            "foreign key dropped",
            "CREATE TABLE t (a INT)",
        ),
        (
            "CREATE TABLE t (a INT NOT NULL REFERENCES u (a))",
            "foreign key dropped",
            "CREATE TABLE t (a INT NOT NULL)",
        ),
        ("CREATE TABLE t (a INT CHECK (a > 0))", "CHECK dropped", "CREATE TABLE t (a INT)"),
        ("CREATE TABLE t (a INT, UNIQUE (a))", "UNIQUE dropped", "CREATE TABLE t (a INT)"),
        ("CREATE TABLE t (a INT PRIMARY KEY)", "key dropped", "CREATE TABLE t (a INT)"),
        ("CREATE TABLE t (a INT, PRIMARY KEY (a))", "key dropped", "CREATE TABLE t (a INT)"),
        ("CREATE TABLE t (a INT NOT NULL)", "NOT NULL dropped", "CREATE TABLE t (a INT)"),
        ("CREATE UNIQUE INDEX i ON t(a)", "unique index dropped", "CREATE INDEX i ON t(a)"),
        (
            "CREATE UNIQUE INDEX i ON t(a) WHERE b = 1",
            "filter dropped",
            "CREATE UNIQUE INDEX i ON t(a)",
        ),
        (
            "CREATE TRIGGER r BEFORE INSERT ON t WHEN NEW.a < 1 BEGIN SELECT RAISE(ABORT, 'no'); END",
            "comparison flipped",
            "CREATE TRIGGER r BEFORE INSERT ON t WHEN NEW.a > 1 BEGIN SELECT RAISE(ABORT, 'no'); END",
        ),
    ],
)
def test_a_statement_is_altered(sql: str, operator: str, altered: str) -> None:
    assert (operator, altered) in list(mutants(sql))


def test_an_assignment_is_not_taken_for_a_comparison() -> None:
    assert all("<>" not in sql for _, sql in mutants("UPDATE t SET a = 1"))


@pytest.mark.parametrize(
    ("sql", "operator"),
    [
        ("CREATE TABLE t (a INT NOT NULL PRIMARY KEY)", "NOT NULL dropped"),
        ("CREATE TABLE t (a INT NOT NULL, B INT NOT NULL, PRIMARY KEY (a, b))", "NOT NULL dropped"),
        ("CREATE TABLE t (a INT NULL)", "NOT NULL dropped"),
        ("CREATE UNIQUE INDEX i ON t (a)", "order reversed"),
        ("CREATE INDEX i ON t (a)", "unique index dropped"),
    ],
)
def test_what_alters_nothing_is_no_alteration(sql: str, operator: str) -> None:
    assert operator not in dict(mutants(sql))


REFUSES = """
```sql
CREATE TABLE ages (name VARCHAR(20) PRIMARY KEY, age INT CHECK (age >= 0));
{own}
```

Tests:

```sql
{accepted}
INSERT INTO ages VALUES ('Cy', -1);  -- fails
```
"""
ACCEPTED = "INSERT INTO ages VALUES ('Ann', 30);  -- works"


@pytest.mark.parametrize(("own", "accepted"), [("", ACCEPTED), (ACCEPTED[:36], "")])
def test_rows_beside_those_that_are_refused_earn_no_strength(own: str, accepted: str) -> None:
    text = REFUSES.format(own=own, accepted=accepted)

    altered = altered_readings(read_response(text))
    judgement = validate(text, "", run_sqlite, Dialect.SQLITE, mutate=True)

    assert altered and all(mutant.sql.startswith("CREATE TABLE") for mutant in altered)
    # A check turned round refuses the row that is taken: that is noticed.
    assert judgement.outcome is Outcome.PASSED and judgement.survivor is not None
    assert "flipped" not in judgement.survivor.operator and judgement.killed >= 2


def test_a_row_that_fails_for_another_reason_is_not_refused() -> None:
    text = REFUSES.format(own="", accepted=ACCEPTED).replace(
        "ages VALUES ('Cy', -1)", "ages (name, age) VALUES ('Cy', -1)"
    )

    def run(job: ScriptJob) -> Execution:
        ended = run_sqlite(job)
        return replace(ended, message=ended.message.replace("CHECK constraint", "no such column"))

    assert validate(text, "", run_sqlite, Dialect.SQLITE).outcome is Outcome.PASSED
    assert validate(text, "", run, Dialect.SQLITE).outcome is Outcome.SQL_ERROR


def test_altering_is_the_same_every_time_and_bounded() -> None:
    reading = Reading(
        statements=("SELECT a FROM t WHERE " + " AND ".join(f"c{n} > {n}" for n in range(30)),)
    )

    first = altered_readings(reading)

    assert first == altered_readings(reading)
    assert 6 < len(first) <= 12
    assert len({mutant.sql for mutant in first}) == len(first)


RESPONSE = """
```sql
SELECT name FROM users WHERE age > 20 ORDER BY name;
```
Input Table: users
| name | age |
|---|---|
{rows}

Expected Output:
| name |
|---|
| Ann |
"""


def test_the_strength_is_the_share_of_alterations_that_fail_the_test() -> None:
    strong = RESPONSE.format(rows="| Ann | 21 |\n| Bob | 20 |")

    judgement = validate(strong, "", run_sqlite, Dialect.SQLITE, mutate=True)

    assert judgement.outcome is Outcome.PASSED
    assert judgement.strength == judgement.killed / judgement.mutants
    assert 0.5 < judgement.strength <= 1
    assert (judgement.survivor is None) == (judgement.strength == 1)


def test_a_test_that_no_alteration_fails_is_vacuous() -> None:
    weak = "```sql\nSELECT a FROM t ORDER BY a;\n```\nInput Table: t\n| a |\n|---|\n| 1 |\n\nExpected Output:\n| a |\n|---|\n| 1 |\n"

    judgement = validate(weak, "", run_sqlite, Dialect.SQLITE, mutate=True)

    assert judgement.outcome is Outcome.VACUOUS
    assert judgement.message == "The test also passes with every one of 2 altered queries."
    assert judgement.strength == 0
    assert judgement.survivor is not None
    assert judgement.survivor.operator == "order dropped"
    assert judgement.survivor.sql == "SELECT a FROM t"


def slow(job: ScriptJob) -> Execution:
    """A database that takes all the time that a job may have."""
    return replace(run_sqlite(job), milliseconds=job.limits.seconds * 1000)


def test_altered_queries_end_with_the_time_of_the_response_and_that_is_said() -> None:
    strong = RESPONSE.format(rows="| Ann | 21 |\n| Bob | 20 |")

    judgement = validate(strong, "", slow, Dialect.SQLITE, mutate=True, seconds=17)

    assert judgement.outcome is Outcome.PASSED
    assert "There was time for 3 of " in judgement.message
    assert judgement.mutants == 3


def test_tests_that_run_too_long_together_are_a_timeout() -> None:
    rows = "Input Table: users\n| name | age |\n|---|---|\n| Ann | 21 |\n\nExpected Output:\n| name |\n|---|\n| Ann |\n\n"
    response = "```sql\nSELECT name FROM users WHERE age > 20;\n```\n" + rows * 12

    judgement = validate(response, "", slow, Dialect.SQLITE, mutate=True)

    assert judgement.outcome is Outcome.TIMEOUT
    assert judgement.message == "The tests together run longer than they may: 6 of 12 ran."


def test_an_altered_query_that_only_takes_too_long_tells_nothing() -> None:
    def run(job: ScriptJob) -> Execution:
        if job.statements[0].endswith("WHERE age > 20 ORDER BY name"):
            return run_sqlite(job)
        return Execution(Ended.TIMEOUT, "statements", 0, "late")

    strong = RESPONSE.format(rows="| Ann | 21 |\n| Bob | 20 |")

    judgement = validate(strong, "", run, Dialect.SQLITE, mutate=True)

    assert judgement.outcome is Outcome.PASSED
    assert judgement.strength is None


@pytest.mark.parametrize(("milliseconds", "seconds"), [(2.0, 1.0), (100.0, 2.0), (900.0, 5.0)])
def test_an_altered_query_may_take_much_longer_but_not_the_time_of_a_query(
    milliseconds: float, seconds: float
) -> None:
    given: list[float] = []
    together: list[float] = []

    def run(job: ScriptJob) -> Execution:
        given.append(job.limits.seconds)
        return replace(run_sqlite(job), milliseconds=milliseconds)

    def many(jobs: Sequence[ScriptJob]) -> list[None]:
        together.extend(job.limits.seconds for job in jobs)
        return [None] * len(jobs)

    strong = RESPONSE.format(rows="| Ann | 21 |\n| Bob | 20 |")
    validate(strong, "", run, Dialect.SQLITE, run_together=many, mutate=True)

    assert given[0] == Limits().seconds
    assert len(given) > 4 and set(given[1:]) == {seconds}
    assert set(together) == {seconds}


CUSTOMERS = Table(("id", "name"), ((1, "Ann"), (2, "Bob")), "customers")
ORDERS = Table(("id", "customer_id", "amount"), ((7, 1, 5), (8, 2, None)), "orders")
CASE = TestCase((Fixture(CUSTOMERS), Fixture(ORDERS)), Table(("n",), ((1,),)))


def test_a_second_instance_is_other_rows_for_the_same_tables() -> None:
    second = second_instance(CASE)

    customers, orders = (item.table for item in second.fixtures)
    assert second == second_instance(CASE)
    assert second != second_instance(CASE, salt="x")
    assert second.expected is None
    assert customers is not None and orders is not None
    assert customers.columns == CUSTOMERS.columns and len(customers.rows) >= 6
    assert len({row[0] for row in orders.rows}) == len(orders.rows)
    assert {row[1] for row in orders.rows} <= {1, 2}


def test_instances_are_the_fixtures_that_most_responses_give_and_generated_ones() -> None:
    other = replace(CASE, fixtures=(Fixture(CUSTOMERS),))
    readings = [Reading(cases=(other,)), Reading(cases=(CASE,)), Reading(cases=(CASE,)), Reading()]

    instances = instances_for(readings)

    assert [case.fixtures for case in instances[:2]] == [CASE.fixtures, other.fixtures]
    assert instances[2] == second_instance(replace(CASE, expected=None))
    assert len(instances) == 4


def test_responses_that_agree_on_every_instance_form_the_largest_group() -> None:
    queries = {
        "a": "SELECT name FROM customers WHERE id >= 2",
        "b": "SELECT c.name AS n FROM customers c WHERE c.id > 1 ORDER BY 1",
        "c": "SELECT name FROM customers WHERE id = 2",
        "d": "SELECT nothing FROM nowhere",
    }
    results = {}
    for name, sql in queries.items():
        reading = read_response(f"```sql\n{sql};\n```")
        tables = []
        for case in (CASE, second_instance(CASE)):
            tables.append(result_of(run_sqlite(build_job(reading, case, limits=Limits()))))
        results[name] = tables

    agreement = agree(results)

    assert agreement.largest == {"a", "b"}
    assert agreement.score == {"a": 0.5, "b": 0.5, "c": 0.25, "d": 0.0}
    assert agreement.groups == (("a", "b"), ("c",))
