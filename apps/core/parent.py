"""Ending with one's parent, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the thread that started this process ends; end at once when
    `parent`, its process, has ended already. Linux only, elsewhere nothing is done. Raises OSError.

    The kernel forgets this when the process changes its user: ask again then. See prctl(2).
    """
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(ctypes.c_int(_PR_SET_PDEATHSIG), ctypes.c_ulong(signal.SIGKILL), *_NOTHING):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    if os.getppid() != parent:
        sys.exit("the parent of this process has ended")


_NOTHING = [ctypes.c_ulong(0)] * 3
