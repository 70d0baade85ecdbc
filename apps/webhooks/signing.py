"""Signatures of Standard Webhooks, version 1
(https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

_PREFIX = "whsec_"


def new_secret() -> str:
    """A random secret of 32 bytes, as receivers' libraries take it: whsec_ and Base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signatures(*, keys: Iterable[str], message: str, timestamp: int, body: bytes) -> str:
    """The header webhook-signature: one signature of each secret, a space between them.

    message: its webhook-id; timestamp: of this attempt, in seconds since 1970.
    """
    signed = f"{message}.{timestamp}.".encode() + body
    return " ".join(f"v1,{_signature(key, signed)}" for key in keys)


def _signature(key: str, signed: bytes) -> str:
    raw = base64.b64decode(key.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(raw, signed, hashlib.sha256).digest()).decode()
