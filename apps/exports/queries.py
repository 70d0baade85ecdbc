"""What the export pages read: exports with their jobs, and the files that may be downloaded."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage
from django.db.models import QuerySet

from apps.core import storage as stores
from apps.core.models import Figure
from apps.core.progress import progress_of
from apps.exports import storing
from apps.exports.choice.rulings import Rulings
from apps.exports.models import Export, Push, Verification
from apps.exports.services import rows_written
from apps.exports.storing import Part

PAGE = 25
HITS_SHOWN = 100
PUSHES_SHOWN = 10
VERIFICATIONS_SHOWN = 5
_MOST_LINE = 10_000


@dataclass(frozen=True, slots=True)
class Written:
    """How far an export is. expected: accepted pairs as counted last, before any filter."""

    rows: int
    expected: int


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that can be downloaded. part: its word in addresses; sha256: hex, "" where the
    manifest cannot have it.
    """

    part: str
    name: str
    bytes: int
    sha256: str
    split: str = ""

    @property
    def words(self) -> str:
        """What a button says."""
        if not self.split:
            return self.part.capitalize()
        kind = self.name.partition(".")[2].removeprefix(f"{self.split}.").upper()
        return f"Pairs, {kind}" if self.part == "pairs" else f"Pairs to {_USES[self.split]}, {kind}"


@dataclass(frozen=True, slots=True)
class Hits:
    """Benchmark questions in pairs: the first `HITS_SHOWN` of all that were found. Each as its file
    has it, with `words` for how it was found and `keeps`, what somebody decided since (or None).
    """

    shown: list[dict[str, Any]]
    found: int


_HOW = {
    "words": "the same words",
    "skeleton": "the same SQL but for names and values",
    "near_words": "nearly the same words",
    "near_skeleton": "some of its words, and nearly the same SQL",
    "small_skeleton": "the same SQL but for names and values, which is anybody's",
}
_USES = {"train": "train", "validation": "validate", "test": "test"}


def exports() -> QuerySet[Export]:
    """Exports with their jobs, the newest first."""
    return Export.objects.select_related("job__created_by").order_by("-pk")


def earlier(export: Export) -> list[Export]:
    """The finished exports before this one, to compare it with, the newest first."""
    return list(exports().filter(pk__lt=export.pk, deleted_at=None).exclude(sha256="")[:5])


def pushes(export: Export) -> list[Push]:
    """Its pushes to the Hub, the newest first, `PUSHES_SHOWN` at most."""
    rows = export.pushes.select_related("job__created_by").order_by("-pk")
    return list(rows[:PUSHES_SHOWN])


def push_key(push: Push) -> str:
    """The name of its progress in the cache: {"sent": files, "of": files}."""
    return f"push-{push.pk}"


def pushed_so_far(push: Push) -> tuple[int, int | None]:
    """How many files of a push are at the Hub, and of how many: None until its worker knows."""
    told = progress_of(push_key(push)) or {}
    return told.get("sent", 0), told.get("of")


def verifications(export: Export) -> list[Verification]:
    """Its verifications, the newest first, `VERIFICATIONS_SHOWN` at most."""
    rows = export.verifications.select_related("job__created_by").order_by("-pk")
    return list(rows[:VERIFICATIONS_SHOWN])


def written(export: Export) -> Written:
    """How far an export is; one query and one look into the cache."""
    figure = Figure.objects.filter(name="good").first()
    return Written(rows=rows_written(export), expected=int(figure.value) if figure else 0)


def offers(export: Export) -> list[Offer]:
    """The files of a finished export by their parts; [] where they are not there (any more)."""
    if not export.sha256 or export.deleted_at or not _is_there(export):
        return []
    files = export.manifest.get("files", [])
    splits = [file for file in files if file["what"] == "data"]
    found = [
        Offer(_data_part(file, len(splits)), file["name"], file["bytes"], file["sha256"],
              file["split"])
        for file in splits
    ]  # fmt: skip
    names = {storing.part_name(export, part): part for part in Part}
    found += [
        Offer(names[file["name"]].value, file["name"], file["bytes"], file["sha256"])
        for file in files
        if file["name"] in names
    ]
    for part in (Part.CARD, Part.MANIFEST):
        found.append(Offer(part.value, storing.part_name(export, part), 0, ""))
    return found


def path_of(export: Export, offer: Offer) -> Path | None:
    """Where the file lies on this machine; None where it lies in a bucket, or is gone."""
    where = stores.storage(storing.NAME)
    if not isinstance(where, FileSystemStorage):
        return None
    path = Path(where.path(storing.key(export, offer.name)))
    return path if path.is_file() else None


def link_of(export: Export, offer: Offer) -> str:
    """An address in the bucket that can be used for a while; "" where there is no bucket."""
    where = stores.storage(storing.NAME)
    return stores.link(where, storing.key(export, offer.name), as_name=offer.name)


def hits(export: Export) -> Hits:
    """Benchmark questions that were found in its pairs; near ones come first."""
    if not any(offer.part == Part.HITS for offer in offers(export)):
        return Hits([], 0)
    where = stores.storage(storing.NAME)
    name = storing.key(export, storing.part_name(export, Part.HITS))
    found: list[dict[str, Any]] = []
    with where.open(name) as file:
        while len(found) < HITS_SHOWN and (line := file.readline(_MOST_LINE)):
            found.append(json.loads(line))
    rulings = Rulings(
        {hit["benchmark"] for hit in found}, responses=[hit["response_id"] for hit in found]
    )
    for hit in found:
        hit["words"] = _HOW.get(hit["how"], hit["how"])
        hit["keeps"] = rulings.ruled(hit["response_id"], hit["benchmark"], hit["number"])
    told = export.manifest.get("benchmarks", {}).values()
    return Hits(found, sum(one["found"] for one in told))


def _data_part(file: dict[str, Any], number: int) -> str:
    return "pairs" if number == 1 else f"pairs-{file['split']}"


def _is_there(export: Export) -> bool:
    """In a bucket what was published is believed to be there: a page asks no other machine."""
    if stores.is_shared():
        return True
    name = storing.stem(export)
    return bool(name) and "/" not in name and (stores.folder(storing.NAME) / name).is_dir()
