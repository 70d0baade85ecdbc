"""What the pages of evidence read: what was counted last, one row a version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from apps.core.models import Figure
from apps.evidence.counting import VERSION
from apps.evidence.summing import Summary
from apps.fewshot.models import Version


@dataclass(frozen=True, slots=True)
class Known:
    """A version's summary and when it was counted."""

    summary: Summary
    counted_at: datetime


def counted_at(version: Version) -> datetime | None:
    """When a version was counted last, without reading what was found."""
    figure = Figure.objects.filter(name=f"{VERSION}{version.pk}")
    return figure.values_list("counted_at", flat=True).first()


def evidence_of(versions: Iterable[Version]) -> dict[int, Known]:
    """By version; those that were never counted are left out. One query."""
    names = {f"{VERSION}{version.pk}": version.pk for version in versions}
    figures = Figure.objects.filter(name__in=names)
    return {
        names[figure.name]: Known(Summary.from_json(figure.value), figure.counted_at)
        for figure in figures
    }
