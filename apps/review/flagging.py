"""Flags: a reviewer asks that somebody else looks at a pair."""

from __future__ import annotations

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.models import Flag


def flag_turn(*, response: Response, reviewer: User) -> bool:
    """Put the reviewer's flag up, or take it down where it is up; returns whether it is up."""
    if Flag.objects.filter(response=response, reviewer=reviewer).delete()[0]:
        return False
    Flag.objects.get_or_create(response=response, reviewer=reviewer)
    return True


def flags_clear(*, response: Response) -> int:
    """Take down all flags of a pair: an editor has looked at it. Returns how many there were."""
    return Flag.objects.filter(response=response).delete()[0]
