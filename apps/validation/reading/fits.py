"""Which table is the input of which, and which the result: by the columns that the SQL names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from apps.sql.columns import Columns
from apps.sql.dialects import Dialect
from apps.sql.shape import columns_of
from apps.validation.results.comparison import squeezed


def merged_reads(statements: Iterable[str], dialect: Dialect) -> dict[str, frozenset[str]]:
    """The columns that several statements read of each table."""
    found: dict[str, frozenset[str]] = {}
    for statement in statements:
        for table, names in columns_of(statement, dialect).reads.items():
            found[table] = found.get(table, frozenset()) | frozenset(map(squeezed, names))
    return found


def gives(query: Columns, names: Sequence[str], known: Mapping[str, Sequence[str]]) -> bool | None:
    """Whether a query gives just these columns, squeezed; None where that cannot be told.

    known: columns of tables, for what `*` stands for.
    """
    given: list[str] = []
    for name in query.gives:
        if not name.endswith("*"):
            given.append(squeezed(name))
            continue
        tables = [table for table in query.reads if table]
        if len(tables) != 1 or tables[0] not in known:
            return None
        given += map(squeezed, known[tables[0]])
    if not given:
        return None
    named = Counter(name for name in given if name)
    left = Counter(names)
    left.subtract(named)
    return len(given) == len(names) and min(left.values(), default=0) >= 0


def takes(table: str, names: Iterable[str], reads: Mapping[str, frozenset[str]]) -> bool | None:
    """Whether a table with these columns has all that is read of `table`; None: nothing is."""
    wanted = reads.get(table, frozenset())
    return wanted <= set(names) if wanted else None


def best(tables: Sequence[str], names: Iterable[str], reads: Mapping[str, frozenset[str]]) -> str:
    """Of tables the one whose columns these most likely are, "" where all are others'."""
    have = set(names)
    unsure = reads.get("", frozenset())
    found = [
        (len(reads.get(table, ())), len(unsure & have), -place, table)
        for place, table in enumerate(tables)
        if takes(table, have, reads) is not False
    ]
    return max(found)[3] if found else ""
