"""How an export reads labels. Nothing else in this app looks at what reviewers said of a pair."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from apps.generation.models import Import, Response
from apps.review.models import Correction, Flag, Gold, Label, Promotion


class Policy(StrEnum):
    """When a pair counts as accepted."""

    DECIDED = "decided"  # as its page says
    UNANIMOUS = "unanimous"  # nobody who judged it said bad
    MAJORITY = "majority"  # more said good than bad
    ADJUDICATED = "adjudicated"  # an editor has ruled on people who disagreed


class Stand(StrEnum):
    """Where a pair stands by a policy."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    OPEN = "open"  # not enough labels, or as many good as bad


def labelled(*, preferred: Sequence[int] = ()) -> QuerySet[Response]:
    """Pairs that somebody has judged, without the sample, which counts for nothing. preferred:
    and these responses.
    """
    # By number: joined with imports the planner takes it for one pair, and compares all with all.
    samples = list(Import.objects.filter(is_sample=True).values_list("pk", flat=True))
    judged = Q(decision__good__in=(True, False))
    rows = Response.objects.filter(judged | Q(pk__in=preferred) if preferred else judged)
    return rows.exclude(instruction__imported__in=samples) if samples else rows


def with_stand(
    rows: QuerySet[Response], *, policy: Policy, least: int, preferred: Sequence[int] = ()
) -> QuerySet[Response]:
    """The same pairs with `stand`, and `good_labels`: the newest ones of their reviewers. Those
    `preferred` are accepted where nobody has labelled them.
    """
    good, bad = _newest(Label.Value.GOOD), _newest(Label.Value.BAD)
    rows = rows.annotate(good_labels=good, bad_labels=bad)
    few = Q(good_labels__lt=least - F("bad_labels")) if least > 1 else Q(pk__isnull=True)
    return rows.annotate(
        stand=Case(
            *[When(Q(decision=None, pk__in=preferred), then=Value(Stand.ACCEPTED))]
            * bool(preferred),
            When(few, then=Value(Stand.OPEN)),
            When(_accepted(policy), then=Value(Stand.ACCEPTED)),
            When(_rejected(policy), then=Value(Stand.REJECTED)),
            default=Value(Stand.OPEN),
        )
    )


def is_stale() -> Exists:
    """Whether a response was corrected after its decision: what was judged is another text."""
    later = Correction.objects.filter(
        response=OuterRef("pk"), created_at__gt=OuterRef("decision__label__created_at")
    )
    return Exists(later)


def is_flagged() -> Exists:
    """Whether a reviewer asks that somebody else looks at the pair."""
    return Exists(Flag.objects.filter(response=OuterRef("pk")))


def is_gold() -> Exists:
    """Whether the pair's answer is known: reviewers are measured by it."""
    return Exists(Gold.objects.filter(response=OuterRef("pk")))


def _accepted(policy: Policy) -> Q:
    if policy is Policy.DECIDED:
        return Q(decision__good=True)
    if policy is Policy.ADJUDICATED:
        return _ruled(good=True)
    if policy is Policy.UNANIMOUS:
        return _ruled(good=True) | Q(ruling=None, good_labels__gt=0, bad_labels=0)
    return _ruled(good=True) | Q(ruling=None, good_labels__gt=F("bad_labels"))


def _rejected(policy: Policy) -> Q:
    if policy is Policy.DECIDED:
        return Q(decision__good=False)
    if policy is Policy.ADJUDICATED:
        return _ruled(good=False)
    if policy is Policy.UNANIMOUS:
        return _ruled(good=False) | Q(ruling=None, bad_labels__gt=0)
    return _ruled(good=False) | Q(ruling=None, bad_labels__gt=F("good_labels"))


def _ruled(*, good: bool) -> Q:
    """An editor's ruling on people who disagree holds under every policy."""
    return Q(ruling__good=good)


def _newest(value: Label.Value) -> Coalesce:
    """How many reviewers' newest label of a pair is that one."""
    later = Label.objects.filter(
        response=OuterRef("response"), reviewer=OuterRef("reviewer"), pk__gt=OuterRef("pk")
    )
    counted = (
        Label.objects.filter(response=OuterRef("pk"), value=value)
        .exclude(Exists(later))
        .order_by()
        .values("response")
        .annotate(number=Count("pk"))
        .values("number")
    )
    return Coalesce(Subquery(counted, output_field=IntegerField()), Value(0))


def is_promoted() -> Exists:
    """Whether the pair is a few-shot example: models were shown it."""
    return Exists(Promotion.objects.filter(response=OuterRef("pk")))
