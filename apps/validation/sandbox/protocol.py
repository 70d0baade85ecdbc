"""Messages between a worker and its sandbox child: length-prefixed JSON over two pipes.

JSON and not pickle: the child runs hostile SQL, so what it answers is only ever data.
"""

from __future__ import annotations

import json
import os
import select
import struct
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from apps.validation.values import Ended, Execution, Limits, ScriptJob, Table

Message = dict[str, Any]
_HEADER = struct.Struct(">I")
MAX_REQUEST_BYTES = 64 * 1024 * 1024


class Way(StrEnum):
    """How the jobs of a request are run: one alone; each in a transaction that is rolled back; or
    so in the session that the child keeps while requests come with the same place.
    """

    ALONE = "alone"
    UNDONE = "undone"
    STAYING = "staying"


class ChannelError(Exception):
    """The other side closed the pipe or sent something that is no message."""


class ChannelTimeout(ChannelError):
    """No whole message within the time allowed."""


def pack(message: Mapping[str, Any]) -> bytes:
    """The bytes of one message: four bytes of length (big endian), then ASCII JSON."""
    body = json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii")
    return _HEADER.pack(len(body)) + body


def send(descriptor: int, message: Mapping[str, Any], deadline: float | None = None) -> None:
    """Write one message, at the latest by `deadline` (monotonic seconds; None waits).

    With a deadline the descriptor must not block.
    """
    view = memoryview(pack(message))
    while view:
        if deadline is not None:
            _wait(descriptor, deadline, write=True)
        try:
            view = view[os.write(descriptor, view[:65536]) :]
        except BlockingIOError:
            continue
        except OSError as error:
            raise ChannelError("the sandbox process has closed its input") from error


def receive(descriptor: int, *, max_bytes: int, deadline: float | None = None) -> Message:
    """Read one message of at most `max_bytes`, at the latest by `deadline` (None waits)."""
    (size,) = _HEADER.unpack(_read_exactly(descriptor, _HEADER.size, deadline))
    if size > max_bytes:
        raise ChannelError(f"a message of {size} bytes, more than the {max_bytes} allowed")
    try:
        message = json.loads(_read_exactly(descriptor, size, deadline))
    except ValueError as error:
        raise ChannelError("a message that is no JSON") from error
    if not isinstance(message, dict):
        raise ChannelError("a message that is no JSON object")
    return message


def _read_exactly(descriptor: int, size: int, deadline: float | None) -> bytes:
    parts = bytearray()
    while len(parts) < size:
        if deadline is not None:
            _wait(descriptor, deadline, write=False)
        try:
            part = os.read(descriptor, min(size - len(parts), 1 << 20))
        except BlockingIOError:
            continue
        if not part:
            raise ChannelError("the sandbox process ended")
        parts += part
    return bytes(parts)


def _wait(descriptor: int, deadline: float, *, write: bool) -> None:
    remaining = deadline - time.monotonic()
    poller = select.poll()
    poller.register(descriptor, select.POLLOUT if write else select.POLLIN)
    if remaining <= 0 or not poller.poll(remaining * 1000):
        raise ChannelTimeout("no answer in time")


def job_to_message(job: ScriptJob) -> Message:
    """A job as plain JSON data."""
    limits = job.limits
    return {
        "setup": list(job.setup),
        "statements": list(job.statements),
        "probes": list(job.probes),
        "limits": {
            "seconds": limits.seconds,
            "memory_bytes": limits.memory_bytes,
            "output_bytes": limits.output_bytes,
            "rows": limits.rows,
            "cell_bytes": limits.cell_bytes,
        },
    }


def job_from_message(message: Message) -> ScriptJob:
    """The inverse of `job_to_message`; trusted, it comes from the worker."""
    return ScriptJob(
        setup=tuple(message["setup"]),
        statements=tuple(message["statements"]),
        probes=tuple(message["probes"]),
        limits=Limits(**message["limits"]),
    )


def executions_to_message(executions: Sequence[Execution]) -> Message:
    """What a child answers: an execution for every job of the request, in order."""
    return {"executions": [execution_to_message(execution) for execution in executions]}


def executions_from_message(message: Message, *, number: int) -> list[Execution]:
    """The inverse of `executions_to_message`, for a request of `number` jobs; hostile as well.

    Raises `ChannelError` when it is no such answer.
    """
    found = message.get("executions")
    if not isinstance(found, list) or len(found) != number:
        raise ChannelError("a message that is no answer to the request")
    return [execution_from_message(execution) for execution in found]


def execution_to_message(execution: Execution) -> Message:
    """An execution as plain JSON data."""
    return {
        "ended": execution.ended.value,
        "phase": execution.phase,
        "index": execution.index,
        "message": execution.message,
        "tables": [_table_to_message(table) for table in execution.tables],
        "probes": [_table_to_message(table) for table in execution.probes],
        "milliseconds": execution.milliseconds,
    }


def execution_from_message(message: Message) -> Execution:
    """The inverse of `execution_to_message`; hostile, so every field is checked.

    Raises `ChannelError` when it is no execution.
    """
    try:
        index = message["index"]
        return Execution(
            ended=Ended(message["ended"]),
            phase=str(message["phase"]),
            index=None if index is None else int(index),
            message=str(message["message"]),
            tables=tuple(_table_from_message(table) for table in message["tables"]),
            probes=tuple(_table_from_message(table) for table in message["probes"]),
            milliseconds=float(message["milliseconds"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ChannelError("a message that is no execution") from error


def _table_to_message(table: Table | None) -> Message | None:
    if table is None:
        return None
    return {
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
        "truncated": table.truncated,
    }


def _table_from_message(message: Message | None) -> Table | None:
    if message is None:
        return None
    rows = tuple(tuple(row) for row in message["rows"])
    for row in rows:
        for cell in row:
            if not (cell is None or isinstance(cell, bool | int | float | str)):
                raise TypeError("a cell that is no scalar")
    columns = tuple(str(column) for column in message["columns"])
    return Table(columns=columns, rows=rows, truncated=bool(message["truncated"]))
