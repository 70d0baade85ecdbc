"""What the status page says of the parts that Winnow stands on. Some of it takes a second."""

from __future__ import annotations

import platform
import tomllib
from dataclasses import dataclass, field
from importlib.metadata import version

import redis
from django.conf import settings
from django.db import connection
from django.db.models import Count

from apps.core.models import WorkUnit
from apps.core.queue import app
from apps.validation import databases
from apps.validation.databases.base import Unavailable
from apps.validation.sandbox.pool import SandboxPool

PACKAGES = ("Django", "celery", "psycopg", "tree-sitter-sql", "sqlglot", "datasets")
QUEUES = (
    *("gather", "import", "generate", "judge", "validate"),
    *("ahead", "label", "export", "webhook"),
)
INSPECT_SECONDS = 1.0
# How long the queue waits for an answer at a time, and how long for the queue itself.
_ASKING = {"polling_interval": 0.2, "socket_timeout": 5}


@dataclass(frozen=True, slots=True)
class Fact:
    """A part's name and what is to be said of it; `ok` is None where it is neither good nor bad."""

    name: str
    value: str
    ok: bool | None = None


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A database that responses run on, and which protections are active around it."""

    database: str
    problem: str = ""
    layers: list[Fact] = field(default_factory=list)


def versions() -> list[Fact]:
    """Winnow, Python and the packages that matter."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    facts = [
        Fact("Winnow", project["project"]["version"]),
        Fact("Python", platform.python_version()),
    ]
    return facts + [Fact(name, version(name)) for name in PACKAGES]


def store() -> list[Fact]:
    """PostgreSQL: its version, the size of the database, connections in use."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'),"
            " pg_size_pretty(pg_database_size(current_database())),"
            " (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()),"
            " current_setting('max_connections')"
        )
        number, size, used, limit = cursor.fetchone()
    return [
        Fact("PostgreSQL", number, ok=True),
        Fact("size of the database", size),
        Fact("connections", f"{used} of {limit}"),
    ]


def work_units() -> list[Fact]:
    """Unfinished work units by queue: read from the partial index on them."""
    rows = WorkUnit.objects.unfinished().values_list("queue").annotate(Count("id"))
    counts = dict.fromkeys(QUEUES, 0) | dict(rows)
    return [Fact(name, f"{count:,}") for name, count in counts.items()]


def queue() -> list[Fact]:
    """Whether the queue answers, and its version."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            info = client.info("server")
    except redis.RedisError as error:
        return [Fact("Valkey", f"does not answer: {error}", ok=False)]
    name = info.get("server_name", "redis").capitalize()
    return [Fact(name, info.get(f"{name.lower()}_version", info["redis_version"]), ok=True)]


def workers() -> list[Fact]:
    """The workers that answer within a second, and the queues that each works on."""
    # By a connection of its own, for it still waits for answers afterwards: in the pool whoever
    # closes it next would wait as well, and for ever where a fork has read the end of that wait.
    try:
        with app.connection_for_write(transport_options=_ASKING) as broker:
            inspect = app.control.inspect(timeout=INSPECT_SECONDS, connection=broker)
            answers = inspect.active_queues() or {}
    except Exception as error:  # noqa: BLE001  kombu raises the transport's own errors
        return [Fact("workers", f"the queue does not answer: {error}", ok=False)]
    return [
        Fact(name, ", ".join(sorted(entry["name"] for entry in entries)), ok=True)
        for name, entries in sorted(answers.items())
    ]


def sandboxes() -> list[Sandbox]:
    """The databases of WINNOW_DATABASES, each with its protections on this machine.

    Starts a sandbox child for each and ends it again: some tenths of a second.
    """
    return [_sandbox(name) for name in settings.WINNOW_DATABASES]


def _sandbox(name: str) -> Sandbox:
    try:
        database = databases.get(name)
        if problem := database.unavailable():
            return Sandbox(name, problem=problem)
        with SandboxPool(database, size=1) as pool:
            layers = pool.layers()
    except (KeyError, Unavailable, ImportError) as error:
        return Sandbox(name, problem=str(error))
    return Sandbox(
        name,
        layers=[
            # A database's version stands among its layers and is no protection.
            Fact(layer, str(state))
            if layer == "version"
            else Fact(layer, "active" if state is True else str(state), ok=state is True)
            for layer, state in layers.items()
        ],
    )
