"""Addresses of model servers and how to speak to them."""

import ipaddress
import re
from typing import Final, TypedDict
from urllib.parse import urlsplit

_ENDPOINTS: Final = ("/chat/completions", "/completions", "/models")
_VERSION: Final = re.compile(r"/v[0-9][0-9a-z.]*\Z", re.IGNORECASE)


class HttpOptions(TypedDict):
    """Arguments that every HTTP client of a model server is made with."""

    headers: dict[str, str]
    trust_env: bool


def api_base(url: str) -> str:
    """Where a server's interface begins, from an address of any of its pages.

    `http://host:8000`, `…/v1/` and `…/v1/chat/completions` all give `http://host:8000/v1`; a path
    that ends in a version of its own is kept (`https://host/api/paas/v4`). Raises ValueError.
    """
    base = url.strip().rstrip("/")
    for endpoint in _ENDPOINTS:
        base = base.removesuffix(endpoint)
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address of a model server; write http://host:port")
    return base if _VERSION.search(parts.path) else f"{base}/v1"


def server_root(url: str) -> str:
    """The root of a server's address, where `/health` and `/metrics` are: `api_base` without its
    version. Raises ValueError.
    """
    return _VERSION.sub("", api_base(url))


def only_chats(url: str) -> bool:
    """Whether an address names the chat endpoint itself."""
    return url.strip().rstrip("/").endswith("/chat/completions")


def http_options(url: str, *, api_key: str) -> HttpOptions:
    """Headers and proxy rule: a server on this machine is never asked through a proxy."""
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    return HttpOptions(headers=headers, trust_env=not _is_loopback(urlsplit(url).hostname or ""))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
