"""Few-shot files for the commands: read within bounds, stored as a version, errors in words."""

from __future__ import annotations

from pathlib import Path

from django.core.management.base import CommandError

from apps.fewshot import format as fewshot_format
from apps.fewshot.importing import Imported, file_import
from apps.fewshot.reading import Read
from apps.fewshot.services import FewShotError
from apps.fewshot.values import MAX_SET_NAME

SUFFIX = "-fewshot"
MAX_BYTES = 5_000_000


def file_read(path: Path) -> Read:
    """What a file holds. Raises CommandError when it cannot be read at all."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise CommandError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB.")
        return fewshot_format.read(content.decode())
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise CommandError(f"{path} is not UTF-8 (byte {error.start}): convert it.") from error


def stored(path: Path, found: Read, *, name: str | None) -> Imported:
    """A file as a version of its set. Raises CommandError with what keeps it from that."""
    name = name or path.stem.removesuffix(SUFFIX)
    if not 0 < len(name) <= MAX_SET_NAME:
        raise CommandError(f"A set's name has 1 to {MAX_SET_NAME} characters: give --set NAME.")
    if found.refused:
        error = fewshot_format.FewShotFormatError(found.refused)
        raise CommandError(f"{path} is not a few-shot file:\n{error}")
    try:
        return file_import(name=name, file=found.kept)
    except FewShotError as refused:
        raise CommandError(str(refused)) from refused
