"""Pairs with their verdicts, checks and labels."""

from __future__ import annotations

from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, StreamingHttpResponse
from ninja import Router

from apps.api.access import person
from apps.api.models import Scope
from apps.api.operating import After, Before, Number, operation
from apps.api.operations.filtering import PAIR_FILTERS, pair_filter
from apps.api.operations.showing import label_out, pair_out
from apps.api.schemas import Page, PairLineOut, PairSeen
from apps.api.streams import jsonl, lines_of
from apps.generation.models import Response
from apps.review.filters import pairs_matching
from apps.review.hiding import hidden_from
from apps.review.listing import PairLine, pairs_page
from apps.review.looking import Patience
from apps.review.queries import labels_seen_by, pair_data
from apps.validation.models import Verdict

router = Router(tags=["Pairs"])


@operation(router, "GET", "/pairs", Scope.READ, response=Page[PairLineOut], extra=PAIR_FILTERS)
def pairs(request: HttpRequest, before: Before = None) -> dict[str, Any]:
    """Pairs, the newest first, by the filters of their page. Where few have what is asked for, an
    answer may have fewer than a page, or none: `next` says whether there may be more.
    """
    user = person(request)
    # What is asked for first comes at once; who goes on from there may have to look for it.
    patience = Patience.PROGRAM if before is None else Patience.FURTHER
    found = pairs_page(pair_filter(request, user), before=before, patience=patience)
    lines = [_line(line, is_editor=user.is_editor) for line in found.lines]
    return {"items": lines, "next": found.before}


@operation(
    router,
    "GET",
    "/pairs.jsonl",
    Scope.READ,
    response=None,
    extra=PAIR_FILTERS
    | lines_of("id, run, draw, instruction_id, instruction, response, created_at, outcomes"),
)
def pairs_jsonl(request: HttpRequest, after: After = 0) -> StreamingHttpResponse:
    """All pairs of a filter with their whole texts and the verdicts' outcomes, one a line, oldest
    first.
    """
    rows = pairs_matching(pair_filter(request, person(request)))
    verdicts = Verdict.objects.only("response_id", "database", "outcome", "strength")
    rows = rows.select_related("instruction").defer("instruction__record")
    return jsonl(
        rows.prefetch_related(Prefetch("verdicts", verdicts)), _text, after=after, size=500
    )


@operation(router, "GET", "/pairs/{pair_id}", Scope.READ, response=PairSeen)
def pair(request: HttpRequest, pair_id: Number) -> dict[str, Any]:
    """One pair with all that is said of it; labels are everyone's for editors, else one's own."""
    stored = pair_data(pair_id)
    if stored is None:
        raise Http404("There is no such pair.")
    user, response = person(request), Response(pk=pair_id)
    labels = [label_out(label) for label in labels_seen_by(user, response)]
    return pair_out(stored, hidden_from(user, response)) | {"labels": labels}


def _line(line: PairLine, *, is_editor: bool) -> dict[str, Any]:
    return {
        "id": line.pk,
        "run": line.run,
        "instruction": line.instruction,
        "outcome": line.outcome,
        "strength": line.strength,
        "good": line.good if is_editor else None,
        "flagged": line.flagged,
    }


def _text(row: Response) -> dict[str, Any]:
    return {
        "id": row.pk,
        "run": row.run_id,
        "draw": row.draw,
        "instruction_id": row.instruction_id,
        "instruction": row.instruction.text,
        "response": row.text,
        "created_at": row.created_at,
        "outcomes": {verdict.database: verdict.outcome for verdict in row.verdicts.all()},
    }
