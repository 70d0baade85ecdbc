"""Put the tables and the SQL of a response's tests together to test cases."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from apps.sql.dialects import Dialect
from apps.validation.reading import labels
from apps.validation.reading.labels import Role, Section
from apps.validation.reading.pieces import Piece, What
from apps.validation.reading.statements import split_statements
from apps.validation.reading.syntax import Shape, shape
from apps.validation.values import Fixture, Table, TestCase

MAX_CASES = 20


@dataclass(frozen=True, slots=True)
class Subject:
    """What is tested. used: tables that it reads or writes, in the order of the text."""

    statements: tuple[str, ...]
    shapes: tuple[Shape, ...]
    used: tuple[str, ...]
    dialect: Dialect

    @property
    def made(self) -> frozenset[str]:
        """Tables and views that it creates."""
        return frozenset(item.made for item in self.shapes if item.creates in {"table", "view"})

    @property
    def writes(self) -> frozenset[str]:
        return frozenset(item.target for item in self.shapes if item.is_dml or item.verb == "alter")

    @property
    def only_reads(self) -> bool:
        return all(item.verb in {"select", "transaction"} for item in self.shapes)


def subject_of(statements: tuple[str, ...], dialect: Dialect) -> Subject:
    """Names and kinds of the implementation's statements."""
    shapes = tuple(shape(statement, dialect) for statement in statements)
    text = " ".join(statements).lower()
    names = {name for item in shapes for name in item.uses | {item.target} if name}
    made = {item.made for item in shapes if item.creates}
    # What is dropped or altered counts, what is made does not.
    ordered = sorted(names - (made - {item.target for item in shapes}), key=text.find)
    return Subject(statements, shapes, tuple(ordered), dialect)


@dataclass(slots=True)
class CaseBuilder:
    """Builds the cases in order; a new group begins when an input follows a result."""

    subject: Subject
    cases: list[TestCase] = field(default_factory=list)
    fixtures: list[Fixture] = field(default_factory=list)
    former: list[Fixture] = field(default_factory=list)
    use: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    has_result: bool = False
    number: int | None = None
    first: int = 0

    def piece(self, piece: Piece) -> None:
        if piece.number != self.number and self.has_result:
            self.new_group()
        self.number = piece.number
        if piece.what is What.SQL:
            self.sql(piece)
        elif piece.what is What.WORDS:
            self.notes.append(f"The expected result is told in words: “{piece.text[:80]}”.")
        elif piece.table is not None:
            self.table(piece, piece.table)

    def new_group(self) -> None:
        self.pair_results()
        self.former = self.fixtures or self.former
        self.fixtures, self.use, self.has_result = [], [], False

    def sql(self, piece: Piece) -> None:
        repeated = {_squeezed(statement) for statement in self.subject.statements}
        for statement in split_statements(piece.text, self.subject.dialect):
            found = shape(statement, self.subject.dialect)
            if _squeezed(statement) in repeated and not found.returns_rows:
                continue
            if self.is_use(found):
                if _squeezed(statement) not in repeated or self.use:
                    self.use.append(statement)
            else:
                if self.has_result and found.creates == "table":
                    self.new_group()
                self.fixtures.append(Fixture(sql=statement))

    def is_use(self, found: Shape) -> bool:
        """Whether a statement of the tests uses what was made, rather than sets up."""
        if found.creates:
            return False
        if found.verb == "insert":
            fired = any(
                item.creates == "trigger"
                and item.target == found.target
                and "insert" in item.events
                for item in self.subject.shapes
            )
            return fired or found.target in self.subject.made or bool(self.use)
        return found.verb not in {"drop", "other"} or bool(self.use) or self.calls(found)

    def calls(self, found: Shape) -> bool:
        routines = any(item.creates in {"function", "procedure"} for item in self.subject.shapes)
        return found.verb == "other" and routines

    def table(self, piece: Piece, table: Table) -> None:
        known = frozenset(self.subject.used) | self.subject.made | self.fixture_names()
        name = labels.table_name(piece.label, known)
        role = piece.role
        if role is Role.NONE and name in self.subject.used and name not in self.fixture_names():
            role = Role.INPUT
        if role is Role.NONE:
            given = self.fixtures or self.former or (self.subject.made and not self.subject.used)
            role = Role.EXPECTED if given else Role.INPUT
            self.notes.append(f"A table without a label was taken as the {role.value} table.")
        if role is Role.INPUT:
            self.input(replace(table, name=name))
        else:
            self.expected(replace(table, name=""), name, piece.label)

    def input(self, table: Table) -> None:
        if not table.columns:
            self.notes.append("An input table without column names was left out.")
            return
        if self.has_result:
            self.new_group()
        if not table.name:
            table = replace(table, name=self.free_name())
        if table.name:
            self.fixtures.append(Fixture(table=table))
        else:
            self.notes.append(
                "An input table has no name and the SQL uses no table that it could be."
            )

    def free_name(self) -> str:
        """The table that an unnamed input must be: the first that nothing gives yet."""
        given = self.fixture_names()
        candidates = [name for name in self.subject.used if name not in given]
        candidates += [name for name in sorted(self.subject.made) if name not in given]
        if len(candidates) > 1:
            self.notes.append(f"An input table without a name was taken as {candidates[0]}.")
        return candidates[0] if candidates else ""

    def fixture_names(self) -> frozenset[str]:
        names = {fixture.table.name for fixture in self.fixtures if fixture.table}
        names |= {
            shape(fixture.sql, self.subject.dialect).made
            for fixture in self.fixtures
            if fixture.sql
        }
        return frozenset(names - {""})

    def expected(self, table: Table, name: str, label: str) -> None:
        reads_only = self.subject.only_reads and not self.use
        tables = frozenset(self.subject.used) | self.subject.made | self.fixture_names()
        of = name if name in tables and not reads_only else ""
        result = labels.query_number(label) if not of else None
        queries = [index for index, item in enumerate(self.subject.shapes) if item.returns_rows]
        result = result if result is not None and result < len(queries) and not self.use else None
        self.cases.append(TestCase(self.given(), table, of, tuple(self.use), result))
        self.has_result = True

    def pair_results(self) -> None:
        """The group's k-th expected table is the k-th query's, where there is one for each."""
        group = self.cases[self.first :]
        own = sum(item.returns_rows for item in self.subject.shapes)
        used = sum(shape(sql, self.subject.dialect).returns_rows for sql in self.use)
        alike = all(case.use == tuple(self.use) and not case.expected_of for case in group)
        if len(group) > 1 and alike and len(group) == (used if self.use else own):
            start = own if self.use else 0
            self.cases[self.first :] = [
                replace(case, result=start + index) for index, case in enumerate(group)
            ]
        self.first = len(self.cases)

    def given(self) -> tuple[Fixture, ...]:
        """The group's fixtures, and the former group's for tables that this one leaves out."""
        names = self.fixture_names()
        borrowed = [
            fixture
            for fixture in self.former
            if _fixture_target(fixture, self.subject.dialect) not in names
        ]
        return (*borrowed, *self.fixtures)

    def finish(self) -> tuple[TestCase, ...]:
        """The cases; a group without a result still says what to run on."""
        self.pair_results()
        if len(self.cases) == 1 and not self.cases[0].fixtures and not self.has_result:
            # The result was shown before what it comes from.
            self.cases[0] = replace(self.cases[0], fixtures=tuple(self.fixtures))
        if not self.cases and (self.fixtures or self.use):
            made = [
                item.table
                for item in self.fixtures
                if item.table and item.table.name in self.subject.made
            ]
            table = made[0] if made and not self.subject.writes else None
            name = table.name if table else ""
            self.cases.append(TestCase(self.given(), table, name, tuple(self.use)))
        if len(self.cases) > MAX_CASES:
            self.unread.append(f"Only the first {MAX_CASES} tests are run.")
        return tuple(self.cases[:MAX_CASES])


def build_cases(
    pieces: list[Piece], test_sql: tuple[Piece, ...], subject: Subject
) -> tuple[tuple[TestCase, ...], tuple[str, ...], tuple[str, ...]]:
    """The test cases of a response, what was unclear about them and what a bound cut off."""
    builder = CaseBuilder(subject)
    tables = [piece for piece in pieces if piece.what in {What.TABLE, What.WORDS}]
    tested = [piece for piece in tables if piece.section is Section.TESTS]
    for piece in pieces:
        if piece in test_sql or piece in (tested or tables):
            builder.piece(piece)
    cases = builder.finish()
    return cases, (*builder.notes, *builder.unread), tuple(builder.unread)


def _fixture_target(fixture: Fixture, dialect: Dialect) -> str:
    if fixture.table:
        return fixture.table.name
    found = shape(fixture.sql, dialect)
    return found.made or found.target


def _squeezed(text: str) -> str:
    return " ".join(text.lower().split())
