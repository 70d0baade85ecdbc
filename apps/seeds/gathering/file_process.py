"""A child process that reads large files, one after the other, and is killed when one is too much.

Started at the first large file and kept. It speaks over its standard streams: a pickled request
with the length of the file, then the file's bytes; back comes the pickled result. It ends when
its parent does, also in the middle of a file and when that was killed with -9.
"""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace

from django.conf import settings as django_settings

from apps.seeds.gathering.file_child import NO_MEMORY
from apps.seeds.gathering.files import CRASHED, Limits, Read, ReadFile
from apps.seeds.gathering.pipe import receive, send, write

TIME_LIMIT, MEMORY_LIMIT = "time_limit", "memory_limit"


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
            send(child.stdin, pickle.dumps(request, pickle.HIGHEST_PROTOCOL))
            write(child.stdin, data)
            file: ReadFile = receive(child.stdout)
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
                [sys.executable, "-m", "apps.seeds.gathering.file_child", str(os.getpid())],
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
