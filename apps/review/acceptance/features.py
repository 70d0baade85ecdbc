"""What a pair is judged by before anybody has: verdicts, checks, strength, judges, its texts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

from django.db import connection

from apps.validation.values import Note, Outcome

NAMES = (
    *(f"overall {outcome.value}" for outcome in Outcome),
    "not run",
    "share of databases passed",
    "databases disagree",
    "checks failed",
    "strength",
    "strength not measured",
    "agreement",
    "agreement not measured",
    "judges' share",
    "no judge",
    "instruction characters",
    "response characters",
    "SQL characters",
    "notes",
)
_ROWS = """
SELECT response.id, decision.good, coalesce(overall.outcome, ''), overall.strength,
    cardinality(overall.notes), own.ran, own.passed,
    own.kinds > 1 OR coalesce(%s = ANY(overall.notes), false), checks.failed, agreement.score,
    judged.share, length(instruction.text), length(response.text),
    length(coalesce(reading.data->>'sql', ''))
FROM generation_response response
JOIN generation_instruction instruction ON instruction.id = response.instruction_id
LEFT JOIN review_decision decision ON decision.response_id = response.id
LEFT JOIN validation_storedreading reading ON reading.response_id = response.id
LEFT JOIN validation_agreement agreement ON agreement.response_id = response.id
LEFT JOIN validation_verdict overall
    ON overall.response_id = response.id AND overall.database = 'overall'
LEFT JOIN LATERAL (
    SELECT count(*) AS ran, count(*) FILTER (WHERE outcome = 'passed') AS passed,
        count(DISTINCT outcome) AS kinds
    FROM validation_verdict each
    WHERE each.response_id = response.id AND each.database <> 'overall'
) AS own ON true
LEFT JOIN LATERAL (
    SELECT count(*) AS failed FROM validation_checkresult checked
    WHERE checked.response_id = response.id AND NOT checked.passed
) AS checks ON true
LEFT JOIN LATERAL (
    SELECT avg(good::int) AS share FROM judge_judgement said
    WHERE said.response_id = response.id
) AS judged ON true
WHERE response.id = ANY(%s) AND NOT response.is_held_back ORDER BY response.id
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """One pair: its decision (None without) and a number for each of NAMES."""

    response_id: int
    good: bool | None
    numbers: tuple[float, ...]


def features_of(response_ids: Sequence[int]) -> list[Seen]:
    """The pairs of these ids, in their order; one statement."""
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [Note.OTHER_ROWS.value, list(response_ids)])
        return [_seen(*row) for row in cursor.fetchall()]


def _seen(
    pk: int,
    good: bool | None,
    outcome: str,
    strength: float | None,
    notes: int | None,
    ran: int,
    passed: int,
    disagree: bool,
    failed: int,
    agreement: float | None,
    judges: float | None,
    asked: int,
    answered: int,
    sql: int,
) -> Seen:
    numbers = (
        *(float(outcome == each.value) for each in Outcome),
        float(not outcome),
        passed / ran if ran else 0.0,
        float(disagree),
        float(min(failed, 5)),
        strength or 0.0,
        float(strength is None),
        agreement or 0.0,
        float(agreement is None),
        float(judges or 0),
        float(judges is None),
        log1p(asked),
        log1p(answered),
        log1p(sql),
        float(notes or 0),
    )
    return Seen(pk, good, numbers)
