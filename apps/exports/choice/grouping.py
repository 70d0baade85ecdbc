"""One response per instruction, or the group of them that agrees."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from django.db import connection

from apps.exports.choice.care import PerInstruction

STEP = 5_000
# The newest label of each reviewer counts; passed before the rest, then the lowest number.
_BEST = """
WITH chosen AS (
    SELECT r.id, r.instruction_id,
        (SELECT count(*) FROM review_label AS l WHERE l.response_id = r.id AND l.value = 'good')
            AS good,
        EXISTS (
            SELECT FROM validation_verdict AS v
            WHERE v.response_id = r.id AND v.database = 'overall' AND v.outcome = 'passed'
        ) AS passed
    FROM generation_response AS r WHERE r.id = ANY(%s)
)
SELECT DISTINCT ON (instruction_id) instruction_id, id, good, passed
FROM chosen ORDER BY instruction_id, good DESC, passed DESC, id
"""
_GROUP = """
SELECT a.response_id FROM validation_agreement AS a
WHERE a.response_id = ANY(%s) AND a.in_largest_group
"""


def kept(ids: Iterable[int], which: PerInstruction) -> set[int]:
    """The responses that stay. A response whose agreement was never measured is of no group."""
    best: dict[int, tuple[int, bool, int]] = {}
    stay: set[int] = set()
    them = iter(ids)
    while part := list(islice(them, STEP)):
        with connection.cursor() as cursor:
            if which is PerInstruction.GROUP:
                cursor.execute(_GROUP, [part])
                stay |= {row[0] for row in cursor.fetchall()}
                continue
            cursor.execute(_BEST, [part])
            for instruction, pk, good, passed in cursor.fetchall():
                found = (good, passed, -pk)
                best[instruction] = max(best.get(instruction, found), found)
    return stay | {-negative for _, _, negative in best.values()}
