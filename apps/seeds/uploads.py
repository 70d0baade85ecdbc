"""Files from the browser: bounded while they arrive, kept under var/uploads by their content."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import StopUpload, TemporaryFileUploadHandler

_OTHER_FIELDS = 1024 * 1024


class BoundedUploadHandler(TemporaryFileUploadHandler):
    """Django's, but it ends a request that brings more than WINNOW_UPLOAD_BYTES.

    One that says so beforehand is answered with 400, one that does not is cut off.
    """

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002  Django's signature
        META: Any,  # noqa: ARG002
        content_length: int,
        *rest: Any,  # noqa: ARG002
    ) -> None:
        if content_length > settings.WINNOW_UPLOAD_BYTES + _OTHER_FIELDS:
            raise RequestDataTooBig(
                f"Larger than {settings.WINNOW_UPLOAD_BYTES:,} bytes (WINNOW_UPLOAD_BYTES)."
            )

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > settings.WINNOW_UPLOAD_BYTES:
            raise StopUpload(connection_reset=True)
        super().receive_data_chunk(raw_data, start)


def upload_store(upload: UploadedFile[bytes]) -> Path:
    """Keep an upload as var/uploads/<hash>/<name>; the same content and name are kept once.

    Workers on other machines see it only when they share that folder.
    """
    digest = hashlib.sha256()
    for piece in upload.chunks():
        digest.update(piece)
    name = re.sub(r"[^\w.-]+", "_", Path(upload.name or "").name).lstrip(".") or "upload.sql"
    path = Path(settings.VAR_DIR) / "uploads" / digest.hexdigest()[:24] / name[-120:]
    if path.exists():
        return path
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = path.with_name(f".{path.name}.part")
    with scratch.open("wb") as target:
        for piece in upload.chunks():
            target.write(piece)
    scratch.replace(path)
    return path
