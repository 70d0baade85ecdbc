"""What two versions have different, and what the pairs of each came to."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.params import number_in
from apps.fewshot.changes import changes as changes_of
from apps.fewshot.models import Version
from apps.fewshot.queries import published_before, version_file
from apps.generation.costs import Cost, costs_by_version

CHOICES = 200


@dataclass(frozen=True, slots=True)
class Side:
    """A version with what its runs came to; cost: None where none was counted."""

    version: Version
    cost: Cost | None


@require_safe
def changes(request: HttpRequest, version_id: int) -> HttpResponse:
    """What a version has different from another (`against`), by default the published one before
    it, and both sides' pairs.
    """
    versions = Version.objects.select_related("fewshot_set")
    shown = get_object_or_404(versions, pk=version_id)
    against = number_in(request, "against")
    base = published_before(shown) if against is None else get_object_or_404(versions, pk=against)
    context = {
        "version": shown,
        "base": base,
        "changes": changes_of(version_file(base), version_file(shown)) if base else [],
        "sides": _sides(base, shown) if base else [],
        "choices": _choices(shown),
    }
    return render(request, "studio/changes.html", context)


def _sides(*versions: Version) -> list[Side]:
    """Runs are counted in the background; tries count nowhere."""
    costs = {share.key: share.cost for share in costs_by_version()}
    return [Side(version, costs.get(version.pk)) for version in versions]


def _choices(shown: Version) -> list[Version]:
    """The versions of its own set first, the newest before older ones."""
    others = Version.objects.exclude(status=Version.Status.TRIED).exclude(pk=shown.pk)
    rows = list(others.select_related("fewshot_set").order_by("-pk")[:CHOICES])
    return sorted(rows, key=lambda row: row.fewshot_set_id != shown.fewshot_set_id)
