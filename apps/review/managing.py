"""Queues made, changed and closed; who may work in them, and how far each of them is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from secrets import randbits

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.http import Http404

from apps.accounts.models import User
from apps.review.errors import ReviewError
from apps.review.filters import PairFilter
from apps.review.guidelines import labels_stale_start
from apps.review.looking import Look, Patience, ids_alone
from apps.review.models import Entry, Guideline, Queue, Seat
from apps.review.models_beside import GoldHold
from apps.review.people import bounded_words
from apps.review.queue import duplicates_left_out, lock_reviewer, queue_fill, queue_take
from apps.review.team.onboarding import onboarding_before

MOST_COUNTED = 10_000
# Pairs that a new queue takes in the request that makes it: the newest of its filter, and what the
# first batches of all pairs have. The sweep brings the others.
NEWEST = 500
AT_ONCE = 2
LONGEST_NAME = 80
_RESTATE = """
UPDATE review_entry AS entry SET state = now_is.state
FROM (
    SELECT one.id, CASE WHEN (
        SELECT count(*) FROM review_seat AS seat
        WHERE seat.entry_id = one.id AND seat.expires_at IS NULL
    ) >= %(reviewers)s THEN 'done' ELSE 'open' END AS state
    FROM review_entry AS one WHERE one.queue_id = %(queue)s
) AS now_is
WHERE now_is.id = entry.id AND now_is.state <> entry.state
"""
_RESTATE_DUELS = """
UPDATE review_duel AS duel SET is_done = (
    SELECT count(*) FROM review_preference AS said WHERE said.duel_id = duel.id
) >= %(reviewers)s
WHERE duel.queue_id = %(queue)s
"""
_DUELS = """
SELECT count(*) FROM (
    SELECT 1 FROM review_duel WHERE queue_id = %s AND is_done = %s LIMIT %s
) AS counted
"""
_LEFT = """
SELECT count(*) FROM (
    SELECT 1 FROM review_entry WHERE queue_id = %s AND state = %s LIMIT %s
) AS counted
"""


@dataclass(frozen=True, slots=True)
class QueueSettings:
    """What a person decides about a queue; see models.Queue."""

    name: str
    filter: PairFilter
    order: str
    reviewers: int
    people: Sequence[User]
    groups: Sequence[Group]
    is_blind: bool
    evidence_last: bool
    is_pairwise: bool
    may_correct: bool
    leave_out: str
    gold_share: float
    gold_altered: bool
    is_onboarding: bool
    bound_pairs: int
    bound_share: float
    guideline: str
    # A new guideline means what the one before meant: labels that went by that one hold.
    wording_only: bool = False


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """Entries (of a pairwise queue: duels drawn so far) that are open and done, exact up to
    10,000; then one more than that.
    """

    open: int
    done: int

    @property
    def open_words(self) -> str:
        return bounded_words(self.open, MOST_COUNTED)

    @property
    def done_words(self) -> str:
        return bounded_words(self.done, MOST_COUNTED)


def queue_create(*, chosen: QueueSettings, created_by: User) -> Queue:
    """Make a queue and bring its first pairs in; the others follow in the background."""
    with transaction.atomic():
        queue = Queue.objects.create(
            filter=chosen.filter.as_json(),
            order=chosen.order,
            random_seed=randbits(31),
            is_pairwise=chosen.is_pairwise,
            is_onboarding=chosen.is_onboarding,
            created_by=created_by,
            **_columns(chosen),
        )
        _people_and_guideline(queue, chosen, created_by)
    if not queue.is_onboarding:
        newest = Look(chosen.filter, ids_alone, NEWEST).take(Patience.FURTHER)
        queue_take(queue=queue, response_ids=[row[0] for row in newest.rows])
    queue_fill(queue=queue, most=AT_ONCE)
    return queue


def queue_of_these(*, chosen: PairFilter, words: str, user: User) -> Queue:
    """A queue of a filter's pairs for this person alone, the newest first: the one that they made
    of the same filter before, or a new one, named by `words`.
    """
    with transaction.atomic():
        lock_reviewer(user)
        same = {"filter": chosen.as_json(), "order": Queue.Order.NEWEST, "is_closed": False}
        mine = Queue.objects.filter(created_by=user, people=user, reviewers=1, **same).first()
        return mine or queue_create(
            chosen=QueueSettings(
                name=_free_name(f"{user.username}: {words}"),
                filter=chosen,
                order=Queue.Order.NEWEST,
                reviewers=1,
                people=[user],
                groups=[],
                is_blind=False,
                evidence_last=False,
                is_pairwise=False,
                may_correct=False,
                leave_out="",
                gold_share=0,
                gold_altered=False,
                is_onboarding=False,
                bound_pairs=20,
                bound_share=0.8,
                guideline="",
            ),
            created_by=user,
        )


def _free_name(wanted: str) -> str:
    """The name as far as there is room, with a number where another queue has it."""
    for number in range(1, 1_000):
        end = f" {number}" if number > 1 else ""
        name = wanted[: LONGEST_NAME - len(end)] + end
        if not Queue.objects.filter(name=name).exists():
            return name
    raise ReviewError(
        "There are a thousand queues of that name: close some, or save it by another."
    )


def queue_change(*, queue: Queue, chosen: QueueSettings, changed_by: User) -> bool:
    """Change all of a queue but its filter and its order: those make another queue.

    Pairs that have enough labels by the new number leave it, others come back. A new guideline
    makes labels that went by the one before stale, unless only its wording is another: they are
    taken back in the background. Returns whether there are such labels.
    """
    with transaction.atomic():
        locked = Queue.objects.select_for_update().get(pk=queue.pk)
        Queue.objects.filter(pk=queue.pk).update(**_columns(chosen))
        made = _people_and_guideline(queue, chosen, changed_by)
        if locked.leave_out != chosen.leave_out:
            _leave_out(Queue.objects.get(pk=queue.pk))
        if locked.reviewers != chosen.reviewers and not locked.is_default:
            with connection.cursor() as cursor:
                values = {"queue": queue.pk, "reviewers": chosen.reviewers}
                cursor.execute(_RESTATE, values)
                cursor.execute(_RESTATE_DUELS, values)
        if made is None or chosen.wording_only:
            return False
        return labels_stale_start(guideline=made, asked_by=changed_by)


def _leave_out(queue: Queue) -> None:
    """Open pairs that it does not take any more go, unless somebody has a seat at them; what it
    takes again comes with the sweep.
    """
    doubles = duplicates_left_out(queue).values("pk")
    gone = Entry.objects.filter(queue=queue, state=Entry.State.OPEN, seats=None)
    gone.filter(response__in=doubles).delete()
    Queue.objects.filter(pk=queue.pk).update(seen_through=0)


def queue_close(*, queue: Queue, closed: bool) -> bool:
    """Close a queue, or open it again; its labels stay. False for the default one."""
    found = Queue.objects.filter(pk=queue.pk, is_default=False).update(is_closed=closed)
    if found and closed:
        Seat.objects.filter(queue=queue, expires_at__isnull=False).delete()
        GoldHold.objects.filter(queue=queue).delete()
    return bool(found)


def queues_of(user: User) -> QuerySet[Queue]:
    """The open queues that a person may work in: everybody's, theirs, and their groups'."""
    theirs = Q(people=user) | Q(groups__in=user.groups.all())
    everybodys = Q(people=None, groups=None)
    chosen = Queue.objects.filter(everybodys | theirs).values("pk")
    rows = Queue.objects.filter(pk__in=chosen, is_closed=False).order_by("-is_default", "name")
    if user.is_editor:
        return rows
    before = onboarding_before(user, rows)
    return rows.filter(is_onboarding=True) if before else rows


def queue_for(user: User, queue_id: int) -> Queue:
    """A queue that this user may see: one they may work in, any for editors; else 404."""
    rows = Queue.objects.all() if user.is_editor else queues_of(user)
    row = rows.filter(pk=queue_id).first()
    if row is None:
        raise Http404("There is no such queue.")
    return row


def progress_of_queue(queue: Queue) -> QueueProgress:
    """Two counts along an index, bounded."""
    with connection.cursor() as cursor:
        counted = []
        for state in (Entry.State.OPEN, Entry.State.DONE):
            asked = state == Entry.State.DONE if queue.is_pairwise else state.value
            statement = _DUELS if queue.is_pairwise else _LEFT
            cursor.execute(statement, [queue.pk, asked, MOST_COUNTED + 1])
            counted.append(int(cursor.fetchone()[0]))
    return QueueProgress(*counted)


def _columns(chosen: QueueSettings) -> dict[str, object]:
    return {
        "name": chosen.name,
        "reviewers": chosen.reviewers,
        "is_blind": chosen.is_blind,
        "evidence_last": chosen.evidence_last,
        "may_correct": chosen.may_correct,
        "leave_out": chosen.leave_out,
        # An onboarding queue has nothing but known answers.
        "gold_share": 1 if chosen.is_onboarding else chosen.gold_share,
        "gold_altered": chosen.gold_altered,
        "bound_pairs": chosen.bound_pairs,
        "bound_share": chosen.bound_share,
    }


def _people_and_guideline(queue: Queue, chosen: QueueSettings, by: User) -> Guideline | None:
    """The new version of its guideline, None where it stays."""
    queue.people.set(chosen.people)
    queue.groups.set(chosen.groups)
    before = queue.newest_guideline
    text = chosen.guideline.strip()
    if text == (before.text if before else ""):
        return None
    number = before.number + 1 if before else 1
    return Guideline.objects.create(queue=queue, number=number, text=text, created_by=by)
