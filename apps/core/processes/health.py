"""How to see that a process works, not only that it lives."""

import http.client
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from apps.core.embedded import service_urls

ANSWER_SECONDS = 5
PING_SECONDS = 20


def answers_http(address: str) -> bool:
    """Whether something answers there and does not say that it is broken (5xx)."""
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.netloc, timeout=ANSWER_SECONDS)
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def answers_ping(node: str) -> bool:
    """Whether the Celery worker takes orders. In a process of its own: Celery is heavy to keep."""
    command = [sys.executable, "-m", "apps.core.processes", "ping", node]
    done = subprocess.run(command, capture_output=True, timeout=PING_SECONDS, check=False)
    return done.returncode == 0


def ping(var: Path, node: str) -> bool:
    """Ask the worker over the broker; True when it says pong within a second."""
    from celery import Celery  # only this one command needs it

    app = Celery(broker=os.environ.get("REDIS_URL") or service_urls(var).redis_url)
    return bool(app.control.ping(destination=[node], timeout=1.0))


def is_ready(ready: str) -> bool:
    """Answer a ProcessSpec's `ready`."""
    if ready.startswith("http://"):
        return answers_http(ready)
    if ready.startswith("celery:"):
        return answers_ping(ready.removeprefix("celery:"))
    return True
