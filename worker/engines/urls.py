"""Addresses of model servers and how to speak to them."""

import ipaddress
from typing import TypedDict
from urllib.parse import urlsplit


class HttpOptions(TypedDict):
    """Arguments that every HTTP client of a model server is made with."""

    headers: dict[str, str]
    trust_env: bool


def server_root(url: str) -> str:
    """The root of a server's address: `http://host:8000/v1/` becomes `http://host:8000`."""
    root = url.rstrip("/").removesuffix("/v1")
    parts = urlsplit(root)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address of a model server; write http://host:port")
    return root


def http_options(url: str, *, api_key: str) -> HttpOptions:
    """Headers and proxy rule: a server on this machine is never asked through a proxy."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    return HttpOptions(headers=headers, trust_env=not _is_loopback(urlsplit(url).hostname or ""))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
