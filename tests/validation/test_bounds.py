"""Reading, altering and judging hostile text ends in time, whatever is repeated or nested in it."""

from __future__ import annotations

import time

import pytest

from apps.sql.dialects import Dialect
from apps.validation.judging import validate
from apps.validation.values import Ended, Execution, ScriptJob, Table

# Each fills a statement of 19,000 characters, the longest that is parsed.
REPEATED = [
    *("a", "deadbeef", "(", "[", "{", "'", '"', "--", "/*", "$$", "`", "\n", "| a "),
    *("SELECT ", "WITH a AS (", "CASE WHEN 1 THEN ", "NOT ", "AND x = 1 ", "(1),", "f(", "a::b"),
    *(
        "INSERT INTO t VALUES (",
        "UNION SELECT 1 ",
        "EXISTS (SELECT ",
        "JOIN t ON 1 ",
        "INTERVAL '1 ",
    ),
]
SHAPES = [("", ""), ("SELECT a FROM t WHERE ", ";"), ("INSERT INTO t VALUES ('", "');")]
# Processor seconds; what is quadratic in a long word takes twelve.
BOUND = 4.0


def run(job: ScriptJob) -> Execution:
    """A database that gives one row whatever it is asked."""
    one = Table(("a",), ((1,),))
    return Execution(Ended.OK, tables=(one,) * len(job.statements), probes=(one,) * len(job.probes))


@pytest.mark.parametrize("token", REPEATED)
def test_a_response_is_judged_in_bounded_processor_time(token: str) -> None:
    for before, after in SHAPES:
        sql = before + token * (19_000 // len(token)) + after
        response = (
            f"```sql\n{sql}\n```\nInput Table: t\n| a |\n|---|\n| 1 |\n\n"
            "Expected Output:\n| a |\n|---|\n| 1 |\n"
        )
        started = time.process_time()
        validate(response, "List the rows of t.", run, Dialect.SQLITE, mutate=True)
        assert time.process_time() - started < BOUND


@pytest.mark.parametrize("rows", [400, 4_000])
def test_a_long_insert_is_altered_in_bounded_processor_time(rows: int) -> None:
    values = ", ".join(f"({number}, 'name {number}')" for number in range(rows))
    response = (
        f"```sql\nINSERT INTO t VALUES {values};\n```\nInput Table: t\n| a | b |\n|---|---|\n"
        "| 0 | x |\n\nExpected Output:\n| a | b |\n|---|---|\n| 0 | x |\n"
    )
    started = time.process_time()
    validate(response, "", run, Dialect.SQLITE, mutate=True)
    assert time.process_time() - started < BOUND
