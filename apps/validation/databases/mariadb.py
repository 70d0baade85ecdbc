"""MariaDB, in a server of its own: every job in a new database, as a new user.

The user may do everything in that database and nothing beyond it: no FILE, PROCESS or SUPER, no
other database. Both are dropped after the job.
"""

from __future__ import annotations

import contextlib
import os
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from urllib.parse import unquote, urlsplit

import pymysql
from pymysql.cursors import Cursor

from apps.core.embedded.state import default_var
from apps.sql.dialects import Dialect
from apps.validation.databases.base import Database, Place, Unavailable
from apps.validation.databases.mariadb_server import Connection, MariadbServer, can_be_had
from apps.validation.databases.watch import MAX_DATABASE_BYTES, TOO_BIG, JobWatch
from apps.validation.values import Execution, Limits

URL_VARIABLE = "WINNOW_SANDBOX_MARIADB_URL"
_STALE_SECONDS = 600
_DROP_SECONDS = 1
_GIVE_UP_SECONDS = 10.0
Made = TypeVar("Made")
Keeper: TypeAlias = "pymysql.Connection[Any]"


class Mariadb(Database):
    """The sandbox's own server, or the one at `WINNOW_SANDBOX_MARIADB_URL`.

    A URL (mysql://user:password@host:port) must log in as a user that may create users and
    databases, on a server that holds nothing that matters.
    """

    name = "mariadb"
    dialect = Dialect.MYSQL
    engine_in_child = False

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._keepers: queue.SimpleQueue[Keeper] = queue.SimpleQueue()
        self._server: MariadbServer | None = None
        # Jobs that could not be dropped, with the time at which to give the server up for it.
        self._left: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        self._watch = JobWatch(self._end_greedy)

    @property
    def url(self) -> str:
        """The server to use instead of an own one; "" for the own one."""
        return os.environ.get(URL_VARIABLE, "")

    @property
    def network(self) -> str:  # type: ignore[override]
        """A Unix socket to the own server, TCP to a URL."""
        return "inet" if self.url else "unix"

    def unavailable(self) -> str:
        """Missing where there is neither a URL nor a way to get the server."""
        return "" if self.url else can_be_had()

    def start(self) -> None:
        """Start the server unless it runs, and drop what killed workers left in it."""
        if self._process != os.getpid():
            self._reset()
        try:
            self._with_keeper(_sweep)
        except pymysql.Error as error:
            raise Unavailable(f"the sandbox's MariaDB cannot be prepared: {error}") from error

    def stop(self) -> None:
        """Close the keeper's connections; a server that this process started ends."""
        if self._process != os.getpid():
            return
        self._close_keepers()
        with self._lock:
            if self._server is not None:
                self._server.stop()
                self._server = None

    def server(self) -> MariadbServer:
        """The own server's handle, running or not."""
        with self._lock:
            if self._server is None:
                self._server = MariadbServer(self._folder or default_var() / "sandbox-mariadb")
            return self._server

    @contextlib.contextmanager
    def workspace(self, limits: Limits) -> Iterator[Place]:
        """A new database and a new user of the same name, dropped afterwards."""
        self._drop_left()
        try:
            name, password = self._with_keeper(lambda keeper: _make(keeper, limits))
        except pymysql.Error as error:
            # Nothing of the job is in it yet: the server has no room, or no time.
            raise Unavailable(f"the sandbox's MariaDB makes no database: {error}") from error
        self._watch.begin(name)
        try:
            yield self._place(name, password)
        finally:
            self._watch.end(name)
            self._discard(name, time.monotonic() + _GIVE_UP_SECONDS)
            self._shrink()

    def corrected(self, place: Place, execution: Execution) -> Execution:
        """A job that was ended for what it took was refused, it did not crash."""
        return self._watch.corrected(place["user"], execution)

    def _end_greedy(self, name: str) -> str:
        try:
            with self._keeper(starts=False) as keeper:
                if self._taken_bytes(keeper, name) <= MAX_DATABASE_BYTES:
                    return ""
                _kill(keeper, name)
        except pymysql.Error as error:
            raise Unavailable(str(error)) from error
        return TOO_BIG

    def _taken_bytes(self, keeper: Keeper, name: str) -> int:
        if self.url:
            return _counted_bytes(keeper, name)
        return self.server().taken_bytes(name, _connections(keeper))

    def _discard(self, name: str, give_up: float) -> None:
        """Drop a job's database and user, and with them a statement that still runs.

        Never fails: the job has its result. What cannot be dropped yet is tried again; what
        cannot be dropped at all goes with the server, which is made anew.
        """
        try:
            self._with_keeper(lambda keeper: _drop(keeper, name), starts=False)
        except (pymysql.Error, Unavailable):
            if self.url or time.monotonic() < give_up:
                self._left.put((give_up, name))
            else:
                self._renew()

    def _drop_left(self) -> None:
        """Try again to drop one job that could not be dropped at its end."""
        with contextlib.suppress(queue.Empty):
            give_up, name = self._left.get_nowait()
            self._discard(name, give_up)

    def _shrink(self) -> None:
        """Make the server anew when what it keeps for itself has grown, and no job is in it."""
        if not self.url and self._watch.is_idle() and self.server().is_swollen():
            self._renew()

    def _renew(self) -> None:
        self._close_keepers()
        with contextlib.suppress(queue.Empty):
            while True:
                self._left.get_nowait()
        self.server().renew()

    def _place(self, name: str, password: str) -> Place:
        place = {"user": name, "password": password, "database": name}
        if not self.url:
            return place | {"unix_socket": str(self.server().socket_file())}
        parts = urlsplit(self.url)
        return place | {"host": parts.hostname or "localhost", "port": str(parts.port or 3306)}

    def _with_keeper(self, action: Callable[[Keeper], Made], *, starts: bool = True) -> Made:
        """Do `action` with a keeper's connection; once more when the server has been restarted.

        starts: whether a server that is away is started for it.
        """
        try:
            with self._keeper(starts=starts) as keeper:
                return action(keeper)
        except (pymysql.OperationalError, pymysql.InterfaceError):
            self._close_keepers()
            with self._keeper(starts=starts) as keeper:
                return action(keeper)

    def _close_keepers(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                keeper = self._keepers.get_nowait()
                with contextlib.suppress(pymysql.Error):
                    keeper.close()

    @contextlib.contextmanager
    def _keeper(self, *, starts: bool = True) -> Iterator[Keeper]:
        try:
            keeper = self._keepers.get_nowait()
        except queue.Empty:
            keeper = self._connect(starts=starts)
        try:
            yield keeper
        except BaseException:
            with contextlib.suppress(pymysql.Error):
                keeper.close()
            raise
        self._keepers.put(keeper)

    def _connect(self, *, starts: bool = True) -> Keeper:
        if not self.url:
            if starts:
                self.server().ensure()
            return self.server().connect()
        parts = urlsplit(self.url)
        try:
            return pymysql.connect(
                host=parts.hostname,
                port=parts.port or 3306,
                user=unquote(parts.username or ""),
                password=unquote(parts.password or ""),
                autocommit=True,
                connect_timeout=3,
                read_timeout=10,
            )
        except pymysql.Error as error:
            raise Unavailable(f"{URL_VARIABLE} does not answer: {error}") from error

    def layers(self) -> dict[str, bool | str]:
        """How the SQL is kept apart."""
        own: dict[str, bool | str] = {"own database and user per job": True}
        if self.url:
            return {"own server": f"the server of {URL_VARIABLE}, protected as it is"} | own
        return {"own server": True} | self.server().layers() | own


def _make(keeper: Keeper, limits: Limits) -> tuple[str, str]:
    """A new user and its database; their name and the user's password."""
    name = f"job_{int(time.time()):x}_{secrets.token_hex(6)}"
    password = secrets.token_urlsafe(18)
    with keeper.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        cursor.execute(
            f"CREATE USER {name} IDENTIFIED BY %s WITH MAX_USER_CONNECTIONS 1 "
            f"MAX_STATEMENT_TIME {max(0.1, limits.seconds)}",
            [password],
        )
        cursor.execute(f"GRANT ALL ON {name}.* TO {name}")
    return name, password


def _kill(keeper: Keeper, name: str) -> None:
    """End what the job's user does; its transaction is rolled back."""
    with keeper.cursor() as cursor:
        cursor.execute(f"KILL HARD USER {name}")


def _connections(keeper: Keeper) -> list[Connection]:
    """The connections of all jobs."""
    with keeper.cursor() as cursor:
        cursor.execute(
            "SELECT user, id, tid FROM information_schema.processlist WHERE user LIKE 'job\\_%'"
        )
        return [Connection(str(user), int(n), int(thread)) for user, n, thread in cursor.fetchall()]


def _counted_bytes(keeper: Keeper, name: str) -> int:
    """What the server itself says that a database stores; it does not count temporary tables."""
    with keeper.cursor() as cursor:
        cursor.execute(
            "SELECT COALESCE(SUM(data_length + index_length), 0) "
            "FROM information_schema.tables WHERE table_schema = %s",
            [name],
        )
        return int(cursor.fetchall()[0][0])


def _drop(keeper: Keeper, name: str) -> None:
    # The user first: it cannot come back, and its statement lets go of its tables.
    _kill(keeper, name)
    with keeper.cursor() as cursor:
        # A long rollback holds its tables: the drop is tried again later then.
        cursor.execute(f"SET lock_wait_timeout = {_DROP_SECONDS}")
        _end_prepared(cursor)
        cursor.execute(f"DROP USER IF EXISTS {name}")
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")


def _end_prepared(cursor: Cursor) -> None:
    """Roll back prepared transactions whose connection has ended: they would keep their locks."""
    cursor.execute("XA RECOVER FORMAT='SQL'")
    for row in cursor.fetchall():
        # Another job's connection may still hold it: then its own end rolls it back.
        with contextlib.suppress(pymysql.Error):
            cursor.execute(f"XA ROLLBACK {row[3]}")


def _sweep(keeper: Keeper) -> None:
    """Drop the databases of jobs that nobody can be running any more."""
    with keeper.cursor() as cursor:
        cursor.execute("SELECT user FROM mysql.user WHERE user LIKE 'job\\_%'")
        names = [str(name) for (name,) in cursor.fetchall()]
    for name in names:
        if int(name.split("_")[1], 16) < time.time() - _STALE_SECONDS:
            _drop(keeper, name)


DATABASE = Mariadb()
