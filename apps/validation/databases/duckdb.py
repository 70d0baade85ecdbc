"""DuckDB, in the memory of the child; what it may do is decided in `duckdb_session`."""

from __future__ import annotations

import importlib.util

from apps.sql.dialects import Dialect
from apps.validation.databases.base import Database


class DuckDb(Database):
    """The DuckDB of the Python package."""

    name = "duckdb"
    dialect = Dialect.DUCKDB
    undoes = True

    def unavailable(self) -> str:
        """Missing only where the package is."""
        if importlib.util.find_spec("duckdb") is None:
            return "the Python package duckdb is not installed; install requirements.txt"
        return ""

    def layers(self) -> dict[str, bool | str]:
        """The protections inside it."""
        return {"external access off": True, "configuration locked": True}


DATABASE = DuckDb()
