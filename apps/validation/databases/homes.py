"""Where a sandbox server's data lies: in memory where there is room, else in its folder.

Making a database for every response is six times faster in memory (/dev/shm). A home there is
given back when its server is stopped for good; one whose folder is gone is removed by
`python -m apps.validation.databases.homes`, and whenever another home is made.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from apps.core.accounts import NOBODY
from apps.validation.databases.base import Unavailable

MEMORY = Path("/dev/shm")  # noqa: S108 - private folders of our own in it
_MEMORY_FREE = 1024 * 1024 * 1024
# The longest path of a Unix socket is 107 bytes; PostgreSQL adds "/.s.PGSQL.5432.lock".
_SOCKET_FOLDER_BYTES = 80
_BELONGS_TO = "belongs-to"


def home_for(folder: Path) -> Path:
    """Where the server of `folder` lies: where it lay before, else the first place that suits."""
    name = f"winnow-{os.getuid()}-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
    homes = [MEMORY / name, folder / "home", Path(tempfile.gettempdir()) / name]
    for home in homes:
        if home.exists() and _is_private(home):
            return home
    for home in homes:
        suits = _has_room if home.parent == MEMORY else _is_short
        if not home.exists() and suits(home):
            return home
    raise Unavailable(f"no folder for the sandbox's server: others made {homes}")


def mark(home: Path, folder: Path) -> None:
    """Note in a new home which folder it belongs to."""
    (home / _BELONGS_TO).write_text(str(folder))


def all_homes() -> list[Path]:
    """Every home of this user's that is marked with its folder."""
    places = (MEMORY, Path(tempfile.gettempdir()))
    found = [home for place in places for home in place.glob(f"winnow-{os.getuid()}-*")]
    return [home for home in found if folder_of(home) is not None]


def folder_of(home: Path) -> Path | None:
    """The folder that a home belongs to; None when it is not, or no longer, marked."""
    with contextlib.suppress(FileNotFoundError):
        if _is_private(home):
            return Path((home / _BELONGS_TO).read_text())
    return None


def remove_orphans() -> None:
    """Remove this user's homes whose folder is gone: their memory would never be given back."""
    for home in all_homes():
        folder = folder_of(home)
        if folder is not None and not folder.exists():
            shutil.rmtree(home, ignore_errors=True)


def anyone_may_pass(path: Path) -> bool:
    """Whether every user may go through `path` and the folders above it."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


def _has_room(home: Path) -> bool:
    with contextlib.suppress(OSError):
        free = shutil.disk_usage(home.parent).free
        return free >= _MEMORY_FREE and os.access(home.parent, os.W_OK | os.X_OK)
    return False


def _is_short(home: Path) -> bool:
    return len(os.fsencode(home / "socket")) <= _SOCKET_FOLDER_BYTES


def _is_private(home: Path) -> bool:
    status = home.lstat()
    owners = {os.getuid(), NOBODY} if os.getuid() == 0 else {os.getuid()}
    return home.is_dir() and not home.is_symlink() and status.st_uid in owners


if __name__ == "__main__":
    remove_orphans()
