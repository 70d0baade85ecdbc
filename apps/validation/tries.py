"""Run it yourself: a text that an editor types in is read, run and judged by a worker.

Nothing of it runs in the web process: the text is the payload of a work unit, what was found out
is the unit's result, and both are deleted after a day.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.core import work
from apps.core.models import Job, WorkUnit
from apps.fewshot import running
from apps.validation.values import NOTE_WORDS, Execution, Limits, Reading, Table

log = logging.getLogger(__name__)

if TYPE_CHECKING:
    from apps.validation.judging import Judgement
    from apps.validation.runners import Runner, Timed

KIND, QUEUE = "try", "validate"
MAX_TEXT, MAX_INSTRUCTION = 20_000, 8_000
MOST_AT_ONCE = 3
KEPT = timedelta(days=1)
SHOWN_ROWS, SHOWN_COLUMNS, SHOWN_CELL, SHOWN_TABLES = 50, 40, 200, 5


class TooManyTriesError(Exception):
    """This user's earlier tries have not ended yet."""


@dataclass(frozen=True, slots=True)
class Try:
    """What to run, as it was typed in: a response, or SQL alone; and names of databases."""

    text: str
    databases: tuple[str, ...]
    instruction: str = ""
    is_sql: bool = False

    @property
    def response(self) -> str:
        return fenced(self.text) if self.is_sql else self.text


@dataclass(frozen=True, slots=True)
class Shown:
    """Rows to show, bounded; cut: there are more rows, columns or characters."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    cut: bool


@dataclass(frozen=True, slots=True)
class Said:
    """What one database said, and what it returned when the first test was run.

    notes: what the result depends on beside its rows, in words.
    ended: how that run ended, `message` of it in error. diff, survivor: as in Verdict. mutants,
    killed: what the strength is a share of.
    """

    database: str
    outcome: str
    outcome_words: str
    message: str
    diff: dict[str, Any] | None
    strength: float | None
    transpiled: bool
    milliseconds: float
    ended: str
    error: str
    tables: tuple[Shown, ...]
    notes: tuple[str, ...] = ()
    survivor: dict[str, str] | None = None
    mutants: int = 0
    killed: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The result of a try. problem: why nothing was run, "" when it was."""

    problem: str
    reading: dict[str, Any]
    verdicts: tuple[Said, ...]
    checks: tuple[dict[str, Any], ...]


def fenced(sql: str) -> str:
    """Plain SQL as a response: in a fence longer than any that it holds."""
    longest = max((len(ticks) for ticks in re.findall(r"`+", sql)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}sql\n{sql}\n{fence}"


def try_start(*, wanted: Try, created_by: User) -> Job:
    """Put a try into the queue of validation. Raises TooManyTriesError."""
    with transaction.atomic():
        # The lock makes the count true for two requests at once.
        User.objects.select_for_update(no_key=True).get(pk=created_by.pk)
        running = Job.objects.filter(
            kind=KIND, created_by=created_by, status=Job.Status.RUNNING
        ).count()
        if running >= MOST_AT_ONCE:
            raise TooManyTriesError(f"{running} of yours wait for a worker. Let one end first.")
        job = Job.objects.create(kind=KIND, created_by=created_by)
        spec = work.UnitSpec(queue=QUEUE, key="try", payload={"try": asdict(wanted)})
        work.create_units(job=job, specs=[spec])
        work.planned(job=job)
    return job


def try_of(unit: WorkUnit) -> Try:
    """What a unit is to run. Raises KeyError or TypeError when it is no try."""
    payload = unit.payload["try"]
    return Try(**{**payload, "databases": tuple(payload["databases"])})


def try_do(unit: WorkUnit) -> dict[str, Any]:
    """Read, run and judge, in a worker; the result as JSON of `Found`. Stores no verdict."""
    # Parsers and databases are the worker's: pages only ask for a try and show it.
    from apps.validation import checks
    from apps.validation.apart import TooCostlyError, read_response
    from apps.validation.runners import NoDatabaseError, runners
    from apps.validation.storing import storable

    wanted = try_of(unit)
    try:
        available = runners(wanted.databases)
        reading = read_response(wanted.response, instruction=wanted.instruction)
    except (NoDatabaseError, TooCostlyError) as error:
        return asdict(Found(str(error), {}, (), ()))
    pair = checks.PairText(
        instruction=wanted.instruction, response=wanted.response, reading=reading
    )
    failed = [asdict(said) for said in checks.run_checks(pair) if not said.passed]
    found = Found(
        problem=_unavailable(wanted.databases, available),
        reading=_reading(reading),
        verdicts=tuple(
            _said(name, reading, runner, wanted.instruction) for name, runner in available.items()
        ),
        # Without an instruction nothing can be said of what it asks for.
        checks=tuple(said for said in failed if wanted.instruction or said["where"] == "response"),
    )
    cleaned: dict[str, Any] = storable(asdict(found))
    return cleaned


def _unavailable(asked: Sequence[str], available: dict[str, Runner]) -> str:
    lacking = [name for name in asked if name not in available]
    return f"This worker cannot use {', '.join(lacking)} now." if lacking else ""


def _said(name: str, reading: Reading, runner: Runner, instruction: str) -> Said:
    """What a database says; an error of ours is said in its place, and the others are asked."""
    from apps.validation.apart import IN_CHILDREN
    from apps.validation.databases.base import Unavailable
    from apps.validation.judging import not_judged, validate_reading

    timed = runner.timed()
    execution = None
    try:
        judgement = validate_reading(
            reading,
            timed,
            runner.dialect,
            instruction=instruction,
            run_together=timed.together,
            mutate=True,
            tools=IN_CHILDREN,
        )
        milliseconds = timed.milliseconds
        execution = _shown_run(reading, judgement, timed, runner)
    except Unavailable:
        raise
    except Exception as error:
        log.exception("A try is not judged on %s", name)
        judgement, milliseconds = not_judged(error), timed.milliseconds
    return Said(
        database=name,
        outcome=judgement.outcome.value,
        outcome_words=judgement.outcome.value.replace("_", " "),
        message=judgement.message,
        diff=asdict(judgement.diff) if judgement.diff else None,
        strength=judgement.strength,
        mutants=judgement.mutants,
        killed=judgement.killed,
        survivor=asdict(judgement.survivor) if judgement.survivor else None,
        transpiled=judgement.transpiled,
        milliseconds=milliseconds,
        ended=execution.ended.value if execution else "",
        error=execution.message[:2000] if execution else "",
        tables=_tables(execution) if execution else (),
        notes=tuple(NOTE_WORDS[note] for note in judgement.notes),
    )


def _shown_run(
    reading: Reading, judgement: Judgement, timed: Timed, runner: Runner
) -> Execution | None:
    """The run that the page shows: of the test that decided."""
    from apps.validation.apart import IN_CHILDREN
    from apps.validation.judging.plan import build_job

    ran = IN_CHILDREN.translate(reading, runner.dialect) if judgement.transpiled else reading
    if not ran or not ran.statements or ran.placeholders:
        return None
    index = judgement.case or 0
    case = ran.cases[index] if index < len(ran.cases) else None
    return timed(build_job(ran, case, limits=Limits(), dialect=runner.dialect))


def _tables(execution: Execution) -> tuple[Shown, ...]:
    """What statements returned, else the tables that they changed, the last ones."""
    returned = [table for table in execution.tables if table and table.columns]
    shown = returned or [table for table in execution.probes if table]
    return tuple(map(_shown, shown[-SHOWN_TABLES:]))


def _shown(table: Table) -> Shown:
    rows = tuple(
        tuple(_cell(value) for value in row[:SHOWN_COLUMNS]) for row in table.rows[:SHOWN_ROWS]
    )
    cut = table.truncated or len(table.rows) > SHOWN_ROWS or len(table.columns) > SHOWN_COLUMNS
    columns = tuple(name[:SHOWN_CELL] for name in table.columns[:SHOWN_COLUMNS])
    return Shown(table.name, columns, rows, cut)


def _cell(value: Any) -> Any:
    if isinstance(value, str) and len(value) > SHOWN_CELL:
        return value[: SHOWN_CELL - 1] + "…"
    return value


def _reading(reading: Reading) -> dict[str, Any]:
    """What was understood, for the page: each test's tables and what it expects."""
    return {
        "sql": reading.sql,
        "statements": len(reading.statements),
        "dialect": reading.dialect.value,
        "missing_tables": reading.missing_tables,
        "placeholders": reading.placeholders,
        "other_code": reading.other_code,
        "notes": reading.notes,
        "context": [_fixture(item.table, item.sql) for item in reading.context],
        "cases": [
            {
                "fixtures": [_fixture(item.table, item.sql) for item in case.fixtures],
                "expected": asdict(_shown(case.expected)) if case.expected else None,
                "expected_of": case.expected_of,
                "use": case.use,
            }
            for case in reading.cases[:SHOWN_TABLES]
        ],
    }


def _fixture(table: Table | None, sql: str) -> dict[str, Any]:
    return {"table": asdict(_shown(table)) if table else None, "sql": sql}


def tries_clean(*, limit: int = 100) -> int:
    """Delete the oldest tries, and jobs that ran an example, that are past a day; return how
    many. What was found of an example is kept with it. For the periodic sweep.
    """
    before = timezone.now() - KEPT
    kinds = (KIND, running.KIND)
    oldest = (
        Job.objects.filter(kind__in=kinds).order_by("pk").values_list("pk", "created_at")[:limit]
    )
    old = [pk for pk, created_at in oldest if created_at < before]
    if old:
        Job.objects.filter(pk__in=old).delete()
    return len(old)
