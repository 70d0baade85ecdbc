"""What is slow to make is made once for all workers of the run, by whichever asks first."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path


def folder_of_the_run() -> Path:
    """A folder of all workers of pytest-xdist; it ends with the run."""
    own = Path(os.environ["WINNOW_VAR"])
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of this name, which `make` makes, whole or not at all; others wait."""
    folder = folder_of_the_run() / name
    with folder.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.exists():
            scratch = folder.with_suffix(".part")
            shutil.rmtree(scratch, ignore_errors=True)  # of one who failed
            make(scratch)
            scratch.rename(folder)
    return folder
