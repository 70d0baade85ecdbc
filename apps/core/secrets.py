"""Secrets that an installation makes for itself, each in a file that only its owner can read."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def secret_key(var: Path) -> str:
    """The installation's Django secret key; made on the first call, the same ever after."""
    return read_or_make(var / "secret-key", lambda: secrets.token_urlsafe(64))


def read_or_make(path: Path, make: Callable[[], str]) -> str:
    """The text of `path`; when it is not there it is made, mode 0600, and never half-written.

    Two processes that start together agree: the first link wins and both read the same text.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(make())
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text(encoding="utf-8").strip()
