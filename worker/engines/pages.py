"""One page of a model server, read in part only: it is another program's."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import httpx

from apps.core.certificates import trusted
from worker.engines.urls import http_options

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a page that is no completion: a list of models, metrics, a version."""


@dataclass(frozen=True, slots=True)
class Page:
    """Status, what was read of the body, and where a redirection points to."""

    status: int
    body: bytes
    location: str = ""


def page(url: str, *, api_key: str, seconds: float) -> Page:
    """Get a page; what is too large or too slow is cut off. Raises `httpx.TransportError`."""
    until = time.monotonic() + seconds
    options = http_options(url, api_key=api_key)
    with (
        httpx.Client(timeout=seconds, verify=trusted(), **options) as client,
        client.stream("GET", url) as reply,
    ):
        read = bytearray()
        try:
            for chunk in reply.iter_bytes():
                read += chunk
                if len(read) > MOST_BYTES or time.monotonic() > until:
                    break
        except httpx.DecodingError:
            read.clear()
        location = reply.headers.get("Location", "")[:300]
        return Page(reply.status_code, bytes(read[:MOST_BYTES]), location)
