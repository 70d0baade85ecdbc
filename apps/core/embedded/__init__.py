"""PostgreSQL and Valkey of one machine: from wheels, in `var/`, without root, Docker or apt.

Nothing here imports Django: the settings, the test plugin and the process keeper all stand on it.
"""

from apps.core.embedded.errors import EmbeddedError
from apps.core.embedded.postgres import Postgres
from apps.core.embedded.running import running
from apps.core.embedded.service import Service
from apps.core.embedded.state import default_var
from apps.core.embedded.urls import ServiceUrls, service_urls, urls
from apps.core.embedded.valkey import Valkey

__all__ = [
    "EmbeddedError",
    "Postgres",
    "Service",
    "ServiceUrls",
    "Valkey",
    "default_var",
    "running",
    "service_urls",
    "urls",
]
