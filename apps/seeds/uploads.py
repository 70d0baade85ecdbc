"""Files from the browser, kept under var/uploads by their content."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile


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
