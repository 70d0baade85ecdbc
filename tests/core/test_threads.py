"""WSGI in threads behind ASGI: whole answers and streams, bodies, errors, in their order."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from apps.core.threads import InThreads

Start = Callable[..., Any]
SCOPE = {
    "type": "http", "method": "POST", "path": "/x", "query_string": b"a=1", "http_version": "1.1",
    "headers": [(b"content-length", b"6"), (b"host", b"here")],
}  # fmt: skip


class Whole(list[bytes]):
    """As Django's HttpResponse: its parts are all there."""

    streaming = False
    closed = 0

    def close(self) -> None:
        self.closed += 1


def asked(application: Any, *bodies: tuple[bytes, bool]) -> list[dict[str, Any]]:
    """What is sent for a request whose body comes in these parts."""
    sent: list[dict[str, Any]] = []
    parts = iter(bodies or [(b"", False)])

    async def receive() -> dict[str, Any]:
        body, more = next(parts)
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    asyncio.run(InThreads(application, threads=2)(SCOPE, receive, send))
    return sent


def test_a_whole_answer_is_one_message_behind_its_start_and_is_closed() -> None:
    answer, seen = Whole([b"one ", b"two"]), []

    def application(environ: dict[str, Any], start: Start) -> Whole:
        seen.append((threading.current_thread().name[:4], environ["wsgi.input"].read(6)))
        start("201 Created", [("X-A", "b")])
        return answer

    sent = asked(application, (b"body", True), (b"42", False))
    assert seen == [("WSGI", b"body42")] and answer.closed == 1
    assert sent == [
        {"type": "http.response.start", "status": 201, "headers": [(b"x-a", b"b")]},
        {"type": "http.response.body", "body": b"one two", "more_body": False},
    ]


def test_a_stream_is_sent_part_by_part() -> None:
    closed = []

    def application(environ: dict[str, Any], start: Start) -> Iterator[bytes]:
        start("200 OK", [])
        try:
            yield from (str(number).encode() for number in range(50))
        finally:
            closed.append(True)

    sent = asked(application)
    assert [one["type"][14:] for one in sent] == ["start"] + ["body"] * 51
    assert [one["body"] for one in sent[1:-1]] == [str(number).encode() for number in range(50)]
    assert not sent[-1]["more_body"] and sent[-1]["body"] == b"" and closed == [True]


def test_a_stream_waits_for_who_reads_slowly() -> None:
    made = []

    def application(environ: dict[str, Any], start: Start) -> Iterator[bytes]:
        start("200 OK", [])
        for number in range(200):
            made.append(number)
            yield b"x"

    async def run() -> None:
        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        taken = 0

        async def send(message: Any) -> None:
            nonlocal taken
            await asyncio.sleep(0)
            # As many as the way between holds are made ahead, and no more.
            assert len(made) <= taken + 20
            taken += 1

        await InThreads(application, threads=1)(SCOPE, receive, send)

    asyncio.run(run())
    assert len(made) == 200


def test_an_error_of_the_application_is_the_servers() -> None:
    def application(environ: dict[str, Any], start: Start) -> list[bytes]:
        raise LookupError("broken")

    with pytest.raises(LookupError, match="broken"):
        asked(application)
