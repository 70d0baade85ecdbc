"""Put the tables and the SQL of a response's tests together to test cases."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from apps.sql.columns import best, gives, squeezed, takes
from apps.sql.shape import Shape, columns_of, reads_of, shape, table_shown
from apps.validation.asserting import asserted, raises
from apps.validation.reading import labels
from apps.validation.reading.blocks import What
from apps.validation.reading.labels import Role, Section
from apps.validation.reading.pieces import Piece
from apps.validation.subject import MUST_FAIL, Subject, flat, told_to_fail, uncommented
from apps.validation.values import Fixture, Table, TestCase

MAX_CASES = 20
# So many statements of a test are looked at for what they assert.
_MOST_ASSERTED = 200


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
    is_late: bool = False
    context: frozenset[str] = frozenset()
    pieces: list[Piece] = field(default_factory=list)
    added: list[Fixture] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)

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
        if self.begins_anew or not self.former:
            self.former = self.fixtures or self.former
            self.added, self.changes = [], []
        else:
            self.added += self.fixtures
        self.changes += [sql for sql in self.use if self.is_change(sql)]
        self.fixtures, self.use, self.has_result, self.is_late = [], [], False, False

    @property
    def begins_anew(self) -> bool:
        """Whether the test at hand gives a table of its own."""
        return bool(self.fixture_names())

    def is_change(self, sql: str) -> bool:
        return not (sql.endswith(MUST_FAIL) or self.returns_rows(sql))

    def returns_rows(self, sql: str) -> bool:
        return shape(sql, self.subject.dialect).returns_rows

    def sql(self, piece: Piece) -> None:
        repeated = {flat(statement) for statement in self.subject.statements}
        every = list(told_to_fail(piece.text, self.subject.dialect))
        for place, (statement, fails) in enumerate(every, start=1):
            found = shape(statement, self.subject.dialect)
            if flat(statement) in repeated and not found.returns_rows:
                continue
            if found.verb == "drop" and found.target in self.subject.made | self.fixture_names():
                continue  # tidies up
            fails = fails or piece.fails or (piece.refused and place == len(every))
            fails = fails and found.is_dml
            if self.is_use(found, statement) or fails:
                statement += MUST_FAIL if fails else ""
                later = (shape(sql, self.subject.dialect) for sql, _ in every[place:])
                if flat(statement) not in repeated or self.use or any(x.is_dml for x in later):
                    self.use.append(statement)
            else:
                if self.has_result and found.creates == "table" and not self.is_before_input:
                    self.new_group()
                self.given_late(Fixture(sql=statement))

    def is_use(self, found: Shape, sql: str) -> bool:
        """Whether a statement of the tests uses what was made, rather than sets up."""
        if found.creates:
            return False
        if self.subject.only_reads and found.is_dml:
            return bool(self.use)  # the query is asked after it
        if found.verb == "insert":
            goes_on = bool(self.former) and not (self.fixtures or self.subject.writes)
            return bool(self.use) or goes_on or self.subject.is_fed_by(found, sql)
        calls = found.verb == "other" and (self.subject.has_routines or self.names_made(sql))
        return found.verb not in {"drop", "other"} or bool(self.use) or calls

    def names_made(self, sql: str) -> bool:
        return not self.subject.made.isdisjoint(re.findall(r"[\w.]+", sql.lower()))

    def table(self, piece: Piece, table: Table) -> None:
        if piece.query:
            self.expected(table, "", piece)
            return
        known = {*self.subject.used, *self.subject.mentioned, *self.subject.made}
        named = labels.tables_named(piece.label, known | self.fixture_names())
        before = self.shown_before(piece)
        role, named = (Role.INPUT, before) if before else (self.role(piece, table, named), named)
        if role is Role.NONE:
            self.notes.append("A table that is neither read nor given by the SQL was left out.")
        elif role is Role.INPUT:
            self.input(self.as_read(table, self.input_name(piece.label, table, named)))
        else:
            self.expected(replace(table, name=""), next(iter(named), ""), piece)

    def role(self, piece: Piece, table: Table, named: tuple[str, ...]) -> Role:
        """What a table is, by its columns and the SQL's; by its label where these do not tell."""
        names = [squeezed(name) for name in table.columns]
        label, strong = piece.role, labels.is_strong(piece.label)
        if not names and not (label is Role.INPUT and strong):
            return Role.EXPECTED  # rows without names fill no table
        free = self.free()
        is_result = self.is_result(names)
        says_nothing = label is not Role.EXPECTED and not (strong or named or is_result)
        if says_nothing and piece.number is None and self.explains(names):
            return Role.NONE
        if label is Role.INPUT and not strong and not free and not named:
            return Role.EXPECTED  # nothing is left that it could be put into
        fits = [name for name in free if takes(name, names, self.reads()) is True]
        if self.subject.only_reads and names:
            decided = self.by_columns(piece, names, is_result, fits)
        else:
            decided = self.by_changes(piece, names, is_result, fits)
        if decided is not Role.NONE:
            return decided
        if label is not Role.NONE:
            return label
        given = self.fixtures or self.former or (self.subject.made and not self.subject.used)
        role = Role.EXPECTED if given else Role.INPUT
        self.notes.append(f"A table without a label was taken as the {role.value} table.")
        return role

    def explains(self, names: list[str]) -> bool:
        """Whether a table is about something else: the columns' types, ways to do it, a part."""
        reads, have = self.reads(), set(names)
        tables = {*self.subject.used, *self.subject.made, *self.subject.mentioned}
        for name in tables:
            made = self.subject.made_columns.get(name)
            if have <= made if made else takes(name, names, reads) is not False:
                return False
        return bool(tables and names)

    def by_columns(self, piece: Piece, names: list[str], is_result: bool, fits: list[str]) -> Role:
        """For queries: a table with the result's columns, or with those that are read of one."""
        label, strong = piece.role, labels.is_strong(piece.label)
        if not fits:
            return Role.EXPECTED if is_result else Role.NONE
        if not is_result:
            shown_later = any(map(self.is_result, self.later(piece)))
            told = label is Role.EXPECTED and strong and not shown_later
            return Role.EXPECTED if told else Role.INPUT
        again = any(sorted(other) == sorted(names) for other in self.later(piece))
        if again and labels.tables_named(piece.label, frozenset(self.free())):
            return Role.INPUT  # `results:` is the name of a table, too
        if label is not Role.NONE:
            return label
        is_shown_later = any(
            takes(fits[0], other, self.reads()) and not self.is_result(other)
            for other in self.later(piece)
        )
        return Role.EXPECTED if is_shown_later or set(fits) <= self.context else Role.INPUT

    def by_changes(self, piece: Piece, names: list[str], is_result: bool, fits: list[str]) -> Role:
        """For changes: the table before and after, in this order where the label does not tell."""
        label, strong = piece.role, labels.is_strong(piece.label)
        if label is not Role.NONE and strong:
            return label
        before = [item.table for item in self.fixtures if item.table]
        again = any(sorted(map(squeezed, item.columns)) == sorted(names) for item in before)
        if again and not self.has_result and not fits:
            return Role.EXPECTED
        if label is Role.EXPECTED and fits and not self.subject.made:
            again = any(sorted(other) == sorted(names) for other in self.later(piece))
            return Role.INPUT if again else Role.EXPECTED
        if label is not Role.EXPECTED and fits and is_result and self.asks_what_is_filled():
            again = any(map(self.is_result, self.later(piece)))
            return Role.INPUT if again else Role.EXPECTED
        if label is not Role.NONE:
            return label
        return Role.INPUT if fits else Role.EXPECTED if is_result else Role.NONE

    def asks_what_is_filled(self) -> bool:
        """Whether the SQL itself puts rows into a table that it makes, and then asks for some."""
        dialect = self.subject.dialect
        shapes = [*self.subject.shapes, *(shape(sql, dialect) for sql in self.use)]
        filled = any(item.verb == "insert" and item.target in self.subject.made for item in shapes)
        return filled and any(item.verb == "select" for item in shapes)

    def is_result(self, names: list[str]) -> bool:
        known = {name: tuple(columns) for name, columns in self.subject.made_columns.items()}
        known |= {item.table.name: item.table.columns for item in self.fixtures if item.table}
        queries = [
            columns_of(sql, self.subject.dialect) for sql in (*self.subject.statements, *self.use)
        ]
        made = zip(self.subject.shapes, queries, strict=False)
        known |= {item.made: query.gives for item, query in made if item.creates and query.gives}
        return any(gives(query, names, known) for query in queries)

    def later(self, piece: Piece) -> Iterator[list[str]]:
        """The columns of the tables that follow in the same test."""
        place = self.pieces.index(piece)
        for other in self.pieces[place + 1 :]:
            if other.table is not None and other.number == piece.number:
                yield [squeezed(name) for name in other.table.columns]

    def shown_before(self, piece: Piece) -> tuple[str, ...]:
        """The table whose rows a session shows, and then again, when nothing gives it yet."""
        dialect, sql = self.subject.dialect, piece.shown_by
        again = [other.shown_by for other in self.pieces[self.pieces.index(piece) + 1 :]]
        whole = not (sql in again and self.subject.writes)
        name = table_shown(sql, dialect, whole=whole)
        of = {table_shown(other, dialect) for other in again}
        return (name,) if name in self.free() and name in of else ()

    def free(self) -> list[str]:
        """The tables that the SQL uses and nothing gives yet; all of them after a result."""
        is_open = not self.has_result or self.is_before_input
        given = self.fixture_names() if is_open else ()
        return [name for name in self.subject.takeable if name not in given]

    def reads(self) -> dict[str, frozenset[str]]:
        """The columns that are read of each table and that it has from the beginning."""
        found = reads_of((*self.subject.statements, *self.use), self.subject.dialect)
        added = self.subject.added
        return {name: columns - added.get(name, frozenset()) for name, columns in found.items()}

    def input_name(self, label: str, table: Table, named: tuple[str, ...]) -> str:
        """The table that an input is of: one named that fits, else the one that fits, else told."""
        names = [squeezed(name) for name in table.columns]
        reads, free = self.reads(), self.free()
        fitting = [name for name in named if takes(name, names, reads) is not False]
        told = labels.table_name(label)
        fits = [name for name in free if takes(name, names, reads)]
        candidates = (*fitting, told, *fits, *named, best(free, names, reads), *free)
        return next(filter(None, candidates), "") or f"input_{len(self.fixtures) + 1}"

    def as_read(self, table: Table, name: str) -> Table:
        """The table with its columns as the SQL calls them: `Order No` → order_no."""
        every = (*self.subject.statements, *self.use)
        reads = [columns_of(sql, self.subject.dialect).reads.get(name, ()) for sql in every]
        told = {squeezed(column): column for columns in reads for column in columns}
        spelt = ((column, told.get(squeezed(column), column)) for column in table.columns)
        columns = (column if column.lower() == other else other for column, other in spelt)
        return replace(table, columns=tuple(columns), name=name)

    def input(self, table: Table) -> None:
        if not table.columns:
            self.notes.append("An input table without column names was left out.")
            return
        if self.has_result and not self.is_before_input:
            self.new_group()
        self.given_late(Fixture(table=table))

    @property
    def is_before_input(self) -> bool:
        """Whether the result at hand was shown before anything that it comes from."""
        return self.has_result and not (self.fixtures or self.former or self.context)

    def given_late(self, fixture: Fixture) -> None:
        """A fixture of the test at hand, also of results that stand before it."""
        late = self.has_result and (self.is_before_input or self.is_late)
        self.is_late = late
        self.fixtures.append(fixture)
        if late:
            self.cases[self.first :] = [
                replace(case, fixtures=self.given()) for case in self.cases[self.first :]
            ]

    def fixture_names(self) -> frozenset[str]:
        dialect = self.subject.dialect
        names = {
            item.table.name if item.table else shape(item.sql, dialect).made
            for item in self.fixtures
        }
        return frozenset(names - {""})

    def expected(self, table: Table, name: str, piece: Piece) -> None:
        reads_only = self.subject.only_reads and not self.use
        tables = frozenset(self.subject.used) | self.subject.made | self.fixture_names()
        of = name if name in tables and not reads_only else ""
        asked = piece.query or piece.shown_by
        result = self.place_of(asked, piece) if len(self.cases) <= MAX_CASES else None
        self.cases.append(TestCase(self.given(), table, of, tuple(self.use), result))
        self.has_result = True

    def place_of(self, query: str, piece: Piece | None = None) -> int | None:
        """Which of all queries so far one is; of equal ones each of the last that are told of."""
        every = (*self.subject.statements, *self.use)
        asking = [sql for sql in every if self.returns_rows(sql)]
        bare = [uncommented(sql, self.subject.dialect) for sql in asking]
        wanted = uncommented(query, self.subject.dialect)
        places = [place for place, one in enumerate(bare) if query and one == wanted]
        told = [one is piece for one in self.pieces if query and query in (one.query, one.shown_by)]
        again = len(told) - told.index(True) if True in told else len(places)
        return places[-again] if 0 < again <= len(places) else next(iter(places), None)

    def pair_results(self) -> None:
        """The group's k-th expected table is the k-th query's, where there is one for each."""
        group = self.cases[self.first :]
        own = sum(item.returns_rows for item in self.subject.shapes)
        used = sum(map(self.returns_rows, self.use))
        alike = all(case.use == tuple(self.use) and not case.expected_of for case in group)
        alike = alike and all(case.result is None for case in group)
        if len(group) > 1 and alike and len(group) == (used if self.use else own):
            start = own if self.use else 0
            self.cases[self.first :] = [
                replace(case, result=start + index) for index, case in enumerate(group)
            ]
        self.cases += self.asserting(self.cases[self.first :])
        if (self.added or self.changes) and not self.begins_anew:
            group = self.cases[self.first :]
            self.cases[self.first :] = [replace(case, goes_on=self.after(case)) for case in group]
        self.first = len(self.cases)

    def after(self, case: TestCase) -> TestCase:
        """The test on what those before it left."""
        fixtures = (*self.former, *self.added, *self.fixtures)
        return replace(case, fixtures=fixtures, use=(*self.changes, *case.use))

    def asserting(self, group: list[TestCase]) -> Iterator[TestCase]:
        """Tests of the group by what its SQL asserts itself, where no table is shown for it."""
        dialect, use = self.subject.dialect, tuple(self.use)
        every = (*(self.subject.statements if not self.first else ()), *use)[:_MOST_ASSERTED]
        shown = {case.result for case in group}
        own = self.subject.statements
        told = {} if None in shown else {sql: asserted(sql, dialect, own) for sql in every}
        for sql, said in told.items():
            place = self.place_of(sql)
            if said is not None and place is not None and place not in shown:
                yield TestCase(self.given(), said.table, "", use, place, each=said.each)
        tells = any(raises(sql, dialect) or sql.endswith(MUST_FAIL) for sql in every)
        if tells and not (group or any(told.values())):
            yield TestCase(self.given(), None, "", use, asserts=True)

    def given(self) -> tuple[Fixture, ...]:
        """The group's fixtures, and the former group's for tables that this one leaves out."""
        names = self.fixture_names()
        borrowed = [item for item in self.former if self.subject.target_of(item) not in names]
        return (*borrowed, *self.fixtures)

    def finish(self) -> tuple[TestCase, ...]:
        """The cases; a group without a result still says what to run on."""
        first, given = self.first, bool(self.fixtures or self.use)
        self.pair_results()
        if first and given and len(self.cases) == first and self.number is not None:
            self.unread.append(f"Nothing was read as the result of test {self.number}.")
        if not self.cases and given:
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
    pieces: list[Piece],
    test_sql: tuple[Piece, ...],
    subject: Subject,
    context: frozenset[str] = frozenset(),
) -> tuple[tuple[TestCase, ...], tuple[str, ...], tuple[str, ...]]:
    """The test cases of a response, what was unclear about them and what a bound cut off.

    context: names of the tables that the instruction gives.
    """
    tables = [piece for piece in pieces if piece.what in {What.TABLE, What.WORDS}]
    tested = [piece for piece in tables if piece.section is Section.TESTS] or tables
    chosen = [piece for piece in pieces if piece in test_sql or piece in tested]
    builder = CaseBuilder(subject, context=context, pieces=chosen)
    for piece in chosen:
        builder.piece(piece)
    cases = builder.finish()
    return cases, (*builder.notes, *builder.unread), tuple(builder.unread)
