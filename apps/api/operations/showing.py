"""Pairs and labels as the API shows them."""

from __future__ import annotations

from typing import Any

from apps.api.schemas import PairText
from apps.review.models import Label


def pair_out(stored: dict[str, Any], *, blind: bool = False) -> dict[str, Any]:
    """What `queries.pair_data` found as schemas.PairOut. blind: without what machines say."""
    names = set(PairText.model_fields) - {"id", "concepts", "licences"}
    shown = {name: stored[name] for name in names}
    shown |= {
        "id": stored["pk"],
        "concepts": _words(stored["concepts"]),
        "licences": stored["licences"] or [],
    }
    said = ("verdicts", "checks", "agreement")
    return shown | {name: None if blind else stored[name] for name in said}


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


def _words(concepts: Any) -> list[str]:
    """An imported record may say anything."""
    return [str(each) for each in concepts] if isinstance(concepts, list) else []
