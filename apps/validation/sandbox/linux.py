"""The few Linux system calls that Python 3.11 has no function for, through ctypes."""

from __future__ import annotations

import ctypes
import os

CLONE_NEWUSER = 0x10000000
CLONE_NEWNET = 0x40000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUTS = 0x04000000

_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(number: int, *arguments: object) -> int:
    """Make one system call by number; raises OSError."""
    result: int = _libc.syscall(ctypes.c_long(number), *arguments)
    return _checked(result)


def prctl(option: int, *arguments: object) -> int:
    """`prctl(2)`; raises OSError."""
    filled = (list(arguments) + [ctypes.c_ulong(0)] * 4)[:4]
    result: int = _libc.prctl(ctypes.c_int(option), *filled)
    return _checked(result)


def unshare(flags: int) -> None:
    """`unshare(2)`; raises OSError."""
    _checked(_libc.unshare(ctypes.c_int(flags)))


def no_new_privileges() -> None:
    """No exec gains rights from here on; needed for Landlock and seccomp without root."""
    prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1))


def not_dumpable() -> None:
    """No core dump, and no other process of this user may look inside."""
    prctl(_PR_SET_DUMPABLE, ctypes.c_ulong(0))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
