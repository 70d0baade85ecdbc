"""What the model wrote and was rejected, with the reason: to be read by whoever may see the run."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.core.params import number_in
from apps.generation.models import Completion, Run, Stage
from apps.generation.words import REASONS, STAGES, reason_words

PAGE = 10
# Of one text; a model that never ends writes sixty thousand characters.
SHOWN_CHARS = 8_000


@require_safe
def rejected(request: HttpRequest, run_id: int) -> HttpResponse:
    """A run's rejected completions, the newest first, of one stage and one reason or of all."""
    run = get_object_or_404(Run, pk=run_id)
    stage, reason = request.GET.get("stage", ""), request.GET.get("reason", "")
    rows = Completion.objects.filter(run=run).exclude(reason="").order_by("-pk")
    if stage in Stage.values:
        rows = rows.filter(stage=stage)
    if reason in REASONS:
        rows = rows.filter(reason=reason)
    before = number_in(request, "before")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    shown = list(rows[: PAGE + 1])
    context = {
        "run": run,
        "rows": [_shown(row) for row in shown[:PAGE]],
        "more": shown[PAGE - 1].pk if len(shown) > PAGE else None,
        "stage": stage if stage in Stage.values else "",
        "reason": reason if reason in REASONS else "",
        "stages": STAGES,
        "reasons": REASONS,
    }
    return render(request, "generation/rejected.html", context)


def _shown(row: Completion) -> dict[str, object]:
    return {
        "row": row,
        "stage": STAGES[row.stage],
        "reason": reason_words(row.reason),
        "text": row.text[:SHOWN_CHARS],
        "cut": max(0, len(row.text) - SHOWN_CHARS),
    }
