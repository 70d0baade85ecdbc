"""The labelled responses in the real sandboxes, part by part, a test for each database.

A response is read, and altered, once for all databases, as workers do it. In four files, so that
they run side by side; each part is a few responses, so that the limit of a test is one of progress:
a busy machine needs longer for all of them, hardly for a few.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from apps.validation.judging import Judgement, validate_reading
from apps.validation.judging.tools import Tools, once
from apps.validation.reading import read_response
from apps.validation.runners import Timed
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Limits, Outcome, Reading
from tests.validation.caselib import Case, combined_cases, written_cases
from tests.validation.test_examples import PAIRS

WRITTEN = written_cases()
ON_MARIADB = (
    "again", "drawn", "earned", "first", "fresh", "judged", "kinds", "later", "mended", "models", "ordinary", "rarer",
    "roles", "second", "seen", "shapes", "shown", "siblings", "sight", "told", "unseen",
)  # fmt: skip
MARIADBS = {case.name for file in ON_MARIADB for case in written_cases(file)}
EVERYWHERE = {case.name for case in WRITTEN}
_PART = 20
FILES = 4
# What never ends does not end in less time either.
_SHORT = Limits(seconds=1.0)
# What other databases rightly say otherwise than SQLite, for which the cases are written.
OTHERWISE = {
    "sqlite": {"file access is refused or fails": Outcome.REFUSED},
    "duckdb": {
        "file access is refused or fails": Outcome.REFUSED,
        "expected leaves out a default column": Outcome.SQL_ERROR,
        "truncate is delete without where in sqlite": Outcome.PASSED,
        "trigger used by the test": Outcome.SQL_ERROR,
        "trigger on update": Outcome.SQL_ERROR,
        "create table in the words of another database": Outcome.NO_TESTS,
        "date arithmetic of sqlite": Outcome.SQL_ERROR,
        "a format in quotes is no placeholder": Outcome.SQL_ERROR,
        # AT is a word of DuckDB's own.
        "time literal is no placeholder": Outcome.SQL_ERROR,
        "timestamps with midnight": Outcome.SQL_ERROR,
    },
    "postgres": {
        "insert or replace": Outcome.SQL_ERROR,
        "expected leaves out a default column": Outcome.SQL_ERROR,
        "truncate is delete without where in sqlite": Outcome.PASSED,
        "trigger used by the test": Outcome.SQL_ERROR,
        "trigger on update": Outcome.SQL_ERROR,
        "create table in the words of another database": Outcome.NO_TESTS,
        "function cannot be made in sqlite": Outcome.PASSED,
        "date arithmetic of sqlite": Outcome.SQL_ERROR,
        # The translation keeps the format, which means nothing there.
        "a format in quotes is no placeholder": Outcome.SQL_ERROR,
        "grant is unknown to sqlite": Outcome.NO_TESTS,
        "schema-qualified name of the default schema": Outcome.SQL_ERROR,
    },
}


class Part:
    """A few of the labelled responses; what is read of them is kept until `forget`."""

    def __init__(self, cases: list[Case]) -> None:
        self.cases = cases
        self.forget()

    def forget(self) -> None:
        self._readings: dict[str, Reading] = {}
        self.tools = once(Tools())

    def reading(self, case: Case) -> Reading:
        if case.name not in self._readings:
            reading = read_response(case.response, instruction=case.instruction)
            self._readings[case.name] = reading
        return self._readings[case.name]

    def on(self, name: str) -> list[Case]:
        """The responses whose verdict on a database is written down."""
        if name == "sqlite":
            return self.cases
        known = MARIADBS if name == "mariadb" else EVERYWHERE
        return [case for case in self.cases if case.name in known]


CASES = [*WRITTEN, *combined_cases()]
PARTS = [Part(CASES[start : start + _PART]) for start in range(0, len(CASES), _PART)]


def parts_of(file: int) -> Any:
    """A fixture: the parts of one of the files, one after the other, named by their first."""
    chosen = PARTS[file::FILES]

    @pytest.fixture(scope="module", params=chosen, ids=[part.cases[0].name for part in chosen])
    def part(request: pytest.FixtureRequest) -> Iterator[Part]:
        yield request.param
        request.param.forget()

    return part


def expected(case: Case, name: str) -> Outcome:
    """What a careful person says of a response on a database."""
    return OTHERWISE.get(name, {}).get(
        case.name, case.on(name) if name != "sqlite" else case.outcome
    )


def judged(pool: SandboxPool, part: Part, case: Case) -> Judgement:
    timed = Timed(pool)
    return validate_reading(
        part.reading(case),
        timed,
        pool.database.dialect,
        instruction=case.instruction,
        run_together=timed.together,
        mutate=case.mutate,
        limits=Limits() if expected(case, pool.database.name) is not Outcome.TIMEOUT else _SHORT,
        tools=part.tools,
    )


def disagreements(pool: SandboxPool, part: Part) -> list[str]:
    """What is found, what is right and the message, of each response that is judged wrongly."""
    name = pool.database.name
    wrong = []
    for case in part.on(name):
        judgement, right = judged(pool, part, case), expected(case, name)
        told = f"{case.name} on {name}: {judgement.outcome}, {judgement.message}"
        if judgement.outcome is not right and not _is_full(case.name, judgement.outcome):
            wrong.append(f"{told}; right is {right}")
        elif name == "sqlite" and right is case.outcome:
            # The words are those that are written down for it.
            if case.fragment.lower() not in judgement.message.lower():
                wrong.append(f"{told}; it does not say {case.fragment}")
            if case.notes and set(judgement.notes) != set(case.notes) - {"none"}:
                wrong.append(f"{told}; it notes {judgement.notes}, not {case.notes}")
    return wrong


def _is_full(case: str, outcome: Outcome) -> bool:
    """PostgreSQL's temporary files are full before its time is over, where the disk is quick."""
    return case == "endless recursion" and outcome is Outcome.REFUSED


def row_2_on(pool: SandboxPool) -> Judgement:
    """What a database says of the third labelled pair, which is SQLite's dialect."""
    pair = PAIRS[2]
    case = Case("", Outcome.SQL_ERROR, pair["instruction"], pair["response"])
    return judged(pool, Part([case]), case)
