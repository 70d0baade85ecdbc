"""What runs in the child that reads large files; see apps.seeds.gathering.file_process.

It ends when its parent does, also in the middle of a file and when that was killed with -9.
"""

from __future__ import annotations

import os
import pickle
import resource
import sys
from pathlib import Path
from typing import IO

from apps.core.parent import die_with_parent
from apps.seeds.gathering import pipe

NO_MEMORY = 77  # exit code
STATM = Path("/proc/self/statm")


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Read files until the input ends. The memory limit is set anew for each."""
    from apps.seeds.gathering.extracting import read_bytes

    while head := requests.read(pipe.LENGTH.size):
        (length,) = pipe.LENGTH.unpack(head)
        work, memory, size = pickle.loads(requests.read(length))  # noqa: S301  from our parent
        _limit_memory(memory)
        try:
            answer = pickle.dumps(read_bytes(work, requests.read(size)), pickle.HIGHEST_PROTOCOL)
        except MemoryError:
            os._exit(NO_MEMORY)  # there may not even be the memory to say so
        pipe.send(answers, answer)


def _limit_memory(more: int) -> None:
    """So many bytes more than now. Where there is no proc(5) the kernel ignores such a limit."""
    if STATM.exists():
        resource.setrlimit(resource.RLIMIT_AS, (_address_space() + more, resource.RLIM_INFINITY))


def _address_space() -> int:
    """Bytes of this process's address space now (proc(5), statm)."""
    return int(STATM.read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")


def main(parent: int) -> None:
    """What `python -m apps.seeds.gathering.file_child PARENT_PID` does."""
    die_with_parent(parent)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
    import django

    django.setup()  # the settings of the choice come as objects of the app's modules
    answers = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # nothing that a library prints may come between the answers
    serve(os.fdopen(os.dup(0), "rb"), answers)


if __name__ == "__main__":
    main(int(sys.argv[1]))
