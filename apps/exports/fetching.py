"""Files of an export from where they lie into a folder of this machine."""

from __future__ import annotations

from pathlib import Path

from apps.core import storage as stores
from apps.exports import storing
from apps.exports.models import Export
from apps.exports.queries import Offer, offers


def fetch(export: Export, offer: Offer, target: Path) -> None:
    """Copy one file: whole under the target's name, or not there. Raises OSError,
    storage.StorageAwayError.
    """
    stores.get(stores.storage(storing.NAME), storing.key(export, offer.name), target)


def fetch_all(export: Export, folder: Path) -> list[Path]:
    """All files of an export into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for offer in offers(export):
        fetch(export, offer, folder / offer.name)
    return [folder / offer.name for offer in offers(export)]
