"""The database in and out of a file, by PostgreSQL's own programs."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from django.conf import settings
from django.db import connection

from apps.core.backups.manifest import BackupError
from apps.core.embedded import Postgres, service, state
from apps.core.embedded.postgres import programs
from apps.core.environment import PLAIN, kept_environment

_WORDS = 2000  # characters of a program's complaint that are repeated
# In one transaction with what follows: a database that cannot be filled again stays as it is.
_EMPTY = b"""BEGIN;
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
"""


@contextmanager
def answering() -> Iterator[None]:
    """Have the database for the length of a `with` block: the embedded one of a stopped
    installation is started, and stopped again.

    :raises EmbeddedError: it does not start.
    """
    var = Path(settings.VAR_DIR)
    if os.environ.get("DATABASE_URL") or state.holder(var) is not None:
        yield
        return
    with state.only_instance(var):
        postgres = Postgres(var, dies_with_parent=True)
        process = service.start(postgres, state.make_private(var / "log") / "postgres.log")
        connection.settings_dict["PORT"] = state.ports(var).postgres
        try:
            yield
        finally:
            connection.close()
            service.stop(postgres, process)


def dump(path: Path) -> None:
    """Write the whole database as it is at one moment, while others go on writing.

    :raises BackupError: with pg_dump's own words.
    """
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={path}")


def script() -> str:
    """The whole database as SQL; times are told as of UTC.

    :raises BackupError: with pg_dump's own words.
    """
    told = "--no-owner --no-privileges --no-comments --column-inserts --rows-per-insert=1000"
    return _run("pg_dump", *told.split()).decode()


def restore(path: Path) -> None:
    """Replace everything in the database: all of it or, after an error, nothing.

    psql gets the word to commit only when pg_restore has read the dump to its end.

    :raises BackupError: with the programs' own words.
    """
    reading = "--no-owner --no-privileges --no-comments --file=-"
    writing = "--no-psqlrc --quiet --set=ON_ERROR_STOP=1 --output=/dev/null"
    with TemporaryFile() as said:
        script = subprocess.Popen(
            [programs() / "pg_restore", *reading.split(), path],
            stdout=subprocess.PIPE,
            stderr=said,
            env=_environment(),
        )
        database = subprocess.Popen(
            [programs() / "psql", *writing.split()],
            stdin=subprocess.PIPE,
            stderr=said,
            env=_environment(),
        )
        is_whole = _feed(script, database)
        if not is_whole or database.returncode:
            said.seek(0)
            raise BackupError(f"Nothing was changed: {_complaint(said.read())}")


def _feed(script: subprocess.Popen[bytes], database: subprocess.Popen[bytes]) -> bool:
    """Hand one's output to the other in a transaction; whether it was told to commit."""
    assert script.stdout
    assert database.stdin
    is_whole = False
    # psql that has ended takes no more: its exit code tells.
    with suppress(BrokenPipeError), script, database:
        database.stdin.write(_EMPTY)
        shutil.copyfileobj(script.stdout, database.stdin, 1024 * 1024)
        is_whole = script.wait() == 0
        if is_whole:
            database.stdin.write(b"COMMIT;\n")
            database.stdin.close()
    return is_whole


def others_connected() -> int:
    """How many other clients the database has: web, workers, somebody's psql."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return int(cursor.fetchone()[0])


def _run(program: str, *words: str) -> bytes:
    """What it says."""
    done = subprocess.run(
        [programs() / program, *words], env=_environment(), capture_output=True, check=False
    )
    if done.returncode:
        raise BackupError(f"{program} has failed: {_complaint(done.stderr)}")
    return done.stdout


def _complaint(said: bytes) -> str:
    return (
        f"{said.decode('utf-8', 'replace').strip()[:_WORDS]}\n(WINNOW_POSTGRES_BIN names the"
        f" folder of other programs, for a server that is newer than those of {programs()}.)"
    )


def _environment() -> dict[str, str]:
    """Where the database is, for libpq; the password is never on a command line."""
    database: Mapping[str, Any] = connection.settings_dict
    named = {
        "PGHOST": database["HOST"],
        "PGPORT": str(database["PORT"] or ""),
        "PGUSER": database["USER"],
        "PGPASSWORD": database["PASSWORD"],
        "PGDATABASE": database["NAME"],
        "PGTZ": "UTC",
    }
    options = database.get("OPTIONS", {})
    named |= {f"PG{key.upper()}": str(options[key]) for key in _LIBPQ if key in options}
    return kept_environment(PLAIN, {name: value for name, value in named.items() if value})


# libpq's parameters whose variable is PG and the name: what DATABASE_URL may have behind "?".
_LIBPQ = ("sslmode", "sslrootcert", "sslcert", "sslkey", "service", "passfile")
