"""What databases disagree in: what they say of a pair, and the rows that they give."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from apps.validation.results.apart import CameOut, rows_differ
from apps.validation.values import NOTE_WORDS, Note

# Of these a difference cannot come, or they say no more than it.
_NO_CAUSE = {NOTE_WORDS[Note.EVERY_ROW], NOTE_WORDS[Note.OTHER_ROWS]}


class Said(Protocol):
    """A verdict of one database, or of all. wrong: the rows of a wrong result, as far as kept."""

    @property
    def database(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def outcome_label(self) -> str: ...
    @property
    def wrong(self) -> CameOut | None: ...
    @property
    def notes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class Disagreement:
    """says: which database says what, "" where all say the same. why: what it may come from, in
    words. apart: the databases that say, or give, something else than all together.
    """

    says: str
    why: tuple[str, ...]
    apart: frozenset[str]


def disagreement_of(verdicts: Sequence[Said], overall: Said | None) -> Disagreement:
    """What these verdicts of single databases disagree in."""
    groups: list[list[Said]] = []
    for verdict in verdicts:
        home = next((group for group in groups if not _differ(group[0], verdict)), None)
        if home is None:
            groups.append([verdict])
        else:
            home.append(verdict)
    notes = dict.fromkeys(note for each in verdicts for note in each.notes)
    many = len(groups) > 1
    return Disagreement(
        says=", ".join(_said(group, groups) for group in _by_outcome(groups)) if many else "",
        why=tuple(note for note in notes if note not in _NO_CAUSE) if many else (),
        apart=frozenset(
            each.database for each in verdicts if overall is None or _differ(overall, each)
        ),
    )


def _by_outcome(groups: list[list[Said]]) -> list[list[Said]]:
    """Groups of one outcome side by side, in the order in which outcomes are said first."""
    outcomes = list(dict.fromkeys(group[0].outcome for group in groups))
    return sorted(groups, key=lambda group: outcomes.index(group[0].outcome))


def _said(group: list[Said], groups: list[list[Said]]) -> str:
    """As "passed on sqlite and duckdb", "wrong result with other rows on postgres"."""
    first = next(each for each in groups if each[0].outcome == group[0].outcome)
    rows = "" if group is first else " with other rows"
    names = " and ".join(verdict.database for verdict in group)
    return f"{group[0].outcome_label}{rows} on {names}"


def _differ(one: Said, other: Said) -> bool:
    if one.outcome != other.outcome:
        return True
    if one.wrong is None or other.wrong is None:
        return False
    return rows_differ(one.wrong, other.wrong)
