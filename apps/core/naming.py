"""People's names in texts that are stored: written in one way, so that they can be forgotten."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q

from apps.core.models import Job

# What people do to a job, as its message begins.
DEEDS = ("Paused", "Cancelled")


def told_by(deed: str, name: str) -> str:
    """The sentence with which the message of a job begins that somebody ended; a deed of DEEDS."""
    return f"{deed} by {name}."


def names(column: str, name: str) -> Q:
    """Rows whose text may begin with such a sentence about that person."""
    return reduce(or_, (Q(**{f"{column}__startswith": told_by(deed, name)}) for deed in DEEDS))


def renamed(text: str, *, name: str, becomes: str) -> str:
    """The text with another name, where it begins with such a sentence about that person."""
    for deed in DEEDS:
        told = told_by(deed, name)
        # No name has a blank in it, but it may have a full stop: “Paused by ann.b.” is not ann's.
        if text == told or text.startswith(f"{told} "):
            return told_by(deed, becomes) + text[len(told) :]
    return text


def messages_forget(*, name: str, becomes: str) -> None:
    """Give a person another name in the messages of jobs."""
    for job in Job.objects.filter(names("message", name)).only("message"):
        job.message = renamed(job.message, name=name, becomes=becomes)
        job.save(update_fields=["message"])
