"""What the databases and rules say of a whole run, counted.

A small run is counted in the request. The count of a large one, and of every run in the list, is
kept in a core.Figure: workers note which runs they touched, the scheduler counts those again.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from apps.core.models import Figure
from apps.generation.models import Response, Run
from apps.validation.models import OVERALL
from apps.validation.values import NOTE_WORDS, Note, Outcome

log = logging.getLogger(__name__)

# Up to so many responses a run is counted in the request: eight aggregates, 0.3 s.
IN_REQUEST = 20_000
BINS = 5
BATCH = 20
# A count that took a second is not made again within twenty.
REST = 20
COUNT, TOUCHED = "validation-run-", "validation-touched-"

_OF_RUN = "FROM generation_response AS response"
_VERDICT = "JOIN validation_verdict AS verdict ON verdict.response_id = response.id"
_OVERALL = f"{_VERDICT} AND verdict.database = '{OVERALL}'"
_WHERE = "WHERE response.run_id = %s"
RESPONSES = f"SELECT count(*) {_OF_RUN} {_WHERE}"  # noqa: S608
BY_DATABASE = f"""
    SELECT verdict.database, verdict.outcome, count(*), sum(verdict.milliseconds)
    {_OF_RUN} {_VERDICT} {_WHERE} GROUP BY 1, 2
"""  # noqa: S608
BY_KIND = f"""
    SELECT coalesce(seed.kind, ''), count(*), count(*) FILTER (WHERE verdict.outcome = 'passed')
    {_OF_RUN} {_OVERALL}
    JOIN generation_instruction AS instruction ON instruction.id = response.instruction_id
    LEFT JOIN seeds_seed AS seed ON seed.id = instruction.seed_id
    {_WHERE} GROUP BY 1 ORDER BY 2 DESC, 1
"""  # noqa: S608
BY_REASON = f"""
    SELECT checked.code, checked.reason, count(*) {_OF_RUN}
    JOIN validation_checkresult AS checked ON checked.response_id = response.id
    {_WHERE} AND NOT checked.passed GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2
"""  # noqa: S608
BY_NOTE = f"""
    SELECT note, count(*) {_OF_RUN} {_OVERALL}, unnest(verdict.notes) AS note
    {_WHERE} GROUP BY 1 ORDER BY 2 DESC, 1
"""  # noqa: S608
BY_STRENGTH = f"""
    SELECT least(floor(verdict.strength * {BINS})::int, {BINS - 1}), count(*)
    {_OF_RUN} {_OVERALL} {_WHERE} AND verdict.strength IS NOT NULL GROUP BY 1
"""  # noqa: S608
DISAGREEING = f"""
    SELECT count(*) FROM (
        SELECT {_OF_RUN} {_VERDICT} {_WHERE} GROUP BY response.id
        HAVING count(DISTINCT verdict.outcome) FILTER (WHERE verdict.database <> '{OVERALL}') > 1
            OR bool_or(verdict.database = '{OVERALL}' AND '{Note.OTHER_ROWS}' = ANY(verdict.notes))
    ) AS disagreeing
"""  # noqa: S608
AGREEMENT = f"""
    SELECT count(DISTINCT agreement.instruction_id), count(*),
        count(*) FILTER (WHERE in_largest_group),
        count(*) FILTER (WHERE in_largest_group AND verdict.outcome = 'passed'),
        count(*) FILTER (WHERE NOT in_largest_group AND verdict.outcome = 'passed')
    {_OF_RUN} {_OVERALL}
    JOIN validation_agreement AS agreement ON agreement.response_id = response.id {_WHERE}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class DatabaseCount:
    """Verdicts of one database. milliseconds: on average, of the database alone."""

    name: str
    verdicts: int
    passed: int
    milliseconds: float


@dataclass(frozen=True, slots=True)
class Part:
    """So many of a whole: verdicts of a statement kind and those passed, say."""

    name: str
    total: int
    passed: int = 0

    @property
    def words(self) -> str:
        return self.name.replace("_", " ")

    @property
    def note_words(self) -> str:
        """What a note's code means; the code itself where this program no longer has it."""
        return NOTE_WORDS[Note(self.name)] if self.name in set(Note) else self.words


@dataclass(frozen=True, slots=True)
class Reason:
    """How many pairs broke a rule in one way."""

    code: str
    reason: str
    pairs: int

    @property
    def words(self) -> str:
        return self.reason.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Agreeing:
    """instructions: whose responses were compared; responses: of these; largest: those that are
    in their instruction's largest group; the others passed or not.
    """

    instructions: int
    responses: int
    largest: int
    largest_passed: int
    others_passed: int

    @property
    def others(self) -> int:
        return self.responses - self.largest


@dataclass(frozen=True, slots=True)
class RunCount:
    """A run, counted. notes: what results depend on beside their rows, by code.

    strengths: how many tests noticed 0–20 %, 20–40 %, … of altered queries.

    seconds: how long the count took.
    """

    responses: int
    validated: int
    outcomes: tuple[Part, ...]
    databases: tuple[DatabaseCount, ...]
    kinds: tuple[Part, ...]
    reasons: tuple[Reason, ...]
    strengths: tuple[int, ...]
    disagreeing: int
    agreeing: Agreeing
    notes: tuple[Part, ...] = ()
    seconds: float = 0.0
    counted_at: datetime | None = None

    @property
    def passed(self) -> int:
        return next((o.total for o in self.outcomes if o.name == Outcome.PASSED), 0)

    @property
    def waiting(self) -> int:
        return max(0, self.responses - self.validated)

    @property
    def histogram(self) -> list[Part]:
        """The strengths with the range of each, the strongest first."""
        step = 100 // BINS
        named = [
            Part(f"{index * step}–{(index + 1) * step} %", number)
            for index, number in enumerate(self.strengths)
        ]
        return named[::-1]

    @property
    def measured(self) -> int:
        return sum(self.strengths)


def run_count(run_id: int) -> RunCount:
    """Count a run: eight queries, each over its own rows only."""
    started = time.monotonic()
    verdicts = _rows(BY_DATABASE, run_id)
    outcomes = {outcome: number for name, outcome, number, _ in verdicts if name == OVERALL}
    bins = dict(_rows(BY_STRENGTH, run_id))
    return RunCount(
        responses=_rows(RESPONSES, run_id)[0][0],
        validated=sum(outcomes.values()),
        outcomes=tuple(
            Part(outcome.value, outcomes[outcome]) for outcome in Outcome if outcome in outcomes
        ),
        databases=_databases(verdicts),
        kinds=tuple(Part(*row) for row in _rows(BY_KIND, run_id)),
        reasons=tuple(Reason(*row) for row in _rows(BY_REASON, run_id)),
        strengths=tuple(bins.get(index, 0) for index in range(BINS)),
        disagreeing=_rows(DISAGREEING, run_id)[0][0],
        agreeing=Agreeing(*_rows(AGREEMENT, run_id)[0]),
        notes=tuple(Part(*row) for row in _rows(BY_NOTE, run_id)),
        seconds=time.monotonic() - started,
    )


def _databases(verdicts: Iterable[tuple[Any, ...]]) -> tuple[DatabaseCount, ...]:
    found: dict[str, list[float]] = {}
    for name, outcome, number, milliseconds in verdicts:
        sums = found.setdefault(name, [0, 0, 0.0])
        sums[0] += number
        sums[1] += number if outcome == Outcome.PASSED else 0
        sums[2] += milliseconds
    return tuple(
        DatabaseCount(name, int(number), int(passed), milliseconds / number)
        for name, (number, passed, milliseconds) in sorted(found.items())
        if name != OVERALL
    )


def count_for(run: Run) -> RunCount | None:
    """The count that the run's page shows: now where the run is small, else as counted last.

    None: the run is large and has not been counted yet.
    """
    few = Response.objects.filter(run=run).values("pk")[: IN_REQUEST + 1].count() <= IN_REQUEST
    return run_count(run.pk) if few else counts_of([run.pk]).get(run.pk)


def counts_of(run_ids: Sequence[int]) -> dict[int, RunCount]:
    """Counts by run as they were counted last: one query; runs never counted are left out, and
    those whose count this program cannot read: an older one kept something else.
    """
    counts = {}
    for figure in Figure.objects.filter(name__in=[f"{COUNT}{pk}" for pk in run_ids]):
        try:
            counted = _loaded(figure.value, figure.counted_at)
        except (TypeError, KeyError, AttributeError) as error:
            log.warning("What was kept as %s cannot be read: %r", figure.name, error)
        else:
            counts[int(figure.name.removeprefix(COUNT))] = counted
    return counts


def runs_touch(*, response_ids: Sequence[int]) -> None:
    """Note that verdicts of these responses changed: their runs are counted again, soon."""
    runs = Response.objects.filter(pk__in=response_ids).exclude(run=None)
    _upsert([(f"{TOUCHED}{pk}", pk) for pk in sorted(set(runs.values_list("run", flat=True)))])


def count_touched() -> int:
    """Count the runs that were touched, or never counted; return how many. Slow on large runs.

    A run touched while it is counted stays noted. A large one rests between two counts.
    """
    touched = list(Figure.objects.filter(name__startswith=TOUCHED).order_by("counted_at")[:BATCH])
    known = counts_of([note.value for note in touched])
    counted = 0
    for note in touched:
        if _rests(known.get(note.value)):
            continue
        if not _counted(note.value):
            continue
        Figure.objects.filter(name=note.name, counted_at=note.counted_at).delete()
        counted += 1
    return counted + _count_new()


def _count_new() -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM generation_run AS run WHERE NOT EXISTS ("
            "SELECT FROM core_figure WHERE name = %s || run.id) ORDER BY id DESC LIMIT %s",
            [COUNT, BATCH],
        )
        new = [pk for (pk,) in cursor.fetchall()]
    return sum(map(_counted, new))


def _counted(run_id: int) -> bool:
    """Count a run; one that cannot be counted stays noted and keeps no other from it."""
    try:
        _upsert([(f"{COUNT}{run_id}", asdict(run_count(run_id)))])
    except Exception:  # logged whole: the others go on whatever it was
        log.exception("Run %s is not counted", run_id)
        return False
    return True


def _rests(known: RunCount | None) -> bool:
    if known is None or known.counted_at is None:
        return False
    return timezone.now() - known.counted_at < timedelta(seconds=REST * known.seconds)


def _upsert(named: Sequence[tuple[str, Any]]) -> None:
    now = timezone.now()
    Figure.objects.bulk_create(
        [Figure(name=name, value=value, counted_at=now) for name, value in named],
        update_conflicts=True,
        unique_fields=["name"],
        update_fields=["value", "counted_at"],
    )


def _loaded(value: dict[str, Any], counted_at: datetime) -> RunCount:
    nested = {
        "outcomes": tuple(Part(**item) for item in value["outcomes"]),
        "databases": tuple(DatabaseCount(**item) for item in value["databases"]),
        "kinds": tuple(Part(**item) for item in value["kinds"]),
        # Counts that were kept before there were notes have none.
        "notes": tuple(Part(**item) for item in value.get("notes", ())),
        "reasons": tuple(Reason(**item) for item in value["reasons"]),
        "strengths": tuple(value["strengths"]),
        "agreeing": Agreeing(**value["agreeing"]),
        "counted_at": counted_at,
    }
    return RunCount(**{**value, **nested})


def _rows(sql: str, run_id: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [run_id])
        return list(cursor.fetchall())
