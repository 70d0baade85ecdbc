"""Where files lie that web and workers share: a folder of this machine, or an S3 bucket.

Django's storage API: `storage("exports")` has what is saved under `exports/`.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from django.conf import settings
from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage

PATIENCE = 600.0  # seconds for which a bucket may be away
_PIECE = 1 << 20
_PASSING = frozenset((408, 409, 425, 429))
_PASSING_CODES = frozenset(("RequestTimeout", "SlowDown"))  # S3 answers 400 with the first
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 15.0
# A client takes longer to make than most of what is asked of it. Each thread and each process has
# its own: a boto3 resource is made for one.
_kept = threading.local()

Done = TypeVar("Done")


class StorageAwayError(Exception):
    """The bucket did not answer in time; the message is its client's."""


def is_shared() -> bool:
    """Whether files lie in a bucket that all machines see."""
    return bool(settings.WINNOW_STORAGE_BUCKET)


def folder(name: str) -> Path:
    """The folder of that name below VAR_DIR; made when it is not there, for its owner only."""
    path = Path(settings.VAR_DIR) / name
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path


def storage(name: str) -> Storage:
    """The storage of that name, where it is configured to lie."""
    if not is_shared():
        return FileSystemStorage(
            location=folder(name), file_permissions_mode=0o600, directory_permissions_mode=0o700
        )
    wanted = {
        "bucket_name": settings.WINNOW_STORAGE_BUCKET,
        "endpoint_url": settings.WINNOW_STORAGE_ENDPOINT or None,
        "location": f"{settings.WINNOW_STORAGE_PREFIX.strip('/')}/{name}".lstrip("/"),
        "querystring_expire": settings.WINNOW_STORAGE_LINK_SECONDS,
    }
    key, kept = (os.getpid(), wanted), vars(_kept)
    if name not in kept or kept[name][0] != key:
        kept[name] = key, _bucket(wanted)
    found: Storage = kept[name][1]
    return found


def _bucket(wanted: dict[str, Any]) -> Storage:
    from storages.backends.s3 import S3Storage  # boto3 takes a third of a second

    made = S3Storage(
        **wanted, signature_version="s3v4", default_acl=None, file_overwrite=True, gzip=False
    )
    return cast(Storage, made)


def link(where: Storage, name: str, *, as_name: str) -> str:
    """An address that gives the file to whoever has it, for a while; "" where it lies in a folder
    and the site itself must send it.
    """
    if isinstance(where, FileSystemStorage):
        return ""
    disposition = f'attachment; filename="{as_name}"'
    signed: Any = where
    return str(signed.url(name, parameters={"ResponseContentDisposition": disposition}))


def put(
    where: Storage,
    name: str,
    path: Path,
    *,
    check: Callable[[], None] = lambda: None,
    patience: float | None = None,
) -> None:
    """Save a file under that name, in the place of one that is there. Raises StorageAwayError."""

    def save() -> None:
        with path.open("rb") as file:
            if where.exists(name):
                where.delete(name)
            where.save(name, File(file))

    patiently(save, check=check, patience=patience)


def get(where: Storage, name: str, target: Path) -> None:
    """Copy a file to a path of this machine: whole under that name, or not there.

    Raises FileNotFoundError, StorageAwayError, OSError.
    """
    scratch = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}.part")

    def copy() -> None:
        with where.open(name) as source, scratch.open("wb") as file:
            shutil.copyfileobj(source, file, _PIECE)
            file.flush()
            os.fsync(file.fileno())

    try:
        patiently(copy)
        scratch.replace(target)
    finally:
        scratch.unlink(missing_ok=True)


def patiently(
    do: Callable[[], Done],
    *,
    check: Callable[[], None] = lambda: None,
    patience: float | None = None,
) -> Done:
    """Do it, again and again while the bucket is away, for `patience` seconds, else PATIENCE.
    `check` is called between; it may raise.

    Raises StorageAwayError with its client's words when the time is over.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    ends = time.monotonic() + (PATIENCE if patience is None else patience)
    pause = _FIRST_PAUSE
    while True:
        try:
            return do()
        except (BotoCoreError, ClientError) as error:
            if not _may_come_back(error) or time.monotonic() > ends:
                raise StorageAwayError(str(error)[:500]) from error
        check()
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _may_come_back(error: Exception) -> bool:
    """A bucket that answers with a refusal says the same again; a server's own trouble passes, and
    so does what it says to who asks too much, too slowly, or at once with another.
    """
    # Of a connection that was closed it is there, and None.
    told = getattr(error, "response", None) or {}
    status = int(told.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    return (
        status >= 500 or status in _PASSING or told.get("Error", {}).get("Code") in _PASSING_CODES
    )
