"""What ends a recursion is not left out: the altered query would run until it is stopped."""

from __future__ import annotations

import pytest

from apps.sql.dialects import Dialect
from apps.validation.strength.mutation import mutants

NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3)"
BELOW = (
    "WITH RECURSIVE d AS (SELECT id, 1 AS depth FROM staff WHERE boss IS NULL UNION ALL "
    "SELECT s.id, d.depth + 1 FROM staff s {way} WHERE {on}d.depth < 9) SELECT id FROM d"
)


def dropped(sql: str, dialect: Dialect = Dialect.POSTGRES) -> list[str]:
    return [altered for operator, altered in mutants(sql, dialect) if operator == "filter dropped"]


@pytest.mark.parametrize(
    ("sql", "left"),
    [
        (f"{NUMBERS} SELECT i FROM n", 0),
        (f"{NUMBERS} SELECT i FROM n WHERE i > 1", 1),
        (NUMBERS.replace(" ALL", "").replace("FROM n", "FROM N") + " SELECT i FROM n", 0),
        # A join with the rows of a table ends by itself, what is not joined yet does not.
        (BELOW.format(way="JOIN d ON s.boss = d.id", on=""), 2),
        (BELOW.format(way=", d", on="s.boss = d.id AND "), 1),
        (BELOW.format(way="CROSS JOIN d", on="s.boss = d.id AND "), 1),
        ("WITH n AS (SELECT a FROM t WHERE a > 1) SELECT a FROM n WHERE a < 5", 2),
    ],
)
def test_what_ends_a_recursion_stays(sql: str, left: int) -> None:
    assert len(dropped(sql)) == left


def test_other_conditions_of_a_recursion_are_altered() -> None:
    operators = {operator for operator, _ in mutants(f"{NUMBERS} SELECT i FROM n")}
    assert {"comparison flipped", "filter negated", "literal changed"} <= operators
    assert "function dropped" not in operators


def test_a_recursion_of_sql_server_stays_as_well() -> None:
    sql = NUMBERS.replace("RECURSIVE ", "") + " SELECT i FROM n"
    assert dropped(sql, Dialect.TSQL) == []
