"""What a pass is worth: the test is run again without the answer, on other rows, on altered SQL.

All of it is run together, as many jobs at a time as can share a place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import islice

from apps.sql.shape import shape
from apps.validation.judging.asked import names_all
from apps.validation.judging.clock import Clock
from apps.validation.judging.plan import Step
from apps.validation.judging.results import states_order
from apps.validation.judging.trial import Bounds, Trial, again
from apps.validation.judging.vacuous import depends_on_rows, is_fixed, is_nothing, left_out
from apps.validation.judging.verdict import Judgement, Survivor
from apps.validation.strength.bodies import EMPTIED
from apps.validation.strength.instances import second_instance
from apps.validation.strength.mutation import FILTERS
from apps.validation.values import Execution, Note, Outcome, Reading, TestCase

# As many altered queries at a time as jobs can share a place.
_TOGETHER = 16
# A query that only became slower says nothing of the test.
_KILLED = {Outcome.WRONG_RESULT, Outcome.VACUOUS}
_HOLDS = {Outcome.PASSED, Outcome.VACUOUS}
GOES_ON = {Outcome.PASSED, Outcome.VACUOUS, Outcome.NO_TESTS}
# Only such a query can give something else on the same rows in another order.
_BY_PLACE = re.compile(
    r"\b(?:limit|fetch|top|over|rowid|ctid|group\s+by|distinct\s+on|first|last|any_value)\b"
    r"|_concat|_agg\b|\blist\s*\(",
    re.IGNORECASE,
)


class Way(StrEnum):
    """How the test is run again."""

    LEFT_OUT = "left out"
    EMPTIED = "emptied"
    BACKWARDS = "backwards"
    UNJOINED = "unjoined"
    ALTERED = "altered"


@dataclass(frozen=True, slots=True)
class Variant:
    """The trials of the passing response, changed in one way; altered: how, of an altered one."""

    way: Way
    trials: tuple[Trial, ...]
    altered: Survivor | None = None


def scrutinise(
    trials: Sequence[Trial],
    judgement: Judgement,
    clock: Clock,
    bounds: Bounds,
    *,
    instruction: str,
) -> Judgement:
    """A pass with its strength and notes, or what it turns out to be."""
    variants = list(_variants(trials, bounds))
    found = list(zip(variants, _outcomes(variants, clock, bounds), strict=False))
    lost = sum(1 for variant in variants[len(found) :] if variant.way is Way.ALTERED)
    by_way = {variant.way: outcome for variant, outcome in found}
    counted = _counted(judgement, found, lost)
    if by_way.get(Way.LEFT_OUT) in _HOLDS:
        message = f"The test also passes without {_answer(trials[0].reading)}."
        return replace(counted, outcome=Outcome.VACUOUS, message=message)
    emptied = any(_is_emptied(variant) and outcome in _HOLDS for variant, outcome in found)
    if emptied:
        message = "The test also passes when the routine does nothing."
        return replace(counted, outcome=Outcome.VACUOUS, message=message)
    if _is_constant(trials, by_way, clock, bounds, instruction):
        message = "The answer is the same on other rows: it is written into the SQL."
        return replace(counted, outcome=Outcome.VACUOUS, message=message)
    if counted.mutants and not counted.killed:
        message = f"The test also passes with every one of {counted.mutants} altered queries."
        return replace(counted, outcome=Outcome.VACUOUS, message=message)
    if any(_passes_every_row(variant, outcome) for variant, outcome in found):
        counted = _with_note(counted, Note.EVERY_ROW)
    return _stored_otherwise(counted, by_way.get(Way.BACKWARDS), trials, bounds)


def _variants(trials: Sequence[Trial], bounds: Bounds) -> Iterator[Variant]:
    reading = trials[0].reading
    out = left_out(reading)
    if out and not _only_made(trials, out):
        yield Variant(Way.LEFT_OUT, tuple(_without(trial, out) for trial in trials))
    if _may_be_constant(trials):
        emptied = (replace(trial, plan=trial.plan.emptied()) for trial in trials)
        yield Variant(Way.EMPTIED, tuple(emptied))
    altered = bounds.tools.alter(reading, backwards=_by_place(reading, bounds))
    if altered.backwards:
        yield _variant(Way.BACKWARDS, trials, altered.backwards, bounds)
    if altered.unjoined:
        unjoined = tuple(_altered(trial, altered.unjoined) for trial in trials)
        yield Variant(Way.UNJOINED, unjoined)
    for mutant in altered.mutants:
        changed = tuple(_altered(trial, mutant.reading) for trial in trials)
        yield Variant(Way.ALTERED, changed, Survivor(mutant.operator, mutant.sql))


def _only_made(trials: Sequence[Trial], out: frozenset[int]) -> bool:
    """Whether what is left out makes what the test looks at: without it nothing can hold. Nobody
    looks at an index.

    Nor can a table refuse rows when it is not there; what is in it is seldom why it does.
    """
    reading = trials[0].reading
    shapes = [shape(sql, reading.dialect) for sql in reading.statements]
    tables = {item.made for item in shapes if item.creates == "table"}
    if any(trial.fails_at is not None for trial in trials):
        gone = [shapes[place] for place in out if shapes[place].verb in {"create", "insert"}]
        return len(gone) == len(out) and all((x.made or x.target) in tables for x in gone)
    makes = {shapes[place].creates for place in out}
    made = all(makes) and (bool(tables) or makes != {"index"})
    asks = any(item.verb == "select" for item in shapes)
    return made and not asks and not any(trial.case and trial.case.use for trial in trials)


def _variant(way: Way, trials: Sequence[Trial], reading: Reading, bounds: Bounds) -> Variant:
    return Variant(way, tuple(again(trial, reading, bounds) for trial in trials))


def _altered(trial: Trial, reading: Reading) -> Trial:
    """The trial with the response's statements altered, on what it was tried on before."""
    plan = trial.plan.rewritten(reading.statements, reading.dialect)
    case = reading.cases[trial.number] if trial.case else None
    return replace(trial, reading=reading, case=case, plan=plan)


def _without(trial: Trial, statements: frozenset[int]) -> Trial:
    return replace(trial, skipped=trial.skipped | trial.plan.own(statements))


def _may_be_constant(trials: Sequence[Trial]) -> bool:
    """Whether it is a query or a change that is given rows, and expects more than nothing."""
    reading = trials[0].reading
    shapes = [shape(sql, reading.dialect) for sql in reading.statements]
    if any(item.is_ddl for item in shapes) or any(trial.skipped for trial in trials):
        return False
    if depends_on_rows(reading):
        return False
    rows = [row for trial in trials if trial.case and trial.case.expected
            for row in trial.case.expected.rows]  # fmt: skip
    if not any(trial.plan.puts_rows for trial in trials) or is_nothing(rows):
        return False
    # What only adds to a table keeps the rows that were in it.
    return any(item.verb in {"delete", "truncate"} for item in shapes) or all(
        item.verb in {"select", "transaction"} for item in shapes
    )


def _by_place(reading: Reading, bounds: Bounds) -> bool:
    """Whether the order in which rows are stored may decide the answer."""
    queries = [sql for sql in reading.statements if not shape(sql, reading.dialect).is_ddl]
    if any(_BY_PLACE.search(sql) for sql in queries):
        return True
    return bounds.asks_order and not any(states_order(sql, reading.dialect) for sql in queries)


def _outcomes(variants: list[Variant], clock: Clock, bounds: Bounds) -> Iterator[Outcome]:
    """What each variant comes to; of those that there is no time for, none."""
    if not variants:
        return
    size = max(1, _TOGETHER // len(variants[0].trials))
    for start in range(0, len(variants), size):
        part = variants[start : start + size]
        jobs = [trial.job(bounds) for variant in part for trial in variant.trials]
        executions = clock.each(jobs)
        for variant in part:
            own = list(islice(executions, len(variant.trials)))
            if len(own) < len(variant.trials):
                return
            outcome = decided(variant.trials, own, bounds).outcome
            sql = variant.altered.sql if variant.altered else ""
            noticed = any(map(partial(Trial.is_noticed, altered=sql), variant.trials, own))
            yield Outcome.WRONG_RESULT if outcome is Outcome.SQL_ERROR and noticed else outcome


def decided(trials: Sequence[Trial], executions: Iterable[Execution], bounds: Bounds) -> Judgement:
    """The first test that is not passed decides; a vacuous one only where none is better.

    executions: one for each trial, in their order; no more are taken than needed.
    """
    judged: list[Judgement] = []
    for trial, execution in zip(trials, executions, strict=False):
        judgement = trial.judge(execution, bounds)
        if trial.fails_at is not None and judgement.outcome is Outcome.PASSED:
            continue
        judged.append(judgement)
        if judgement.outcome not in GOES_ON:
            return judgement
    return best_of(judged)


def best_of(judged: list[Judgement]) -> Judgement:
    """Of tests none of which fails: one that passes, else a vacuous one, else the first."""
    for wanted in (Outcome.PASSED, Outcome.VACUOUS):
        found = next((item for item in judged if item.outcome is wanted), None)
        if found:
            return found
    return judged[0]


def _counted(judgement: Judgement, found: list[tuple[Variant, Outcome]], lost: int) -> Judgement:
    """The strength; an altered query that the database refuses, or is slow, says nothing."""
    altered = [outcome for variant, outcome in found if variant.way is Way.ALTERED]
    survived = altered.count(Outcome.PASSED)
    killed = sum(outcome in _KILLED for outcome in altered)
    message = judgement.message
    if lost:
        total = len(altered) + lost
        message += f" There was time for {len(altered)} of {total} altered queries."
    if not survived + killed:
        return replace(judgement, message=message)
    return replace(
        judgement,
        message=message,
        mutants=survived + killed,
        killed=killed,
        survivor=next((v.altered for v, outcome in found if _survives(v, outcome)), None),
        strength=killed / (survived + killed),
    )


def _survives(variant: Variant, outcome: Outcome) -> bool:
    return variant.way is Way.ALTERED and outcome is Outcome.PASSED


def _passes_every_row(variant: Variant, outcome: Outcome) -> bool:
    """Whether a condition is left out as a whole, and the test holds all the same."""
    left = variant.altered is not None and variant.altered.operator in FILTERS
    return (left or variant.way is Way.UNJOINED) and outcome is Outcome.PASSED


def _with_note(judgement: Judgement, note: Note) -> Judgement:
    found = {*judgement.notes, note}
    return replace(judgement, notes=tuple(each for each in Note if each in found))


def _is_emptied(variant: Variant) -> bool:
    return variant.altered is not None and variant.altered.operator == EMPTIED


def _answer(reading: Reading) -> str:
    shapes = [shape(sql, reading.dialect) for sql in reading.statements]
    made = next((f"{item.creates} {item.made}" for item in shapes if item.made), "")
    return f"what the response makes ({made})" if made else "the response's change"


def _is_constant(
    trials: Sequence[Trial],
    by_way: dict[Way, Outcome],
    clock: Clock,
    bounds: Bounds,
    instruction: str,
) -> bool:
    """Whether the answer stays when there are other rows, or none, and nobody asked for that."""
    fixed = is_fixed(trials[0].reading) and any(trial.plan.puts_rows for trial in trials)
    if by_way.get(Way.EMPTIED) not in _HOLDS and not fixed:
        return False
    tables = [trial.case.expected for trial in trials if trial.case and trial.case.expected]
    if all(names_all(instruction, table.rows) for table in tables):
        return False
    others = [_other_rows(trial, bounds) for trial in trials]
    if others == list(trials):
        return not fixed
    executions = clock.each([trial.job(bounds) for trial in others])
    return decided(others, executions, bounds).outcome in _HOLDS if not clock.is_over else False


def _other_rows(trial: Trial, bounds: Bounds) -> Trial:
    """The trial on generated rows, with what was expected before."""
    if trial.case is None:
        return trial
    other = replace(
        second_instance(trial.case),
        expected=trial.case.expected,
        expected_of=trial.case.expected_of,
    )
    cases = _with(trial.reading.cases, trial.number, other)
    return again(trial, replace(trial.reading, cases=cases), bounds)


def _with(cases: tuple[TestCase, ...], number: int, other: TestCase) -> tuple[TestCase, ...]:
    return (*cases[:number], other, *cases[number + 1 :])


def _stored_otherwise(
    judgement: Judgement, backwards: Outcome | None, trials: Sequence[Trial], bounds: Bounds
) -> Judgement:
    """What it means that the test fails when the same rows are stored in another order."""
    if backwards is not Outcome.WRONG_RESULT:
        return judgement
    reading = trials[0].reading
    own = [sql for step, sql in trials[0].plan.steps if step is Step.OWN]
    if bounds.asks_order and not any(states_order(sql, reading.dialect) for sql in own):
        message = (
            "The instruction asks for an order and the query states none: with the same rows"
            " stored in another order the test fails."
        )
        return replace(judgement, outcome=Outcome.WRONG_RESULT, message=message)
    return _with_note(judgement, Note.ROW_ORDER)
