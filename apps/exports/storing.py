"""The files of an export: a draft in a folder of this machine, then whole in the storage."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from enum import StrEnum
from functools import partial
from pathlib import Path

from django.core.files.storage import FileSystemStorage

from apps.core import storage as stores
from apps.exports.models import Export

NAME = "exports"
CARD = "README.md"


class Part(StrEnum):
    """The files of an export beside its data; the values are used in addresses."""

    LINEAGE = "lineage"
    MANIFEST = "manifest"
    INDEX = "index"
    HITS = "hits"
    CARD = "card"


ENDINGS = {
    Part.LINEAGE: ".lineage.jsonl",
    Part.MANIFEST: ".manifest.json",
    Part.INDEX: ".index.parquet",
    Part.HITS: ".hits.jsonl",
}


def stem(export: Export) -> str:
    """The folder's name, with which its files' names begin."""
    return export.file_name.split(".", 1)[0]


def part_name(export: Export, part: Part) -> str:
    """The name of a file that is no data."""
    return CARD if part is Part.CARD else stem(export) + ENDINGS[part]


def draft_begin(export: Export) -> Path:
    """An empty folder for an attempt; what earlier ones have left is removed."""
    for left in _drafts(export):
        shutil.rmtree(left, ignore_errors=True)
    path = stores.folder(NAME) / f".draft-{export.pk}-{uuid.uuid4().hex[:8]}"
    path.mkdir(mode=0o700)
    return path


def draft_whole(export: Export) -> Path | None:
    """What an earlier attempt has written whole and could not publish."""
    manifest = part_name(export, Part.MANIFEST)
    return next((path for path in _drafts(export) if (path / manifest).is_file()), None)


def publish(export: Export, draft: Path, *, check: Callable[[], None]) -> None:
    """Put a whole draft where everybody sees it: a folder in one step, or a bucket with the
    manifest last. Raises OSError, storage.StorageAwayError.
    """
    where = stores.storage(NAME)
    if isinstance(where, FileSystemStorage):
        target = stores.folder(NAME) / stem(export)
        if target.exists():
            shutil.rmtree(target)
        draft.rename(target)
        return
    manifest = part_name(export, Part.MANIFEST)
    for path in sorted(draft.iterdir(), key=lambda one: (one.name == manifest, one.name)):
        check()
        stores.put(where, f"{stem(export)}/{path.name}", path, check=check)
    shutil.rmtree(draft)


def key(export: Export, name: str) -> str:
    """The name of one of its files in the storage. Raises ValueError for what is no such name."""
    if "/" in name or name.startswith(".") or "\\" in name:
        raise ValueError(f"{name!r} is no file of an export.")
    return f"{stem(export)}/{name}"


def remove(export: Export, *, patience: float) -> None:
    """Delete its files; there may be none. patience: seconds for which a bucket may be away.
    Raises storage.StorageAwayError.
    """
    for left in _drafts(export):
        shutil.rmtree(left, ignore_errors=True)
    where = stores.storage(NAME)
    if isinstance(where, FileSystemStorage):
        shutil.rmtree(stores.folder(NAME) / stem(export), ignore_errors=True)
        return
    for name in stores.patiently(lambda: where.listdir(stem(export))[1], patience=patience):
        gone = partial(where.delete, key(export, name))
        stores.patiently(gone, patience=patience)


def _drafts(export: Export) -> list[Path]:
    return sorted(stores.folder(NAME).glob(f".draft-{export.pk}-*"))
