"""What the web server (granian) serves: the WSGI application in threads, behind a guard for the
bodies of requests."""

from __future__ import annotations

import resource

from apps.core.bodies import BodyGuard
from apps.core.threads import InThreads
from apps.wsgi import application as wsgi

# Of each web process: what is busy is the processor or the database, both long before these.
THREADS = 64


def _allow_connections() -> None:
    """As many open connections as the system lets this account have: waiting ones cost little,
    and at the usual 1,024 nobody else gets in."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


_allow_connections()
application = BodyGuard(InThreads(wsgi, threads=THREADS))
