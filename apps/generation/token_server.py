"""A model server's own tokenizer, over HTTP. What it answers is another program's: bounded."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.conf import settings

from apps.core.certificates import trusted

SECONDS = 3.0
MOST_BYTES = 4 * 1024 * 1024
_INTERFACE = re.compile(r"/v[0-9][0-9a-z.]*(?:/[a-z/]*)?\Z", re.IGNORECASE)


class NotSaidError(Exception):
    """The server has no such page, or it says nothing that can be read."""


def counted_by_server(texts: Sequence[str], *, url: str, model: str) -> tuple[int, ...]:
    """The tokens of texts by `/tokenize` of vLLM (`count`) or llama.cpp (`tokens`). Raises
    NotSaidError.
    """
    try:
        return _counted(texts, url, model)
    except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotSaidError(str(error)) from error


def counted_by_server_of(
    model: str, texts: Sequence[str], *, url: str, key: str
) -> tuple[int, ...]:
    """The same by the server at an address, where it is one of that model. Raises NotSaidError."""
    try:
        with _client(url, key) as client:
            served = [each["id"] for each in _said(client, "GET", f"{url}/v1/models")["data"]]
            if model not in served:
                raise NotSaidError(f"it serves {', '.join(map(str, served))[:200]}")
            return tuple(_asked(client, f"{url}/tokenize", model, text) for text in texts)
    except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise NotSaidError(str(error)) from error


def _counted(texts: Sequence[str], url: str, model: str) -> tuple[int, ...]:
    # Of several servers of one model the first.
    root = _INTERFACE.sub("", url.partition(",")[0].strip().rstrip("/"))
    with _client(root, settings.WINNOW_MODEL_API_KEY) as client:
        return tuple(_asked(client, f"{root}/tokenize", model, text) for text in texts)


def _client(root: str, key: str) -> httpx.Client:
    # What no header can hold would be told with the error, and shown on a page.
    key = key.strip() if key.isascii() and key.strip().isprintable() else ""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return httpx.Client(
        timeout=SECONDS, headers=headers, trust_env=not _is_here(root), verify=trusted()
    )


def _asked(client: httpx.Client, url: str, model: str, text: str) -> int:
    body = {"model": model, "prompt": text, "content": text}
    said = _said(client, "POST", url, body)
    return int(said["count"]) if "count" in said else len(said["tokens"])


def _said(client: httpx.Client, method: str, url: str, body: dict[str, str] | None = None) -> Any:
    """The JSON that the server answers, within bounds."""
    read = bytearray()
    with client.stream(method, url, json=body) as reply:
        reply.raise_for_status()
        for chunk in reply.iter_bytes():
            read += chunk
            if len(read) > MOST_BYTES:
                raise ValueError("the server's answer is too large")
    return json.loads(bytes(read))


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
