"""A child process that reads large files, one after the other, and is killed when one is too much.

Started at the first large file and kept. It speaks over its standard streams: a pickled request
with the length of the file, then the file's bytes; back comes the pickled result. It ends when
its parent does, also in the middle of a file and when that was killed with -9.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from django.conf import settings as django_settings

from apps.core.parent import die_with_parent

if TYPE_CHECKING:
    from apps.seeds.extraction.chain import ExtractionSettings
    from apps.seeds.gathering.storing import ReadFile

TIME_LIMIT, MEMORY_LIMIT, CRASHED = "time_limit", "memory_limit", "parser_crashed"
_LENGTH = struct.Struct("<Q")
_PIECE = 1 << 20
NO_MEMORY = 77  # exit code of the child
STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Limits:
    """For one file: seconds, and bytes of memory beside twice its own size."""

    seconds: float
    memory: int


@dataclass(frozen=True, slots=True)
class Read:
    """What is to be read: `file` says where it is from and takes what is found."""

    file: ReadFile
    encoding_hint: str
    settings: ExtractionSettings
    seeds_per_file: int


class FileProcess:
    """The child as its parent sees it. Close it when the chunk is done, or let the parent end."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> FileProcess:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the child, whatever it does."""
        if self._child is None:
            return
        child, self._child = self._child, None
        child.kill()
        child.wait()
        for stream in (child.stdin, child.stdout):
            if stream:
                with suppress(OSError):
                    stream.close()

    def read(self, work: Read, data: bytes, limits: Limits) -> ReadFile:
        """The file with its seeds; or with the reason why the child was killed or fell over it."""
        child = self._started()
        assert child.stdin and child.stdout
        deadline = time.monotonic() + limits.seconds
        timer = threading.Timer(limits.seconds, child.kill)
        timer.start()
        try:
            request = (work, limits.memory + 2 * len(data), len(data))
            _send(child.stdin, pickle.dumps(request, pickle.HIGHEST_PROTOCOL))
            _write(child.stdin, data)
            file: ReadFile = _receive(child.stdout)
            return file
        except (OSError, EOFError):
            late = time.monotonic() >= deadline
            reason = TIME_LIMIT if late else _why_dead(child)
        finally:
            timer.cancel()
        self.close()
        return _failed(work.file, reason, limits)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "apps.seeds.gathering.file_process", str(os.getpid())],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=django_settings.BASE_DIR,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is the parent's matter
            )
        return self._child


def _why_dead(child: subprocess.Popen[bytes]) -> str:
    """Libraries in C and Rust abort when there is no memory left."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(timeout=5)
    return MEMORY_LIMIT if child.poll() in (NO_MEMORY, -signal.SIGABRT) else CRASHED


def _failed(file: ReadFile, reason: str, limits: Limits) -> ReadFile:
    told = {
        TIME_LIMIT: f"It took longer than {limits.seconds:g} s; raise --file-seconds to wait.",
        MEMORY_LIMIT: f"It took more than {limits.memory:,} bytes of memory beside its own size;"
        " raise --file-memory to allow more.",
        CRASHED: "The process that read it died. Nothing of it was kept.",
    }
    return replace(file, reason=reason, message=told[reason])


def _send(stream: IO[bytes], packed: bytes) -> None:
    _write(stream, _LENGTH.pack(len(packed)))
    _write(stream, packed)


def _write(stream: IO[bytes], data: bytes) -> None:
    """All of it: an unbuffered pipe takes as much as it has room for."""
    view = memoryview(data)
    while view:
        view = view[stream.write(view[:_PIECE]) :]


def _receive(stream: IO[bytes]) -> Any:
    (length,) = _LENGTH.unpack(_exactly(stream, _LENGTH.size))
    return pickle.loads(_exactly(stream, length))  # noqa: S301  from our own child or parent


def _exactly(stream: IO[bytes], length: int) -> bytes:
    pieces = bytearray()
    while len(pieces) < length:
        select.select([stream], [], [])
        piece = stream.read(min(_PIECE, length - len(pieces)))
        if not piece:
            raise EOFError
        pieces += piece
    return bytes(pieces)


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Read files until the input ends. The memory limit is set anew for each."""
    from apps.seeds.gathering.reading_files import read_bytes

    while head := requests.read(_LENGTH.size):
        (length,) = _LENGTH.unpack(head)
        work, memory, size = pickle.loads(requests.read(length))  # noqa: S301  from our parent
        _limit_memory(memory)
        try:
            answer = pickle.dumps(read_bytes(work, requests.read(size)), pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            os._exit(NO_MEMORY)  # there may not even be the memory to say so
        _send(answers, answer)


def _limit_memory(more: int) -> None:
    """So many bytes more than now. Where there is no proc(5) the kernel ignores such a limit."""
    if STATM.exists():
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + more, resource.RLIM_INFINITY))


def _address_space() -> int:
    """Bytes of this process's address space now (proc(5), statm)."""
    return int(STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def main(parent: int) -> None:
    """What `python -m apps.seeds.gathering.file_process PARENT_PID` does."""
    die_with_parent(parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
    import django

    django.setup()  # the settings of the choice come as objects of the app's modules
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # nothing that a library prints may come between the answers
    serve(os.fdopen(os.dup(0), "rb"), answers)


if __name__ == "__main__":
    main(int(sys.argv[1]))
