"""Rendered parts, kept in this process by the hash of what they were made of."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b

from django.utils.safestring import SafeString

# Characters of HTML that one process keeps: the parts of some thousand pairs.
MOST_CHARACTERS = 16_000_000


class Kept:
    """A bounded store of HTML; what was not asked for the longest goes first."""

    def __init__(self, most: int = MOST_CHARACTERS) -> None:
        self._most = most
        self._size = 0
        self._parts: OrderedDict[bytes, SafeString] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, made_of: str, make: Callable[[], SafeString]) -> SafeString:
        """The part made of this, made now where it is not kept."""
        key = blake2b(made_of.encode("utf-8", "surrogatepass"), digest_size=24).digest()
        with self._lock:
            found = self._parts.get(key)
            if found is not None:
                self._parts.move_to_end(key)
                return found
        made = make()
        with self._lock:
            self._size += len(made) - len(self._parts.pop(key, ""))
            self._parts[key] = made
            while self._size > self._most:
                _, gone = self._parts.popitem(last=False)
                self._size -= len(gone)
        return made


parts = Kept()
