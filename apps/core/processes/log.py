"""What the processes say, a line each with time and name: to the terminal, or to a file that turns.

A line that cannot be written is dropped and counted: a full disk ends nobody.
"""

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from apps.core import lines

TURN_BYTES = 20_000_000
# A line longer than this is cut into several: the pipes' buffers are bounded.
LINE_BYTES = 32_768
NAME_WIDTH = 9
_DROPPED = b"%d lines were dropped here"


def as_line(name: str, raw: bytes) -> bytes:
    """For people."""
    return f"{time.strftime('%H:%M:%S')} {name:<{NAME_WIDTH}} | ".encode() + raw + b"\n"


def as_json(name: str, raw: bytes) -> bytes:
    """For whoever collects logs: an object of a process of ours gets its name, any other line
    becomes an object."""
    if raw.startswith(b'{"time": ') and raw.endswith(b"}"):
        return b'{"process": %b, %b\n' % (json.dumps(name).encode(), raw[1:])
    told = {
        "process": name,
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "message": raw.decode("utf-8", "replace"),
    }
    return lines.as_line(json.dumps(told, ensure_ascii=False))


class Log:
    """Lines of `HH:MM:SS name | text`, or of JSON with `WINNOW_LOG_FORMAT=json`. With a `path` one
    older file is kept beside it as `….1`, so that both together stay below 2 × TURN_BYTES; the
    standard streams follow it."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._dropped = 0
        self._torn = False
        self._bytes = 0
        self._form = as_json if os.environ.get("WINNOW_LOG_FORMAT") == "json" else as_line
        if path:
            self._open(path)

    def line(self, name: str, text: str | bytes) -> None:
        """Write one line, or count it as dropped."""
        raw = text.encode("utf-8", "replace") if isinstance(text, str) else text
        if self._dropped and self._put(self._form(name, _DROPPED % self._dropped)):
            self._dropped = 0
        if self._dropped or not self._put(self._form(name, raw)):
            self._dropped += 1

    def _put(self, line: bytes) -> bool:
        """Whether all of it was written. What was begun is ended before the next line."""
        rest = b"\n" + line if self._torn else line
        try:
            if self._path and self._bytes > TURN_BYTES:
                self._turn(self._path)
            while rest:
                written = os.write(1, rest)
                self._bytes += written
                self._torn = written < len(rest)
                rest = rest[written:]
        except OSError:
            return False
        return True

    def _turn(self, path: Path) -> None:
        path.replace(path.with_name(f"{path.name}.1"))
        self._open(path)

    def _open(self, path: Path) -> None:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._bytes = os.fstat(file).st_size
        for stream in (1, 2):
            os.dup2(file, stream)
        os.close(file)


class Lines:
    """The whole lines of a stream that comes in pieces."""

    def __init__(self) -> None:
        self._rest = b""
        self.size = 0  # bytes of all pieces so far

    def add(self, piece: bytes) -> list[bytes]:
        """The lines that this piece ends, without their ends."""
        self.size += len(piece)
        *whole, self._rest = (self._rest + piece).split(b"\n")
        while len(self._rest) > LINE_BYTES:
            whole.append(self._rest[:LINE_BYTES])
            self._rest = self._rest[LINE_BYTES:]
        return [line.rstrip(b"\r") for line in whole]

    def end(self) -> list[bytes]:
        """What is left when the stream has ended."""
        rest, self._rest = self._rest, b""
        return [rest] if rest else []
