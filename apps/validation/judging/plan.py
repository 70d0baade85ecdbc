"""What one test of a response is to run: set-up, the response's statements, probes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from sqlglot import exp

from apps.sql.columns import without_default_schemas
from apps.sql.dialects import Dialect
from apps.sql.shape import columns_of, created_columns, parse, shape
from apps.sql.tokens import first_word
from apps.validation.judging.fixtures import (
    Spelt,
    create_schema,
    create_table,
    insert_rows,
    quote_name,
)
from apps.validation.judging.unfilled import stand_ins
from apps.validation.rows import inserted_table
from apps.validation.strength.embedded import with_others
from apps.validation.strength.writing import translated
from apps.validation.subject import Subject, fixture_target, made_first, subject_of
from apps.validation.values import Fixture, Limits, Reading, ScriptJob, Table, TestCase

MAX_PROBES = 5
# What a procedure changes is not to be seen in the statement that calls it.
_CALL = re.compile(r"\s*(?:CALL|EXEC|EXECUTE|DO)\b", re.IGNORECASE)
_CALL_IN_QUERY = re.compile(r"\s*SELECT\s+(?:\w+\.)?(\w+)\s*\(", re.IGNORECASE)


class Step(StrEnum):
    """Whose statement it is: the response's, a test's rows for a table that it made, the test's."""

    OWN = "own"
    ROWS = "rows"
    USE = "use"


@dataclass(frozen=True, slots=True)
class Plan:
    """setup and steps in order; probes: the tables that are read afterwards, likeliest first.

    spelt: how the SQL writes names, see `quote_name`.
    """

    setup: tuple[str, ...]
    steps: tuple[tuple[Step, str], ...]
    probes: tuple[str, ...]
    spelt: Spelt = field(default_factory=dict)

    @property
    def statements(self) -> tuple[str, ...]:
        return tuple(sql for _, sql in self.steps)

    def own(self, statements: frozenset[int]) -> frozenset[int]:
        """Positions among the steps of the response's statements at these positions."""
        places = [place for place, (step, _) in enumerate(self.steps) if step is Step.OWN]
        return frozenset(places[index] for index in statements if index < len(places))

    def without(self, places: frozenset[int]) -> Plan:
        """The plan with these steps left out; what is read afterwards stays the same."""
        kept = tuple(step for place, step in enumerate(self.steps) if place not in places)
        return replace(self, steps=kept)

    def rewritten(self, statements: Sequence[str], dialect: Dialect) -> Plan:
        """The plan with others in the place of the response's statements, as many of them, also
        where a statement of the test holds one. dialect: the statements'.
        """
        own = [sql for step, sql in self.steps if step is Step.OWN]
        changed = {old: new for old, new in zip(own, statements, strict=True) if old != new}
        others = iter(statements)
        steps = tuple(
            (step, next(others) if step is Step.OWN else with_others(sql, changed, dialect))
            for step, sql in self.steps
        )
        return replace(self, steps=steps)

    def emptied(self) -> Plan:
        """The plan with no rows put into tables before the response's statements."""
        setup = tuple(sql for sql in self.setup if not _puts_rows(sql))
        return replace(
            self, setup=setup, steps=tuple(item for item in self.steps if item[0] is not Step.ROWS)
        )

    @property
    def puts_rows(self) -> bool:
        return any(_puts_rows(sql) for sql in self.setup) or any(
            step is Step.ROWS for step, _ in self.steps
        )

    def job(self, case: TestCase | None, limits: Limits, dialect: Dialect) -> ScriptJob:
        """The plan as a job; its result may have one row more than is expected, to be seen."""
        read = "SELECT * FROM {}".format
        probes = tuple(read(quote_name(name, dialect, self.spelt)) for name in self.probes)
        if case and case.expected:
            limits = replace(limits, rows=max(limits.rows, len(case.expected.rows) + 1))
        return ScriptJob(self.setup, self.statements, probes, limits)


def _puts_rows(sql: str) -> bool:
    return first_word(sql) in {"INSERT", "REPLACE", "COPY"}


def build_job(
    reading: Reading,
    case: TestCase | None,
    *,
    limits: Limits,
    dialect: Dialect = Dialect.SQLITE,
) -> ScriptJob:
    """The job of one test case on a database of `dialect`; case None: only run the statements."""
    return make_plan(reading, case, dialect).job(case, limits, dialect)


def make_plan(reading: Reading, case: TestCase | None, dialect: Dialect) -> Plan:
    """The same plan every time, so that judging knows whose statement failed."""
    case = case or TestCase()
    subject = subject_of(reading.statements, reading.dialect)
    made = frozenset(item.made for item in subject.shapes if item.creates == "table")
    fixtures = _all_fixtures(reading, case, subject)
    spelt = reading.spelt if dialect is Dialect.MYSQL else reading.quoted
    made_here = tuple(item for item in fixtures if _name(item, reading) not in made)
    setup = _Setup(reading, case, subject, dialect, spelt).statements(made_here)
    late = [
        item
        for item in fixtures
        if _name(item, reading) in made - subject.filled and not _creates_table(item, reading)
    ]
    steps = _steps(subject, late, dialect, spelt)
    steps += [(Step.USE, sql) for sql in case.use]
    return Plan(setup, tuple(steps), _probes(subject, case, fixtures), spelt)


def _all_fixtures(reading: Reading, case: TestCase, subject: Subject) -> tuple[Fixture, ...]:
    """The instruction's definitions first, where the test has none of its own, then the test's."""
    own_shapes = [shape(item.sql, reading.dialect) for item in case.fixtures if item.sql]
    filled = {item.target for item in own_shapes if item.verb == "insert"}
    own_rows = filled | {item.table.name for item in case.fixtures if item.table}
    made = {item.made for item in (*subject.shapes, *own_shapes) if item.creates}
    context = [
        item
        for item in reading.context
        if _name(item, reading) not in made
        and (_creates(item, reading) or _name(item, reading) not in own_rows)
    ]
    own = [item for item in case.fixtures if not (item.table and item.table.name in filled)]
    # A view of the instruction may read a table that only the test gives.
    every = [*(item for item in context if item not in own), *own]
    late = [item for item in every if item.sql and _stands_on(item, reading)]
    tables = [item for item in every if item not in late]
    return tuple(
        made_first(
            tuple(dict.fromkeys([*tables, *late])),
            lambda item: {shape(item.sql, reading.dialect).made} - {""} if item.sql else set(),
            lambda item: _touched(item, reading.dialect),
        )
    )


def _touched(fixture: Fixture, dialect: Dialect) -> frozenset[str]:
    """The tables that a fixture's SQL needs to be there."""
    found = shape(fixture.sql, dialect) if fixture.sql else None
    if found is None or found.verb == "drop":
        return frozenset()
    return (found.uses | {found.target}) - {found.made, ""}


@dataclass(frozen=True, slots=True)
class _Setup:
    """Makes the statements that set a test up."""

    reading: Reading
    case: TestCase
    subject: Subject
    dialect: Dialect
    spelt: Spelt

    def statements(self, fixtures: tuple[Fixture, ...]) -> tuple[str, ...]:
        defined = {shape(item.sql, self.subject.dialect).made for item in fixtures if item.sql}
        statements: list[str] = []
        for item in fixtures:
            if item.table is None:
                table = self.undefined(item.sql, fixtures, defined)
                statements += (*self.made(table, defined), item.sql) if table else (item.sql,)
                continue
            statements += self.made(item.table, defined)
            statements += insert_rows(item.table, self.dialect, self.spelt)
        return tuple(statements)

    def made(self, table: Table, defined: set[str]) -> Iterator[str]:
        """The statements that make a table, none where it is defined."""
        if table.name not in defined:
            defined.add(table.name)
            yield from create_schema(table.name, self.dialect, self.spelt)
            yield from self.create(table)

    def undefined(self, sql: str, fixtures: tuple[Fixture, ...], defined: set[str]) -> Table | None:
        """The table that an INSERT names the columns of, where nothing makes it; with the rows of
        all that do."""
        dialect = self.subject.dialect
        found = shape(sql, dialect)
        if found.verb != "insert" or found.target in {*defined, *self.subject.made}:
            return None
        first = inserted_table(sql, dialect)
        every = [inserted_table(item.sql, dialect) for item in fixtures if item.sql]
        alike = [one for one in every if one and first and replace(one, rows=first.rows) == first]
        return first and replace(first, rows=tuple(row for one in alike for row in one.rows))

    def create(self, table: Table) -> tuple[str, ...]:
        numbered = zip(self.subject.statements, self.subject.shapes, strict=True)
        inserts = [
            sql
            for sql, item in numbered
            if item.verb in {"insert", "merge"} and item.target == table.name
        ]
        key = table.columns[0].lower() if table.columns else ""
        named = [columns_of(sql, self.subject.dialect).reads.get(table.name) for sql in inserts]
        return create_table(
            table,
            self.dialect,
            auto_key=bool(inserts) and not all(names and key in names for names in named),
            unique=_conflict_columns(self.subject, table) if inserts else (),
            spelt=self.spelt,
            stand_ins=partial(stand_ins, self.reading, self.case, table.name),
        )


def _conflict_columns(subject: Subject, table: Table) -> tuple[str, ...]:
    """The columns that an upsert needs to be unique: those it names, else what may be its key."""
    for statement, item in zip(subject.statements, subject.shapes, strict=True):
        if item.target != table.name:
            continue
        named = re.search(r"\bon\s+conflict\s*\(([^)]{1,200})\)", statement, re.IGNORECASE)
        if named:
            names = tuple(part.strip().strip('"`').lower() for part in named.group(1).split(","))
            known = {name.lower() for name in table.columns}
            return names if set(names) <= known else ()
        if re.search(
            r"\bon\s+(?:duplicate\s+key|conflict)\b|^\s*replace\b|\binsert\s+(?:or\s+\w+|ignore)\s+into",
            statement,
            re.IGNORECASE,
        ):
            return _likely_key(statement, table, subject.dialect)
    return ()


def _likely_key(insert: str, table: Table, dialect: Dialect) -> tuple[str, ...]:
    """As few of the first columns that an INSERT fills as no two rows of the table share."""
    tree = parse(insert, dialect)
    into = tree.this if isinstance(tree, exp.Insert) else None
    named = {column.name.lower() for column in into.expressions} if into is not None else set()
    places = [at for at, name in enumerate(table.columns) if not named or name.lower() in named]
    for count in range(1, len(places) + 1):
        keys = [tuple(row[at] for at in places[:count]) for row in table.rows]
        if len(set(keys)) == len(keys):
            return tuple(table.columns[at].lower() for at in places[:count])
    return ()


def _steps(
    subject: Subject, late: list[Fixture], dialect: Dialect, spelt: Spelt
) -> list[tuple[Step, str]]:
    """The response's statements, with the test's rows right after the table that takes them."""
    last: dict[str, int] = {}
    for index, item in enumerate(subject.shapes):
        name = item.made if item.creates == "table" else item.target if item.verb == "alter" else ""
        if name:
            last[name] = index
    steps: list[tuple[Step, str]] = []
    for index, statement in enumerate(subject.statements):
        steps.append((Step.OWN, statement))
        for fixture in late:
            name = (
                fixture.table.name if fixture.table else shape(fixture.sql, subject.dialect).target
            )
            if last.get(name) != index:
                continue
            rows = insert_rows(fixture.table, dialect, spelt) if fixture.table else (fixture.sql,)
            steps += [(Step.ROWS, sql) for sql in rows]
    return steps


def _probes(subject: Subject, case: TestCase, fixtures: tuple[Fixture, ...]) -> tuple[str, ...]:
    if case.expected_of:
        return (case.expected_of,)
    used = [shape(statement, subject.dialect) for statement in case.use]
    names: list[str] = []
    for item in reversed([*subject.shapes, *used]):
        if item.is_dml or item.verb == "alter" or item.creates in {"trigger", "index"}:
            names.append(item.target)
        elif item.creates in {"table", "view"}:
            names.append(item.made)
    if any(_calls(sql, subject) for sql in (*subject.statements, *case.use)):
        names += _alike(case.expected, fixtures, subject.dialect)
    return tuple(dict.fromkeys(name for name in names if name))[:MAX_PROBES]


def _calls(sql: str, subject: Subject) -> bool:
    """Whether a statement calls a routine: with CALL and the like, or a made one in a query."""
    query = _CALL_IN_QUERY.match(sql)
    made = {item.made for item in subject.shapes if item.creates in {"function", "procedure"}}
    return bool(_CALL.match(sql)) or bool(query and query.group(1).lower() in made)


def _alike(expected: Table | None, fixtures: tuple[Fixture, ...], dialect: Dialect) -> list[str]:
    """Given tables with the columns that are expected: what a CALL may have changed."""
    if expected is None or not expected.columns:
        return []
    wanted = {name.lower() for name in expected.columns}
    found = []
    for item in fixtures:
        if item.table:
            name, columns = item.table.name, {name.lower() for name in item.table.columns}
        else:
            name = shape(item.sql, dialect).made
            columns = set(created_columns(item.sql, dialect))
        if name and wanted <= columns:
            found.append(name)
    return found


def _name(fixture: Fixture, reading: Reading) -> str:
    return fixture_target(fixture, reading.dialect)


def _creates(fixture: Fixture, reading: Reading) -> bool:
    return bool(fixture.sql) and bool(shape(fixture.sql, reading.dialect).creates)


def _stands_on(fixture: Fixture, reading: Reading) -> bool:
    return shape(fixture.sql, reading.dialect).creates in {"view", "index"}


def _creates_table(fixture: Fixture, reading: Reading) -> bool:
    return bool(fixture.sql) and shape(fixture.sql, reading.dialect).creates == "table"


def translate_reading(reading: Reading, dialect: Dialect) -> Reading | None:
    """The same reading with its SQL in another dialect, None where sqlglot cannot do it."""
    statements = _translate_all(reading.statements, reading.dialect, dialect)
    context = _translate_fixtures(reading.context, reading.dialect, dialect)
    cases = []
    for case in reading.cases:
        fixtures = _translate_fixtures(case.fixtures, reading.dialect, dialect)
        use = _translate_all(case.use, reading.dialect, dialect)
        if fixtures is None or use is None:
            return None
        cases.append(replace(case, fixtures=fixtures, use=use))
    if statements is None or context is None:
        return None
    return replace(
        reading, statements=statements, context=context, cases=tuple(cases), dialect=dialect
    )


def _translate_fixtures(
    fixtures: tuple[Fixture, ...], source: Dialect, target: Dialect
) -> tuple[Fixture, ...] | None:
    found = []
    for item in fixtures:
        if item.table is not None:
            found.append(item)
            continue
        translated = _translate_all((item.sql,), source, target)
        if translated is None:
            return None
        found.append(Fixture(sql=translated[0]))
    return tuple(found)


def _translate_all(
    statements: tuple[str, ...], source: Dialect, target: Dialect
) -> tuple[str, ...] | None:
    found = []
    for statement in statements:
        tree = parse(statement, source)
        # sqlglot keeps a routine's body as it is, which means something else elsewhere.
        if tree is None or shape(statement, source).creates in {"function", "procedure", "trigger"}:
            return None
        sql = translated(without_default_schemas(tree), target)
        if not sql:
            return None
        found.append(sql)
    return tuple(found)
