"""Which exports are stale: labels or corrections since have changed what they would have."""

from __future__ import annotations

import logging

from django.db.models import Max

from apps.core.excuses import is_nobodys_fault
from apps.core.models import Job
from apps.exports.choice.benchmarks import BenchmarkError
from apps.exports.models import Export
from apps.exports.services import ExportError
from apps.review.filters import FilterError
from apps.review.models import Correction, Label
from apps.review.models_beside import Preference

log = logging.getLogger(__name__)
# Looked at in one go; more wait for the next.
MOST_EXPORTS = 3
# How many of the newest exports are watched at all.
WATCHED = 50
_SAYING = (Label, Correction, Preference)


def look(*, most: int = MOST_EXPORTS) -> int:
    """Compare exports with the database where there are newer labels or corrections than were
    looked at, and note what has changed; how many were looked at. One that cannot be compared
    (its files are gone or damaged, or a file of questions that it was held against) holds up no
    other.
    """
    newest = _newest()
    watched = Export.objects.filter(
        job__status=Job.Status.DONE, deleted_at=None, sha256__gt=""
    ).order_by("-pk")[:WATCHED]
    waiting = [export for export in watched if export.looked_at < newest]
    for export in waiting[:most]:
        try:
            look_at(export=export, newest=newest)
        except (ExportError, BenchmarkError, FilterError) as error:
            log.warning("Export %s cannot be compared with what is now: %s", export.pk, error)
            Export.objects.filter(pk=export.pk).update(looked_at=newest)
        except Exception as error:
            if is_nobodys_fault(error):
                raise
            log.exception("Export %s cannot be compared with what is now", export.pk)
            Export.objects.filter(pk=export.pk).update(looked_at=newest)
    return len(waiting[:most])


def look_at(*, export: Export, newest: int | None = None) -> dict[str, int]:
    """Compare one export with the database now and note what has changed.

    Raises services.ExportError where its files are gone.
    """
    from apps.exports.differing import patch  # numpy and pyarrow: not for who compares nothing

    seen = _newest() if newest is None else newest
    found = patch(export)
    counts = {name: number for name, number in found.counts().items() if number}
    Export.objects.filter(pk=export.pk).update(changes=counts, looked_at=seen)
    return counts


def _newest() -> int:
    """Grows with every label, correction and pairwise vote."""
    newest = (table.objects.aggregate(newest=Max("pk"))["newest"] for table in _SAYING)
    return sum(one or 0 for one in newest)
