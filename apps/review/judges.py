"""Pairs by what judges said of them. Judges are of an app further on: they are asked by the name
of its models, not imported.

A value is what was said ("good", "bad", or "none" where there is no score) by any judge, or by
those of a model: "judge-7b:good", which may be several (another rubric, another threshold); or by
the one of a number: "3:good".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q, QuerySet

from apps.core.params import LARGEST

SAID = ("good", "bad", "none")
MOST_OFFERED = 20
# A model's name that is longer would make a value too long: its judge is offered by its number.
LONGEST_NAME = 180


def is_judged(value: str) -> bool:
    """Whether a value makes sense; of a model that no judge has it finds none."""
    judge, separator, said = value.rpartition(":")
    return said in SAID and (bool(judge.strip()) or not separator)


def judged(value: str) -> Q:
    """What a value asks of a pair."""
    judge, _, said = value.rpartition(":")
    scores = _rows("Judgement").filter(response=OuterRef("pk"), **_by(judge))
    if said == "none":
        return ~Q(Exists(scores.filter(good__isnull=False)))
    return Q(Exists(scores.filter(good=said == "good")))


def judges_offered() -> list[tuple[str, list[tuple[str, str]]]]:
    """For a form, the newest judges first: (who, [(value, words)]); one query."""
    judges = list(_rows("Judge").order_by("-pk")[:MOST_OFFERED])
    models = Counter(judge.model for judge in judges)
    offered = []
    for judge in judges:
        is_alone = models[judge.model] == 1 and len(judge.model) <= LONGEST_NAME
        name = judge.model if is_alone and not _is_number(judge.model) else str(judge.pk)
        words = judge.model if is_alone else str(judge)
        offered.append((str(judge), [(f"{name}:{said}", f"{words}: {said}") for said in SAID]))
    return offered


def judges_said(values: Iterable[str]) -> str:
    """Values in words, with judges' names in the place of their numbers; one query."""
    parts = [value.rpartition(":") for value in values]
    numbers = [int(judge) for judge, _, _ in parts if _is_number(judge)]
    names = {str(row.pk): str(row) for row in _rows("Judge").filter(pk__in=numbers)}
    words = [f"{names.get(judge, judge)}: {said}" if judge else said for judge, _, said in parts]
    return " or ".join(words)


def _rows(model: str) -> QuerySet[Any]:
    rows: QuerySet[Any] = apps.get_model("judge", model)._default_manager.all()
    return rows


def _by(judge: str) -> dict[str, Any]:
    """The judgements of a number, or of a model's name; of all without. The few judges of a model
    are asked for first: PostgreSQL knows how many pairs each has judged, and chooses its way by it.
    """
    if not judge:
        return {}
    if _is_number(judge):
        return {"judge": int(judge)}
    return {"judge__in": list(_rows("Judge").filter(model=judge).values_list("pk", flat=True))}


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= 19 and int(text) <= LARGEST
