"""The web process of one machine: `python -m apps.core.web HOST PORT [APPLICATION]`."""

from __future__ import annotations

import os
import sys

import django
from django.db import connections
from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from granian.http import HTTP1Settings

from apps.core import metrics
from apps.core.embedded import default_var

APPLICATION = "apps.asgi:application"
WORKERS = 2
BACKLOG = 4096
HEADER_MILLISECONDS = 15_000


def serve(host: str, port: int, application: str = APPLICATION) -> None:
    """Prepare the database and the static files where they need it, then answer until the end."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
    metrics.begin(default_var(), os.environ)
    django.setup()
    from apps.core.preparing import prepare  # it needs the applications to be ready

    prepare()
    connections.close_all()  # what is forked next must not share them
    server = Granian(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        # A request goes to its thread and back by the loop: less of a label by a twentieth.
        loop=Loops.uvloop,
        websockets=False,
        workers=WORKERS,
        # Where it must first be seen which HTTP is spoken, who says nothing is waited for for ever.
        http=HTTPModes.http1,
        # Without these, headers may come as slowly as they like.
        http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS),
        # Connections that may be open at once: those that wait for a slow sender are many.
        backlog=BACKLOG,
        backpressure=BACKLOG // WORKERS,
        respawn_failed_workers=True,
        respawn_interval=0.5,
    )
    server.serve()


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
