"""The application that the web server serves, with little patience: for tests that wait for it."""

from apps.asgi import in_threads
from apps.core.bodies import BodyGuard, Patience

application = BodyGuard(in_threads, Patience(seconds=4, bytes_per_second=50_000))
