"""The smallest data on which two responses to one instruction give other results.

The data that they are compared on anyway (apps.validation.strength.agreeing) is tried first; what
shows a difference is then made smaller, half of a table's rows at a time, then row by row (after
Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input", 2002), until nothing
more can go or the time is over. Where one database shows no difference the others that ran both
are tried, too: LIKE and the division of whole numbers do not mean the same everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from apps.generation.models import Response
from apps.sql.dialects import Dialect
from apps.validation.judged import judged_of
from apps.validation.judging import Run
from apps.validation.judging.plan import build_job
from apps.validation.models import Difference
from apps.validation.runners import runners
from apps.validation.storing import storable
from apps.validation.strength import instances
from apps.validation.strength.agreeing import (
    LIMITS,
    RAN,
    Member,
    cases_of,
    database_of,
    in_tables,
    members_of,
)
from apps.validation.values import Fixture, Row, Table, TestCase

SECONDS = 20.0
MOST_ROWS = 50  # of a result that are kept
MOST_CELL = 500


@dataclass(frozen=True, slots=True)
class Results:
    """What the two give on the same data; None: an error, or nothing."""

    one: Table | None
    other: Table | None

    @property
    def both(self) -> bool:
        return self.one is not None and self.other is not None

    @property
    def differ(self) -> bool:
        return not instances.same_table(self.one, self.other)


class Finder:
    """Runs both responses on one data instance after the other, until the time is over.

    ends: when that is, on the monotonic clock.
    """

    def __init__(
        self, pair: tuple[Member, Member], run: Run, dialect: Dialect, *, ends: float
    ) -> None:
        self._pair, self._run, self._dialect, self._ends = pair, run, dialect, ends

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._ends

    def results(self, case: TestCase) -> Results:
        return Results(*(self._result(member, case) for member in self._pair))

    def _result(self, member: Member, case: TestCase) -> Table | None:
        job = build_job(member.reading, case, limits=LIMITS, dialect=self._dialect)
        return instances.result_of(self._run(job))

    def first(self, *, may_be_lopsided: bool) -> TestCase | None:
        """The first instance on which both give something and it differs; else, where that counts,
        one on which only one of them gives anything.
        """
        lopsided: TestCase | None = None
        readings = [member.reading for member in self._pair]
        for case in cases_of(readings, self._run, self._dialect):
            if self.is_over:
                break
            tabled = in_tables(case, self._run, self._dialect)
            found = self.results(tabled)
            if found.differ and found.both:
                return tabled
            lopsided = lopsided or (tabled if found.differ else None)
        return lopsided if may_be_lopsided else None

    def smaller(self, case: TestCase) -> TestCase:
        """The same data with as few rows as the time allows, on which the results still differ."""
        both = self.results(case).both
        changed = True
        while changed and not self.is_over:
            changed = False
            for fewer in _fewer(case):
                if self.is_over:
                    break
                found = self.results(fewer)
                if found.differ and found.both == both:
                    case, changed = fewer, True
                    break
        return case


def difference_find(*, one_id: int, other_id: int) -> Difference | None:
    """Look for data on which two responses differ and store what was found; None where they do not
    answer the same instruction (any more).
    """
    pair = Response.objects.select_related("instruction").prefetch_related("verdicts")
    responses = list(pair.filter(pk__in=[one_id, other_id]).order_by("pk"))
    if len(responses) != 2 or responses[0].instruction_id != responses[1].instruction_id:
        return None
    one, other = responses
    found, _ = Difference.objects.update_or_create(
        one=one,
        other=other,
        defaults={"data": _data(one, other), "judged": judged_of(one, other)},
    )
    return found


def _data(one: Response, other: Response) -> dict[str, Any]:
    """As JSON: the databases that were looked on, and whether the time was over before all data was
    tried; where a difference was found its database, the tables, and what each of the two gives.
    """
    looked: list[str] = []
    ends = time.monotonic() + SECONDS
    for finder, database in _finders(one, other, ends):
        looked.append(database)
        # That another database lacks what one of them uses is no difference between them.
        case = finder.first(may_be_lopsided=len(looked) == 1)
        if case is not None:
            return {"looked": looked, "late": False, **_found(finder, database, case)}
    return {"looked": looked, "late": bool(looked) and time.monotonic() > ends}


def _finders(one: Response, other: Response, ends: float) -> Iterator[tuple[Finder, str]]:
    """One for each database that can run both: first that on which most of the two ran."""
    available = runners(settings.WINNOW_DATABASES)
    if not (one.verdicts.all() and other.verdicts.all()):
        return
    first = database_of([one, other], available)
    ran = [
        {each.database for each in of.verdicts.all() if each.outcome in RAN} for of in (one, other)
    ]
    others = [name for name in available if name != first and name in ran[0] & ran[1]]
    for name in [first, *others]:
        runner = available[name]
        members = members_of(one.instruction, [one, other], runner.dialect, name)
        if len(members) == 2 and (name == first or time.monotonic() < ends):
            pair = (members[0], members[1])
            yield Finder(pair, runner.timed(), runner.dialect, ends=ends), name


def _found(finder: Finder, database: str, case: TestCase) -> dict[str, Any]:
    smallest = finder.smaller(case)
    results = finder.results(smallest)
    data: dict[str, Any] = storable(
        {
            "database": database,
            "tables": [_table(item.table) for item in smallest.fixtures if item.table],
            "sql": [item.sql[:2_000] for item in smallest.fixtures if item.sql],
            "one": _table(results.one) if results.one else None,
            "other": _table(results.other) if results.other else None,
        }
    )
    return data


def _table(table: Table) -> dict[str, Any]:
    rows = [[_cell(cell) for cell in row] for row in table.rows[:MOST_ROWS]]
    return {
        "name": table.name,
        "columns": list(table.columns),
        "rows": rows,
        "cut": table.truncated or len(table.rows) > MOST_ROWS,
    }


def _cell(value: object) -> object:
    return value[:MOST_CELL] if isinstance(value, str) else value


def _fewer(case: TestCase) -> Iterator[TestCase]:
    """The data without parts of a table's rows, the largest first, single rows last."""
    size = max((len(item.table.rows) for item in case.fixtures if item.table), default=0)
    while size:
        for place, item in enumerate(case.fixtures):
            rows = item.table.rows if item.table else ()
            for start in range(0, len(rows) if size <= len(rows) else 0, size):
                yield _with_rows(case, place, rows[:start] + rows[start + size :])
        size //= 2


def _with_rows(case: TestCase, place: int, rows: tuple[Row, ...]) -> TestCase:
    table = case.fixtures[place].table
    assert table is not None
    fixtures = list(case.fixtures)
    fixtures[place] = Fixture(table=replace(table, rows=rows))
    return replace(case, fixtures=tuple(fixtures))
