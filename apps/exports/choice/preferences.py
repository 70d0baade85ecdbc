"""Preferences: of an instruction, an accepted response that passed and one that is bad or failed,
or that people like less who saw both.

The two whose SQL differs least come first: what tells them apart is then what matters.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from django.db import connection

from apps.exports.choice.features import skeleton_of
from apps.exports.choice.votes import Votes
from apps.sql.skeleton import difference

STEP = 1_000
FAILED = ("wrong_result", "sql_error", "timeout", "no_sql")
# What is not a tree is further away than any.
_FAR = 1_000_000

_INSTRUCTIONS = "SELECT DISTINCT instruction_id FROM generation_response WHERE id = ANY(%s)"
_OTHERS = """
SELECT r.id, r.instruction_id, coalesce(g.data->>'sql', ''), coalesce(g.dialect, ''),
    coalesce(v.outcome, ''), d.good
FROM generation_response AS r
LEFT JOIN review_decision AS d ON d.response_id = r.id
LEFT JOIN validation_storedreading AS g ON g.response_id = r.id
LEFT JOIN validation_verdict AS v ON v.response_id = r.id AND v.database = 'overall'
WHERE r.instruction_id = ANY(%s)
ORDER BY r.id
"""


@dataclass(frozen=True, slots=True)
class Preference:
    """Two responses to one instruction; `difference` counts nodes of their trees."""

    chosen: int
    rejected: int
    difference: int


@dataclass(frozen=True, slots=True)
class _Response:
    pk: int
    sql: str
    dialect: str
    outcome: str
    is_good: bool | None


def preferences(
    ids: Sequence[int],
    *,
    most: int,
    check: Callable[[], None],
    votes: Votes,
    left_out: Counter[str],
) -> Iterator[Preference]:
    """Preferences of the instructions of these accepted responses, `most` of each at most, in the
    order of the instructions, the smallest difference first. What labels and verdicts say and
    votes gainsay is none; it is counted in `left_out`.
    """
    accepted = set(ids)
    for part in _parts(_instructions(ids)):
        check()
        for _, responses in sorted(_by_instruction(part).items()):
            twos = list(_twos(responses, accepted, votes))
            said = [(one, other) for one, other in twos if not votes.against(one.pk, other.pk)]
            left_out["votes_gainsay"] += len(twos) - len(said)
            pairs = [Preference(one.pk, other.pk, _difference(one, other)) for one, other in said]
            pairs.sort(key=lambda pair: (pair.difference, pair.chosen, pair.rejected))
            yield from pairs[:most]


def _twos(
    responses: list[_Response], accepted: set[int], votes: Votes
) -> Iterator[tuple[_Response, _Response]]:
    """A better and a worse response, by labels and verdicts or by votes."""
    for one in responses:
        if one.pk in accepted and one.outcome == "passed":
            for other in responses:
                is_worse = _is_rejected(other, accepted)
                if is_worse or (one.pk, other.pk) in votes.won:
                    yield one, other


def _instructions(ids: Iterable[int]) -> list[int]:
    found: set[int] = set()
    with connection.cursor() as cursor:
        for part in _parts(ids):
            cursor.execute(_INSTRUCTIONS, [part])
            found.update(row[0] for row in cursor.fetchall())
    return sorted(found)


def _is_rejected(response: _Response, accepted: set[int]) -> bool:
    """What is accepted by votes alone may have failed all the same."""
    is_worse = response.is_good is False or response.outcome in FAILED
    return is_worse and (response.is_good is None or response.pk not in accepted)


def _by_instruction(part: list[int]) -> dict[int, list[_Response]]:
    found: defaultdict[int, list[_Response]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, [part])
        for pk, instruction, *rest in cursor.fetchall():
            found[instruction].append(_Response(pk, *rest))
    return found


def _parts(ids: Iterable[int]) -> Iterator[list[int]]:
    them = iter(ids)
    while part := list(islice(them, STEP)):
        yield part


def _difference(one: _Response, other: _Response) -> int:
    first, second = skeleton_of(one.sql, one.dialect), skeleton_of(other.sql, other.dialect)
    return difference(first, second) if first and second else _FAR
