"""The folder `var/`: what lies in it, who may read it, and the ports it remembers.

var/                 0700, or 0710 for the group of the accounts that run the services
  lock               held while an instance runs
  services.json      ports, 0600
  secrets/           0700, one file a secret, 0600
  postgres/ valkey/  0700, each owned by the account that runs it
  log/ run/          0700
"""

import errno
import fcntl
import json
import os
import random
import secrets
import socket
import stat
import struct
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from apps.core.embedded.errors import EmbeddedError
from apps.core.secrets import read_or_make

# Below Linux's range for outgoing connections, so that no client takes a port while we are down.
PORT_RANGE = range(20_000, 32_000)
PORT_TRIES = 200
PRIVATE = 0o710
# struct flock of fcntl(2): type, whence, start, length, process; padded to its full size.
LINUX_FLOCK = "hhqqi4x"

PortName = Literal["postgres", "valkey"]


@dataclass(frozen=True)
class Ports:
    """The TCP ports on 127.0.0.1 that this `var/` has chosen."""

    postgres: int
    valkey: int


def default_var() -> Path:
    """`$WINNOW_VAR`, else `var/` beside manage.py; resolved."""
    return Path(os.environ.get("WINNOW_VAR") or Path(__file__).parents[3] / "var").resolve()


def make_private(folder: Path) -> Path:
    """Create the folder (and its parents) for its owner alone, or close it to others.

    The group's right to pass through stays: it may be the services' account's.

    :raises EmbeddedError: it belongs to another user or the disk refuses.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        mode = stat.S_IMODE(folder.stat().st_mode)
        if mode & ~PRIVATE:
            folder.chmod(mode & PRIVATE)
        if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "not writable", str(folder))
    except OSError as error:
        raise EmbeddedError(
            f"Cannot use {folder}: {error.strerror}. It may belong to another user (was Winnow "
            f"started as root before?): chown it, or point WINNOW_VAR at another folder."
        ) from error
    return folder


def write_private(path: Path, text: str) -> None:
    """Replace a file in one step; only its owner reads it."""
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)  # on a full disk it is there, and empty


@contextmanager
def changing(var: Path) -> Iterator[None]:
    """Wait for and hold the right to change `services.json` and the secrets."""
    descriptor = os.open(make_private(var) / ".changing", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def secret(var: Path, name: str) -> str:
    """A random URL-safe secret of this installation, made at the first call (256 bits)."""
    make_private(var)
    folder = make_private(var / "secrets")
    return read_or_make(folder / name, lambda: secrets.token_urlsafe(32))


def port_is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether nothing listens there now (a port in TIME_WAIT counts as free)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _free_port(taken: Container[int]) -> int:
    chooser = random.SystemRandom()
    for _ in range(PORT_TRIES):
        port = chooser.choice(PORT_RANGE)
        if port not in taken and port_is_free(port):
            return port
    raise EmbeddedError(
        f"No free port between {PORT_RANGE.start} and {PORT_RANGE.stop} after {PORT_TRIES} tries."
    )


def _read_ports(var: Path) -> Ports | None:
    try:
        stored = json.loads((var / "services.json").read_text(encoding="utf-8"))
        return Ports(postgres=int(stored["postgres"]), valkey=int(stored["valkey"]))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None  # Ports are only remembered for comfort: choosing again is always right.


def _write_ports(var: Path, chosen: Ports) -> Ports:
    write_private(var / "services.json", json.dumps(asdict(chosen)) + "\n")
    return chosen


def ports(var: Path) -> Ports:
    """The ports of this `var/`, chosen at the first call."""
    known = _read_ports(var)
    if known is not None:
        return known
    with changing(var):
        known = _read_ports(var)
        if known is not None:
            return known
        postgres = _free_port(taken=())
        return _write_ports(var, Ports(postgres=postgres, valkey=_free_port(taken=(postgres,))))


def repick_port_if_taken(var: Path, name: PortName) -> int:
    """The stored port, or a new stored one when somebody else listens on it now."""
    current = ports(var)
    port = current.postgres if name == "postgres" else current.valkey
    if port_is_free(port):
        return port
    with changing(var):
        fresh = _free_port(taken=(current.postgres, current.valkey))
        now = _read_ports(var) or current
        changed = replace(now, postgres=fresh) if name == "postgres" else replace(now, valkey=fresh)
        _write_ports(var, changed)
    return fresh


def holder(var: Path) -> int | None:
    """The process that runs an instance from `var/` now, or None. Asks without locking."""
    try:
        descriptor = os.open(var / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        asked = struct.pack(LINUX_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        answer = struct.unpack(LINUX_FLOCK, fcntl.fcntl(descriptor, fcntl.F_GETLK, asked))
    finally:
        os.close(descriptor)
    return None if answer[0] == fcntl.F_UNLCK else int(answer[4])


@contextmanager
def only_instance(var: Path) -> Iterator[None]:
    """Hold `var/` for one instance.

    The lock is the kernel's and belongs to this process alone (children do not inherit it), so a
    killed instance leaves nothing behind.

    :raises EmbeddedError: another process holds it.
    """
    descriptor = os.open(make_private(var) / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.lockf(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise EmbeddedError(
                f"Winnow already runs from {var} (process {holder(var)}). "
                f"`make status` shows it, `make stop` ends it."
            ) from error
        yield
    finally:
        os.close(descriptor)
