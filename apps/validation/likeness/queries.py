"""The pairs that say the same as one, equal or nearly; with the one that was known first."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.validation.models import Likeness


def alike_ids(response_id: int) -> QuerySet[Likeness, int]:
    """Ids of a pair's group without itself, for a subquery: in no order, those of tries among
    them.
    """
    twin = Likeness.objects.filter(pk=response_id).values_list("twin", flat=True).first()
    first = twin or response_id
    group = Likeness.objects.filter(Q(twin=first) | Q(pk=first))
    return group.exclude(pk=response_id).values_list("pk", flat=True)
