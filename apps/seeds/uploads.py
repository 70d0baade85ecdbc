"""Files from the browser, kept by their content: under var/uploads, and in the bucket where one
is configured, from which workers on other machines fetch them.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import UploadedFile

from apps.core import storage as stores

NAME = "uploads"
WEB_PATIENCE = 20.0  # seconds for which a page waits for a bucket that is away
_KEY = re.compile(r"[0-9a-f]{24}")


class UploadError(Exception):
    """The upload cannot be kept: the message says why."""


def upload_store(upload: UploadedFile[bytes]) -> Path:
    """Keep an upload as var/uploads/<hash>/<name>, and as that in the bucket where there is one;
    the same content and name are kept once. Raises UploadError.
    """
    digest = hashlib.sha256()
    for piece in upload.chunks():
        digest.update(piece)
    name = re.sub(r"[^\w.-]+", "_", Path(upload.name or "").name).lstrip(".") or "upload.sql"
    path = stores.folder(NAME) / digest.hexdigest()[:24] / name[-120:]
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        scratch = path.with_name(f".{path.name}.part")
        with scratch.open("wb") as target:
            for piece in upload.chunks():
                target.write(piece)
        scratch.replace(path)
    if stores.is_shared():
        _share(path)
    return path


def upload_here(stored: str) -> str:
    """Where what was stored under that path lies on this machine: an upload that another one took
    is fetched from the bucket; whatever else is left as it is. Raises OSError.
    """
    path = Path(stored)
    if not stores.is_shared() or path.parts[-3:-2] != (NAME,) or path.exists():
        return stored
    local = stores.folder(NAME) / path.parent.name / path.name
    if not _KEY.fullmatch(path.parent.name):
        return stored
    if not local.exists():
        local.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            stores.get(stores.storage(NAME), _key(local), local)
        except FileNotFoundError:
            return stored
        except stores.StorageAwayError as error:
            raise OSError(f"The storage of uploads does not give {path.name}: {error}") from error
    return str(local)


def _share(path: Path) -> None:
    where = stores.storage(NAME)
    assert not isinstance(where, FileSystemStorage)
    try:
        if not stores.patiently(lambda: where.exists(_key(path)), patience=WEB_PATIENCE):
            stores.put(where, _key(path), path, patience=WEB_PATIENCE)
    except stores.StorageAwayError as error:
        raise UploadError(f"The storage of uploads does not take the file: {error}") from error


def _key(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"
