"""The parts of judging that take a statement apart: they may be done in another process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from apps.sql.dialects import Dialect
from apps.validation.judging.plan import translate_reading
from apps.validation.strength.joins import unjoined
from apps.validation.strength.mutation import Mutant, altered_readings
from apps.validation.strength.stored import stored_backwards
from apps.validation.values import Reading


@dataclass(frozen=True, slots=True)
class Altered:
    """mutants: see `altered_readings`; backwards: see `stored_backwards`, None where not asked;
    unjoined: see `apps.validation.strength.joins`.
    """

    mutants: tuple[Mutant, ...]
    backwards: Reading | None = None
    unjoined: Reading | None = None


def alter(reading: Reading, *, backwards: bool) -> Altered:
    """All that a response that passes is run as again."""
    return Altered(
        altered_readings(reading),
        stored_backwards(reading) if backwards else None,
        unjoined(reading),
    )


class Alter(Protocol):
    def __call__(self, reading: Reading, *, backwards: bool) -> Altered: ...


@dataclass(frozen=True, slots=True)
class Tools:
    """How a reading is altered and translated: here, where the caller says nothing."""

    alter: Alter = alter
    translate: Callable[[Reading, Dialect], Reading | None] = translate_reading


def once(tools: Tools) -> Tools:
    """For one response on several databases: what was altered for one is not altered again."""
    done: list[tuple[Reading, bool, Altered]] = []

    def alter(reading: Reading, *, backwards: bool) -> Altered:
        for known, both, altered in done:
            if known is reading and both is backwards:
                return altered
        altered = tools.alter(reading, backwards=backwards)
        done.append((reading, backwards, altered))
        return altered

    return Tools(alter, tools.translate)
