"""How many tokens a prompt has: by the model's own tokenizer where it can be asked, else about."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from django.conf import settings

# Of SQL and English with the tokenizers of code models; only said where nobody can be asked.
CHARACTERS = 3.5
SECONDS = 3.0
MOST_BYTES = 4 * 1024 * 1024
MOST_FILE_BYTES = 64 * 1024 * 1024
_INTERFACE = re.compile(r"/v[0-9][0-9a-z.]*(?:/[a-z/]*)?\Z", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """The tokens of some texts, in their order; `how` says who counted."""

    counts: tuple[int, ...]
    how: str
    is_exact: bool = True


def count_tokens(texts: Sequence[str], *, engine: str, model: str) -> TokenCounts:
    """The server's own count where one runs already, else that of a tokenizer file in the model's
    folder, else an estimate that says so.
    """
    if engine == "url" and settings.WINNOW_MODEL_URL:
        try:
            return _by_server(texts, settings.WINNOW_MODEL_URL, model)
        except (httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError) as error:
            return _about(texts, f"the server was asked and did not say: {str(error)[:200]}")
    file = Path(model) / "tokenizer.json"
    if model and file.is_file() and file.stat().st_size <= MOST_FILE_BYTES:
        return _by_file(texts, file)
    return _about(texts, "no tokenizer of the model is at hand")


def _about(texts: Sequence[str], why: str) -> TokenCounts:
    counts = tuple(round(len(text) / CHARACTERS) for text in texts)
    return TokenCounts(counts, f"estimated at {CHARACTERS} characters a token; {why}", False)


def _by_file(texts: Sequence[str], file: Path) -> TokenCounts:
    from tokenizers import Tokenizer  # loads a library of its own: not for who counts nothing

    try:
        tokenizer = Tokenizer.from_file(str(file))
    except Exception as error:  # noqa: BLE001  it raises nothing narrower
        return _about(texts, f"{file} cannot be read: {str(error)[:200]}")
    return TokenCounts(tuple(len(tokenizer.encode(text).ids) for text in texts), f"by {file}")


def _by_server(texts: Sequence[str], url: str, model: str) -> TokenCounts:
    """By `/tokenize` of vLLM (`count`) or llama.cpp (`tokens`)."""
    root = _INTERFACE.sub("", url.strip().rstrip("/"))
    key = settings.WINNOW_MODEL_API_KEY
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    with httpx.Client(timeout=SECONDS, headers=headers, trust_env=not _is_here(root)) as client:
        counts = tuple(_asked(client, f"{root}/tokenize", model, text) for text in texts)
    return TokenCounts(counts, "counted by the model server")


def _asked(client: httpx.Client, url: str, model: str, text: str) -> int:
    body = {"model": model, "prompt": text, "content": text}
    read = bytearray()
    with client.stream("POST", url, json=body) as reply:
        reply.raise_for_status()
        for chunk in reply.iter_bytes():
            read += chunk
            if len(read) > MOST_BYTES:
                raise ValueError("the answer of /tokenize is too large")
    said = json.loads(bytes(read))
    return int(said["count"]) if "count" in said else len(said["tokens"])


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
