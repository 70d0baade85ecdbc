"""Onboarding: known answers only, told after each label, until a reviewer agrees with them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection
from django.db.models import Q, QuerySet

from apps.accounts.models import User
from apps.core.evidence import Rate
from apps.review.models import Gold, Label, Queue
from apps.review.models_beside import Joined

MOST_PEOPLE = 200
MOST_KNOWN = 10_000
# What somebody says today of the known answers of an onboarding queue, the newest first.
_AGREED = """
SELECT count(*) FILTER (WHERE said.value = CASE WHEN said.good THEN 'good' ELSE 'bad' END), count(*)
FROM (
    SELECT newest.value, gold.good FROM (
        SELECT DISTINCT ON (response_id) response_id, value, id FROM review_label
        WHERE reviewer_id = %(reviewer)s AND queue_id = %(queue)s
        ORDER BY response_id, id DESC
    ) AS newest
    JOIN review_gold gold ON gold.response_id = newest.response_id
    WHERE newest.value IN ('good', 'bad')
    ORDER BY newest.id DESC LIMIT %(last)s
) AS said
"""
_ANSWER = """
SELECT gold.good, coalesce(nullif(gold.why, ''), ruling.note, '') FROM review_gold gold
LEFT JOIN review_ruling ruling ON ruling.response_id = gold.response_id
WHERE gold.response_id = %s
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """How often somebody agreed with what is known, of the last labels, and what is asked for:
    `share` of the last `pairs`.
    """

    agreed: Rate
    pairs: int
    share: float


@dataclass(frozen=True, slots=True)
class Feedback:
    """What an onboarding queue says after a label. agreed: of the last pairs, as many as the bound
    asks for; joined: they may work in other queues now.
    """

    response_id: int
    said: str
    good: bool
    why: str
    agreed: Rate
    queue: Queue
    joined: bool

    @property
    def agrees(self) -> bool:
        return (self.said == "good") == self.good

    @property
    def words(self) -> str:
        """As a sentence; the reasons are in `why`."""
        known = "good" if self.good else "bad"
        said = "agrees" if self.agrees else "differs"
        return f"Pair {self.response_id} is known to be {known}: your label {said}."


def feedback_on(*, queue_id: int, response_id: int, reviewer: User, said: str) -> Feedback | None:
    """Whether a label agrees with what is known, and why; None where the queue tells nothing.

    Whoever reaches the bound by it has joined. Five small queries.
    """
    queue = Queue.objects.filter(pk=queue_id, is_onboarding=True).first()
    if queue is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_ANSWER, [response_id])
        known = cursor.fetchone()
    if known is None:
        return None
    agreed = agreed_of(queue=queue, reviewer=reviewer)
    if agreed.whole >= queue.bound_pairs and agreed.part >= queue.bound_share * agreed.whole:
        Joined.objects.get_or_create(queue=queue, reviewer=reviewer)
    joined = Joined.objects.filter(queue=queue, reviewer=reviewer).exists()
    return Feedback(response_id, said, known[0], known[1], agreed, queue, joined)


def agreed_of(*, queue: Queue, reviewer: User) -> Rate:
    """Of the last pairs that somebody labelled in an onboarding queue, as many as its bound asks
    for, how often they said what is known.
    """
    asked = {"queue": queue.pk, "reviewer": reviewer.pk, "last": queue.bound_pairs}
    with connection.cursor() as cursor:
        cursor.execute(_AGREED, asked)
        return Rate(*cursor.fetchone())


def standing_in(*, queue_id: int, reviewer: User) -> Standing | None:
    """How far somebody is in an onboarding queue; None in any other. Two small queries."""
    queue = Queue.objects.filter(pk=queue_id, is_onboarding=True).first()
    if queue is None:
        return None
    return Standing(agreed_of(queue=queue, reviewer=reviewer), queue.bound_pairs, queue.bound_share)


def known_answers(queue: Queue) -> int:
    """How many pairs an onboarding queue has, exact up to 10,000; then one more than that."""
    rows = Gold.objects.all() if queue.gold_altered else Gold.objects.filter(origin=None)
    return rows.values("pk")[: MOST_KNOWN + 1].count()


def onboarding_lines(queue: Queue, only: User | None) -> list[tuple[str, Rate, bool]]:
    """How far people are in an onboarding queue: name, how often they agreed, whether they have
    joined; 200 people at most. only: this one.
    """
    if not queue.is_onboarding:
        return []
    begun = Label.objects.filter(queue=queue).values("reviewer")
    people = User.objects.filter(pk__in=begun).order_by("username")
    people = people.filter(pk=only.pk) if only else people
    joined = set(queue.joined.values_list("reviewer_id", flat=True))
    return [
        (person.username, agreed_of(queue=queue, reviewer=person), person.pk in joined)
        for person in people[:MOST_PEOPLE]
    ]


def onboarding_first(user: User) -> Queue | None:
    """The same of all open queues."""
    groups = user.groups.values("pk")
    theirs = Queue.objects.filter(Q(people=user) | Q(groups__in=groups)).values("pk")
    everybodys = Queue.objects.filter(people=None, groups=None).values("pk")
    rows = Queue.objects.filter(Q(pk__in=theirs) | Q(pk__in=everybodys), is_closed=False)
    return onboarding_before(user, rows.order_by("pk"))


def onboarding_before(user: User, theirs: QuerySet[Queue]) -> Queue | None:
    """The onboarding queue whose bound somebody has to reach before they get into others."""
    if user.is_editor:
        return None
    joined = Joined.objects.filter(reviewer=user).values("queue")
    return theirs.filter(~Q(pk__in=joined), is_onboarding=True).first()
