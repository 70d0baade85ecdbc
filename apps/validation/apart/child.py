"""The program inside: `python -m apps.validation.apart.child SECONDS`.

Takes pickled tasks from its input, one after the other, and answers each with a pickle: (True,
result) or (False, error). A task may use SECONDS of processor time, then the kernel ends the
process: neither a pattern nor a parser that does not come back can hold anything up, and a busy
machine changes nothing. It ends when its input does.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import sys
from collections.abc import Callable
from typing import IO, Any

from apps.validation.judging.plan import translate_reading
from apps.validation.judging.tools import alter
from apps.validation.reading import read_response

MEMORY_BYTES = 2 * 1024**3
TASKS: dict[str, Callable[..., Any]] = {
    "read": read_response,
    "alter": alter,
    "translate": translate_reading,
}


def main(seconds: float) -> None:
    """Answer tasks until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    tasks, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # What anything prints must not get between the answers.
    os.dup2(2, 1)
    while (answer := next_answer(tasks, seconds)) is not None:
        answers.write(answer)
        answers.flush()


def next_answer(tasks: IO[bytes], seconds: float) -> bytes | None:
    """Do the next task within its bound; None when there is none."""
    try:
        name, args, named = pickle.load(tasks)  # noqa: S301  the worker's own
    except EOFError:
        return None
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        return pickle.dumps((True, TASKS[name](*args, **named)))
    except Exception as error:  # noqa: BLE001  the worker says whose response did it
        return pickle.dumps((False, _portable(error)))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _portable(error: Exception) -> Exception:
    """The error, or one that says the same where it cannot be sent."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:  # noqa: BLE001  its class decides what goes wrong here
        return RuntimeError(f"{type(error).__name__}: {error}"[:2000])
    return error


if __name__ == "__main__":
    main(float(sys.argv[1]))
