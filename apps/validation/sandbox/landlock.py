"""Landlock: a process gives up the file system, but for the folders that it names.

Source: https://docs.kernel.org/userspace-api/landlock.html. Needs Linux 5.13; each later ABI
handles more rights, and what the kernel does not know is left out.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from pathlib import Path

from apps.validation.sandbox import linux

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1

_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_TRUNCATE = 1 << 14
_FILE_RIGHTS = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | (1 << 15)
_READ = _READ_FILE | _READ_DIR
# Number of file system rights that each ABI knows.
_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_BIND, _NET_CONNECT = 1, 2
_SCOPE_ABSTRACT_UNIX, _SCOPE_SIGNAL = 1, 2


def abi() -> int:
    """The kernel's Landlock version, 0 where there is none."""
    try:
        return linux.syscall(
            _CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION_FLAG)
        )
    except OSError:
        return 0


def restrict(
    *,
    write: Iterable[Path] = (),
    read: Iterable[Path] = (),
    execute: Iterable[Path] = (),
    tcp: bool = False,
) -> int:
    """Close the file system for this process and its children; returns the ABI used.

    write: folders with every right but execution. read: folders or files to read.
    execute: folders or files to read and run. tcp: leave TCP open (from ABI 4 on it is closed).
    Paths that do not exist are left out. Raises OSError where Landlock cannot be had.
    """
    version = abi()
    if not version:
        raise OSError("this kernel has no Landlock")
    known = (1 << _RIGHTS_BY_ABI.get(version, 16)) - 1
    ruleset = _create_ruleset(version, known, tcp)
    try:
        for path in write:
            _allow(ruleset, path, known & ~_EXECUTE)
        for path in read:
            _allow(ruleset, path, known & _READ)
        for path in execute:
            _allow(ruleset, path, known & (_READ | _EXECUTE))
        linux.syscall(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0))
    finally:
        os.close(ruleset)
    return version


def _create_ruleset(version: int, rights: int, tcp: bool) -> int:
    network = 0 if tcp or version < 4 else _NET_BIND | _NET_CONNECT
    scoped = 0 if version < 6 else _SCOPE_ABSTRACT_UNIX | _SCOPE_SIGNAL
    fields = [rights, network, scoped][: 1 if version < 4 else 2 if version < 6 else 3]
    attributes = struct.pack(f"={len(fields)}Q", *fields)
    return linux.syscall(
        _CREATE_RULESET,
        ctypes.c_char_p(attributes),
        ctypes.c_size_t(len(attributes)),
        ctypes.c_uint(0),
    )


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        # Without a rule the path stays closed: the safe side.
        return
    try:
        if not path.is_dir():
            rights &= _FILE_RIGHTS
        rule = struct.pack("=Qi", rights, descriptor)
        linux.syscall(
            _ADD_RULE,
            ctypes.c_int(ruleset),
            ctypes.c_int(_RULE_PATH_BENEATH),
            ctypes.c_char_p(rule),
            ctypes.c_uint(0),
        )
    finally:
        os.close(descriptor)
