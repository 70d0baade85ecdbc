"""Addresses of model servers and how to speak to them."""

import ipaddress
import re
from typing import Final, TypedDict
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from worker.engines.errors import EngineSetupError

_ENDPOINTS: Final = ("/chat/completions", "/completions", "/models")
_VERSION: Final = re.compile(r"/v[0-9][0-9a-z.]*\Z", re.IGNORECASE)
_HAS_VERSION: Final = re.compile(r"/v[0-9][0-9a-z.]*(?=/|\Z)", re.IGNORECASE)


class HttpOptions(TypedDict):
    """Arguments that every HTTP client of a model server is made with."""

    headers: dict[str, str]
    trust_env: bool


def api_base(url: str) -> str:
    """Where a server's interface begins, from an address of any of its pages.

    `http://host:8000`, `…/v1/` and `…/v1/chat/completions` all give `http://host:8000/v1`; a path
    with a version of its own is kept (`https://host/api/paas/v4`, `https://host/v1beta/openai`),
    and so is whatever stands before an endpoint. Raises ValueError.
    """
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address of a model server; write http://host:port")
    base = whole = urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))
    for endpoint in _ENDPOINTS:
        base = base.removesuffix(endpoint)
    is_told = base != whole or _HAS_VERSION.search(urlsplit(base).path)
    return base if is_told else f"{base}/v1"


def shown(url: str) -> str:
    """An address as messages name it: without the name, password and query that it may hold."""
    parts = urlsplit(url.strip())
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def query_of(url: str) -> dict[str, str]:
    """What an address wants with every request (`?api-version=…`)."""
    return dict(parse_qsl(urlsplit(url.strip()).query))


def server_root(url: str) -> str:
    """The root of a server's address, where `/health` and `/metrics` are: `api_base` without its
    version. Raises ValueError.
    """
    return _VERSION.sub("", api_base(url))


def only_chats(url: str) -> bool:
    """Whether an address names the chat endpoint itself."""
    return urlsplit(url.strip()).path.rstrip("/").endswith("/chat/completions")


def http_options(url: str, *, api_key: str) -> HttpOptions:
    """Headers and proxy rule: a server on this machine is never asked through a proxy. Raises
    EngineSetupError for a key that no header can hold; a line end behind it is none of it.
    """
    key = api_key.strip()
    if not all("!" <= char <= "~" for char in key):
        raise EngineSetupError("The API key of the model server has characters that no key has.")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    return HttpOptions(headers=headers, trust_env=not _is_loopback(urlsplit(url).hostname or ""))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
