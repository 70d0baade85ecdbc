"""What pairs are compared by: a few hashes of each, so that millions fit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp

from apps.exports.choice.care import Care, Likeness
from apps.exports.rows.pairs import said
from apps.exports.rows.stream import stream
from apps.exports.rows.values import Row
from apps.sql.dialects import Dialect
from apps.sql.skeleton import Skeleton
from apps.sql.slips import SLIPS, within_reason
from apps.sql.splitting.texts import statements
from apps.validation.likeness.texts import MOST_SQL, bands, joined, number, skeleton_of

MOST_SCHEMA = 60_000
MOST_STATEMENTS = 30  # of one response


@dataclass(slots=True)
class Features:
    """One pair, by hashes of 8 bytes as numbers; 0 where there is nothing to hash.

    rank: the higher the better labelled. bands: of its MinHash, where near-duplicates are asked
    for. concepts: as they were asked for, in lower case.
    """

    response_id: int
    rank: tuple[int, int, int]
    exact: int
    skeleton: int
    repository: int
    schema: int
    kind: str
    dialect: str
    concepts: tuple[str, ...]
    bands: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """One pair with its texts, while it passes by."""

    row: Row
    features: Features
    skeletons: tuple[Skeleton, ...]


def read(ids: Iterable[int], care: Care, *, needs_skeleton: bool) -> Iterator[Text]:
    """The pairs of these ids in their order, each with what it is compared by."""
    wants_bands = Likeness.NEAR in care.duplicates
    for row in stream(ids, with_schema=True, with_sql=True):
        trees = skeletons_of(row.sql, row.dialect) if needs_skeleton else ()
        known = tuple(tree for tree in trees if tree)
        whole = ";".join(tree.text for tree in known) if len(known) == len(trees) else ""
        yield Text(row, _features(row, whole, wants_bands), known)


@lru_cache(maxsize=20_000)
def skeletons_of(sql: str, dialect: str) -> tuple[Skeleton | None, ...]:
    """The skeleton of each statement, None for one that cannot be read; () without any."""
    if not sql.strip():
        return ()
    if whole := skeleton_of(sql, dialect):
        return (whole,)
    known = Dialect(dialect) if dialect in set(Dialect) else Dialect.UNKNOWN
    found = [one.text for one in statements(sql[:MOST_SQL], known)]
    if len(found) <= 1:
        return (None,)  # it was looked at already
    is_cut = len(sql) > MOST_SQL or len(found) > MOST_STATEMENTS
    trees = [skeleton_of(one, dialect) for one in found[:MOST_STATEMENTS]]
    return (*trees, None) if is_cut else tuple(trees)


@lru_cache(maxsize=20_000)
def schema_key(texts: tuple[str, ...]) -> str:
    """Tables and columns that these texts define, in an order that does not matter; "" for none.

    Types, constraints, quotes, letter case and what stands between them do not matter either.
    """
    tables: set[str] = set()
    for text in texts:
        for tree in _statements(text[:MOST_SCHEMA]):
            if isinstance(tree, exp.Create) and isinstance(tree.this, exp.Schema):
                columns = sorted(one.name.lower() for one in tree.this.find_all(exp.ColumnDef))
                name = tree.this.this.name.lower()
                tables.add(f"{name}({','.join(columns)})")
    return ";".join(sorted(tables))


def _statements(text: str) -> list[exp.Expr | None]:
    if "create" not in text.lower():
        return []
    best: list[exp.Expr | None] = []
    for dialect in ("", "mysql", "tsql"):
        try:
            read = list(sqlglot.parse(within_reason(text), dialect=dialect))
        except SLIPS:
            continue
        # What a dialect does not know it takes for a command as a whole: backticks, for one.
        if not any(isinstance(one, exp.Command) for one in read):
            return read
        best = max(best, read, key=_tables)
    return best


def _tables(read: list[exp.Expr | None]) -> int:
    return sum(isinstance(one, exp.Create) for one in read)


def _features(row: Row, skeleton: str, wants_bands: bool) -> Features:
    said_words = joined(row.instruction, row.sql or row.response)
    texts = tuple(text for text in (row.schema, row.asked.seed or "") if text)
    return Features(
        response_id=row.response_id,
        rank=_rank(row),
        exact=number(said_words),
        skeleton=number(skeleton),
        repository=number(row.asked.repository),
        schema=number(schema_key(texts)),
        kind=row.asked.kind,
        dialect=row.dialect,
        concepts=tuple(one.lower() for one in json.loads(row.asked.concepts_json or "[]")),
        bands=bands(said_words) if wants_bands else (),
    )


def _rank(row: Row) -> tuple[int, int, int]:
    good = row.labels_json.count('"value" : "good"')
    verdict = said(row.verdicts)
    return good, int(verdict.overall == "passed"), int(verdict.portability == "portable")
