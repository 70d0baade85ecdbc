"""Duels that are open again, since what was said of them was said of another text, or by another
guideline.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from apps.generation.models import Response
from apps.review.models import Queue
from apps.review.models_beside import Duel, Preference


def duels_open_again(*, response: Response) -> None:
    """Take back what was said of a response whose text is about to change: its duels are open."""
    duels = Duel.objects.filter(Q(one=response) | Q(other=response))
    _open_again(list(duels.select_for_update().order_by("pk").values_list("pk", flat=True)))


def preferences_take_back(*, queue: Queue, before: datetime, most: int) -> int:
    """Take back what was said in a queue before its guideline changed, the oldest of it: those
    duels, and only they, are open again. Returns how many preferences, 0 where none is left.
    """
    stale = Preference.objects.filter(duel__queue=queue, created_at__lt=before).order_by("pk")
    with transaction.atomic():
        duels = Duel.objects.filter(pk__in=set(stale.values_list("duel", flat=True)[:most]))
        locked = duels.select_for_update().order_by("pk").values_list("pk", flat=True)
        return _open_again(list(locked), created_at__lt=before)


def _open_again(duels: Sequence[int], **said: datetime) -> int:
    """Without these preferences of theirs. Duels that were open are so still."""
    taken, _ = Preference.objects.filter(duel__in=duels, **said).delete()
    Duel.objects.filter(pk__in=duels).update(is_done=False)
    return taken
