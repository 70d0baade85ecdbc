"""Which processes one machine runs, and what each needs."""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

from apps.core.embedded import EmbeddedError
from apps.core.embedded.state import port_is_free

ROOT = Path(__file__).resolve().parents[3]
FIRST_WEB_PORT = 8000
WEB_PORTS_TRIED = 100
EVERYWHERE = "0.0.0.0"  # noqa: S104
SERVICES = {"postgres": "DATABASE_URL", "valkey": "REDIS_URL"}
# The default of WINNOW_DATABASES: the databases that come with requirements.txt.
DATABASES = ("sqlite", "duckdb", "postgres")
SANDBOX = "apps.validation.databases.postgres_cluster"
SHORT_QUEUES = "ahead,label,webhook,validate,import,export,celery"
# Validation and gathering take what the GPU worker and the web process leave: their processor time
# is minutes, theirs is milliseconds that a person or a GPU waits for.
WORKER_NICENESS = 10
# What a killed worker held is sent again, so this need not cover the longest task.
WORKER_GRACE_SECONDS = 30.0


# How a spec's `ready` asks for a word of the process itself (telling.tell_ready).
TELLS = "tells"


@dataclass(frozen=True)
class ProcessSpec:
    """One process. Without a command it is the embedded service of its name.

    `ready` says how to see that it works: empty (it lives), an http:// address that answers, or
    TELLS. `needs` are processes that must be ready before it is started; `ends_after` those that
    must be gone before it is stopped. `address` is shown to people. `niceness`: by how much it
    stands back behind the others for processor time. `works_in`: processes that work for it while
    it starts, as the database does for a migration.
    """

    name: str
    command: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    ends_after: tuple[str, ...] = ()
    ready: str = ""
    grace_seconds: float = 10.0
    address: str = ""
    niceness: int = 0
    works_in: tuple[str, ...] = ()

    @property
    def module(self) -> tuple[str, ...]:
        """The module and its words, of a command that is `python -m` of this Python."""
        is_python = self.command[:2] == (sys.executable, "-m")
        return self.command[2:] if is_python else ()


def web_address() -> tuple[str, int]:
    """Host (`WINNOW_BIND`, else this machine only) and port (`WINNOW_PORT`, else 8000 or the
    next free one) of the web process.

    :raises EmbeddedError: the port that was asked for is taken, or none is free.
    """
    host = os.environ.get("WINNOW_BIND", "127.0.0.1")
    asked = os.environ.get("WINNOW_PORT")
    first = int(asked) if asked else FIRST_WEB_PORT
    for port in range(first, first + (1 if asked else WEB_PORTS_TRIED)):
        if port_is_free(port, host):
            return host, port
    raise EmbeddedError(f"Port {first} of {host} is taken; name another with WINNOW_PORT.")


def _worker(
    name: str, queues: str, needs: tuple[str, ...], *words: str, niceness: int = 0
) -> ProcessSpec:
    node = f"{name}@{socket.gethostname()}"
    command = ("-m", "celery", "-A", "worker.app", "worker", "-Q", queues, "-n", node)
    quiet = ("--without-gossip", "--without-mingle", "--loglevel", "INFO")
    return ProcessSpec(
        name=name,
        command=(sys.executable, *command, *quiet, *words),
        needs=needs,
        ready=TELLS,
        grace_seconds=WORKER_GRACE_SECONDS,
        niceness=niceness,
    )


def _web(needs: tuple[str, ...]) -> ProcessSpec:
    host, port = web_address()
    address = f"http://{'127.0.0.1' if host == EVERYWHERE else host}:{port}"
    return ProcessSpec(
        name="web",
        command=(sys.executable, "-m", "apps.core.web", host, str(port)),
        needs=needs,
        ready=f"{address}/",
        address=address,
        works_in=needs,
    )


def _sandbox(var: Path) -> tuple[ProcessSpec, ...]:
    """The PostgreSQL that responses are run on, unless they are not or it is elsewhere."""
    named = os.environ.get("WINNOW_DATABASES")
    databases = [name.strip() for name in named.split(",")] if named is not None else DATABASES
    if "postgres" not in databases or os.environ.get("WINNOW_SANDBOX_POSTGRES_URL"):
        return ()
    command = (sys.executable, "-m", SANDBOX, str(var / "sandbox-postgres"))
    return (ProcessSpec(name="sandbox", command=command, ends_after=("cpu", "short")),)


def machine(var: Path) -> tuple[ProcessSpec, ...]:
    """Everything that one machine runs. `DATABASE_URL` and `REDIS_URL` leave out the embedded
    service of their kind; the others wait for the web process, which migrates the database."""
    services = tuple(name for name, url in SERVICES.items() if not os.environ.get(url))
    needs = (*services, "web")
    beat = (sys.executable, "-m", "celery", "-A", "worker.app", "beat", "--loglevel", "WARNING")
    pid_file = ("--pidfile", "", "--schedule", str(var / "celerybeat-schedule"))
    others = (
        _web(services),
        _worker("cpu", f"gather,{SHORT_QUEUES}", needs, niceness=WORKER_NICENESS),
        # A chunk of files takes minutes: one process is never taken by them (some 200 MB).
        _worker("short", SHORT_QUEUES, needs, "--concurrency", "1", niceness=WORKER_NICENESS),
        _worker("gpu", "generate,judge", needs, "--pool", "threads", "--concurrency", "2"),
        ProcessSpec(name="scheduler", command=(*beat, *pid_file), needs=needs, ready=TELLS),
    )
    users = tuple(spec.name for spec in others)
    kept = tuple(ProcessSpec(name=name, ends_after=users) for name in services)
    return kept + _sandbox(var) + others
