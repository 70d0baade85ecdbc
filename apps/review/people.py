"""Who labelled or preferred how much in a queue, in the time of a page however much that is."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from apps.review.models import Queue

# Counted of a person; looked at for what they say and how long they take; shown of a queue.
MOST_LABELS = 5_000
NEWEST = 100
MOST_PEOPLE = 200
# Pairs with a known answer, whose labels take no seat: the newest.
MOST_KNOWN = 5_000
# A person's labels that stand: their seats, and known answers; how many of the newest are good.
_LABELS = """
WITH golden AS MATERIALIZED (
    SELECT response_id FROM review_gold ORDER BY response_id DESC LIMIT %(known)s
), known AS MATERIALIZED (
    -- `+ 0`: pair by pair, not by queue: that has more labels than what is known has.
    SELECT DISTINCT said.response_id, said.reviewer_id
    FROM golden JOIN review_label AS said USING (response_id)
    WHERE said.queue_id + 0 = %(queue)s AND NOT EXISTS (
        SELECT FROM review_entry AS entry JOIN review_seat AS seat ON seat.entry_id = entry.id
        WHERE entry.response_id = said.response_id AND entry.queue_id = %(queue)s
          AND seat.reviewer_id = said.reviewer_id AND seat.expires_at IS NULL
    )
)
SELECT person.id, person.username, did.labels, newest.labels, newest.good, newest.seconds
FROM accounts_user AS person
CROSS JOIN LATERAL (
    SELECT count(*) AS labels FROM (
        SELECT FROM review_seat AS seat
        WHERE seat.queue_id = %(queue)s AND seat.reviewer_id = person.id
          AND seat.expires_at IS NULL
        UNION ALL
        SELECT FROM known WHERE known.reviewer_id = person.id
        LIMIT %(most)s
    ) AS counted
) AS did
CROSS JOIN LATERAL (
    SELECT count(*) AS labels, count(*) FILTER (WHERE said.value = 'good') AS good,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY said.seconds) AS seconds
    FROM (
        (
            SELECT entry.response_id FROM review_seat AS seat
            JOIN review_entry AS entry ON entry.id = seat.entry_id
            WHERE seat.queue_id = %(queue)s AND seat.reviewer_id = person.id
              AND seat.expires_at IS NULL
            ORDER BY seat.id DESC LIMIT %(newest)s
        )
        UNION ALL
        (SELECT response_id FROM known WHERE reviewer_id = person.id LIMIT %(newest)s)
    ) AS seen
    JOIN LATERAL (
        SELECT label.value, label.seconds FROM review_label AS label
        WHERE label.response_id = seen.response_id AND label.reviewer_id = person.id
        ORDER BY label.id DESC LIMIT 1
    ) AS said ON said.value IN ('good', 'bad')
) AS newest
WHERE did.labels > 0 AND newest.labels > 0
ORDER BY did.labels DESC, person.username LIMIT %(people)s
"""
# Of a pairwise queue: what they preferred, and how often they said that both are good.
_PREFERENCES = """
SELECT person.id, person.username, did.said, did.looked, did.good, did.seconds
FROM accounts_user AS person
CROSS JOIN LATERAL (
    SELECT count(*) AS said, count(*) FILTER (WHERE nth <= %(newest)s) AS looked,
        count(*) FILTER (WHERE nth <= %(newest)s AND choice = 'both_good') AS good,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) FILTER (WHERE nth <= %(newest)s)
            AS seconds
    FROM (
        SELECT said.choice, said.seconds, row_number() OVER (ORDER BY said.id DESC) AS nth
        FROM review_preference AS said JOIN review_duel AS duel ON duel.id = said.duel_id
        WHERE said.reviewer_id = person.id AND duel.queue_id = %(queue)s
        ORDER BY said.id DESC LIMIT %(most)s
    ) AS each
) AS did
WHERE did.said > 0 ORDER BY did.said DESC, person.username LIMIT %(people)s
"""


@dataclass(frozen=True, slots=True)
class PersonLine:
    """What one person did in a queue. labels: exact up to 5,000, then one more than that. Of the
    newest of them, `newest`, so many are good; seconds: the median of a label among these, None
    where none is known.

    In a pairwise queue `labels` are preferences, and `good` says of how many "both are good".
    """

    reviewer_id: int
    username: str
    labels: int
    newest: int
    good: int
    seconds: float | None

    @property
    def labels_words(self) -> str:
        return bounded_words(self.labels, MOST_LABELS)

    @property
    def is_of_newest(self) -> bool:
        """Whether they did more than was looked at."""
        return self.labels > self.newest


def people_of(queue: Queue) -> list[PersonLine]:
    """Those who did most first; 200 people at most. One statement, with a bound for each person."""
    values = {
        "queue": queue.pk, "most": MOST_LABELS + 1, "newest": NEWEST, "people": MOST_PEOPLE,
        "known": MOST_KNOWN,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_PREFERENCES if queue.is_pairwise else _LABELS, values)
        return [PersonLine(*row) for row in cursor.fetchall()]


def bounded_words(number: int, most: int) -> str:
    """A count that went no further than one over its bound, in words."""
    return f"{most:,}+" if number > most else f"{number:,}"
