"""Two filters of pairs side by side: what came of the newest pairs of each."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db import connection
from django.http import QueryDict

from apps.core.evidence import Rate
from apps.review.filters import PairFilter, Read, filter_of
from apps.review.looking import Look, Patience, ids_alone
from apps.validation.models import OUTCOMES
from apps.validation.values import Outcome

# So many of each are looked at: intervals of three percent, and one page's time.
MOST = 1_000
_COUNTED = """
SELECT count(*), count(overall.outcome), count(*) FILTER (WHERE overall.outcome = 'passed'),
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM validation_checkresult checked
        WHERE checked.response_id = pair.id AND NOT checked.passed
    )),
    count(decided.good), count(*) FILTER (WHERE decided.good),
    count(*) FILTER (WHERE decided.voters > 1), count(*) FILTER (
        WHERE decided.good_votes > 0 AND decided.good_votes < decided.voters
    ),
    count(*) FILTER (WHERE EXISTS (
        SELECT FROM validation_likeness alike
        WHERE alike.response_id = pair.id AND alike.twin_id IS NOT NULL
    )),
    avg(overall.strength), count(overall.strength)
FROM unnest(%s::bigint[]) AS pair (id)
LEFT JOIN validation_verdict overall
    ON overall.response_id = pair.id AND overall.database = 'overall'
LEFT JOIN review_decision decided ON decided.response_id = pair.id
"""
_OUTCOMES = """
SELECT outcome, count(*) FROM validation_verdict
WHERE response_id = ANY(%s) AND database = 'overall' GROUP BY outcome
"""


@dataclass(frozen=True, slots=True)
class Side:
    """What came of the newest pairs of a filter. is_all: there are no others.

    strength: the mean of the `measured` ones, None without. outcomes: pairs by overall outcome.
    """

    pairs: int
    is_all: bool
    passed: Rate
    checks: Rate
    accepted: Rate
    split: Rate
    duplicates: Rate
    strength: float | None
    measured: int
    outcomes: dict[str, int]

    def rate_of(self, outcome: str) -> Rate:
        return Rate(self.outcomes.get(outcome, 0), self.passed.whole)


@dataclass(frozen=True, slots=True)
class Line:
    """One rate of both sides; differs: their intervals of 95 % do not meet."""

    says: str
    one: Rate
    other: Rate

    @property
    def differs(self) -> bool:
        return self.one.high < self.other.low or self.other.high < self.one.low


_LABELS = {outcome: f"{label[:1].upper()}{label[1:]}" for outcome, label in OUTCOMES}
_LINES = (
    ("Passed, of those that were run", "passed"),
    ("A check failed", "checks"),
    ("Accepted, of those that were labelled", "accepted"),
    ("People disagree, of those that several judged", "split"),
    ("Duplicates of others", "duplicates"),
)


def side_of(chosen: PairFilter) -> Side:
    """Two statements over the newest pairs that are found in a page's time."""
    look = Look(chosen, ids_alone, MOST + 1).take(Patience.FURTHER)
    ids = [row[0] for row in look.rows[:MOST]]
    with connection.cursor() as cursor:
        cursor.execute(_COUNTED, [ids])
        pairs, run, passed, failed, labelled, good, shared, split, alike, strength, measured = (
            cursor.fetchone()
        )
        cursor.execute(_OUTCOMES, [ids])
        outcomes = dict(cursor.fetchall())
    return Side(
        pairs=pairs,
        is_all=look.edge is None and len(look.rows) <= MOST,
        passed=Rate(passed, run),
        checks=Rate(failed, pairs),
        accepted=Rate(good, labelled),
        split=Rate(split, shared),
        duplicates=Rate(alike, pairs),
        strength=strength,
        measured=measured,
        outcomes=outcomes,
    )


def lines_of(one: Side, other: Side) -> list[Line]:
    """Both sides rate by rate, then outcome by outcome as far as either has it."""
    rates = [Line(says, getattr(one, name), getattr(other, name)) for says, name in _LINES]
    seen = {*one.outcomes, *other.outcomes} - {Outcome.PASSED.value}
    named = [each.value for each in Outcome if each.value in seen]
    return rates + [Line(_LABELS[name], one.rate_of(name), other.rate_of(name)) for name in named]


def filter_in(text: str) -> Read:
    """The filter of a pairs page by its address, or by what stands behind the ? of it."""
    try:
        query = urlsplit(text).query if "?" in text else text
        return filter_of(QueryDict(query.strip()), is_editor=True)
    except ValueError:
        return Read(PairFilter(), (f"“{text[:40]}” is no address of pairs: left out.",))
