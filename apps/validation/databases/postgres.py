"""PostgreSQL, in a cluster of its own: every job in a new database, as a new role.

The role owns that database and nothing else, and both are dropped after the job, so there is
nothing to clean and nothing to forget. A neighbour's job can keep a role from being dropped as long
as that job lives (by a GRANT to it), so what cannot be dropped at once is tried again later: no
result depends on it. The child speaks the extended protocol, which takes one statement at a time,
and reads rows one by one.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import queue
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psycopg
from psycopg import conninfo, sql

from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.postgres import programs
from apps.core.embedded.state import default_var
from apps.sql.dialects import Dialect
from apps.validation.databases.base import Database, Place, Unavailable
from apps.validation.databases.postgres_cluster import PostgresCluster
from apps.validation.databases.postgres_setup import TEMPLATE, make_template
from apps.validation.databases.watch import MAX_DATABASE_BYTES, TOO_BIG, JobWatch
from apps.validation.values import Execution

URL_VARIABLE = "WINNOW_SANDBOX_POSTGRES_URL"
_STALE_SECONDS = 600
_RETRY_SECONDS = 2.0
# The job's time is up by then: a backend that has not left after this is deaf.
_DROP_MILLISECONDS = 600
_KEEPER_MILLISECONDS = 3_000
_LOST_STATES = ("57P", "08")
_MAX_QUEUE_SHARE = 0.1
_END_BIG = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = %s AND pg_database_size(datname) > %s
"""
# All jobs share the queue of NOTIFY. Who fills it holds the lock of its end most of the time.
_END_LOUD = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity JOIN pg_locks AS l USING (pid)
WHERE datname = %s AND pg_notification_queue_usage() > %s AND l.granted
AND l.locktype = 'object' AND l.classid = 'pg_database'::regclass AND l.objid = 0
"""
_GREED = (
    (_END_BIG, MAX_DATABASE_BYTES, TOO_BIG),
    (_END_LOUD, _MAX_QUEUE_SHARE, "it fills the queue of NOTIFY, which all share"),
)
Made = TypeVar("Made")


class Postgres(Database):
    """The sandbox's own cluster, or the server at `WINNOW_SANDBOX_POSTGRES_URL`.

    A URL must log in as a superuser of a server that holds nothing that matters.
    """

    name = "postgres"
    dialect = Dialect.POSTGRES
    engine_in_child = False
    undoes = True
    keeps = True
    fails_alike = True

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._reset()

    def _reset(self) -> None:
        self._process = os.getpid()
        self._keepers: queue.SimpleQueue[psycopg.Connection[Any]] = queue.SimpleQueue()
        self._cluster: PostgresCluster | None = None
        # Jobs that are not dropped yet, and when to try again.
        self._left: queue.SimpleQueue[tuple[float, str]] = queue.SimpleQueue()
        self._watch = JobWatch(self._end_greedy)

    @property
    def url(self) -> str:
        """The server to use instead of an own one; "" for the own one."""
        return os.environ.get(URL_VARIABLE, "")

    @property
    def network(self) -> str:  # type: ignore[override]
        """A Unix socket to the own cluster; a URL may need TCP."""
        host = str(conninfo.conninfo_to_dict(self.url).get("host") or "/") if self.url else "/"
        return "unix" if host.startswith("/") else "inet"

    def unavailable(self) -> str:
        """Missing only where the binaries are."""
        if self.url:
            return ""
        try:
            programs()
        except EmbeddedError as error:
            return str(error)
        return _nameless()

    def start(self) -> None:
        """Start the cluster unless it runs, and drop what killed workers left in it."""
        if self._process != os.getpid():
            self._reset()
        try:
            left = self._with_keeper(self._prepare)
        except psycopg.Error as error:
            raise Unavailable(f"the sandbox's PostgreSQL cannot be prepared: {error}") from error
        for name in left:
            self._discard(name)

    def _prepare(self, keeper: psycopg.Connection[Any]) -> list[str]:
        if self.url:
            make_template(keeper, self._connect)
        return _orphans(keeper)

    def stop(self) -> None:
        """Close the keeper's connections; a cluster that this process started ends."""
        if self._process != os.getpid():
            return
        self._close_keepers()
        with self._lock:
            if self._cluster is not None:
                self._cluster.stop()
                self._cluster = None

    def cluster(self) -> PostgresCluster:
        """The own cluster's handle, running or not."""
        with self._lock:
            if self._cluster is None:
                folder = self._folder or default_var() / "sandbox-postgres"
                self._cluster = PostgresCluster(folder)
            return self._cluster

    def make_place(self) -> Place:
        """A new database and a new role of the same name."""
        self._drop_left()
        try:
            name, password = self._with_keeper(_make)
        except psycopg.Error as error:
            # Nothing of the job is in it yet: the server has no room, or no time.
            raise Unavailable(f"the sandbox's PostgreSQL makes no database: {error}") from error
        return self._place(name, password)

    @contextlib.contextmanager
    def watched(self, place: Place) -> Iterator[None]:
        """What is stored meanwhile is looked at."""
        self._watch.begin(place["dbname"])
        try:
            yield
        finally:
            self._watch.end(place["dbname"])

    def drop_place(self, place: Place) -> None:
        """Drop a job's database and role, and with them a statement that still runs.

        Never fails: the job has its result. What cannot be dropped yet is tried again later.
        """
        self._discard(place["dbname"])

    def corrected(self, place: Place, execution: Execution) -> Execution:
        """A job that was ended for what it took was refused, it did not crash."""
        return self._watch.corrected(place["dbname"], execution)

    def _end_greedy(self, name: str) -> str:
        try:
            # A server that is away is not started for this: its jobs went with it.
            with self._keeper(starts=False) as keeper:
                return _end_greedy(keeper, name)
        except psycopg.Error as error:
            raise Unavailable(str(error)) from error

    def _discard(self, name: str) -> None:
        try:
            self._with_keeper(lambda keeper: _drop(keeper, name), starts=False)
        except (psycopg.Error, Unavailable) as error:
            self._left.put((time.monotonic() + _RETRY_SECONDS, name))
            if isinstance(error, psycopg.errors.QueryCanceled | psycopg.errors.ObjectInUse):
                self._kill_deaf(name)

    def _kill_deaf(self, name: str) -> None:
        """Kill backends that did not leave when told to; the cluster restarts without them."""
        if self.url:
            return
        with contextlib.suppress(psycopg.Error, Unavailable):
            self.cluster().kill_backends(name)

    def _drop_left(self) -> None:
        """Try again to drop one job that could not be dropped at its end."""
        with contextlib.suppress(queue.Empty):
            due, name = self._left.get_nowait()
            if due < time.monotonic():
                self._discard(name)
            else:
                self._left.put((due, name))

    def _place(self, name: str, password: str) -> Place:
        if self.url:
            parts = conninfo.conninfo_to_dict(self.url)
            host, port = str(parts.get("host") or ""), str(parts.get("port") or 5432)
        else:
            host, port = str(self.cluster().socket), "5432"
        return {"host": host, "port": port, "dbname": name, "user": name, "password": password}

    def _with_keeper(
        self, action: Callable[[psycopg.Connection[Any]], Made], *, starts: bool = True
    ) -> Made:
        """Do `action` with a keeper's connection; once more when the server has been restarted.

        starts: whether a server that is away is started for it.
        """
        try:
            with self._keeper(starts=starts) as keeper:
                return action(keeper)
        except psycopg.OperationalError as error:
            if not _is_lost(error):
                raise
            self._close_keepers()
        try:
            with self._keeper(starts=starts) as keeper:
                return action(keeper)
        except psycopg.OperationalError as error:
            if not _is_lost(error):
                raise
            raise Unavailable(f"the sandbox's PostgreSQL went away: {error}") from error

    def _close_keepers(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._keepers.get_nowait().close()

    @contextlib.contextmanager
    def _keeper(self, *, starts: bool = True) -> Iterator[psycopg.Connection[Any]]:
        try:
            keeper = self._keepers.get_nowait()
        except queue.Empty:
            keeper = self._connect("postgres", starts=starts)
        try:
            yield keeper
        except BaseException:
            keeper.close()
            raise
        self._keepers.put(keeper)

    def _connect(self, database: str, *, starts: bool = True) -> psycopg.Connection[Any]:
        if self.url:
            try:
                keeper = psycopg.connect(self.url, dbname=database, autocommit=True)
            except psycopg.OperationalError as error:
                raise Unavailable(f"{URL_VARIABLE} does not answer: {error}") from error
        else:
            if starts:
                self.cluster().ensure()
            keeper = self.cluster().connect(database)
        # The passwords are random, long and live for seconds: one round of hashing is plenty.
        keeper.execute("SET scram_iterations = 1")
        keeper.execute(f"SET statement_timeout = {_KEEPER_MILLISECONDS}")
        # Another job's open transaction may hold a lock on a role: it is dropped later then.
        keeper.execute("SET lock_timeout = '200ms'")
        return keeper

    def layers(self) -> dict[str, bool | str]:
        """How the SQL is kept apart."""
        own: dict[str, bool | str] = {"own database and role per job": True}
        if self.url:
            return {"own cluster": f"the server of {URL_VARIABLE}, protected as it is"} | own
        return {"own cluster": True} | self.cluster().layers() | own


def _is_lost(error: psycopg.OperationalError) -> bool:
    """Whether the server is away or the connection gone, rather than an answer of the server."""
    return not error.sqlstate or error.sqlstate.startswith(_LOST_STATES)


def _nameless() -> str:
    """PostgreSQL does not run for an account that has a number only."""
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        return (
            f"PostgreSQL needs an account with a name and /etc/passwd has none for the number "
            f"{os.getuid()}; add one, or name a server with {URL_VARIABLE}"
        )
    return ""


def _make(keeper: psycopg.Connection[Any]) -> tuple[str, str]:
    """A new role and its database; their name and the role's password."""
    name = f"job_{int(time.time()):x}_{secrets.token_hex(6)}"
    password = secrets.token_urlsafe(18)
    role = sql.Identifier(name)
    keeper.execute(
        sql.SQL("CREATE ROLE {} LOGIN CONNECTION LIMIT 1 PASSWORD {}").format(
            role, sql.Literal(password)
        )
    )
    template = sql.Identifier(TEMPLATE)
    keeper.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy").format(
            role, role, template
        )
    )
    keeper.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(role))
    return name, password


def _drop(keeper: psycopg.Connection[Any], name: str) -> None:
    """The database first: what was granted in it goes with it; a role may outlive it a while."""
    role = sql.Identifier(name)
    # The owner can have marked its database as a template, which nobody can drop.
    unmark = "UPDATE pg_database SET datistemplate = false WHERE datname = %s AND datistemplate"
    keeper.execute(unmark, [name])
    keeper.execute(f"SET statement_timeout = {_DROP_MILLISECONDS}")
    keeper.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(role))
    # What was notified to a listener that is gone goes only when somebody asks for its share.
    keeper.execute("SELECT pg_notification_queue_usage()")
    keeper.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
    keeper.execute(f"SET statement_timeout = {_KEEPER_MILLISECONDS}")


def _end_greedy(keeper: psycopg.Connection[Any], name: str) -> str:
    """End a job that takes too much; what it was ended for, "" when it was not."""
    for end, bound, reason in _GREED:
        if keeper.execute(end, [name, bound]).fetchone():
            return reason
    return ""


def _orphans(keeper: psycopg.Connection[Any]) -> list[str]:
    """The names of jobs that nobody can be running any more."""
    roles = keeper.execute(r"SELECT rolname FROM pg_roles WHERE rolname LIKE 'job\_%'").fetchall()
    old = time.time() - _STALE_SECONDS
    return [name for (name,) in roles if int(name.split("_")[1], 16) < old]


DATABASE = Postgres()
