"""Both services for the length of a `with` block."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from apps.core.embedded import service, state
from apps.core.embedded.postgres import Postgres
from apps.core.embedded.urls import ServiceUrls, postgres_url, valkey_url
from apps.core.embedded.valkey import Valkey


@contextmanager
def running(
    var: Path, *, durable: bool = True, dies_with_parent: bool = True
) -> Iterator[ServiceUrls]:
    """Start PostgreSQL and Valkey below `var`, yield their URLs, stop them.

    Logs go to `var/log/`. The environment's `DATABASE_URL` and `REDIS_URL` are not looked at.

    :raises EmbeddedError: an instance runs there already, or a service does not start.
    """
    with ExitStack() as stack:
        stack.enter_context(state.only_instance(var))
        logs = state.make_private(var / "log")
        services: list[service.Service] = [
            Postgres(var, durable, dies_with_parent),
            Valkey(var, durable, dies_with_parent),
        ]
        for each in services:
            process = service.start(each, logs / f"{each.name}.log")
            stack.callback(service.stop, each, process)
        yield ServiceUrls(database_url=postgres_url(var), redis_url=valkey_url(var))
