"""A worker that is killed at one point after the other of its work; run by test_killed.py.

    python -m tests.exports.killing STEP NUMBER…

Each number is an export's unit. The first is done by a process that gets SIGKILL at its first
point, the second one by a process that gets it STEP points later, and so on until one comes
through. A point is a statement that is sent to the database, a file that is opened, moved or
deleted, or a request by HTTP. With a bucket they are counted from the first request on: what comes
before is as it is without one. Printed is how many processes were killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

import django

EVENTS = (
    "open",
    "os.rename",
    "os.mkdir",
    "os.remove",
    "os.rmdir",
    "os.scandir",
    "http.client.send",
)
FOLDER = os.environ["WINNOW_VAR"]


class Points:
    """Counts points, and ends this process at one of them."""

    def __init__(self, last: int, *, from_a_request: bool) -> None:
        self._left, self._counts = last, not from_a_request

    def at(self) -> None:
        if not self._counts:
            return
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, event: str, given: tuple[object, ...]) -> None:
        if event in EVENTS and (event.startswith("http") or FOLDER in str(given[0])):
            self._counts = self._counts or event.startswith("http")
            self.at()

    def statement(self, do: Callable[..., object], *given: object) -> object:
        self.at()
        return do(*given)


def work(number: int, last: int) -> None:
    from django.db import connection

    from apps.core import storage
    from worker.tasks import work as do

    points = Points(last, from_a_request=storage.is_shared())
    # The parent's client, which has not asked for anything yet: to make one takes longer than most
    # of what is done here.
    for name, ((_, wanted), bucket) in vars(storage._kept).items():
        setattr(storage._kept, name, ((os.getpid(), wanted), bucket))
    sys.addaudithook(points.hear)
    with connection.execute_wrapper(points.statement):
        do(number)


def in_a_process(do: Callable[[], None]) -> int:
    """Do it in a process of its own, with connections of its own; how it ended."""
    child = os.fork()
    if not child:
        try:
            do()
        except BaseException:  # noqa: BLE001  said, and the exit code says it too
            sys.excepthook(*sys.exc_info())
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    django.setup()
    # What is imported once is not imported in every process; Celery makes tasks when they are named.
    import redis  # noqa: F401

    import worker.exporting  # noqa: F401
    from apps.core import storage
    from worker import tasks

    assert tasks.work.name

    if storage.is_shared():  # boto3 imports a part of itself with the first client
        _ = storage.storage("exports").connection.meta.client  # type: ignore[attr-defined]

    step, *numbers = map(int, sys.argv[1:])
    for killed, number in enumerate(numbers):
        ended = in_a_process(lambda n=number, last=1 + step * killed: work(n, last))  # type: ignore[misc]
        if not ended:
            print(killed)
            return
        if ended != -signal.SIGKILL:
            sys.exit(f"Unit {number} ended with {ended}.")
    sys.exit("No process came through: give more exports.")


if __name__ == "__main__":
    main()
