"""The log of the model server: kept small, and read from where the present start began."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

_KEEP_BYTES: Final = 20 * 1024 * 1024
_TAIL_BYTES: Final = 200_000


class ServerLog:
    """Appends to `path`; one older log is kept beside it as `….1`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._from = 0

    @contextmanager
    def opened(self) -> Iterator[IO[bytes]]:
        """The file that a new server writes to."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.path.exists() and self.path.stat().st_size > _KEEP_BYTES:
            self.path.rename(self.path.with_name(self.path.name + ".1"))
        descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as file:
            self._from = os.fstat(descriptor).st_size
            yield file

    def text(self) -> str:
        """What the server wrote since its start, at most the last 200 kB."""
        if not self.path.exists():
            return ""
        with self.path.open("rb") as file:
            file.seek(max(self._from, self.path.stat().st_size - _TAIL_BYTES))
            return file.read().decode("utf-8", "replace")

    def last_lines(self, count: int = 15) -> str:
        """The last lines that say something, each cut to 300 characters."""
        lines = [line.rstrip()[:300] for line in self.text().splitlines() if line.strip()]
        return "\n".join(lines[-count:])
