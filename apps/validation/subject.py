"""What a response's SQL does, as a whole: its statements with their shapes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from apps.sql.columns import squeezed
from apps.sql.dialects import Dialect
from apps.sql.scripts import split_statements
from apps.sql.shape import Shape, added_columns, created_columns, shape
from apps.sql.splitting import statements
from apps.sql.tokens import Kind, blanked, comments
from apps.validation.values import Fixture

_MUST_FAIL = re.compile(
    r"\b(?:fail(?:s|ed|ure)?|error|reject(?:s|ed)?|refused?|violat(?:es|ed|ion)|raises|exception"
    r"|not (?:be )?(?:allowed|accepted|possible))\b",
    re.IGNORECASE,
)


# Beside a statement of a test that is meant to fail.
MUST_FAIL = " -- must fail"


def told_to_fail(script: str, dialect: Dialect) -> Iterator[tuple[str, bool]]:
    """The statements of a script, each with whether a comment of its own says that it must fail.

    Its own are those within, behind it on its last line, and the lines above it.
    """
    if not (found := list(statements(script, dialect))):
        return  # nothing, or comments alone: a test that was cut off in its first line
    ends = [*(one.start for one in found[1:]), len(script)]
    above = script[: found[0].start]
    for one, end, text in zip(found, ends, split_statements(script, dialect), strict=True):
        beside, _, below = script[one.end : end].partition("\n")
        own = (above, one.text, beside)
        told = any(tells_of_failing(said) for part in own for said in comments(part, dialect))
        yield text, told
        above = below


def tells_of_failing(line: str) -> bool:
    """Whether a line of prose, or a comment, says that what stands beside it is meant to fail."""
    return bool(_MUST_FAIL.search(line[:400]))


def must_fail(statement: str, following: str, dialect: Dialect) -> bool:
    """Whether a comment beside a statement says that it is meant to fail.

    A comment behind a statement's semicolon stands before the one that follows.
    """
    said = (*comments(statement, dialect), *comments(following, dialect))
    return any(map(tells_of_failing, said))


Item = TypeVar("Item")


def made_first(
    items: Sequence[Item],
    makes: Callable[[Item], AbstractSet[str]],
    touches: Callable[[Item], AbstractSet[str]],
) -> list[Item]:
    """The items, each that makes what an earlier one needs before it, however far behind it is."""
    found = list(items)
    for item in items:
        made = makes(item)
        first = next((place for place, one in enumerate(found) if touches(one) & made), None)
        if first is not None and first < found.index(item):
            found.remove(item)
            found.insert(first, item)
    return found


def flat(sql: str) -> str:
    """SQL as it is compared: in one line, small letters, without semicolons."""
    return re.sub(r"[\s;]+", " ", sql).strip().lower()


def uncommented(sql: str, dialect: Dialect) -> str:
    """SQL as it is compared, its comments left out."""
    return flat(blanked(sql, dialect, kinds={Kind.COMMENT}))


def fixture_target(fixture: Fixture, dialect: Dialect) -> str:
    """The table that a fixture is, makes or fills."""
    if fixture.table:
        return fixture.table.name
    found = shape(fixture.sql, dialect)
    return found.made or found.target


@dataclass(frozen=True)
class Subject:
    """What is tested. used: tables that it reads or writes, in the order of the text."""

    statements: tuple[str, ...]
    shapes: tuple[Shape, ...]
    used: tuple[str, ...]
    dialect: Dialect

    @cached_property
    def made(self) -> frozenset[str]:
        """Tables and views that it creates."""
        return frozenset(item.made for item in self.shapes if item.creates in {"table", "view"})

    @property
    def mentioned(self) -> frozenset[str]:
        """Words in the bodies of routines that may be tables."""
        return frozenset(name for item in self.shapes for name in item.mentions)

    @property
    def writes(self) -> frozenset[str]:
        return frozenset(item.target for item in self.shapes if item.is_dml or item.verb == "alter")

    @property
    def only_reads(self) -> bool:
        return all(item.verb in {"select", "transaction"} for item in self.shapes)

    @property
    def has_routines(self) -> bool:
        return any(item.creates in {"function", "procedure"} for item in self.shapes)

    def target_of(self, fixture: Fixture) -> str:
        """The table that a fixture is, makes or fills."""
        return fixture_target(fixture, self.dialect)

    def is_fed_by(self, insert: Shape, sql: str) -> bool:
        """Whether rows that a test inserts need what it makes: a table, a column, a trigger."""
        fires = any(
            item.creates == "trigger" and item.target == insert.target and "insert" in item.events
            for item in self.shapes
        )
        added = self.added.get(insert.target, frozenset()) & set(re.findall(r"\w+", sql.lower()))
        return fires or bool(added) or insert.target in self.made

    @property
    def filled(self) -> frozenset[str]:
        """The tables that rows are plainly put into; what meets rows that are there has others."""
        inserts = (item for item in self.shapes if item.verb == "insert" and not item.upserts)
        return frozenset(item.target for item in inserts)

    @cached_property
    def takeable(self) -> tuple[str, ...]:
        """The tables that a test may give: used, or made and neither filled nor a query's."""
        filled = self.filled & self.made
        filled |= {item.made for item in self.shapes if item.creates and item.uses}
        every = dict.fromkeys((*self.used, *sorted(self.made), *sorted(self.mentioned)))
        return tuple(name for name in every if name not in filled)

    @cached_property
    def made_columns(self) -> dict[str, frozenset[str]]:
        """The columns, squeezed, of the tables that it makes, as far as they are read."""
        found: dict[str, frozenset[str]] = {}
        for sql, item in zip(self.statements, self.shapes, strict=True):
            name = item.made or item.target
            if name in self.made and item.is_ddl:
                columns = created_columns(sql, self.dialect) or added_columns(sql, self.dialect)
                found[name] = found.get(name, frozenset()) | set(map(squeezed, columns))
        return found

    @cached_property
    def added(self) -> dict[str, frozenset[str]]:
        """The columns that it adds to tables, by their names."""
        found: dict[str, frozenset[str]] = {}
        for sql, item in zip(self.statements, self.shapes, strict=True):
            if item.verb == "alter":
                columns = frozenset(added_columns(sql, self.dialect))
                found[item.target] = found.get(item.target, frozenset()) | columns
        return found


def subject_of(statements: tuple[str, ...], dialect: Dialect) -> Subject:
    """Names and kinds of the implementation's statements."""
    shapes = tuple(shape(statement, dialect) for statement in statements)
    text = " ".join(statements).lower()
    names = {name for item in shapes for name in item.uses | {item.target} if name}
    made = {item.made for item in shapes if item.creates}
    # What is dropped or altered counts, what is made does not.
    ordered = sorted(names - (made - {item.target for item in shapes}), key=text.find)
    return Subject(statements, shapes, tuple(ordered), dialect)
