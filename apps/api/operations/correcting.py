"""What is said of a pair beside a label: flags, and another text."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from apps.api.access import person
from apps.api.bodies import body_of, cleaned
from apps.api.models import Scope
from apps.api.once import made, once
from apps.api.operating import Number, operation
from apps.api.problems import ProblemError
from apps.api.schemas import Done, Page
from apps.api.schemas_review import CorrectionOut, FlagOut
from apps.generation.models import Response
from apps.review.correcting import may_correct, pair_correct
from apps.review.flagging import flag_lower, flag_raise, flags_clear
from apps.review.forms import CorrectionForm
from apps.review.models import Correction

router = Router(tags=["Pairs"])
CorrectionBody = body_of(CorrectionForm, "NewCorrection", required=("text", "seen"))


@operation(router, "PUT", "/pairs/{pair_id}/flag", Scope.LABEL, response=FlagOut)
def flag(request: HttpRequest, pair_id: Number) -> dict[str, Any]:
    """Flag a pair, so that an editor looks at it; again is free."""
    flag_raise(response=_pair(pair_id), reviewer=person(request))
    return {"pair": pair_id, "up": True}


@operation(router, "DELETE", "/pairs/{pair_id}/flag", Scope.LABEL, response=FlagOut)
def unflag(request: HttpRequest, pair_id: Number) -> dict[str, Any]:
    """Take one's own flag down; again is free."""
    flag_lower(response=_pair(pair_id), reviewer=person(request))
    return {"pair": pair_id, "up": False}


@operation(router, "DELETE", "/pairs/{pair_id}/flags", Scope.RUN, response=Done)
def clear(request: HttpRequest, pair_id: Number) -> dict[str, str]:
    """Take all flags of a pair down: an editor has looked at it; again is free."""
    number = flags_clear(response=_pair(pair_id))
    return {"detail": f"{number} flags are down."}


@operation(router, "GET", "/pairs/{pair_id}/corrections", Scope.READ, response=Page[CorrectionOut])
def corrections(request: HttpRequest, pair_id: Number) -> dict[str, Any]:
    """How the pair's texts were changed, the newest first; their number is what `seen` must be to
    correct it once more.
    """
    rows = _pair(pair_id).corrections.select_related("editor").order_by("-pk")
    return {"items": [_correction(row) for row in rows], "next": None}


@operation(
    router,
    "POST",
    "/pairs/{pair_id}/corrections",
    Scope.LABEL,
    response={201: CorrectionOut},
    keyed=True,
    corrects=True,
)
def correct(request: HttpRequest, pair_id: Number, body: CorrectionBody) -> HttpResponse:  # type: ignore[valid-type]
    """Put another text in the place of a response, and another instruction where one is sent.
    Labels of the old texts are taken back, and the pair is run again. The answer is the response's
    change where both are. For editors, and for who holds the pair in a queue that allows it (else
    403). 409: somebody else corrected it meanwhile.
    """
    response = _pair(pair_id)

    def do() -> HttpResponse:
        # In here: who has just corrected it holds it no more, and may ask again what came of it.
        if not may_correct(user=person(request), response=response):
            told = "This needs the role editor, or a queue that allows corrections."
            raise ProblemError(403, told)
        data = cleaned(CorrectionForm, body).cleaned_data
        rows = pair_correct(response=response, editor=person(request), **data)
        return made(CorrectionOut(**_correction(rows[0])))

    return once(request, do)


def _pair(pair_id: int) -> Response:
    return get_object_or_404(Response, pk=pair_id)


def _correction(row: Correction) -> dict[str, Any]:
    same = ("id", "part", "before", "created_at")
    named = {"pair": row.response_id, "editor": row.editor.username}
    return {name: getattr(row, name) for name in same} | named
