"""Start a database server confined: `python -m apps.validation.sandbox.launch '{…}' PROGRAM …`.

The first argument is a `Confinement` as JSON. What it takes away stays away from the server and
from every process that it starts.
"""

from __future__ import annotations

import json
import os
import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

from apps.core import accounts
from apps.core.parent import die_with_parent
from apps.validation.sandbox import confine, landlock, linux

_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_SYSTEM = ("/etc/ld.so.cache", "/etc/localtime", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf")
_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/share/zoneinfo", "/proc/self")


@dataclass(frozen=True, slots=True)
class Confinement:
    """What a server keeps. Folders it may write; folders it may read and run; bytes.

    user: the system user to become, -1 for the one we are; mapped: keep the files of the user
    we are but be user 65534 inside a user namespace (for programs that refuse to run as root).
    memory_bytes: address space of each process; file_bytes: size of each file.
    parent: end when this process ends, 0 to live on. closed: Landlock and an empty network.
    """

    write: tuple[str, ...]
    execute: tuple[str, ...]
    user: int = -1
    mapped: bool = False
    memory_bytes: int = 0
    file_bytes: int = 0
    parent: int = 0
    closed: bool = True

    def command(self, *program: str) -> list[str]:
        """The command line that starts `program` so confined."""
        module = "apps.validation.sandbox.launch"
        return [sys.executable, "-P", "-B", "-s", "-m", module, json.dumps(asdict(self)), *program]


def main(confinement: Confinement, program: list[str]) -> None:
    """Confine this process and become `program`."""
    os.umask(0o077)
    linux.no_new_privileges()
    layers: confine.Layers = {}
    if confinement.closed:
        confine.attempt(layers, "network", lambda: confine.own_namespaces(linux.CLONE_NEWNET))
    if confinement.mapped:
        _map_to_nobody()
    elif confinement.user >= 0:
        confine.become(confinement.user)
    if confinement.parent:
        die_with_parent(confinement.parent)
    for kind, value in (
        (resource.RLIMIT_AS, confinement.memory_bytes),
        (resource.RLIMIT_FSIZE, confinement.file_bytes),
    ):
        if value:
            resource.setrlimit(kind, (value, value))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if confinement.closed:
        confine.attempt(layers, "files", lambda: _close_files(confinement))
    print(json.dumps(layers), file=sys.stderr, flush=True)
    os.execv(program[0], program)  # noqa: S606 - no shell is the point


def _map_to_nobody() -> None:
    user, group = os.getuid(), os.getgid()
    linux.unshare(linux.CLONE_NEWUSER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{accounts.NOBODY} {user} 1")
    Path("/proc/self/gid_map").write_text(f"{accounts.NOBODY} {group} 1")


def _close_files(confinement: Confinement) -> None:
    landlock.restrict(
        write=[Path(path) for path in (*confinement.write, *_DEVICES)],
        read=[Path(path) for path in _SYSTEM],
        execute=[Path(path) for path in (*confinement.execute, *_LIBRARIES)],
    )


if __name__ == "__main__":
    main(Confinement(**json.loads(sys.argv[1])), sys.argv[2:])
