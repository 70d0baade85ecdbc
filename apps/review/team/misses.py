"""The known answers that a reviewer missed: what to talk about with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from apps.accounts.models import User

MOST = 100
BEGINS = 240
# Known answers are few: from them to the newest label of the person on each.
_MISSES = """
SELECT gold.response_id, left(instruction.text, %(begins)s), newest.value, gold.good,
    coalesce(nullif(gold.why, ''), ruling.note, ''), newest.created_at, gold.origin_id IS NOT NULL
FROM review_gold gold
JOIN LATERAL (
    SELECT label.value, label.created_at FROM review_label label
    WHERE label.response_id = gold.response_id AND label.reviewer_id = %(reviewer)s
    ORDER BY label.id DESC LIMIT 1
) AS newest ON newest.value = CASE WHEN gold.good THEN 'bad' ELSE 'good' END
JOIN generation_response response ON response.id = gold.response_id
JOIN generation_instruction instruction ON instruction.id = response.instruction_id
LEFT JOIN review_ruling ruling ON ruling.response_id = gold.response_id
ORDER BY newest.created_at DESC LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Miss:
    """A pair with a known answer that somebody judged otherwise. why: of the known answer;
    is_altered: it was made bad on purpose.
    """

    response_id: int
    instruction: str
    said: str
    good: bool
    why: str
    at: datetime
    is_altered: bool


def misses_of(reviewer: User) -> list[Miss]:
    """The newest first, a hundred at most: by what they say today. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_MISSES, {"reviewer": reviewer.pk, "most": MOST, "begins": BEGINS})
        return [Miss(*row) for row in cursor.fetchall()]
