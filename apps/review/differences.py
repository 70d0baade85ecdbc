"""The smallest data on which two responses differ: asked for, waited for, shown."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.generation.models import Response
from apps.generation.runs import AHEAD_QUEUE
from apps.review.presenting import cell_words
from apps.validation.judged import judged_of
from apps.validation.models import Difference

KIND = "difference"


@dataclass(frozen=True, slots=True)
class TableView:
    """A table of the data, or a result. A cell is None where the database says NULL."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """What is known. is_waited: a worker is on it; is_known: it was looked for in these texts.

    looked: on these databases, None where that was not kept; late: not all data could be tried.
    results: of this response and the other one, None where it gives an error or nothing.
    """

    is_waited: bool
    is_known: bool
    looked: tuple[str, ...] | None = None
    late: bool = False
    database: str = ""
    tables: tuple[TableView, ...] = ()
    sql: tuple[str, ...] = ()
    results: tuple[TableView | None, TableView | None] = (None, None)

    @property
    def is_found(self) -> bool:
        return bool(self.database)

    @property
    def is_nowhere(self) -> bool:
        """Whether no database could run both of them."""
        return self.is_known and self.looked is not None and not self.looked


def difference_ask(*, response: Response, other: Response) -> bool:
    """Have the smallest data looked for, ahead of all that waits; False: it is under way."""
    key = _key(response, other)
    if _under_way(key):
        return False
    job = Job.objects.create(kind=KIND)
    payload = {"differ": sorted((response.pk, other.pk))}
    work.create_units(job=job, specs=[work.UnitSpec(queue=AHEAD_QUEUE, key=key, payload=payload)])
    work.planned(job=job)
    return True


def difference_view(*, response: Response, other: Response) -> DifferenceView:
    """What is known of two responses, as far as it is of their texts as they stand: two queries."""
    first, second = sorted((response, other), key=lambda each: each.pk)
    waits = _under_way(_key(response, other))
    found = Difference.objects.filter(one=first, other=second).first()
    if found is None or bytes(found.judged) != judged_of(first, second):
        return DifferenceView(is_waited=waits, is_known=False)
    data = found.data or {}
    looked = data.get("looked")
    tried = DifferenceView(
        is_waited=waits,
        is_known=True,
        looked=None if looked is None else tuple(looked),
        late=data.get("late", False),
    )
    if not found.is_found:
        return tried
    results = [_table(data[side]) for side in ("one", "other")]
    return replace(
        tried,
        database=data["database"],
        tables=tuple(view for each in data["tables"] if (view := _table(each))),
        sql=tuple(data["sql"]),
        results=(results[0], results[1]) if first is response else (results[1], results[0]),
    )


def _table(stored: dict[str, Any] | None) -> TableView | None:
    if stored is None:
        return None
    rows = tuple(tuple(map(cell_words, row)) for row in stored["rows"])
    return TableView(stored["name"], tuple(stored["columns"]), rows, stored["cut"])


def _key(response: Response, other: Response) -> str:
    first, second = sorted((response.pk, other.pk))
    return f"differ-{first}-{second}"


def _under_way(key: str) -> bool:
    return WorkUnit.objects.unfinished().filter(queue=AHEAD_QUEUE, key=key).exists()
