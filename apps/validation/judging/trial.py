"""One test of a response run in one way, and what its execution says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from apps.sql.dialects import Dialect
from apps.sql.shape import shape
from apps.validation.asserting import is_unwritten, raises, refuses_rows
from apps.validation.judging.plan import Plan, Step, make_plan
from apps.validation.judging.tools import Tools
from apps.validation.judging.verdict import Judgement, judge
from apps.validation.subject import MUST_FAIL, must_fail
from apps.validation.values import (
    Ended,
    Execution,
    Limits,
    Outcome,
    Reading,
    ScriptJob,
    TestCase,
)

# So many statements of one test are taken for ones that are meant to fail.
MAX_FAILING = 5


@dataclass(frozen=True, slots=True)
class Bounds:
    """What every trial of a response shares. asks_order: the instruction asks for an order."""

    dialect: Dialect
    limits: Limits
    asks_order: bool = False
    tools: Tools = Tools()  # noqa: RUF009 — frozen


@dataclass(frozen=True, slots=True)
class Trial:
    """number: of the test among the reading's, 0 where there is none. skipped: positions among
    the plan's steps of statements that are meant to fail, so that they are left out.
    fails_at: the step that must fail in this trial, None where all must run.
    """

    reading: Reading
    case: TestCase | None
    plan: Plan
    number: int = 0
    skipped: frozenset[int] = frozenset()
    fails_at: int | None = None

    def job(self, bounds: Bounds) -> ScriptJob:
        return self.run_plan.job(self.case, bounds.limits, bounds.dialect)

    @property
    def run_plan(self) -> Plan:
        return self.plan.without(self.skipped)

    def judge(self, execution: Execution, bounds: Bounds) -> Judgement:
        """What the execution of `job` says."""
        if self.fails_at is not None:
            return self._must_fail(execution)
        if execution.ended is Ended.OK and self.case and self.case.asserts and self._has_not_failed:
            return Judgement(Outcome.WRONG_RESULT, "A statement that must fail does not fail.")
        judgement = judge(
            self.reading,
            self.case,
            execution,
            dialect=bounds.dialect,
            plan=self.run_plan,
            asks_order=bounds.asks_order,
        )
        case = self.number if self.case else None
        return replace(judgement, case=case, cases=len(self.reading.cases))

    @property
    def _has_not_failed(self) -> bool:
        """Whether a test's statement that must fail is run."""
        return any(
            step is Step.USE and sql.endswith(MUST_FAIL) for step, sql in self.run_plan.steps
        )

    def _must_fail(self, execution: Execution) -> Judgement:
        at = sum(place not in self.skipped for place in range(self.fails_at or 0))
        if execution.ended is Ended.SQL_ERROR and execution.phase == "statements":
            said = execution.message
            if execution.index == at and (refuses_rows(said) or not is_unwritten(said)):
                return Judgement(Outcome.PASSED, "The statement fails, as it must.")
            return Judgement(Outcome.SQL_ERROR, execution.message)
        return Judgement(Outcome.WRONG_RESULT, "A statement that must fail does not fail.")

    def is_noticed(self, execution: Execution, altered: str = "") -> bool:
        """Whether the response's statements ran and the test's own do not run after them; or its
        other statements bring rows that what is made by the altered one refuses."""
        if execution.ended is not Ended.SQL_ERROR or execution.phase != "statements":
            return False
        steps = self.run_plan.steps
        place = execution.index or 0
        step, sql = steps[place] if place < len(steps) else (Step.OWN, altered)
        refused = bool(altered) and sql != altered and refuses_rows(execution.message)
        return step is Step.USE or refused

    def without_failed(self, execution: Execution) -> Trial | None:
        """The same test without the statement that a constraint refused, None where none was.

        Only a change may be meant to fail: one of the test's own that rows broke a constraint by,
        where the expected table tells whether it was meant; any that a comment says it of.
        """
        if execution.ended is not Ended.SQL_ERROR or execution.phase != "statements":
            return None
        places = [p for p in range(len(self.plan.steps)) if p not in self.skipped]
        if len(self.skipped) >= MAX_FAILING or (execution.index or 0) >= len(places):
            return None
        place = places[execution.index or 0]
        step, sql = self.plan.steps[place]
        if raises(sql, self.reading.dialect):
            return None
        refused = refuses_rows(execution.message)
        told = shape(sql, self.reading.dialect).is_dml and self._told_to_fail(place)
        meant = told and (refused or not is_unwritten(execution.message))
        if not meant and not (step is Step.USE and refused):
            return None
        return replace(self, skipped=self.skipped | {place})

    @property
    def says_so(self) -> bool:
        """Whether comments beside every skipped statement say that it must fail."""
        return all(map(self._told_to_fail, self.skipped))

    def _told_to_fail(self, place: int) -> bool:
        if self.plan.steps[place][0] is Step.USE:
            return self.plan.statements[place].endswith(MUST_FAIL)
        statements = (*self.plan.statements, "")
        return must_fail(statements[place], statements[place + 1], self.reading.dialect)


def trials_of(reading: Reading, bounds: Bounds) -> Iterator[Trial]:
    """One for each test of a reading; for a reading without tests one that only runs it."""
    for number, case in enumerate(reading.cases or (None,)):
        yield Trial(reading, case, make_plan(reading, case, bounds.dialect), number)


def again(trial: Trial, reading: Reading, bounds: Bounds) -> Trial:
    """The same trial of another reading with as many statements and tests."""
    case = reading.cases[trial.number] if trial.case else None
    return replace(trial, reading=reading, case=case, plan=make_plan(reading, case, bounds.dialect))
