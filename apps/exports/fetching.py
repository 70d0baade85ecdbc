"""Files of an export from where they lie into a folder of this machine."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from apps.core import storage as stores
from apps.exports import storing
from apps.exports.models import Export
from apps.exports.queries import Offer, offers

_PIECE = 1 << 20


def fetch(export: Export, offer: Offer, target: Path) -> None:
    """Copy one file: whole under the target's name, or not there. Raises OSError,
    storage.StorageAwayError.
    """
    scratch = target.with_name(f".{target.name}.part")
    where = stores.storage(storing.NAME)

    def copy() -> None:
        with where.open(storing.key(export, offer.name)) as source, scratch.open("wb") as file:
            shutil.copyfileobj(source, file, _PIECE)
            file.flush()
            os.fsync(file.fileno())

    try:
        stores.patiently(copy)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def fetch_all(export: Export, folder: Path) -> list[Path]:
    """All files of an export into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for offer in offers(export):
        fetch(export, offer, folder / offer.name)
    return [folder / offer.name for offer in offers(export)]
