"""The databases that responses are run on, each a small module behind `base.Database`.

A name gives a database; the module behind it is imported only when it is asked for, so that a
sandbox child loads no more than the one client that it needs.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from apps.validation.databases.base import Database

_MODULES = {
    "sqlite": "apps.validation.databases.sqlite",
    "duckdb": "apps.validation.databases.duckdb",
    "postgres": "apps.validation.databases.postgres",
    "mariadb": "apps.validation.databases.mariadb",
}
NAMES = tuple(_MODULES)


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a database can be used here; `reason` says why not, "" when it can."""

    name: str
    reason: str = ""

    @property
    def usable(self) -> bool:
        """True when responses can be run on it."""
        return not self.reason


def get(name: str) -> Database:
    """The database called `name`, one of `NAMES`. Raises KeyError naming the choices."""
    if name not in _MODULES:
        raise KeyError(f"no database is called {name!r}; choose one of {', '.join(NAMES)}")
    database = importlib.import_module(_MODULES[name]).DATABASE
    assert isinstance(database, Database)
    return database


def available() -> list[Availability]:
    """Every database that Winnow knows, with the reason where it cannot be used here."""
    return [Availability(name, get(name).unavailable()) for name in NAMES]
