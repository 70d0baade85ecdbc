"""The certificates that this machine trusts, read once."""

from __future__ import annotations

import ssl
from functools import lru_cache

import httpx


@lru_cache(maxsize=1)
def trusted() -> ssl.SSLContext:
    """For every client of a model server: reading them takes as long as a hundred requests."""
    return httpx.create_ssl_context()
