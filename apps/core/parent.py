"""What the kernel knows of parents and children: ending with one's parent, adopting orphans."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def die_with_parent(parent: int, number: signal.Signals = signal.SIGKILL) -> None:
    """Ask the kernel for this signal when the thread that started this process ends; end at once
    when `parent`, its process, has ended already. Linux only, elsewhere nothing is done. Raises
    OSError.

    The kernel forgets this when the process changes its user: ask again then. See prctl(2).
    """
    _prctl(_PR_SET_PDEATHSIG, number)
    if sys.platform == "linux" and os.getppid() != parent:
        sys.exit("the parent of this process has ended")


def adopt_orphans() -> None:
    """Become the parent of every descendant whose own parent ends. Linux only. Raises OSError."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(ctypes.c_int(option), ctypes.c_ulong(value), *[ctypes.c_ulong(0)] * 3):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
