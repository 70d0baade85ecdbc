"""What was made of one seed: a fragment for the seed's page, and a page without htmx."""

from __future__ import annotations

from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from apps.generation.models import Concepts, Instruction, Response
from apps.seeds.models import Seed

SHOWN = 20


@require_safe
def seed(request: HttpRequest, seed_id: int) -> HttpResponse:
    """The newest concepts, instructions and responses that came from a seed: three queries."""
    row = get_object_or_404(Seed.objects.only("pk"), pk=seed_id)
    responses = Response.objects.order_by("draw").only("instruction_id", "run_id", "draw", "text")
    context = {
        "seed": row,
        "concepts": list(Concepts.objects.filter(seed=row).order_by("-pk")[:SHOWN]),
        "instructions": list(
            Instruction.objects.filter(seed=row, made_of=None)
            .prefetch_related(Prefetch("responses", queryset=responses))
            .order_by("-pk")[:SHOWN]
        ),
    }
    template = "generation/seed.html" + ("#made" if request.headers.get("HX-Request") else "")
    return render(request, template, context)
