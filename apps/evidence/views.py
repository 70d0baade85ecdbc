"""What few-shot versions and their examples came to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.evidence.queries import evidence_of
from apps.evidence.summing import STAGES
from apps.fewshot.models import Example, Version


@require_safe
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """A version's evidence: in all, by example at one stage, by arrangement; as counted last."""
    rows = Version.objects.select_related("fewshot_set")
    shown = get_object_or_404(rows, pk=version_id)
    known = evidence_of([shown]).get(shown.pk)
    summary = known.summary if known else None
    stages = summary.stages if summary else []
    asked = request.GET.get("stage", "")
    stage = asked if asked in stages else next(iter(stages[::-1]), "")
    rows_of = Example.objects.filter(version=shown).only("number", "category")
    examples = {row.number: row for row in rows_of}
    context = {
        "version": shown,
        "known": known,
        "summary": summary,
        "stages": [(name, STAGES[name]) for name in stages],
        "stage": stage,
        "lines": [
            (examples[line.number], line)
            for line in (summary.examples if summary else ())
            if line.stage == stage and line.number in examples
        ],
        "advice": [
            (examples[each.number], each)
            for each in (summary.advice if summary else ())
            if each.number in examples
        ],
    }
    return render(request, "evidence/version.html", context)
