"""Pairs and labels as the API shows them."""

from __future__ import annotations

from typing import Any

from django.db.models import CharField, F, Func, QuerySet

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


_OF_LABEL = tuple(LabelOut.model_fields)


def label_rows(labels: QuerySet[Label]) -> QuerySet[Label, tuple[Any, ...]]:
    """Labels as rows for `label_line`: of many of them no objects are made, and times are written
    by the database, for reading and writing each here costs more than all the rest.
    """
    written = Func(
        F("created_at"),
        template="to_char(%(expressions)s AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
        output_field=CharField(),
    )
    columns = ("id", "response_id", "reviewer__username", "value", "reasons", "note", "seconds")
    return labels.annotate(written=written).values_list(*columns, "queue_id", "written")


def label_line(row: tuple[Any, ...]) -> dict[str, Any]:
    """One of `label_rows` as schemas.LabelOut."""
    return dict(zip(_OF_LABEL, row, strict=True))


def _words(concepts: Any) -> list[str]:
    """An imported record may say anything."""
    return [str(each) for each in concepts] if isinstance(concepts, list) else []
