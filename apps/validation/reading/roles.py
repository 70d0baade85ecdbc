"""Decide which SQL of a response is the implementation and which belongs to its tests.

What the statements make, fill and read decides; sections and the instruction only where they say
so plainly.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.sql.columns import Columns, gives, squeezed
from apps.sql.detect import named_dialects
from apps.sql.dialects import Dialect
from apps.sql.scripts import split_statements
from apps.sql.shape import Shape, columns_of
from apps.validation.reading.blocks import What
from apps.validation.reading.labels import Role, Section
from apps.validation.reading.pieces import Piece
from apps.validation.subject import Subject, flat, made_first, must_fail, subject_of

_ASKS_SETUP = re.compile(
    r"\b(?:create|creating|define|design|build|add|make|generate)\b[^.\n]{0,60}"
    r"\b(?:tables?|schemas?|databases?)\b|\binsert",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Roles:
    """implementation and tests: SQL pieces in order; notes: what was left out and why."""

    implementation: tuple[Piece, ...]
    tests: tuple[Piece, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """A block of SQL with what its statements do; place: among all pieces."""

    piece: Piece
    place: int
    subject: Subject
    columns: tuple[Columns, ...]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return self.subject.shapes

    @property
    def makes(self) -> frozenset[str]:
        return frozenset(item.made for item in self.shapes if item.creates)

    @property
    def touches(self) -> frozenset[str]:
        """What it needs to be there: all that it names and does not make itself."""
        named = {name for item in self.shapes for name in (item.target, *item.uses) if name}
        return frozenset(named) - self.makes

    @property
    def is_setup(self) -> bool:
        """Only tables made and filled."""
        return bool(self.shapes) and all(map(_sets_up, self.shapes))

    @property
    def tries_what_fails(self) -> bool:
        """Whether it makes nothing, and it is said beside it that a change of it must fail."""
        changes = any(item.is_dml for item in self.shapes) and not self.makes
        piece, dialect = self.piece, self.subject.dialect
        return changes and (piece.fails or piece.refused or must_fail(piece.text, "", dialect))

    @property
    def is_mistake(self) -> bool:
        """Whether it is called wrong as an answer; a row that must be refused is a test."""
        return self.piece.wrong and not self.tries_what_fails


def _sets_up(item: Shape) -> bool:
    return (
        item.creates in {"table", "schema", "type", "sequence", "index"}
        or (item.verb == "insert" and not (item.returns_rows or item.upserts))
        or (item.verb == "drop" and item.creates == "table")
        or item.verb == "transaction"
    )


def assign_roles(pieces: list[Piece], instruction: str, dialect: Dialect) -> Roles:
    """Split the SQL pieces of a response; alternatives and repeated fragments are left out."""
    blocks = [
        _block(piece, place, dialect)
        for place, piece in enumerate(pieces)
        if piece.what is What.SQL
    ]
    home = next((name for name in Section if any(b.piece.section is name for b in blocks)), None)
    notes: list[str] = []
    at_home = _with_looked_at([b for b in blocks if b.piece.section is home], blocks)
    kept = _without_alternatives(at_home, notes)
    if home is None or not kept:
        return Roles((), (), tuple(notes))
    wants_setup = bool(_ASKS_SETUP.search(instruction[:4000])) and home is not Section.TESTS
    own, tests = _split(kept, pieces, wants_setup=wants_setup)
    tests += [b for b in blocks if b.piece.section is Section.TESTS and home is not Section.TESTS]
    away = [b for b in blocks if b not in at_home and b.piece.section is not Section.TESTS]
    tests += _lacking(own, tests, away)
    tests.sort(key=lambda block: block.place)
    own = made_first(own, lambda block: block.makes, lambda block: block.touches)
    return Roles(
        tuple(block.piece for block in own), tuple(block.piece for block in tests), tuple(notes)
    )


def _block(piece: Piece, place: int, dialect: Dialect) -> Block:
    subject = subject_of(tuple(split_statements(piece.text, dialect)), dialect)
    columns = tuple(columns_of(statement, dialect) for statement in subject.statements)
    return Block(piece, place, subject, columns)


def _with_looked_at(at_home: list[Block], blocks: list[Block]) -> list[Block]:
    """With the blocks before them that make or change what they only look at: the answer, where
    `Query:` is what shows it.
    """
    if not at_home or not all(block.subject.only_reads for block in at_home):
        return at_home
    read = {name for block in at_home for name in block.touches}
    found = at_home
    for block in reversed(blocks[: blocks.index(at_home[0])]):
        is_meant = not (block.is_mistake or block.piece.alternative or block.is_setup)
        changed = {item.target for item in block.shapes if item.is_dml}
        if is_meant and block.piece.section is not Section.TESTS and (block.makes | changed) & read:
            found = [block, *found]
            read |= block.touches
    return found


def _split(
    kept: list[Block], pieces: list[Piece], *, wants_setup: bool
) -> tuple[list[Block], list[Block]]:
    """What was asked for, and what the response shows it on.

    A block of a numbered test, one that makes what an earlier one changes or reads, that shows an
    earlier one at a client's prompt, or that asks something else once there are rows, belongs to
    the test; so do tables and rows that nobody asked for.
    """
    own: list[Block] = []
    tests: list[Block] = []
    answers = [block for block in kept if not block.is_setup]
    for block in kept:
        before = [other for other in own if not other.is_setup]
        made = {name for other in own for name in other.makes}
        needs = [name for one in before for name in (*one.touches, *one.subject.mentioned)]
        needed = frozenset(needs) - made
        is_shown_on = bool(block.makes & needed)
        is_numbered = block.piece.number is not None
        is_numbered = is_numbered and all(other.piece.number is None for other in own)
        if own and (is_numbered or block.tries_what_fails):
            tests.append(block)
        elif block.is_setup:
            unasked = bool(answers) and not wants_setup
            (tests if is_shown_on or unasked else own).append(block)
        elif (is_shown_on and any(map(_sets_up, block.shapes))) or _asks_more(
            block, own, tests, pieces
        ):
            tests.append(block)
        else:
            own.append(block)
    return own, tests


def _asks_more(block: Block, own: list[Block], tests: list[Block], pieces: list[Piece]) -> bool:
    """A query behind the answer and the rows that it is shown on, and before any result.

    It is the test's own where the answer's result is shown nowhere, or where it could be taken
    for this one's.
    """
    if not own or not block.subject.only_reads:
        return False
    last = own[-1].place
    between = [piece for piece in pieces[last + 1 : block.place] if piece.what is What.TABLE]
    if not between and not any(other.place > last for other in tests):
        return False
    queries = [columns for other in own for columns in other.columns if columns.gives]
    if any(piece.role is Role.EXPECTED or _shows(piece, queries) for piece in between):
        return False
    alike = any(columns.gives == other.gives for columns in block.columns for other in queries)
    return alike or not any(_shows(piece, queries) for piece in pieces[block.place :])


def _shows(piece: Piece, queries: list[Columns]) -> bool:
    if piece.table is None or not piece.table.columns:
        return piece.table is not None  # rows without names fill no table
    names = [squeezed(name) for name in piece.table.columns]
    return any(gives(columns, names, {}) is True for columns in queries)


def _lacking(own: list[Block], tests: list[Block], away: list[Block]) -> list[Block]:
    """Blocks of other sections that make, or fill, what those that are run need."""
    made = {name for block in (*own, *tests) for name in block.makes}
    needed = {name for block in (*own, *tests) for name in block.touches} - made
    found = [block for block in away if block.makes & needed and _sets_up_and_asks(block)]
    new = {name for block in found for name in block.makes}
    filled = [b for b in away if b not in found and b.is_setup and b.touches and b.touches <= new]
    return found + filled


def _sets_up_and_asks(block: Block) -> bool:
    """Whether it makes and fills tables, and then at most asks something of them."""
    return all(item.verb == "select" or _sets_up(item) for item in block.shapes)


def _without_alternatives(candidates: list[Block], notes: list[str]) -> list[Block]:
    kept: list[Block] = []
    for block in candidates:
        if kept and any(other.is_mistake for other in kept) and not block.is_mistake:
            notes.append("A block that the response calls wrong was not run.")
            kept = [other for other in kept if not other.is_mistake] + [block]
        elif kept and (block.piece.alternative or block.is_mistake):
            notes.append("A further way to write the query was not run.")
        elif _is_again(block, kept):
            notes.append("A block that repeats a part of the implementation was not run again.")
        elif kept and _is_for_another(block, kept[-1]):
            notes.append("A block for another database was not run.")
        else:
            kept = [other for other in kept if not _grows_to(other, block)] + [block]
    return kept


def _is_again(block: Block, kept: list[Block]) -> bool:
    """Whether a block stands in an earlier one; a query after a change asks what is there then."""
    first = next((at for at, one in enumerate(kept) if _stands_in(block, one)), len(kept))
    changed = any(item.is_dml for one in kept[first + 1 :] for item in one.shapes)
    return first < len(kept) and not (block.subject.only_reads and changed)


def _stands_in(block: Block, other: Block) -> bool:
    """Whether a block is a part of another; one test's rows may begin as another's do."""
    if block.is_setup:
        return {*map(flat, block.subject.statements)} <= {*map(flat, other.subject.statements)}
    return flat(block.piece.text) in flat(other.piece.text)


def _is_for_another(block: Block, last: Block) -> bool:
    """Whether the label names databases, as the block's before it does, and other ones; or one for
    a query alone that asks for the same, or `instead`.
    """
    names, others = (named_dialects(one.piece.label) for one in (block, last))
    asks, asked = ([one.gives for one in item.columns if one.gives] for item in (block, last))
    again = block.subject.only_reads and bool(asks) and asks == asked
    again = again or "instead" in block.piece.label.lower()
    return bool(names) and (not set(names) & set(others) if others else again)


def _grows_to(block: Block, other: Block) -> bool:
    """Whether the next block, with nothing shown between, is this one and more."""
    body, whole = flat(block.piece.text), flat(other.piece.text)
    return other.place == block.place + 1 and body != whole and body in whole
