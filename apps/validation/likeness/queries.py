"""The pairs that say the same as one, equal or nearly; with the one that was known first."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.validation.models import Likeness


def alike_ids(response_id: int) -> QuerySet[Likeness, int]:
    """Ids of a pair's group without itself, for a subquery: in no order, those of tries among
    them.
    """
    first = Likeness.objects.filter(pk=response_id).values("twin")
    group = Q(twin=response_id) | Q(twin__in=first) | Q(pk__in=first)
    return Likeness.objects.filter(group).exclude(pk=response_id).values_list("pk", flat=True)
