"""What no attack may reach: a file, a folder, a TCP port and a neighbour's rows."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECRET = "canary-3f9a41c7-secret"


@dataclass
class Canaries:
    """Set up by `singing`; `reached` says what an attack got at."""

    folder: Path
    port: int
    connections: list[object] = field(default_factory=list)

    @property
    def file(self) -> Path:
        """A file that everybody may read and write, as far as its permissions go."""
        return self.folder / "canary.txt"

    def places(self) -> dict[str, str]:
        """What scripts call them."""
        return {
            "canary_file": str(self.file),
            "folder": str(self.folder),
            "port": str(self.port),
        }

    def reached(self, said: str) -> list[str]:
        """What was read, written or reached; `said` is all that an attack was answered."""
        found = []
        if SECRET in said:
            found.append("read a secret")
        if self.file.read_text() != SECRET:
            found.append("wrote to the canary file")
        if sorted(path.name for path in self.folder.iterdir()) != ["canary.txt"]:
            found.append("made a file")
        if self.connections:
            found.append("connected to the canary port")
        return found


@contextlib.contextmanager
def singing(folder: Path) -> Iterator[Canaries]:
    """Canaries in `folder`, opened to every user, so that only the sandbox protects them."""
    listener = socket.create_server(("127.0.0.1", 0))
    canaries = Canaries(folder, listener.getsockname()[1])
    canaries.file.write_text(SECRET)
    canaries.file.chmod(0o666)
    for path in (folder, *folder.parents):
        if path.stat().st_uid == os.getuid() and path != Path("/tmp") and path != Path("/"):
            path.chmod(
                path.stat().st_mode | 0o077 if path == folder else path.stat().st_mode | 0o011
            )

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                canaries.connections.append(listener.accept())

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield canaries
    finally:
        listener.close()
