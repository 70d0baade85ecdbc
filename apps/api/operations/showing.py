"""Pairs and labels as the API shows them."""

from __future__ import annotations

from typing import Any

from apps.api.schemas import LabelOut, PairText
from apps.review.desk import hidden_at
from apps.review.models import Label
from apps.review.presenting import NOTHING_HIDDEN, Hidden, without_hidden


def pair_out(stored: dict[str, Any], hidden: Hidden = NOTHING_HIDDEN) -> dict[str, Any]:
    """What `queries.pair_data` found as schemas.PairOut, without what is hidden; evidence that is
    hidden is null.
    """
    stored = without_hidden(stored, hidden)
    names = set(PairText.model_fields) - {"id", "concepts", "licences"}
    shown = {name: stored[name] for name in names}
    shown |= {
        "id": stored["pk"],
        "concepts": _words(stored["concepts"]),
        "licences": stored["licences"] or [],
    }
    said = ("verdicts", "checks", "agreement")
    return shown | {name: None if hidden.evidence else stored[name] for name in said}


def taken_out(stored: dict[str, Any]) -> dict[str, Any] | None:
    """What `desk_stored` found as schemas_review.Taken, None where no pair is left."""
    if stored["pair"] is None:
        return None
    look = stored["look"]
    said = {name: look[name] for name in ("value", "reasons", "note")} if look else None
    return pair_out(stored["pair"], hidden_at(stored)) | {
        "look": said,
        "flagged": stored["flagged"],
    }


def label_out(label: Label) -> dict[str, Any]:
    """A label as schemas.LabelOut; reads its reviewer."""
    return {
        "id": label.pk,
        "pair": label.response_id,
        "reviewer": label.reviewer.username,
        "value": label.value,
        "reasons": label.reasons,
        "note": label.note,
        "seconds": label.seconds,
        "queue": label.queue_id,
        "created_at": label.created_at,
    }


# schemas.LabelOut as columns, in order.
LABEL_COLUMNS = (
    *("id", "response_id", "reviewer__username", "value", "reasons", "note", "seconds"),
    *("queue_id", "created_at"),
)


def label_line(row: tuple[Any, ...]) -> dict[str, Any]:
    """LABEL_COLUMNS as schemas.LabelOut: of many labels no objects are made."""
    return dict(zip(LabelOut.model_fields, row, strict=True))


def _words(concepts: Any) -> list[str]:
    """An imported record may say anything."""
    return [str(each) for each in concepts] if isinstance(concepts, list) else []
