"""What was read out of a response, for the page: its SQL, the tables before, what is expected."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

SHOWN_CASES = 5
SHOWN_ROWS = 20
SHOWN_CELL = 200


@dataclass(frozen=True, slots=True)
class TableView:
    """A table's beginning; a cell is None for NULL. cut: whether there are more rows."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class FixtureView:
    """An input: a table, or SQL that makes one."""

    table: TableView | None
    sql: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """One test. expected_of: the table meant, "" for the query's result. use: its own SQL."""

    fixtures: tuple[FixtureView, ...]
    use: tuple[str, ...]
    expected: TableView | None
    expected_of: str


@dataclass(frozen=True, slots=True)
class UnderstoodView:
    """What was read. context: tables that the instruction gives; more: tests not shown."""

    sql: str
    dialect: str
    context: tuple[FixtureView, ...]
    cases: tuple[CaseView, ...]
    more: int


def understood(data: dict[str, Any] | None, dialect: str) -> UnderstoodView | None:
    """The stored JSON of a Reading, bounded; None where nothing is stored."""
    if not data:
        return None
    cases = data.get("cases") or []
    return UnderstoodView(
        sql=str(data.get("sql") or ""),
        dialect=dialect,
        context=_fixtures(data.get("context")),
        cases=tuple(_case(case) for case in cases[:SHOWN_CASES]),
        more=max(0, len(cases) - SHOWN_CASES),
    )


def _case(case: dict[str, Any]) -> CaseView:
    expected = case.get("expected")
    return CaseView(
        fixtures=_fixtures(case.get("fixtures")),
        use=tuple(case.get("use") or ()),
        expected=_table(expected) if expected else None,
        expected_of=str(case.get("expected_of") or ""),
    )


def _fixtures(found: list[dict[str, Any]] | None) -> tuple[FixtureView, ...]:
    return tuple(
        FixtureView(_table(item["table"]) if item.get("table") else None, item.get("sql") or "")
        for item in found or ()
    )


def _table(table: dict[str, Any]) -> TableView:
    rows = table.get("rows") or []
    return TableView(
        name=str(table.get("name") or ""),
        columns=tuple(table.get("columns") or ()),
        rows=tuple(tuple(map(_cell, row)) for row in rows[:SHOWN_ROWS]),
        cut=len(rows) > SHOWN_ROWS,
    )


def _cell(value: Any) -> str | None:
    if value is None:
        return None
    text = ("true" if value else "false") if isinstance(value, bool) else str(value)
    return text if len(text) <= SHOWN_CELL else text[: SHOWN_CELL - 1] + "…"
