"""The sandbox's own MariaDB, where Debian's packages can be had: unpacked, not installed.

There is no wheel of MariaDB; `apt-get download` and `dpkg -x` need no root.
`python -m apps.validation.databases.mariadb_server FOLDER` keeps one in the foreground.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pymysql

from apps.core.embedded.state import default_var
from apps.validation.databases.base import Unavailable
from apps.validation.databases.server import SandboxServer

KEEPER = "winnow_keeper"
PROGRAM_VARIABLE = "WINNOW_MARIADBD"
# What has other names in other releases, and what a machine may have already.
_PACKAGES = (("mariadb-server-core",), ("libaio1t64", "libaio1"), ("liburing2",), ("libnuma1",))
_DOWNLOAD_SECONDS = 120
_APT = ("apt-get", "-o", "Acquire::http::Timeout=15", "-o", "Acquire::Retries=1", "download")
_TABLES = (
    "mysql_system_tables.sql",
    "mysql_performance_tables.sql",
    "mysql_system_tables_data.sql",
)
_OPTIONS = """
    --skip-networking --local-infile=0 --skip-symbolic-links
    --event-scheduler=DISABLED --performance-schema=OFF --skip-name-resolve --skip-log-bin
    --innodb-flush-log-at-trx-commit=0 --innodb-flush-method=nosync --innodb-doublewrite=0
    --innodb-buffer-pool-size=64M --innodb-log-file-size=16M --innodb-use-native-aio=0
    --innodb-temp-data-file-path=ibtmp1:12M:autoextend:max:128M --innodb-lock-wait-timeout=3
    --aria-log-file-size=8M --aria-pagecache-buffer-size=8M --key-buffer-size=1M
    --max-allowed-packet=4M --tmp-memory-table-size=16M --max-heap-table-size=16M
    --max-session-mem-used=256M --max-connections=40 --lock-wait-timeout=3 --max-password-errors=100
    --character-set-server=utf8mb4 --collation-server=utf8mb4_general_ci --default-time-zone=+00:00
    --plugin-maturity=stable --thread-stack=299008 --thread-cache-size=0 --log-warnings=0
"""
# 24 MB when they are new.
_SHARED_FILES = ("ibdata1", "ibtmp1")
_MAX_SHARED_BYTES = 96 * 1024 * 1024


def unpacked() -> Path:
    """Where Debian's packages lie once they are unpacked."""
    return default_var() / "mariadb-server"


@functools.cache
def find_program() -> Path:
    """`mariadbd`: named by `WINNOW_MARIADBD`, installed, or unpacked now. Raises `Unavailable`."""
    named = os.environ.get(PROGRAM_VARIABLE)
    if named:
        return Path(named)
    for installed in ("/usr/sbin/mariadbd", "/usr/libexec/mariadbd"):
        if Path(installed).exists():
            return Path(installed)
    program = unpacked() / "usr/sbin/mariadbd"
    if not program.exists() and (reason := _download(unpacked())):
        raise Unavailable(reason)
    return program


def can_be_had() -> str:
    """Why there is no MariaDB here, without downloading anything; "" when there may be one."""
    if os.environ.get(PROGRAM_VARIABLE) or (unpacked() / "usr/sbin/mariadbd").exists():
        return ""
    if Path("/usr/sbin/mariadbd").exists() or (shutil.which("apt-get") and shutil.which("dpkg")):
        return ""
    return "there is no MariaDB here and no apt-get to download one; set WINNOW_SANDBOX_MARIADB_URL"


@functools.cache
def _download(target: Path) -> str:
    """Download and unpack, once a process; why it cannot be done, "" when it was."""
    try:
        _unpack(target)
    except (OSError, subprocess.SubprocessError) as error:
        said = getattr(error, "stderr", "") or str(error)
        return (
            f"MariaDB cannot be downloaded from Debian ({said.strip()[-200:]}); "
            "set WINNOW_SANDBOX_MARIADB_URL to a server of your own"
        )
    return ""


def _unpack(target: Path) -> None:
    """Download and unpack the packages beside their place, then move them there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="mariadb-") as scratch:
        for names in _PACKAGES:
            _fetch(names, scratch)
        for package in Path(scratch).glob("*.deb"):
            _run_apt("dpkg", "-x", str(package), "root", cwd=scratch)
        root = Path(scratch) / "root"
        for folder in (root, *root.rglob("*")):
            if folder.is_dir() and not folder.is_symlink():
                folder.chmod(0o755)
        root.rename(target)


def _fetch(names: tuple[str, ...], folder: str) -> None:
    """Download the first of `names` that the distribution has. Raises when none is there."""
    for name in names[:-1]:
        with contextlib.suppress(subprocess.CalledProcessError):
            _run_apt(*_APT, name, cwd=folder)
            return
    _run_apt(*_APT, names[-1], cwd=folder)


def _run_apt(*command: str, cwd: str) -> None:
    subprocess.run(
        command, cwd=cwd, check=True, capture_output=True, text=True, timeout=_DOWNLOAD_SECONDS
    )


class Connection(NamedTuple):
    """Somebody's connection: the user, its number, and the kernel's number of its thread, which
    is its own (no cache of threads)."""

    user: str
    number: int
    thread: int


class MariadbServer(SandboxServer):
    """A MariaDB of Debian's binaries; see `SandboxServer`."""

    title = "MariaDB"
    memory_bytes = 3 * 1024 * 1024 * 1024
    # Its rollback needs room as well, and ends the server where it has none: jobs are ended for
    # their size long before.
    file_bytes = 1024 * 1024 * 1024

    def programs(self) -> tuple[Path, ...]:
        """The `usr` of the unpacked packages, with its programs and messages."""
        return (find_program().parent.parent,)

    def _libraries(self) -> dict[str, str]:
        if self.programs()[0] == Path("/usr"):
            return {}
        folders = sorted({str(path.parent) for path in self.programs()[0].rglob("lib*.so.*")})
        root = self.programs()[0].parent
        folders += [str(path) for path in root.glob("lib/*-linux-*")]
        return {"LD_LIBRARY_PATH": ":".join(folders)}

    def socket_file(self) -> Path:
        """The Unix socket that it listens on."""
        return self.socket / "mariadb"

    def _no_files(self) -> Path:
        """The one folder that SQL may name files of: empty, and apart from the data."""
        return self.home / "no-files"

    def connect(self) -> pymysql.Connection[Any]:
        """A connection as the keeper, who prepares and drops databases; never for hostile SQL."""
        return pymysql.connect(
            unix_socket=str(self.socket_file()),
            user=KEEPER,
            password=self._password(),
            # Nobody reads along on a socket of this machine, and to read all certificates for a
            # cipher takes ten times as long as the connection.
            ssl_disabled=True,
            autocommit=True,
            connect_timeout=3,
            read_timeout=10,
        )

    def is_alive(self) -> bool:
        """Whether it answers to the keeper."""
        try:
            self.connect().close()
        except pymysql.Error:
            return False
        return True

    def _make(self) -> None:
        for folder in (self.data, self._no_files()):
            folder.mkdir(mode=0o700)
            if os.getuid() == 0:
                os.chown(folder, self._server_user(), self._server_user())
        share = self.programs()[0] / "share/mysql"
        tables = "\n".join((share / name).read_text() for name in _TABLES)
        script = (
            f"CREATE DATABASE mysql;\nUSE mysql;\n{tables}\nFLUSH PRIVILEGES;\n"
            "DELETE FROM global_priv WHERE User <> 'mariadb.sys';\nFLUSH PRIVILEGES;\n"
            f"CREATE USER '{KEEPER}'@'localhost' IDENTIFIED BY '{self._password()}';\n"
            f"GRANT ALL ON *.* TO '{KEEPER}'@'localhost' WITH GRANT OPTION;\n"
        )
        self._run(*self._command(), "--bootstrap", text=script)

    def _prepare(self) -> None:
        """Nothing beyond the system tables."""

    def taken_bytes(self, name: str, connections: Sequence[Connection]) -> int:
        """What a job has on disk: its database's files, its connections' temporary ones, and
        those without a name, of sorts and bulk loads, where it writes most.

        connections: those of all jobs; nothing but their writing tells whose such a file is.
        """
        temporary = [f"-{each.number:x}-" for each in connections if each.user == name]
        total = _bytes_of(self.data / name)
        for path in self.data.glob("#sql*"):
            if any(mark in path.name for mark in temporary):
                total += _bytes_of(path)
        process = self._process_folder()
        most = max(connections, key=lambda each: _written_bytes(process, each), default=None)
        return total + (self.nameless_bytes() if most and most.user == name else 0)

    def nameless_bytes(self) -> int:
        """What the server holds open in its folder that has no name there any more."""
        total = 0
        with contextlib.suppress(OSError):
            for descriptor in (self._process_folder() / "fd").iterdir():
                with contextlib.suppress(OSError):
                    target = str(descriptor.readlink())
                    if target.startswith(str(self.data)) and target.endswith(" (deleted)"):
                        total += descriptor.stat().st_blocks * 512
        return total

    def _process_folder(self) -> Path:
        """What the kernel tells of the server that runs. Raises `Unavailable` without one."""
        try:
            return Path("/proc") / str(int(self._pid_file().read_text()))
        except (OSError, ValueError) as error:
            raise Unavailable(f"the sandbox's {self.title} is away: {error}") from error

    def is_swollen(self) -> bool:
        """Whether the files that all jobs share hold much that the server never gives back."""
        return sum(_bytes_of(self.data / name) for name in _SHARED_FILES) > _MAX_SHARED_BYTES

    def _pid_file(self) -> Path:
        return self.data / "pid"

    def _command(self) -> list[str]:
        share = self.programs()[0] / "share/mysql"
        return [
            str(find_program()),
            "--no-defaults",
            f"--datadir={self.data}",
            f"--basedir={self.programs()[0]}",
            f"--lc-messages-dir={share}",
            f"--character-sets-dir={share / 'charsets'}",
            f"--socket={self.socket_file()}",
            f"--tmpdir={self.data}",
            f"--pid-file={self.data / 'pid'}",
            f"--secure-file-priv={self._no_files()}",
            *_OPTIONS.split(),
        ]


def _written_bytes(process: Path, connection: Connection) -> int:
    """What a connection's thread has written anywhere; 0 for one that has just gone."""
    with contextlib.suppress(OSError):
        lines = (process / "task" / str(connection.thread) / "io").read_text().splitlines()
        return next((int(line.split()[1]) for line in lines if line.startswith("wchar:")), 0)
    return 0


def _bytes_of(path: Path) -> int:
    """What a file, or the files in a folder, take of the disk; 0 for what has just gone."""
    try:
        if not path.is_dir():
            return path.stat().st_blocks * 512
        return sum(_bytes_of(file) for file in path.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return 0


if __name__ == "__main__":
    MariadbServer(Path(sys.argv[1])).serve()
