"""Why a queue has no pair for somebody: asked only where it has none."""

from __future__ import annotations

from dataclasses import dataclass

from apps.accounts.models import User
from apps.review.desk import Desk
from apps.review.models import Entry, Label, Queue


@dataclass(frozen=True, slots=True)
class Nothing:
    """why: "others" (open pairs that are not theirs now), "done" (all have their labels), "known"
    (no known answer that they have not judged), "chosen" (its pairs are not there any more) or
    "none" (no pair came yet). queue: with its filter and what it leaves out.
    """

    why: str
    queue: Queue
    has_judged: bool = False


def nothing_on(found: Desk, reviewer: User) -> Nothing:
    """Three queries at most."""
    queue = Queue.objects.get(pk=found.queue.pk)
    if found.progress.left:
        return Nothing("others", queue)
    if queue.is_onboarding:
        own = Label.objects.filter(queue=queue, reviewer=reviewer)
        return Nothing("known", queue, has_judged=own.exists())
    if Entry.objects.filter(queue=queue).exists():
        return Nothing("done", queue)
    return Nothing("chosen" if queue.filter.get("queue") == [str(queue.pk)] else "none", queue)
