"""How to see that a process works, not only that it lives."""

import http.client
from urllib.parse import urlsplit

from apps.core.processes import telling
from apps.core.processes.spec import TELLS

# The supervisor waits so long for an answer, and for nothing else meanwhile.
ANSWER_SECONDS = 2.0


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


def is_ready(ready: str, told: int) -> bool:
    """Answer a ProcessSpec's `ready`; `told` is the descriptor that a process tells it by."""
    if ready == TELLS:
        return telling.has_told(told)
    return not ready.startswith("http://") or answers_http(ready)
