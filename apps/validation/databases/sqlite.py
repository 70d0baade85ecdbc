"""SQLite, in the memory of the child; what it may do is decided in `sqlite_session`."""

from __future__ import annotations

import sqlite3

from apps.sql.dialects import Dialect
from apps.validation.databases.base import Database


class Sqlite(Database):
    """The SQLite that Python was built with."""

    name = "sqlite"
    dialect = Dialect.SQLITE

    def unavailable(self) -> str:
        """It is part of Python: always there."""
        return ""

    def layers(self) -> dict[str, bool | str]:
        """The version, and the protections inside it."""
        return {"authorizer": True, "heap limit": True, "version": sqlite3.sqlite_version}


DATABASE = Sqlite()
