"""What a sandbox child gives up before it runs anything: layer by layer, each where it can be had.

No layer is trusted alone. A layer that this system refuses is reported, not fatal: the limits on
time, memory and size and the database's own protections hold everywhere.
"""

from __future__ import annotations

import os
import resource
from collections.abc import Callable, Iterable
from pathlib import Path

from apps.core import accounts
from apps.core.parent import die_with_parent
from apps.validation.sandbox import landlock, linux, seccomp

Layers = dict[str, bool | str]
_MAX_FILE_BYTES = 64 * 1024 * 1024
_MAX_DESCRIPTORS = 64
_MAX_THREADS = 64


def attempt(layers: Layers, name: str, action: Callable[[], object]) -> None:
    """Do `action` and note under `name` that it holds, or why it could not be had."""
    try:
        action()
    except OSError as error:
        layers[name] = f"not available: {error.strerror or error}"
    else:
        layers[name] = True


def enter(*, parent: int, network: str) -> Layers:
    """First half, before any library is loaded: own namespaces, descriptors and plain limits."""
    layers: Layers = {}
    attempt(layers, "dies with its parent", lambda: die_with_parent(parent))
    attempt(layers, "no new privileges", linux.no_new_privileges)
    flags = linux.CLONE_NEWIPC | linux.CLONE_NEWUTS
    if network != "inet":
        flags |= linux.CLONE_NEWNET
    attempt(layers, "network namespace", lambda: own_namespaces(flags))
    if network == "inet" and layers["network namespace"] is True:
        layers["network namespace"] = "open: the database is reached over TCP"
    attempt(layers, "resource limits", _limit_resources)
    return layers


def close_in(
    layers: Layers, *, parent: int, folder: Path, network: str, readable: Iterable[Path]
) -> None:
    """Second half, with every library loaded: another user, no file system, fewer system calls."""
    if os.getuid() == 0:
        attempt(layers, "unprivileged user", lambda: become(accounts.SANDBOX_CHILD))
        die_with_parent(parent)
    else:
        layers["unprivileged user"] = True
    attempt(layers, "not dumpable", linux.not_dumpable)
    attempt(
        layers,
        "file system closed (Landlock)",
        lambda: landlock.restrict(write=[folder], read=readable, tcp=network == "inet"),
    )
    attempt(layers, "system call filter (seccomp)", lambda: seccomp.install(network))


def own_namespaces(flags: int) -> None:
    """New namespaces: as root directly, else within a user namespace with only this user."""
    if os.getuid() == 0:
        try:
            linux.unshare(flags)
        except PermissionError:
            # Root in a container without CAP_SYS_ADMIN is an ordinary user here.
            _own_user_namespace(flags)
        return
    _own_user_namespace(flags)


def _own_user_namespace(flags: int) -> None:
    user, group = os.getuid(), os.getgid()
    linux.unshare(linux.CLONE_NEWUSER | flags)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    resource.setrlimit(resource.RLIMIT_NPROC, (_MAX_THREADS, _MAX_THREADS))


def _limit_resources() -> None:
    for kind, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, _MAX_FILE_BYTES),
        (resource.RLIMIT_NOFILE, _MAX_DESCRIPTORS),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
    ):
        _, hard = resource.getrlimit(kind)
        bounded = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (bounded, bounded))


def become(user: int) -> None:
    """Be `user`, with the group of the same number and no other, for good."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def address_space() -> int:
    """Bytes of address space that this process has mapped."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    return pages * resource.getpagesize()


def limit_job(*, base_bytes: int, memory_bytes: int, seconds: float) -> None:
    """Bounds of the next job: address space above what is mapped, and processor time.

    Both are soft limits, so that the next job can have its own.
    """
    space = base_bytes + memory_bytes + memory_bytes // 4
    _soft_limit(resource.RLIMIT_AS, space)
    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft_limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime + seconds) + 2)


def _soft_limit(kind: int, value: int) -> None:
    _, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, hard))
