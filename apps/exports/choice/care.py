"""What is looked at over all chosen pairs together: duplicates, benchmarks, balance, splits."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Likeness(StrEnum):
    """When two pairs are duplicates: each finds what those before it find, and more."""

    EXACT = "exact"  # the same instruction and SQL but for case and blanks
    NEAR = "near"  # most word 5-grams of instruction and SQL
    SKELETON = "skeleton"  # SQL that is the same but for names and literals


class PerInstruction(StrEnum):
    """Which of several accepted responses to one instruction."""

    ALL = "all"
    ONE = "one"  # the best labelled
    GROUP = "group"  # those of the largest group whose results agree


@dataclass(frozen=True, slots=True)
class Care:
    """What is done with the chosen pairs together. Nothing of it is the usual.

    duplicates: by which likeness; the best labelled of a group stays.
    benchmarks: names of files of questions in the folder of benchmarks; what has one is left out.
    per_kind, per_dialect, per_concept: at most so many of each, 0: any number.
    validation, test: the share of each split, 0 to 1; the rest is to train with.
    pairs_per_instruction: at most so many preferences of one instruction.
    random_seed: draws quotas and splits; the same draws the same.
    """

    per_instruction: str = PerInstruction.ALL.value
    duplicates: tuple[str, ...] = ()
    benchmarks: tuple[str, ...] = ()
    per_kind: int = 0
    per_dialect: int = 0
    per_concept: int = 0
    validation: float = 0.0
    test: float = 0.0
    pairs_per_instruction: int = 4
    random_seed: int = 0

    @classmethod
    def of(cls, stored: dict[str, Any]) -> Care:
        """The care that `stored` made a dict of."""
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
        }
        return cls(**known)

    def stored(self) -> dict[str, Any]:
        """As JSON: what differs from the usual."""
        usual = asdict(Care())
        chosen = {name: value for name, value in asdict(self).items() if value != usual[name]}
        return {n: list(v) if isinstance(v, tuple) else v for n, v in chosen.items()}

    @property
    def has_splits(self) -> bool:
        return self.validation > 0 or self.test > 0

    @property
    def has_quotas(self) -> bool:
        return bool(self.per_kind or self.per_dialect or self.per_concept)

    @property
    def needs_texts(self) -> bool:
        """Whether the pairs themselves must be looked at before any is written."""
        return bool(self.duplicates or self.benchmarks) or self.has_splits or self.has_quotas
