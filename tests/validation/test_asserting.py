"""What a test asserts by itself: only what ends in an error can fail."""

from __future__ import annotations

import pytest

from apps.sql.dialects import Dialect
from apps.validation.asserting import Asserted, asserted, raises, refuses_rows
from apps.validation.judging import validate
from apps.validation.values import Outcome, Table
from tests.validation.runner import run_sqlite

BLOCK = "DO $$\nBEGIN\n  {}\nEND $$;"


@pytest.mark.parametrize(
    "inner",
    [
        "ASSERT twice(2) = 4, 'twice';",
        "IF twice(2) <> 4 THEN RAISE EXCEPTION 'no: %', twice(2); END IF;",
        "IF twice(2) <> 4 THEN raise 'no'; END IF;",
    ],
)
def test_a_block_that_raises_asserts(inner: str) -> None:
    assert raises(BLOCK.format(inner), Dialect.POSTGRES)


@pytest.mark.parametrize(
    "inner",
    [
        "IF twice(2) <> 4 THEN RAISE NOTICE 'FAIL'; ELSE RAISE NOTICE 'PASS'; END IF;",
        "RAISE NOTICE 'ASSERT twice(2) = 4';",
        "PERFORM twice(2); -- RAISE EXCEPTION 'no'",
        "PERFORM twice(2); /* ASSERT twice(2) = 4 */",
        "INSERT INTO asserts VALUES (1);",
    ],
)
def test_a_block_that_only_tells_asserts_nothing(inner: str) -> None:
    assert not raises(BLOCK.format(inner), Dialect.POSTGRES)


def test_only_a_block_asserts() -> None:
    assert not raises("SELECT 'RAISE EXCEPTION'", Dialect.POSTGRES)


CASE = "CASE WHEN n = 2 THEN 'PASS' ELSE 'FAIL' END"


@pytest.mark.parametrize(
    ("sql", "row"),
    [
        (f"SELECT {CASE} FROM v WHERE day = 1", ("PASS",)),
        (f"SELECT day, {CASE} AS said FROM v", (None, "PASS")),
        (f"SELECT 'Test 1', {CASE} FROM (SELECT n FROM v) AS t", (None, "PASS")),
        (f"SELECT day, {CASE} FROM v GROUP BY day, n", (None, "PASS")),
    ],
)
def test_a_query_may_assert_of_each_row(sql: str, row: tuple[str | None, ...]) -> None:
    assert asserted(sql, Dialect.UNKNOWN) == Asserted(Table((), (row,)), each=True)


@pytest.mark.parametrize(
    ("sql", "own"),
    [
        (f"SELECT {CASE} FROM v", (f"CREATE VIEW w AS SELECT {CASE} AS result FROM v",)),
        (f"SELECT *, {CASE} FROM v", ()),
        ("SELECT day, CASE WHEN n > 2 THEN 'many' ELSE 'few' END FROM v", ()),
        ("SELECT 'PASS' FROM v", ()),
    ],
)
def test_what_was_asked_for_or_tells_no_verdict_asserts_nothing(
    sql: str, own: tuple[str, ...]
) -> None:
    assert asserted(sql, Dialect.UNKNOWN, own) is None


VIEW = (
    "```sql\nCREATE VIEW v AS SELECT day, COUNT(*) AS n FROM u GROUP BY day;\n```\n\n### Tests\n\n"
)
ROWS = "CREATE TABLE u (day INT);\nINSERT INTO u VALUES (1), (1), (2), (2);\n"


@pytest.mark.parametrize(
    ("where", "outcome"),
    [
        ("", Outcome.PASSED),
        (" WHERE day = 2", Outcome.PASSED),
        # Not one row says so.
        (" WHERE day = 3", Outcome.WRONG_RESULT),
    ],
)
def test_each_row_must_hold_and_there_must_be_one(where: str, outcome: Outcome) -> None:
    text = f"{VIEW}```sql\n{ROWS}SELECT day, {CASE} AS said FROM v{where};\n```\n"
    said = validate(text, "", run_sqlite, Dialect.SQLITE, mutate=True)
    one_fails = text.replace("(2), (2)", "(2), (2), (2)")

    assert said.outcome is outcome
    assert validate(one_fails, "", run_sqlite, Dialect.SQLITE).outcome is Outcome.WRONG_RESULT


@pytest.mark.parametrize(
    ("message", "refused"),
    [
        ("CHECK constraint failed: age >= 0", True),
        ("Duplicate entry '12A' for key 'PRIMARY'", True),
        ("You have an error in your SQL syntax; check the manual that corresponds to", False),
    ],
)
def test_a_syntax_error_is_no_row_that_is_refused(message: str, refused: bool) -> None:
    assert refuses_rows(message) is refused
