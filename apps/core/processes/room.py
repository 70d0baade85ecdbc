"""Whether `var/` has room: what dies while it has none is not to blame."""

import errno
import os
import shutil
from pathlib import Path

# PostgreSQL asks for 16 MiB at once for its write-ahead log; with less than two of these it fails.
LEAST_BYTES = 32 * 1024 * 1024
LEAST_FILES = 64
_PROBE_BYTES = 64 * 1024


def free_bytes(folder: Path) -> int:
    """Bytes that an ordinary user may still write there."""
    return shutil.disk_usage(folder).free


def is_full(folder: Path) -> bool:
    """Whether little more can be written: no bytes, no inodes, or a quota that says so."""
    found = os.statvfs(folder)
    if free_bytes(folder) < LEAST_BYTES or (found.f_files and found.f_favail < LEAST_FILES):
        return True
    probe = folder / f".room.{os.getpid()}"
    try:
        probe.write_bytes(b"\0" * _PROBE_BYTES)
    except OSError as error:
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    finally:
        probe.unlink(missing_ok=True)
    return False
