"""Decide which SQL of a response is the implementation and which belongs to its tests."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.sql.dialects import Dialect
from apps.validation.reading.labels import Section
from apps.validation.reading.pieces import Piece, What
from apps.validation.reading.statements import split_statements
from apps.validation.reading.syntax import Shape, shape

_ASKS_SETUP = re.compile(
    r"\b(?:create|creating|define|design|build|add|make|generate)\b[^.\n]{0,60}"
    r"\b(?:table|schema|database)\b|\binsert",
    re.IGNORECASE,
)
_ORDER = (
    Section.IMPLEMENTATION,
    Section.SOLUTION,
    Section.NONE,
    Section.REASONING,
    Section.EXPLANATION,
    Section.TESTS,
)


@dataclass(frozen=True, slots=True)
class Roles:
    """implementation and tests: SQL pieces in order; notes: what was left out and why."""

    implementation: tuple[Piece, ...]
    tests: tuple[Piece, ...]
    notes: tuple[str, ...]


def assign_roles(pieces: list[Piece], instruction: str, dialect: Dialect) -> Roles:
    """Split the SQL pieces of a response; alternatives and repeated fragments are left out."""
    blocks = [piece for piece in pieces if piece.what is What.SQL]
    home = next((name for name in _ORDER if any(piece.section is name for piece in blocks)), None)
    if home is None:
        return Roles((), (), ())
    candidates = [piece for piece in blocks if piece.section is home]
    others = [piece for piece in blocks if piece.section is Section.TESTS and home != Section.TESTS]
    notes: list[str] = []
    kept = _without_alternatives(candidates, notes)
    kept, given = _change_before_its_tables(kept, dialect)
    others = sorted(given + others, key=pieces.index)
    wants_setup = bool(_ASKS_SETUP.search(instruction[:4000]))
    setup = [piece for piece in kept if is_setup(piece.text, dialect)]
    if setup and len(setup) < len(kept) and (not wants_setup or home is Section.TESTS):
        others = sorted(setup + others, key=pieces.index)
        kept = [piece for piece in kept if piece not in setup]
    return Roles(tuple(kept), tuple(others), tuple(notes))


def _change_before_its_tables(
    kept: list[Piece], dialect: Dialect
) -> tuple[list[Piece], list[Piece]]:
    """A change of a table that only a later block makes: that block is what it is tested on."""
    shapes = [shapes_of(piece.text, dialect) for piece in kept]
    for index in range(1, len(kept)):
        made = {item.made for item in shapes[index] if item.creates == "table"}
        before = [item for found in shapes[:index] for item in found]
        touched = {name for item in before for name in (item.target, *item.uses)}
        own = {item.made for item in before if item.creates}
        if made and made & (touched - own) and is_setup(kept[index].text, dialect):
            return kept[:index], kept[index:]
    return kept, []


def _without_alternatives(candidates: list[Piece], notes: list[str]) -> list[Piece]:
    kept: list[Piece] = []
    for piece in candidates:
        body = _squeezed(piece.text)
        if piece.corrects and kept and any(other.wrong for other in kept):
            notes.append("A block that the response calls wrong was not run.")
            kept = [other for other in kept if not other.wrong] + [piece]
        elif kept and (piece.alternative or piece.wrong):
            notes.append("A further way to write the query was not run.")
        elif any(body in _squeezed(other.text) for other in kept):
            notes.append("A block that repeats a part of the implementation was not run again.")
        else:
            kept.append(piece)
    return kept


def _squeezed(text: str) -> str:
    return re.sub(r"[\s;]+", " ", text).strip().lower()


def shapes_of(text: str, dialect: Dialect) -> list[Shape]:
    return [shape(statement, dialect) for statement in split_statements(text, dialect)]


def is_setup(text: str, dialect: Dialect) -> bool:
    """Only tables made and filled."""
    found = shapes_of(text, dialect)
    return bool(found) and all(
        item.creates in {"table", "schema", "type", "sequence", "index"}
        or (item.verb == "insert" and not item.returns_rows)
        or (item.verb == "drop" and item.creates == "table")
        or item.verb == "transaction"
        for item in found
    )
