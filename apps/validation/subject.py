"""What a response's SQL does, as a whole: its statements with their shapes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from apps.sql.dialects import Dialect
from apps.sql.shape import Shape, shape


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


def subject_of(statements: tuple[str, ...], dialect: Dialect) -> Subject:
    """Names and kinds of the implementation's statements."""
    shapes = tuple(shape(statement, dialect) for statement in statements)
    text = " ".join(statements).lower()
    names = {name for item in shapes for name in item.uses | {item.target} if name}
    made = {item.made for item in shapes if item.creates}
    # What is dropped or altered counts, what is made does not.
    ordered = sorted(names - (made - {item.target for item in shapes}), key=text.find)
    return Subject(statements, shapes, tuple(ordered), dialect)
