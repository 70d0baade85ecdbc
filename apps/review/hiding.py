"""What somebody is not to know of a pair before they have judged it, on whatever page."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.models import Entry, Label, Queue
from apps.review.models_beside import GoldHold
from apps.review.presenting import Hidden


def hidden_from(user: User, response: Response) -> Hidden:
    """What queues hide of a pair from somebody who holds it there, or (editors aside) may still
    get it there. Nothing from those who have said good or bad. Three queries at most.
    """
    if has_decided(user, response):
        return Hidden()
    entries = Entry.objects.filter(response=response, queue__is_closed=False)
    theirs = Q(seats__reviewer=user)
    if not user.is_editor:
        theirs |= Q(state=Entry.State.OPEN)
    said = entries.filter(theirs)
    gold = GoldHold.objects.filter(reviewer=user, response=response)
    columns = ("queue__is_blind", "queue__evidence_last")
    found = [*said.values_list(*columns), *gold.values_list(*columns)]
    return Hidden(maker=any(blind for blind, _ in found), evidence=any(last for _, last in found))


def evidence_hidden(user: User, response_ids: Sequence[int]) -> set[int]:
    """Of these pairs, those whose evidence somebody is not to see yet: `hidden_from` for a list.
    Three queries at most, one where no queue shows its evidence last.
    """
    late = {"queue__is_closed": False, "queue__evidence_last": True}
    if not Queue.objects.filter(is_closed=False, evidence_last=True).exists():
        return set()
    theirs = Q(seats__reviewer=user)
    if not user.is_editor:
        theirs |= Q(state=Entry.State.OPEN)
    said = Entry.objects.filter(theirs, response__in=response_ids, **late)
    gold = GoldHold.objects.filter(reviewer=user, response__in=response_ids, **late)
    found = set(
        said.values_list("response_id", flat=True).union(gold.values_list("response_id", flat=True))
    )
    if not found:
        return found
    newest = Label.objects.filter(reviewer=user, response__in=found).order_by("response", "-pk")
    rows = newest.distinct("response").values_list("response_id", "value")
    return found - {pk for pk, value in rows if value in (Label.Value.GOOD, Label.Value.BAD)}


def has_decided(user: User, response: Response) -> bool:
    """Whether the user's newest label of a pair is good or bad."""
    newest = Label.objects.filter(response=response, reviewer=user).order_by("-pk").first()
    return newest is not None and newest.value in (Label.Value.GOOD, Label.Value.BAD)
