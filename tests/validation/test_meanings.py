"""Cells that mean the same in the ways that databases and models write them, and near misses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.validation.results.cells import same_value
from apps.validation.values import Scalar

SAME: list[tuple[Scalar, Scalar]] = [
    ('{"shop": "B", "n": 5}', '{"shop" : "B", "n" : 5}'),
    ('{"n": 5, "shop": "B"}', '{"shop":"B","n":5}'),
    ('{"a": [1.0, {"b": null}]}', '{"a": [1, {"b": null}]}'),
    ("{A,A}", "[A, A]"),
    ('["A","A"]', "{A,A}"),
    ("[A, A]", '["A", "A"]'),
    ('{a,"b c",NULL}', '["a", "b c", null]'),
    ("{'a': 1, 'b': x}", '{"a": 1, "b": "x"}'),
    ("{{1,2},{3,4}}", "[[1, 2], [3, 4]]"),
    ("{t,f}", "[true, false]"),
    ("[]", "{}"),
    ("1 day 02:03:00", "1 day, 2:03:00"),
    ("1 day 2 hours 3 minutes", "1 day 02:03:00"),
    ("90 minutes", "1:30:00"),
    ("1 year 2 months", "1 year 2 mons"),
    ("P1DT2H", "1 day 02:00:00"),
    ("-2 days", "-2 day"),
    (r"\xDEADBEEF", "deadbeef"),
    (r"\xDE\xAD", "dead"),
    ("x'DEAD'", "dead"),
    ("0xDEAD", "dead"),
    ("t", 1),
    ("FALSE", 0),
    (True, "01"),
    (True, "t"),
    ("2024-01-02 05:04:05+02", "2024-01-02 03:04:05+00:00"),
    ("2024-01-02T03:04:05Z", "2024-01-02 03:04:05"),
    ("2024-01-01 23:00:00-05:00", "2024-01-02 04:00:00"),
]
OTHER: list[tuple[Scalar, Scalar]] = [
    ('{"n": "5"}', '{"n": 5}'),
    ('{"n": 1}', '{"n": true}'),
    ('{"n": 1}', '{"n": 1, "m": null}'),
    ("{A,B}", "[B, A]"),
    ("{A}", "A"),
    ("{}", "[null]"),
    ('["a"]', '{"a": "a"}'),
    ("1 day", "1 mon"),
    ("30 days", "1 mon"),
    ("2 apples", "2 apple"),
    (r"\xDEAD", "beef"),
    ("cafe", "CAFE"),
    ("t", 0),
    ("t", "x"),
    ("2024-01-02 05:04:05+02", "2024-01-02 05:04:05+00:00"),
]


@pytest.mark.parametrize(("expected", "actual"), SAME)
def test_they_mean_the_same(expected: Scalar, actual: Scalar) -> None:
    assert same_value(expected, actual)


@pytest.mark.parametrize(("expected", "actual"), OTHER)
def test_they_do_not(expected: Scalar, actual: Scalar) -> None:
    assert not same_value(expected, actual)


@given(st.text(alphabet="[]{}\"',: a1\\-P:", max_size=60), st.text(max_size=60))
def test_no_two_texts_make_it_raise(left: str, right: str) -> None:
    same_value(left, right)
    assert same_value(left, left) and same_value(right, right)


@pytest.mark.parametrize("sign", ["[", '{"a":', "{'a': ", "{", "[1,"])
def test_what_is_nested_deep_is_a_text(sign: str) -> None:
    deep = sign * 900 + "1" + ("]" if "[" in sign else "}") * 900
    assert same_value(deep, deep) and not same_value(deep, f"{deep} ")
