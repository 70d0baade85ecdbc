"""The application that the web server serves, with little patience: for tests that wait for it."""

from apps.asgi import THREADS
from apps.core.bodies import BodyGuard, Patience
from apps.core.threads import InThreads
from apps.wsgi import application as wsgi

application = BodyGuard(
    InThreads(wsgi, threads=THREADS, reading_seconds=4),
    Patience(seconds=4, bytes_per_second=50_000),
)
