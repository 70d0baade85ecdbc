"""Queues: what a reviewer's own client is written on."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from ninja import Router, Status
from pydantic import Field

from apps.api.access import person
from apps.api.bodies import Body, Id, body_of, cleaned
from apps.api.models import Scope
from apps.api.once import made, once
from apps.api.operating import After, Before, Everyone, Number, operation
from apps.api.operations.showing import label_line, label_out, label_rows, taken_out
from apps.api.problems import ProblemError
from apps.api.schemas import Done, LabelOut, Page
from apps.api.schemas_review import LabelGiven, QueueOut, ReasonOut, Taken
from apps.api.streams import jsonl, lines_of
from apps.core.rows import row_where
from apps.generation.models import Response
from apps.review import managing, services
from apps.review.ahead import validate_ahead
from apps.review.desk import GivenLabel, desk_stored
from apps.review.forms import DAY, LabelForm
from apps.review.models import Label, Queue
from apps.review.queries import labels_page
from apps.review.rubric import reasons_in_use

router = Router(tags=["Review"])
Seconds = Annotated[float | None, Field(ge=0, le=DAY, description="How long it was looked at.")]


_GivenLabel = body_of(LabelForm, "GivenLabel", without=("seconds",), required=("value",))


class RelabelBody(_GivenLabel):  # type: ignore[misc, valid-type]  # made of the form
    """A label: good, or bad with reasons."""

    seconds: Seconds = None


class LabelBody(RelabelBody):
    """A label for a pair that one holds."""

    pair: Id
    looked: Annotated[bool, Field(description="Given with the evidence in sight (`look`).")] = False


class PairBody(Body):
    """Which pair."""

    pair: Id


@operation(router, "GET", "/queues", Scope.READ, response=Page[QueueOut])
def queues(request: HttpRequest) -> dict[str, Any]:
    """The open queues that one may work in, the one of all pairs first; 100 at most."""
    rows = managing.queues_of(person(request))[:100]
    return {"items": [_queue(row) for row in rows], "next": None}


@operation(router, "GET", "/queues/{queue_id}", Scope.READ, response=QueueOut)
def queue(request: HttpRequest, queue_id: Number) -> dict[str, Any]:
    """One queue: its guideline, and how far it is. 404 where it is other people's."""
    return _queue(managing.queue_for(person(request), queue_id))


@operation(router, "GET", "/reasons", Scope.READ, response=Page[ReasonOut])
def reasons(request: HttpRequest) -> dict[str, Any]:
    """The reasons that a pair may be bad for."""
    rows = [{"code": r.code, "label": r.label, "stage": r.stage} for r in reasons_in_use()]
    return {"items": rows, "next": None}


@operation(router, "POST", "/queues/{queue_id}/next", Scope.LABEL, response={200: Taken, 204: None})
def take(request: HttpRequest, queue_id: Number) -> Any:
    """The pair to label next, held for some minutes; again gives the same one until it is
    labelled or skipped. 204: nothing is left.
    """
    taken = taken_out(_desk(request, queue_id))
    return Status(204, None) if taken is None else taken


@operation(router, "POST", "/queues/{queue_id}/labels", Scope.LABEL, response={201: LabelGiven})
def label(request: HttpRequest, queue_id: Number, body: LabelBody) -> Any:
    """Label the pair that one holds; the answer has the next one, held as well (`release` gives
    it back). The same label once more adds nothing and gives it again, so that a request without
    an answer can be sent anew. 409: the hold ran out.
    """
    data = cleaned(LabelForm, body).cleaned_data
    given = GivenLabel(response_id=body.pair, looked=body.looked, **data)
    found = _desk(request, queue_id, given)
    if found["problem"]:
        get_object_or_404(Response.objects.only("pk"), pk=body.pair)
        raise ProblemError(409, found["problem"])
    row = row_where(Label, "id = %s", [found["label"]])
    assert row is not None  # labels are never deleted
    row.reviewer = person(request)
    return Status(201, label_out(row) | {"taken": taken_out(found)})


@operation(
    router, "POST", "/queues/{queue_id}/skips", Scope.LABEL, response={200: Done}, keyed=True
)
def skip(request: HttpRequest, queue_id: Number, body: PairBody) -> HttpResponse:
    """Leave the pair that one holds to others; again is free. 409: the hold ran out."""
    row = _open(request, queue_id)
    response = get_object_or_404(Response, pk=body.pair)

    def do() -> HttpResponse:
        services.skip(response=response, reviewer=person(request), queue=row)
        return made(Done(detail="Skipped."), status=200)

    return once(request, do)


@operation(router, "POST", "/queues/{queue_id}/undo", Scope.LABEL, response=Taken, keyed=True)
def undo(request: HttpRequest, queue_id: Number) -> HttpResponse:
    """Take one's latest label or skip in a queue back; its pair is held again. Once more goes one
    further back: send an idempotency key. 409: there is nothing to take back.
    """
    row = _open(request, queue_id)

    def do() -> HttpResponse:
        if services.undo(reviewer=person(request), queue=row) is None:
            raise ProblemError(409, "You have no label to take back.")
        return made(Taken(**(taken_out(_desk(request, row.pk)) or {})), status=200)

    return once(request, do)


@operation(router, "POST", "/queues/{queue_id}/release", Scope.LABEL, response=Done)
def release(request: HttpRequest, queue_id: Number) -> dict[str, str]:
    """Give back the pair that one holds, so that another may have it; again is free."""
    services.release(reviewer=person(request), queue=_open(request, queue_id))
    return {"detail": "You hold no pair of this queue."}


@operation(router, "POST", "/pairs/{pair_id}/labels", Scope.LABEL, response={201: LabelOut})
def relabel(request: HttpRequest, pair_id: Number, body: RelabelBody) -> Any:
    """Another label for a pair that one has labelled before, or holds in the queue of all pairs.
    409 for any other.
    """
    data = cleaned(LabelForm, body).cleaned_data
    response = get_object_or_404(Response.objects.only("pk"), pk=pair_id)
    given = services.label_add(response=response, reviewer=person(request), **data)
    given.reviewer = person(request)
    return Status(201, label_out(given))


@operation(router, "GET", "/labels", Scope.READ, response=Page[LabelOut])
def labels(
    request: HttpRequest, everyone: Everyone = False, before: Before = None
) -> dict[str, Any]:
    """Labels, the newest first: one's own."""
    _may_see(request, everyone=everyone)
    rows, more = labels_page(person(request), everyone=everyone, before=before)
    return {"items": [label_out(row) for row in rows], "next": rows[-1].pk if more else None}


@operation(router, "GET", "/labels.jsonl", Scope.READ, response=None, extra=lines_of("LabelOut"))
def labels_jsonl(
    request: HttpRequest, everyone: Everyone = False, after: After = 0
) -> StreamingHttpResponse:
    """Labels, one a line, oldest first: one's own."""
    _may_see(request, everyone=everyone)
    rows = Label.objects.all()
    if not everyone:
        rows = rows.filter(reviewer=person(request))
    return jsonl(label_rows(rows), label_line, after=after)


def _may_see(request: HttpRequest, *, everyone: bool) -> None:
    if everyone and not person(request).is_editor:
        raise ProblemError(403, "Reviewers see their own labels: this needs the role editor.")


def _desk(request: HttpRequest, queue_id: int, given: GivenLabel | None = None) -> dict[str, Any]:
    """What the page of the same name would show. Raises Http404, and ProblemError 409 for a queue
    that is closed or has its pairs side by side.
    """
    found = desk_stored(queue_id=queue_id, reviewer_id=person(request).pk, label=given)
    if found is None:
        _open(request, queue_id)
        raise Http404("There is no such queue.")
    if found["queue"]["is_pairwise"]:
        raise ProblemError(409, "In this queue responses are compared side by side, on its page.")
    if found["not_run"]:
        validate_ahead(response_ids=found["not_run"])
    return found


def _open(request: HttpRequest, queue_id: int) -> Queue:
    row = managing.queue_for(person(request), queue_id)
    if row.is_closed:
        raise ProblemError(409, f"The queue “{row.name}” is closed.")
    return row


def _queue(row: Queue) -> dict[str, Any]:
    counted = managing.progress_of_queue(row)
    guideline = row.newest_guideline
    same = ("name", "order", "reviewers", "is_default", "is_blind", "may_correct", "is_closed")
    return {name: getattr(row, name) for name in same} | {
        "id": row.pk,
        "filter": row.filter,
        "guideline": guideline.text if guideline else "",
        "open": counted.open,
        "done": counted.done,
    }
