"""What a result depends on beside the rows: ties, NULLs in an order, numbers as text, the clock."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from apps.sql.dialects import Dialect
from apps.sql.shape import parse, result_query, shape
from apps.sql.tokens import Kind, emptied, tokens
from apps.validation.judging.clock import Clock
from apps.validation.judging.results import key_position
from apps.validation.judging.trial import Bounds, Trial
from apps.validation.judging.verdict import Judgement
from apps.validation.strength.writing import written
from apps.validation.values import (
    Ended,
    Execution,
    Note,
    Outcome,
    Row,
    Scalar,
    Table,
    TestCase,
)

_SAID = {Outcome.PASSED, Outcome.WRONG_RESULT}
_CLOCK = re.compile(
    r"\b(?:now|curdate|curtime|sysdate|getdate|utc_timestamp|clock_timestamp|today"
    r"|statement_timestamp)\s*\(|\bcurrent_(?:date|time|timestamp)\b|\blocaltime(?:stamp)?\b"
    r"|'now'|'today'|\bage\s*\(\s*[\w.]+\s*\)|\bgetdate\b|\bsysdate\b",
    re.IGNORECASE,
)
_RANDOM = re.compile(
    r"\b(?:random|rand|randomblob|uuid|gen_random_uuid|uuid_generate_v4|newid|random_bytes)\s*\(",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?")
_TEXT_TYPES = frozenset({"TEXT", "VARCHAR", "CHAR", "NVARCHAR", "NCHAR"})
_COMPARES = (exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.Max, exp.Min, exp.Ordered)


@dataclass(frozen=True, slots=True)
class Keys:
    """A query without its LIMIT that also gives what it is ordered by.

    positions: of the keys among its columns, first to last; stated: whether the query itself says
    where NULL goes, by key. first, last: the rows that the LIMIT cuts out, last None where none.
    """

    sql: str
    positions: tuple[int, ...]
    stated: tuple[bool, ...]
    first: int
    last: int | None


def noted(
    trial: Trial, judgement: Judgement, execution: Execution, clock: Clock, bounds: Bounds
) -> tuple[Note, ...]:
    """The notes of one test, in the order of `Note`; none where nothing was compared."""
    if judgement.outcome not in _SAID or trial.case is None or trial.case.expected is None:
        return ()
    found = set(_by_words(trial, trial.case))
    found |= _by_texts(trial)
    place = _compared(trial, execution)
    if place is not None:
        found |= _by_keys(trial, execution, place, clock, bounds)
    return tuple(note for note in Note if note in found)


def _by_words(trial: Trial, case: TestCase) -> Iterator[Note]:
    """Clock and chance, where a result may show them."""
    dialect = trial.reading.dialect
    for _, sql in trial.plan.steps:
        found = shape(sql, dialect)
        if found.creates in {"table", "trigger"}:
            continue
        code = emptied(sql[:20_000], dialect, keeps_bodies=True)
        by_clock = bool(_CLOCK.search(code) or _has_moment(sql[:20_000], dialect))
        by_chance = bool(_RANDOM.search(code))
        if (by_clock or by_chance) and not _is_hidden(sql, case, dialect):
            if by_clock:
                yield Note.CLOCK
            if by_chance:
                yield Note.RANDOM


def _has_moment(sql: str, dialect: Dialect) -> bool:
    """Whether a text of it is read as the time: 'now'."""
    texts = (sql[one.start : one.end] for one in tokens(sql, dialect) if one.kind is Kind.LITERAL)
    return any(_CLOCK.fullmatch(text) for text in texts)


def _is_hidden(sql: str, case: TestCase, dialect: Dialect) -> bool:
    """Whether an UPDATE only puts them into columns that the expected table leaves out."""
    tree = parse(sql, dialect)
    if not isinstance(tree, exp.Update) or not case.expected or not case.expected.columns:
        return False
    shown = {name.lower() for name in case.expected.columns}
    where = tree.args.get("where")
    code = written(where, dialect) if where is not None else ""
    if _CLOCK.search(code) or _RANDOM.search(code):
        return False
    for item in tree.expressions:
        value = written(item, dialect)
        timed = _CLOCK.search(value) or _RANDOM.search(value)
        if timed and item.this.name.lower() in shown:
            return False
    return True


def _compared(trial: Trial, execution: Execution) -> int | None:
    """The step whose rows are the result: the last query that gave any."""
    steps = trial.run_plan.steps
    for place in reversed(range(min(len(steps), len(execution.tables)))):
        table = execution.tables[place]
        if table is not None and table.columns:
            return place
    return None


def _by_keys(
    trial: Trial, execution: Execution, place: int, clock: Clock, bounds: Bounds
) -> set[Note]:
    """What the rows say that a query is ordered by; it is run again where it does not show it."""
    plan = trial.run_plan
    step, sql = plan.steps[place]
    table = execution.tables[place]
    keys = keys_of(sql, trial.reading.dialect, table) if table else None
    if keys is None or table is None:
        return set()
    cut = keys.last is not None and len(table.rows) >= keys.last - keys.first
    if cut or max(keys.positions, default=0) >= len(table.columns):
        if clock.is_over:
            return set()
        steps = (*plan.steps[:place], (step, keys.sql), *plan.steps[place + 1 :])
        whole = clock.one(replace(plan, steps=steps).job(trial.case, bounds.limits, bounds.dialect))
        table = whole.tables[place] if place < len(whole.tables) else None
        if whole.ended is not Ended.OK or table is None:
            return set()
    return set(_of_rows(keys, table))


def keys_of(sql: str, dialect: Dialect, shown: Table) -> Keys | None:
    """What a query is ordered by and where it is cut, None where it is neither or not read."""
    tree = result_query(sql, dialect)
    if tree is None or not (tree.args.get("order") or tree.args.get("limit")):
        return None
    bounds = _cut(tree)
    if bounds is None:
        return None
    first, last = bounds
    copy = tree.copy()
    for name in ("limit", "offset"):
        copy.set(name, None)
    order = tree.args.get("order")
    ordered = list(order.expressions) if order is not None else []
    positions: list[int] = []
    added = len(shown.columns)
    for item in ordered:
        place = key_position(item, tree.selects, shown)
        if place is None:
            if not isinstance(copy, exp.Select) or copy.args.get("distinct"):
                return None
            copy.select(item.this.copy() if isinstance(item, exp.Ordered) else item.copy(),
                        copy=False)  # fmt: skip
            place, added = added, added + 1
        positions.append(place)
    stated = tuple(_says_nulls(item, sql) for item in ordered)
    return Keys(written(copy, dialect), tuple(positions), stated, first, last)


def _cut(tree: exp.Query) -> tuple[int, int | None] | None:
    """The rows that are kept of all, None where that is no plain number."""
    limit, offset = tree.args.get("limit"), tree.args.get("offset")
    first = _whole(offset.expression) if offset is not None else 0
    if limit is None:
        return (first, None) if first is not None else None
    if isinstance(limit, exp.Fetch):
        options = limit.args.get("limit_options")
        if options is not None and options.args.get("with_ties"):
            return None
        count = _whole(limit.args.get("count"))
    else:
        count = _whole(limit.expression)
    return (first, first + count) if first is not None and count is not None else None


def _whole(node: exp.Expression | None) -> int | None:
    plain = isinstance(node, exp.Literal) and not node.is_string and node.name.isdigit()
    return int(node.name) if plain and node is not None and len(node.name) < 10 else None


def _says_nulls(item: exp.Expression, sql: str) -> bool:
    return "nulls" in sql.lower() or not isinstance(item, exp.Ordered)


def _of_rows(keys: Keys, table: Table) -> Iterator[Note]:
    rows = table.rows
    if keys.last is not None and not keys.positions and len(rows) > keys.last > keys.first:
        if len(set(rows)) > 1 and len(set(rows[keys.first : keys.last])) < len(set(rows)):
            yield Note.ROW_ORDER
        return
    if _ties(keys, rows):
        yield Note.TIE_CUT
    if any(_mixes_nulls(keys, rows, number) for number in range(len(keys.positions))):
        yield Note.NULL_ORDER
    if any(_text_numbers([row[place] for row in rows]) for place in keys.positions):
        yield Note.TEXT_NUMBERS


def _ties(keys: Keys, rows: Sequence[Row]) -> bool:
    """Whether the rows on the two sides of a cut are different, and equal in every key."""
    cuts = [cut for cut in (keys.first, keys.last) if cut and cut < len(rows)]
    return any(
        _key(rows[cut - 1], keys) == _key(rows[cut], keys) and rows[cut - 1] != rows[cut]
        for cut in cuts
        if keys.positions
    )


def _key(row: Row, keys: Keys) -> Row:
    return tuple(row[place] for place in keys.positions)


def _mixes_nulls(keys: Keys, rows: Sequence[Row], number: int) -> bool:
    """Whether NULL and values of a key stand among rows that are equal in the keys before it."""
    if keys.stated[number]:
        return False
    place, before = keys.positions[number], keys.positions[:number]
    groups: dict[Row, set[bool]] = {}
    for row in rows:
        group = tuple(row[other] for other in before)
        groups.setdefault(group, set()).add(row[place] is None)
    return any(len(kinds) == 2 for kinds in groups.values())


def _text_numbers(values: Sequence[Scalar]) -> bool:
    """Whether all are texts that are numbers, which sort otherwise as numbers than as texts."""
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < 2 or len(texts) + list(values).count(None) < len(values):
        return False
    if not all(_DIGITS.fullmatch(text) for text in texts):
        return False
    return sorted(texts) != sorted(texts, key=float)


def _by_texts(trial: Trial) -> set[Note]:
    """Columns of texts that hold numbers, where a query compares, or takes the largest of, them."""
    compared: set[str] = set()
    for _, sql in trial.plan.steps:
        tree = parse(sql, trial.reading.dialect)
        for node in tree.find_all(*_COMPARES) if tree is not None else ():
            sides = (node.this, node.args.get("expression"))
            compared |= {side.name.lower() for side in sides if isinstance(side, exp.Column)}
    if not compared:
        return set()
    names = {name for name in compared if _text_numbers(_values_of(trial, name))}
    return {Note.TEXT_NUMBERS} if names else set()


def _values_of(trial: Trial, column: str) -> list[Scalar]:
    """The values that the test puts into columns of this name: what is in no quotes is no text."""
    if trial.case is None:
        return []
    fixtures = (*trial.case.fixtures, *trial.reading.context)
    values: list[Scalar] = []
    for item in fixtures:
        if item.table:
            names = [name.lower() for name in item.table.columns]
            values += [row[names.index(column)] for row in item.table.rows if column in names]
    scripts = [item.sql for item in fixtures if item.sql]
    scripts += list(trial.reading.statements)
    return values + _inserted(scripts, column, trial.reading.dialect)


def _inserted(scripts: list[str], column: str, dialect: Dialect) -> list[Scalar]:
    columns: dict[str, list[str]] = {}
    values: list[Scalar] = []
    for sql in scripts:
        tree = parse(sql, dialect)
        if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema):
            defined = [item for item in tree.this.expressions if isinstance(item, exp.ColumnDef)]
            columns[shape(sql, dialect).made] = [
                item.name.lower() if _is_text(item) else "" for item in defined
            ]
        if not isinstance(tree, exp.Insert) or not isinstance(tree.expression, exp.Values):
            continue
        known = columns.get(shape(sql, dialect).target, [])
        names = known
        if isinstance(tree.this, exp.Schema):
            named = [item.name.lower() for item in tree.this.expressions]
            names = [name if name in known else "" for name in named]
        if column not in names:
            continue
        place = names.index(column)
        for row in tree.expression.expressions:
            cell = row.expressions[place] if place < len(row.expressions) else None
            values.append(cell.name if isinstance(cell, exp.Literal) else None)
    return values


def _is_text(column: exp.ColumnDef) -> bool:
    kind = column.args.get("kind")
    return isinstance(kind, exp.DataType) and kind.this.name in _TEXT_TYPES
