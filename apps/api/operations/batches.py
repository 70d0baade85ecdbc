"""One label for all pairs of a filter: started, watched, taken back."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router

from apps.api.access import person
from apps.api.bodies import body_of, cleaned
from apps.api.models import Scope
from apps.api.once import made, once
from apps.api.operating import Before, Number, job_state, operation, page
from apps.api.operations.filtering import PAIR_FILTERS, pair_filter
from apps.api.schemas import Page
from apps.api.schemas_review import BatchOut
from apps.review.bulk import BatchLabel, batch_start, batch_undo, labels_of
from apps.review.forms import LabelForm
from apps.review.models import Batch

router = Router(tags=["Review"])
BatchBody = body_of(LabelForm, "BatchLabel", without=("seconds",), required=("value",))


@operation(router, "GET", "/batches", Scope.RUN, response=Page[BatchOut])
def batches(request: HttpRequest, before: Before = None) -> dict[str, Any]:
    """Batches of labels, the newest first; how many labels each gave is said of one alone."""
    rows, more = page(_batches(), before)
    return {"items": [_batch(row, labels=None) for row in rows], "next": more}


@operation(
    router,
    "POST",
    "/batches",
    Scope.RUN,
    response={201: BatchOut},
    keyed=True,
    extra=PAIR_FILTERS,
)
def start(request: HttpRequest, body: BatchBody) -> HttpResponse:  # type: ignore[valid-type]
    """Label all pairs of a filter, which stands in the address as for `pairs`: without one that is
    every pair. A worker does it; pairs that one has labelled oneself keep that label.
    """
    chosen = pair_filter(request, person(request))

    def do() -> HttpResponse:
        data = cleaned(LabelForm, body).cleaned_data
        label = BatchLabel(value=data["value"], reasons=data["reasons"], note=data["note"])
        row = batch_start(chosen=chosen, label=label, created_by=person(request))
        return made(BatchOut(**_batch(row, labels=0)), location=f"/api/v1/batches/{row.pk}")

    return once(request, do)


@operation(router, "GET", "/batches/{batch_id}", Scope.RUN, response=BatchOut)
def detail(request: HttpRequest, batch_id: Number) -> dict[str, Any]:
    """How far a batch is."""
    row = _found(batch_id)
    return _batch(row, labels=labels_of(row))


@operation(router, "POST", "/batches/{batch_id}/undo", Scope.RUN, response=BatchOut)
def undo(request: HttpRequest, batch_id: Number) -> dict[str, Any]:
    """Take all labels of a batch back; a worker does it. 409 where that was asked for already."""
    batch_undo(batch=_found(batch_id), undone_by=person(request))
    row = _found(batch_id)
    return _batch(row, labels=labels_of(row))


def _batches() -> Any:
    return Batch.objects.select_related("created_by", "undone_by", "job__created_by")


def _found(batch_id: int) -> Batch:
    found: Batch = get_object_or_404(_batches(), pk=batch_id)
    return found


def _batch(row: Batch, *, labels: int | None) -> dict[str, Any]:
    same = ("id", "filter", "value", "reasons", "note", "created_at", "undone_at")
    return {name: getattr(row, name) for name in same} | {
        "labels": labels,
        "job": job_state(row.job) if row.job else None,
        "created_by": row.created_by.username,
        "undone_by": row.undone_by.username if row.undone_by else None,
    }
