"""A worker that is killed at one point after the other of its work; run by test_killed.py.

    python -m tests.exports.killing NUMBER…

Each number is an export's unit. The first is done by a process that gets SIGKILL at its first
point, the second one by a process that gets it at its second, and so on until one comes through;
after each, when its lease has run out, another process takes the unit over. A point is a statement
that is sent to the database, a file that is opened, moved or deleted, or a request by HTTP. Printed
is how many processes were killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta

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

    def __init__(self, last: int) -> None:
        self._left = last

    def at(self) -> None:
        self._left -= 1
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(self, event: str, given: tuple[object, ...]) -> None:
        if event in EVENTS and (event.startswith("http") or FOLDER in str(given[0])):
            self.at()

    def statement(self, do: Callable[..., object], *given: object) -> object:
        self.at()
        return do(*given)


def work(number: int, last: int = 0) -> None:
    from django.db import connection

    from worker.tasks import work as do

    if not last:
        do(number)
        return
    points = Points(last)
    sys.addaudithook(points.hear)
    with connection.execute_wrapper(points.statement):
        do(number)


def expire(number: int) -> None:
    from django.utils import timezone

    from apps.core.models import WorkUnit

    units = WorkUnit.objects.filter(pk=number, status=WorkUnit.Status.LEASED)
    units.update(lease_expires_at=timezone.now() - timedelta(seconds=1))


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
    # What is imported once is not imported in every process.
    import worker.exporting  # noqa: F401

    for killed, number in enumerate(map(int, sys.argv[1:])):
        ended = in_a_process(lambda n=number, last=killed + 1: work(n, last))  # type: ignore[misc]
        if not ended:
            print(killed)
            return
        if ended != -signal.SIGKILL:
            sys.exit(f"Unit {number} ended with {ended}.")
        if in_a_process(lambda n=number: (expire(n), work(n))[1]):  # type: ignore[misc]
            sys.exit(f"Unit {number} was not taken over.")
    sys.exit("No process came through: give more exports.")


if __name__ == "__main__":
    main()
