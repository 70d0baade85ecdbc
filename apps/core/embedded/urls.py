"""Where PostgreSQL and Valkey are: the environment's word first, else the embedded ones."""

import os
from dataclasses import dataclass
from pathlib import Path

from apps.core.embedded import state


@dataclass(frozen=True)
class ServiceUrls:
    """Full URLs with their passwords: never log or print them."""

    database_url: str
    redis_url: str


def postgres_url(var: Path) -> str:
    """URL of the embedded PostgreSQL, whether it runs or not."""
    password = state.secret(var, "postgres")
    return f"postgres://winnow:{password}@127.0.0.1:{state.ports(var).postgres}/winnow"


def valkey_url(var: Path) -> str:
    """URL of the embedded Valkey, whether it runs or not."""
    return f"redis://:{state.secret(var, 'valkey')}@127.0.0.1:{state.ports(var).valkey}/0"


def service_urls(var: Path) -> ServiceUrls:
    """URLs for the settings; starts nothing.

    `DATABASE_URL` and `REDIS_URL` win and switch the embedded one of their kind off. The first
    call for a new `var` chooses ports and passwords and stores them there.
    """
    return ServiceUrls(
        database_url=os.environ.get("DATABASE_URL") or postgres_url(var),
        redis_url=os.environ.get("REDIS_URL") or valkey_url(var),
    )


def urls() -> ServiceUrls:
    """`service_urls` of the default `var/`."""
    return service_urls(state.default_var())
