"""A new database from one script, instead of every migration one after the other.

Django makes all model classes anew for each step of each migration: eleven seconds of a first
start, of which PostgreSQL needs one. fresh.sql.gz is what the migrations come to, as pg_dump tells
it (`make schema`); a test compares the two. Where it is not of the migrations at hand, or the
database does not take it, the migrations do it, as for every database that has anything in it.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import re
from pathlib import Path

from django.apps import apps
from django.db import DatabaseError, connection, transaction

from apps.core.backups import database

log = logging.getLogger(__name__)
# Packed, so that whoever looks for a function finds the migration that makes it.
SCRIPT = Path(__file__).with_name("fresh.sql.gz")
_HEAD = "-- Made by `make schema` of the migrations "
# Of pg_dump's: what is for psql, for the session, or for who reads; never lines of a function.
_NOT_OURS = re.compile(
    r"^(?:--\n-- .*\n--\n\n?|-- Dumped .*\n|\\.*\n|SET .*;\n|SELECT pg_catalog\.set_config\(.*\n)",
    re.MULTILINE,
)
_GAPS = re.compile(r"\n{3,}")
_TIME = re.compile(r"'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00'")
# Two machines that start at once: the second one waits, and finds the database filled.
_LOCK = "SELECT pg_advisory_xact_lock(hashtext('winnow fresh'))"
_IS_EMPTY = """
SELECT current_schema() = 'public' AND NOT EXISTS (
    SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace
) AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'public'::regnamespace)
"""


def migration_files() -> dict[tuple[str, str], Path]:
    """The migrations (app, name) in our files and in those of the libraries."""
    return {
        (config.label, path.stem): path
        for config in apps.get_app_configs()
        for path in Path(config.path, "migrations").glob("[!_~]*.py")
    }


def fill() -> bool:
    """Fill the database by the script; whether it was empty and took it."""
    script = stored()
    if not script.startswith(_HEAD + _fingerprint()):
        return False
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(_LOCK)
            cursor.execute(_IS_EMPTY)
            if not cursor.fetchone()[0]:
                return False
            # Functions name tables that come after them.
            cursor.execute("SET LOCAL check_function_bodies = off")
            cursor.execute(script)
    except DatabaseError:
        log.warning("The database does not take %s: the migrations fill it.", SCRIPT, exc_info=True)
        return False
    return True


def stored() -> str:
    """The script that comes with the program; "" where there is none."""
    return gzip.decompress(SCRIPT.read_bytes()).decode() if SCRIPT.exists() else ""


def store() -> int:
    """Write the script of this database, which has been migrated and nothing else; its bytes."""
    return SCRIPT.write_bytes(gzip.compress(script().encode(), mtime=0))


def script() -> str:
    """The script that makes a database like this one, which has been migrated and nothing else."""
    told = _GAPS.sub("\n\n", _NOT_OURS.sub("", database.script()))
    return f"{_HEAD}{_fingerprint()}\n{_TIME.sub('now()', told)}"


def _fingerprint() -> str:
    """SHA-256 over what the migrations' files say."""
    digest = hashlib.sha256()
    for (app, name), path in sorted(migration_files().items()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{app} {name} {content}\n".encode())
    return digest.hexdigest()
