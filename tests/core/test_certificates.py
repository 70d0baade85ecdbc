"""The machine's certificates are read once, for all clients of model servers."""

import httpx
import pytest

from apps.core.certificates import trusted
from apps.generation.token_server import NotSaidError, counted_by_server


def test_they_are_read_once_however_many_texts_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[None] = []
    make = httpx.create_ssl_context
    monkeypatch.setattr(httpx, "create_ssl_context", lambda: read.append(None) or make())
    trusted.cache_clear()
    for _ in range(3):
        with pytest.raises(NotSaidError):
            counted_by_server(["SELECT 1"], url="http://127.0.0.1:1", model="tiny")
    assert len(read) == 1
