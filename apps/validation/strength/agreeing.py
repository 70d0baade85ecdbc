"""Agreement: do the responses to one instruction give the same on data that none of them chose?

A response's own test was written by the same model in the same breath. Where several responses to
one instruction give the same rows on generated data too, that is independent evidence.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.core.excuses import is_nobodys_fault
from apps.generation.models import Instruction, Response
from apps.sql.dialects import Dialect
from apps.sql.shape import shape
from apps.validation.apart import IN_CHILDREN, read_response
from apps.validation.databases.base import Unavailable
from apps.validation.judging import Run
from apps.validation.judging.fixtures import quote_name
from apps.validation.judging.plan import build_job, make_plan
from apps.validation.models import OVERALL, Agreement, Verdict
from apps.validation.runners import Runner, runners
from apps.validation.strength import instances
from apps.validation.values import (
    Ended,
    Fixture,
    Limits,
    Outcome,
    Reading,
    ScriptJob,
    Table,
    TestCase,
)

log = logging.getLogger(__name__)

RAN = (Outcome.PASSED, Outcome.WRONG_RESULT, Outcome.VACUOUS, Outcome.NO_TESTS)
# An SQL error may be that of the response's own test; what is refused or endless stays so.
WORTH_RUNNING = (*RAN, Outcome.SQL_ERROR)
# The responses' own data, the most frequent first, and in all; the rest is generated.
GIVEN, INSTANCES = 2, 8
LIMITS = Limits(seconds=2.0)
Results = dict[int, list[Table | None]]


@dataclass(frozen=True, slots=True)
class Member:
    """A response that is run for the comparison, read and where needed translated."""

    response_id: int
    reading: Reading

    @property
    def script(self) -> tuple[tuple[str, ...], tuple[Fixture, ...]]:
        """What decides its results on given data: models often write the very same SQL again."""
        return self.reading.statements, self.reading.context


def agreements_find(*, response_ids: Sequence[int], again: bool = False) -> int:
    """Compare the responses to each instruction of these; return how many rows were stored.

    An instruction is done when all its responses have a verdict, and done again when it has got
    more responses since, or `again`. With fewer than two comparable responses it has no rows.
    """
    due = list(_due(response_ids, again=again))
    if not due:
        return 0
    available = runners(settings.WINNOW_DATABASES)
    return sum(_guarded(instruction, available) for instruction in due)


def _guarded(instruction: Instruction, available: dict[str, Runner]) -> int:
    """What one instruction's responses do to the comparison costs only their own rows.

    They stay due, so that the next validation of any of them compares again.
    """
    try:
        return _compare(instruction, available)
    except Unavailable:
        raise
    except Exception as error:
        if is_nobodys_fault(error):
            raise
        log.exception("The responses to instruction %s are not compared", instruction.pk)
        return 0


def _due(response_ids: Sequence[int], *, again: bool) -> QuerySet[Instruction]:
    of_it = Response.objects.filter(instruction=OuterRef("pk"))
    verdict = Verdict.objects.filter(response=OuterRef("pk"), database=OVERALL)
    asked = Response.objects.filter(pk__in=response_ids).values("instruction")
    due = Instruction.objects.filter(pk__in=asked).exclude(Exists(of_it.filter(~Exists(verdict))))
    return due if again else due.filter(Exists(of_it.filter(agreement=None)))


def _compare(instruction: Instruction, available: dict[str, Runner]) -> int:
    responses = list(
        Response.objects.filter(instruction=instruction).prefetch_related("verdicts").order_by("pk")
    )
    results: Results = {}
    database = database_of(responses, available)
    members = members_of(instruction, responses, available[database].dialect, database)
    if len(members) > 1:
        results = _run_all(members, available[database])
    return _store(instruction, [response.pk for response in responses], results)


def database_of(responses: Sequence[Response], available: Mapping[str, Runner]) -> str:
    """The database on which most of these responses ran; the first configured one of equals."""
    ran = Counter(
        verdict.database
        for response in responses
        for verdict in response.verdicts.all()
        if verdict.outcome in RAN
    )
    return max(available, key=lambda name: ran[name])


def members_of(
    instruction: Instruction, responses: Sequence[Response], dialect: Dialect, database: str
) -> list[Member]:
    members = []
    for response in responses:
        said = {verdict.database: verdict for verdict in response.verdicts.all()}
        own = said.get(database) or said[OVERALL]
        if own.outcome not in WORTH_RUNNING:
            continue
        reading: Reading | None = read_response(response.text, instruction=instruction.text)
        if reading and own.transpiled:
            reading = IN_CHILDREN.translate(reading, dialect)
        if reading and reading.statements and not reading.placeholders:
            members.append(Member(response.pk, reading))
    return members


def _run_all(members: Sequence[Member], runner: Runner) -> Results:
    """Every member's result on every instance that can be compared on, same order for all."""
    run = runner.timed()
    cases = cases_of([member.reading for member in members], run, runner.dialect)
    different = {member.script: member for member in members}
    with ThreadPoolExecutor(max_workers=settings.WINNOW_SANDBOX_CHILDREN) as threads:
        one = partial(_results, cases, run, runner.dialect)
        results = dict(zip(different, threads.map(one, different.values()), strict=True))
    kept = comparable([results[member.script] for member in members])
    return {
        member.response_id: [results[member.script][index] for index in kept] for member in members
    }


def _results(
    cases: Sequence[TestCase], run: Run, dialect: Dialect, member: Member
) -> list[Table | None]:
    return [
        instances.result_of(run(build_job(member.reading, case, limits=LIMITS, dialect=dialect)))
        for case in cases
    ]


def cases_of(readings: Sequence[Reading], run: Run, dialect: Dialect) -> list[TestCase]:
    """Data that all are run on: the fixtures that most responses give, and generated from them.

    Where no response brings any, the tables that the instruction gives are taken.
    """
    found = instances.instances_for(readings, limit=2 * GIVEN)
    given = list(found[: len(found) // 2]) or [TestCase(readings[0].context)]
    tables = [in_tables(case, run, dialect) for case in given]
    # Few rows are drawn for an instance: a difference at one value needs several to be seen.
    drawn = [
        instances.second_instance(tables[number % len(tables)], salt=str(number // len(tables)))
        for number in range(INSTANCES - len(given))
    ]
    return list(dict.fromkeys([*given, *drawn]))


def in_tables(case: TestCase, run: Run, dialect: Dialect) -> TestCase:
    """The same data with rows that SQL inserts turned into tables, so that others can be drawn."""
    shapes = {item: shape(item.sql, dialect) for item in case.fixtures if item.sql}
    names = [found.made for found in shapes.values() if found.creates == "table"]
    if not names:
        return case
    setup = make_plan(Reading(), case, dialect).setup
    read = "SELECT * FROM {}".format
    probes = tuple(read(quote_name(name, dialect)) for name in names)
    execution = run(ScriptJob(setup, (), probes, LIMITS))
    if execution.ended is not Ended.OK:
        return case
    tables = [
        Fixture(table=replace(table, name=name))
        for name, table in zip(names, execution.probes, strict=False)
        if table and table.rows
    ]
    kept = tuple(item for item, found in shapes.items() if found.verb != "insert")
    filled = {item.table.name for item in tables if item.table}
    others = [item for item in case.fixtures if item.table and item.table.name not in filled]
    return TestCase((*kept, *tables, *others))


def comparable(rows: Sequence[Sequence[Table | None]]) -> list[int]:
    """Positions of the instances that say something; rows: results by response, then instance.

    Responses make up their own tables where the instruction gives none. An instance that only
    few can run on says nothing of the others, nor does one on which nothing is found.
    """
    columns = list(zip(*rows, strict=True))
    ran = [sum(table is not None for table in column) for column in columns]
    best = max(ran, default=0)
    if best < 2:
        return []
    kept = [index for index, number in enumerate(ran) if 2 * number >= best and number > 1]
    telling = [i for i in kept if any(table and table.rows for table in columns[i])]
    return telling or kept


def _store(instruction: Instruction, responses: Sequence[int], results: Results) -> int:
    """Write the rows, unless responses were added meanwhile: who validates those compares anew."""
    every: dict[Hashable, Sequence[Table | None]] = {pk: results.get(pk, ()) for pk in responses}
    compared = sum(bool(tables) and None not in tables for tables in every.values()) > 1
    found = instances.agree(every)
    with transaction.atomic():
        Instruction.objects.select_for_update(no_key=True).get(pk=instruction.pk)
        now = Response.objects.filter(instruction=instruction).values_list("pk", flat=True)
        if set(now) != set(responses):
            return 0
        if not compared:
            Agreement.objects.filter(instruction=instruction).delete()
            return 0
        rows = [
            Agreement(
                response_id=pk,
                instruction=instruction,
                score=found.score[pk],
                in_largest_group=pk in found.largest,
            )
            for pk in responses
        ]
        Agreement.objects.bulk_create(
            rows,
            update_conflicts=True,
            unique_fields=["response"],
            update_fields=["instruction", "score", "in_largest_group"],
        )
    return len(rows)
