"""The private temporary folder of a sandbox child, and what is left of those of killed workers."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path

from apps.core import accounts

_PREFIX = "winnow-sandbox-"
_NEW_SECONDS = 60.0


class PrivateFolder:
    """A new folder that the child may write to; held by a lock for as long as its maker lives."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX))
        self._held = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        fcntl.flock(self._held, fcntl.LOCK_SH)
        if os.getuid() == 0:
            os.chown(self.path, accounts.SANDBOX_CHILD, accounts.SANDBOX_CHILD)

    def is_clean(self) -> bool:
        """Whether nothing lies in it."""
        return next(self.path.iterdir(), None) is None

    def remove(self) -> None:
        """Delete it with all that is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._held)


def remove_orphans() -> None:
    """Delete the folders whose makers were killed: their locks went with them.

    A folder younger than a minute is left: it may be made, but not yet held.
    """
    for path in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if time.time() - os.fstat(folder).st_mtime > _NEW_SECONDS:
                    fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(path, ignore_errors=True)
            finally:
                os.close(folder)
