"""Flags: a reviewer asks that somebody else looks at a pair."""

from __future__ import annotations

from apps.accounts.models import User
from apps.generation.models import Response
from apps.review.models import Flag


def flag_turn(*, response: Response, reviewer: User) -> bool:
    """Put the reviewer's flag up, or take it down where it is up; returns whether it is up."""
    return not flag_lower(response=response, reviewer=reviewer) and flag_raise(
        response=response, reviewer=reviewer
    )


def flag_raise(*, response: Response, reviewer: User) -> bool:
    """Put the reviewer's flag up; again is free."""
    Flag.objects.get_or_create(response=response, reviewer=reviewer)
    return True


def flag_lower(*, response: Response, reviewer: User) -> bool:
    """Take the reviewer's flag down; whether it was up."""
    return bool(Flag.objects.filter(response=response, reviewer=reviewer).delete()[0])


def flags_clear(*, response: Response) -> int:
    """Take down all flags of a pair: an editor has looked at it. Returns how many there were."""
    return Flag.objects.filter(response=response).delete()[0]
