"""Equal skeletons ask the same: names, values and spelling do not matter, structure does."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.sql.dialects import Dialect
from apps.sql.skeleton import Skeleton, difference, skeleton


def of(statement: str, dialect: Dialect = Dialect.POSTGRES) -> Skeleton:
    found = skeleton(statement, dialect)
    assert found, statement
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE b = 1", 'select "X" from U where "Y" = 2.5'),
        ("SELECT a FROM t WHERE b = 'x'", "SELECT q.a AS z FROM t AS q WHERE q.b = 'it''s'"),
        ("SELECT a FROM t WHERE a = 1 AND b > 2 AND c IS NULL", "SELECT a FROM t WHERE c IS NULL AND (b > 3) AND a = 9"),
        ("SELECT a FROM t WHERE a = 1 AND b = 2", "SELECT a FROM t WHERE b = 2 AND a = 1"),
        ("SELECT a FROM t WHERE a IN (1, 2, 3)", "SELECT a FROM t WHERE a IN (7)"),
        ("SELECT e.n, d.n FROM emp e JOIN dept d ON e.d = d.id", "SELECT emp.n, dept.n FROM emp INNER JOIN dept ON emp.d = dept.id"),
        ("INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')", "INSERT INTO u (c, d) VALUES (5, 'z')"),
        ("WITH r AS (SELECT a FROM t) SELECT a FROM r", "WITH s AS (SELECT b FROM u) SELECT b FROM s"),
        ("UPDATE t SET a = -1 WHERE b = 2", "UPDATE u SET c = 7 WHERE d = 'q'"),
        ("SELECT count(*) FROM t LIMIT 5", "SELECT COUNT(*) FROM t LIMIT 10"),
    ],
)  # fmt: skip
def test_these_ask_the_same(one: str, other: str) -> None:
    assert of(one) == of(other)
    assert of(one).hash == of(other).hash
    assert difference(of(one), of(other)) == 0


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("SELECT a FROM t WHERE b = 1", "SELECT a FROM t WHERE b > 1"),
        ("SELECT a FROM t WHERE a = 1", "SELECT a FROM t WHERE b = 1"),
        ("SELECT a FROM t", "SELECT DISTINCT a FROM t"),
        ("SELECT a FROM t WHERE a = 1 AND b = 2", "SELECT a FROM t WHERE a = 1 OR b = 2"),
        ("SELECT a FROM t JOIN u ON t.a = u.a", "SELECT a FROM t LEFT JOIN u ON t.a = u.a"),
        ("SELECT a FROM t x JOIN t y ON x.a = y.b", "SELECT a FROM t x JOIN u y ON x.a = y.b"),
        ("SELECT sum(a) FROM t", "SELECT avg(a) FROM t"),
        ("SELECT a FROM t ORDER BY a", "SELECT a FROM t ORDER BY a DESC"),
        ("SELECT f(a) FROM t", "SELECT g(a) FROM t"),
        ("CREATE TABLE t (a INT)", "CREATE TABLE t (a TEXT)"),
    ],
)
def test_these_do_not(one: str, other: str) -> None:
    assert of(one) != of(other)
    assert 0 < difference(of(one), of(other)) <= 8


def test_the_more_is_changed_the_larger_the_difference() -> None:
    base = of("SELECT a FROM t WHERE b = 1")
    near, far = (
        of("SELECT a FROM t WHERE b > 1"),
        of("SELECT a, sum(c) FROM t JOIN u ON t.x = u.x GROUP BY a"),
    )
    assert difference(base, near) < difference(base, far) == difference(far, base)


_NAMES = st.lists(
    st.from_regex(r"[a-z]{3,8}_n", fullmatch=True), min_size=4, max_size=4, unique=True
)
_CONDITIONS = (
    "{0} = {n}",
    "{1} > {n}",
    "{2} IS NULL",
    "{1} IN ({n}, {n})",
    "{3} LIKE 'x{n}'",
    "{0} = {n}",
)


@given(_NAMES, _NAMES, st.permutations(range(len(_CONDITIONS))), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_renamed_reordered_and_with_other_values_it_is_the_same(
    names: list[str], others: list[str], order: list[int], value: int
) -> None:
    def written(words: list[str], conditions: list[str], n: int) -> str:
        where = " AND ".join(one.format(*words, n=n) for one in conditions)
        return f"SELECT {words[0]}, {words[2]} FROM {words[3]} WHERE {where}"

    first = written(names, list(_CONDITIONS), 1)
    second = written([one.upper() for one in others], [_CONDITIONS[n] for n in order], value)
    assert of(first) == of(second)


def test_what_cannot_be_read_or_is_too_large_has_none() -> None:
    for text in (
        "",
        "SELECT FROM (",
        "this is prose",
        "(" * 500,
        "SELECT " + "a," * 20_000 + "b",
        "SELECT 1; SELECT 2",
    ):
        assert skeleton(text) is None
    assert skeleton("SELECT " + "+".join(["a"] * 5000) + " FROM t") is None
    assert skeleton("SELECT a FROM t WHERE " + " AND ".join(f"a{n} = 1" for n in range(900)))


def test_it_is_the_same_in_every_run() -> None:
    text = of("SELECT a FROM t WHERE b = 1").text
    assert (
        text
        == "(Select (expressions name1) (from_ (From (this (Table table2 source3)))) (where (Where (this (EQ (expression ?) (this name4))))))"
    )


def test_all_dialects_have_one() -> None:
    found = [skeleton("SELECT a FROM t WHERE b = 1", dialect) for dialect in Dialect]
    assert all(one == other for one, other in itertools.pairwise(found)) and found[0]
