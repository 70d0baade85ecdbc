"""The sample: pairs with every verdict, to look around with before a model has written any."""

from __future__ import annotations

from pathlib import Path

from django.db import transaction
from django.db.models import Count, QuerySet

from apps.core.models import Job
from apps.generation.importing import import_start
from apps.generation.models import Import, Response
from apps.home.figures import count_figures
from apps.review.models import Decision, Entry, Label
from apps.validation.models import OVERALL, Verdict

FOLDER = Path(__file__).with_name("sample_pairs")


def sample_pairs() -> QuerySet[Response]:
    """The sample's pairs that are here."""
    return Response.objects.filter(instruction__imported__is_sample=True)


def sample_bring() -> list[Import]:
    """Bring the sample's files in as imports, which are sent to validation; those that are here
    stay what they are.
    """
    paths = sorted(FOLDER.glob("*.jsonl"))
    return [import_start(path=path, file_name=path.name, is_sample=True)[0] for path in paths]


def sample_remove() -> int:
    """Delete the sample with all that hangs on it, labels too; return how many pairs it had."""
    with transaction.atomic():
        pairs = list(sample_pairs().values_list("pk", flat=True))
        # Whoever labels a pair holds its entries: nobody does until all of them are gone.
        entries = Entry.objects.select_for_update().filter(response__in=pairs).order_by("pk")
        list(entries.values_list("pk"))
        imports = Import.objects.filter(is_sample=True)
        jobs = list(imports.exclude(job=None).values_list("job", flat=True))
        Decision.objects.filter(response__in=pairs).delete()
        Label.objects.filter(response__in=pairs).delete()
        imports.delete()
        Job.objects.filter(pk__in=jobs).delete()
    count_figures()
    return len(pairs)


def sample_verdicts() -> dict[str, int]:
    """How many of the sample's pairs have which overall verdict so far."""
    found = Verdict.objects.filter(database=OVERALL, response__in=sample_pairs())
    counted = found.values("outcome").annotate(pairs=Count("pk")).order_by("-pairs", "outcome")
    return {row["outcome"]: row["pairs"] for row in counted}
