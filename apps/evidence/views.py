"""What few-shot versions and their examples came to."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.views.decorators.http import require_safe

from apps.evidence.queries import counted_at, evidence_of
from apps.evidence.summing import STAGES
from apps.fewshot.models import Example, Version
from apps.review.kept import parts


@require_safe
def version(request: HttpRequest, version_id: int) -> HttpResponse:
    """A version's evidence: in all, by example at one stage, by arrangement; as counted last."""
    rows = Version.objects.select_related("fewshot_set")
    shown = get_object_or_404(rows, pk=version_id)
    asked = request.GET.get("stage", "")
    stage = asked if asked in STAGES else ""
    last = counted_at(shown)
    made_of = f"evidence of {shown.pk} {last} {stage}"
    counted = parts.get(made_of, lambda: _counted(shown, stage)) if last else SafeString()
    return render(request, "evidence/version.html", {"version": shown, "counted": counted})


def _counted(shown: Version, stage: str) -> SafeString:
    """What was counted, as HTML; "" where there was no pair."""
    known = evidence_of([shown]).get(shown.pk)
    if known is None or not known.summary.tally.pairs:
        return SafeString()
    summary, stages = known.summary, known.summary.stages
    stage = stage if stage in stages else next(iter(stages[::-1]), "")
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
            for line in summary.examples
            if line.stage == stage and line.number in examples
        ],
        "advice": [
            (examples[each.number], each) for each in summary.advice if each.number in examples
        ],
    }
    return render_to_string("evidence/counted.html", context)
