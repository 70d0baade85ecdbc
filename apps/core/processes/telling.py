"""How a process of ours tells its supervisor that it is ready: one byte into a pipe."""

import os

DESCRIPTOR = "WINNOW_READY"


def tell_ready() -> None:
    """Say it, once; without a supervisor (a worker on another machine) nothing is done."""
    descriptor = os.environ.pop(DESCRIPTOR, "")
    if descriptor:
        os.write(int(descriptor), b"1")
        os.close(int(descriptor))


def has_told(descriptor: int) -> bool:
    """Whether the process at the other end has said it."""
    try:
        return os.read(descriptor, 1) == b"1"
    except BlockingIOError:
        return False
