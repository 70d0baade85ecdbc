"""A second data instance for the same tables, and how far responses agree across instances.

Two queries that give the same result on hand-made rows may still differ; on generated rows, with
repeated values, NULL and boundaries, a difference shows (test-suite accuracy: Zhong, Yu, Klein,
"Semantic evaluation for text-to-SQL with distilled test suites", 2020).
"""

from __future__ import annotations

import datetime
import hashlib
import random
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from apps.validation.results.comparison import compare_tables
from apps.validation.values import (
    Ended,
    Execution,
    Fixture,
    Reading,
    Row,
    Scalar,
    Table,
    TestCase,
)

Place = tuple[str, str]  # a table's name and a column's

MIN_ROWS, MAX_ROWS = 6, 40
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}")
_KEY = re.compile(r"(?:^|_)(?:id|key|code|entry)$", re.IGNORECASE)


def second_instance(case: TestCase, *, salt: str = "") -> TestCase:
    """The same test with generated rows in its text tables, and nothing expected.

    Deterministic in the tables and `salt`. Values come from the column's own values, their
    neighbours and NULL where the column has one, so that filters of the query still bite. Keys
    whose values are all different stay so, and foreign keys keep to the values they had.
    Fixtures in SQL are kept as they are.
    """
    tables = [item.table for item in case.fixtures if item.table]
    own = _own_values(tables)
    refers = frozenset(place for place in own if _refers(place, own))
    pools = {
        place: list(values if place in refers else dict.fromkeys([*values, *_near(values)]))
        for place, values in own.items()
    }
    fixtures = tuple(
        Fixture(table=_generated(item.table, pools, refers, salt)) if item.table else item
        for item in case.fixtures
    )
    return replace(case, fixtures=fixtures, expected=None, expected_of="")


def _own_values(tables: Iterable[Table]) -> dict[Place, list[Scalar]]:
    """The different values of every column, NULL left out."""
    return {
        (table.name, column): list(
            dict.fromkeys(row[index] for row in table.rows if row[index] is not None)
        )
        for table in tables
        for index, column in enumerate(table.columns)
    }


def _refers(place: Place, own: Mapping[Place, list[Scalar]]) -> bool:
    """Whether a column looks like a foreign key: named like one, its values are another's."""
    table, column = place
    values = own[place]
    if not re.fullmatch(r"\w+_(?:id|key|code|entry)", column, re.IGNORECASE) or not values:
        return False
    return any(
        other != table and _KEY.search(name) and set(values) <= set(theirs)
        for (other, name), theirs in own.items()
    )


def _near(values: list[Scalar]) -> list[Scalar]:
    return [near for value in values for near in _neighbours(value)]


def _neighbours(value: Scalar) -> list[Scalar]:
    """Values just beside this one, where a comparison may turn."""
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value - 1, value + 1] if value > 0 else [value + 1]
    if isinstance(value, float):
        return [round(value + 0.5, 4)]
    if isinstance(value, str) and _DATE.fullmatch(value):
        return _shifted(value, "%Y-%m-%d")
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return _shifted(value, "%Y-%m-%d %H:%M:%S")
    return [f"{value}2"] if isinstance(value, str) and value else []


def _shifted(value: str, shape: str) -> list[Scalar]:
    try:
        moment = datetime.datetime.strptime(value, shape)
        return [(moment + datetime.timedelta(days=days)).strftime(shape) for days in (-1, 1)]
    except (ValueError, OverflowError):
        return []


def _generated(
    table: Table,
    pools: Mapping[Place, list[Scalar]],
    refers: frozenset[Place],
    salt: str,
) -> Table:
    seed = hashlib.sha256(repr((table.name, table.columns, table.rows, salt)).encode()).digest()
    draw = random.Random(seed)  # noqa: S311 — a fixed sequence is wanted
    count = min(MAX_ROWS, max(MIN_ROWS, 2 * len(table.rows)))
    columns = []
    for index, name in enumerate(table.columns):
        given = [row[index] for row in table.rows]
        place = (table.name, name)
        unique = bool(_KEY.search(name)) and place not in refers and len(set(given)) == len(given)
        columns.append(_column(given, pools[place], unique, count, draw))
    shortest = min((len(column) for column in columns), default=0)
    rows: list[Row] = list(zip(*(column[:shortest] for column in columns), strict=True))
    return replace(table, rows=tuple(rows))


def _column(
    given: list[Scalar], pool: list[Scalar], unique: bool, count: int, draw: random.Random
) -> list[Scalar]:
    whole = [value for value in given if isinstance(value, int) and not isinstance(value, bool)]
    if unique and given and len(whole) == len(given):
        start = min(whole)
        return [start + step for step in range(count)]
    if unique and given:
        return draw.sample(pool, min(count, len(pool)))
    if not pool:
        return [None] * count
    choices = [*pool, None] if None in given else pool
    return [draw.choice(choices) for _ in range(count)]


def instances_for(readings: Iterable[Reading], *, limit: int = 4) -> tuple[TestCase, ...]:
    """Data instances on which all responses to one instruction can be run and compared.

    Half of them are the responses' own fixtures, each different one once, the most frequent
    first; the other half are generated from these.
    """
    counts: dict[tuple[Fixture, ...], int] = {}
    for reading in readings:
        for case in reading.cases:
            if case.fixtures:
                counts[case.fixtures] = counts.get(case.fixtures, 0) + 1
    often = sorted(counts, key=lambda fixtures: -counts[fixtures])[: max(1, limit // 2)]
    given = [TestCase(fixtures) for fixtures in often]
    return tuple([*given, *map(second_instance, given)][:limit])


def result_of(execution: Execution) -> Table | None:
    """What a response made on an instance: its last result, else the table that it changed."""
    if execution.ended is not Ended.OK:
        return None
    tables = [table for table in execution.tables if table is not None and table.columns]
    return tables[-1] if tables else next((table for table in execution.probes if table), None)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the responses of one instruction agree.

    score: by response, the share of the responses that gave the same results as it (itself too).
    largest: the responses of the largest group; empty where no two agree.
    groups: all groups, largest first. Responses without results are in none and score 0.
    """

    score: dict[Hashable, float]
    largest: frozenset[Hashable]
    groups: tuple[tuple[Hashable, ...], ...]


def agree(results: Mapping[Hashable, Sequence[Table | None]]) -> Agreement:
    """Group responses by their results on every instance.

    results: by response (its id), one table per instance in the same order for all; None where
    it gave none. Column names and the order of rows do not count, values do.
    """
    groups: list[list[Hashable]] = []
    for name, tables in results.items():
        if not tables or any(table is None for table in tables):
            continue
        home = next((group for group in groups if _same(results[group[0]], tables)), None)
        if home is None:
            groups.append([name])
        else:
            home.append(name)
    groups.sort(key=len, reverse=True)
    score: dict[Hashable, float] = dict.fromkeys(results, 0.0)
    for group in groups:
        score |= dict.fromkeys(group, len(group) / len(results))
    largest = frozenset(groups[0]) if groups and len(groups[0]) > 1 else frozenset()
    return Agreement(score, largest, tuple(tuple(group) for group in groups))


def _same(left: Sequence[Table | None], right: Sequence[Table | None]) -> bool:
    return len(left) == len(right) and all(map(same_table, left, right))


def same_table(left: Table | None, right: Table | None) -> bool:
    """Whether two results are equal; column names and the order of rows do not count."""
    if left is None or right is None:
        return left is right
    if len(left.columns) != len(right.columns):
        return False
    nameless = replace(left, columns=())
    return compare_tables(nameless, right).equal
