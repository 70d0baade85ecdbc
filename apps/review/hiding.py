"""What somebody is not to know of a pair before they have judged it, on whatever page."""

from __future__ import annotations

from django.db.models import Q

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.models import Entry, Label
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


def has_decided(user: User, response: Response) -> bool:
    """Whether the user's newest label of a pair is good or bad."""
    newest = Label.objects.filter(response=response, reviewer=user).order_by("-pk").first()
    return newest is not None and newest.value in (Label.Value.GOOD, Label.Value.BAD)
