"""The databases that responses are run on, each a small module behind `base.Database`.

A name gives a database, or its sessions; the module behind it is imported only when it is asked
for, so that a sandbox child loads no more than the one client that it needs.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from types import ModuleType

from apps.validation.databases.base import Database, Sessions

NAMES = ("sqlite", "duckdb", "postgres", "mariadb")


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
    database = _module(name).DATABASE
    assert isinstance(database, Database)
    return database


def sessions(name: str) -> Sessions:
    """The sandbox child's side of the same; raises the same."""
    found = _module(f"{name}_session").SESSIONS
    assert isinstance(found, Sessions)
    return found


def _module(name: str) -> ModuleType:
    if name.removesuffix("_session") not in NAMES:
        raise KeyError(f"no database is called {name!r}; choose one of {', '.join(NAMES)}")
    return importlib.import_module(f"apps.validation.databases.{name}")


def available() -> list[Availability]:
    """Every database that Winnow knows, with the reason where it cannot be used here."""
    return [Availability(name, get(name).unavailable()) for name in NAMES]
