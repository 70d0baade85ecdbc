"""Bodies of requests under a clock: by hand, and through a real web server with many slow ones."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client

from apps.core.bodies import SMALL_BYTES, BodyGuard, Patience
from tests.builders import make_user
from tests.web import (
    MOST_LOG,
    allow_connections,
    begin_post,
    connected,
    is_closed,
    status_of,
    web_server,
)

FORM = "Content-Type: application/x-www-form-urlencoded"
FILES = "Content-Type: multipart/form-data; boundary=b"
FILE_HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n'
MANY = 600  # more than all threads that the server had when a slow body took one

Message = dict[str, Any]


def asked(
    *pieces: bytes | None, length: int, patience: Patience | None = None, disconnects: bool = False
) -> tuple[list[Message], list[bytes]]:
    """What a guarded application answers, and what it was given. None: nothing comes any more."""
    coming = iter(pieces)
    sent: list[Message] = []
    got: list[bytes] = []

    async def receive() -> Message:
        piece = next(coming, None)
        if piece is None:
            if disconnects:
                return {"type": "http.disconnect"}
            await asyncio.sleep(3600)
        return {"type": "http.request", "body": piece, "more_body": True}

    async def send(message: Message) -> None:
        sent.append(message)

    async def application(scope: Any, receive: Callable[[], Any], send: Any) -> None:
        status = 200
        try:
            more = True
            while more:
                message = await receive()
                got.append(message["body"])
                more = message["more_body"]
        except OSError:
            status = 403  # as Django makes of it
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    scope = {
        "type": "http", "query_string": b"a=\xff b&c=%20", "headers": [
            (b"content-length", str(length).encode()), (b"x_forwarded_for", b"1.2.3.4"),
        ],
    }  # fmt: skip
    quick = patience or Patience(seconds=0.05, bytes_per_second=10**9)
    asyncio.run(BodyGuard(application, quick)(scope, receive, send))
    return sent, got


def test_a_whole_body_goes_through_in_pieces() -> None:
    piece = b"x" * 50_000
    sent, got = asked(piece, piece, piece, length=150_000)
    assert sent[0]["status"] == 200 and b"".join(got) == piece * 3
    assert len(got[0]) >= SMALL_BYTES


def test_an_application_does_not_hear_of_a_small_body_that_does_not_come() -> None:
    sent, got = asked(b"abc", length=5000)
    assert sent[0]["status"] == 408 and got == []


def test_a_body_that_stops_in_the_middle_is_408_whatever_the_application_makes_of_it() -> None:
    sent, got = asked(b"x" * SMALL_BYTES, b"y", length=1_000_000)
    assert [m.get("status") for m in sent] == [408, None] and sum(map(len, got)) == SMALL_BYTES + 1


def test_what_comes_steadily_gets_its_time_and_no_more_than_the_most() -> None:
    patience = Patience(seconds=1, bytes_per_second=10, most_seconds=30)
    assert patience.left(waited=0, received=0) == 1
    assert patience.left(waited=5, received=100) == 6
    assert patience.left(waited=29, received=10**9) == 1


@pytest.mark.parametrize("begun", [b"abc", b"x" * SMALL_BYTES])
def test_a_body_that_is_cut_off_is_never_taken_for_a_whole_one(begun: bytes) -> None:
    sent, _ = asked(begun, length=100_000, disconnects=True)
    assert 200 not in [message.get("status") for message in sent]


def test_a_body_without_a_length_is_none_and_is_not_waited_for() -> None:
    sent, got = asked(length=0)
    assert sent[0]["status"] == 200 and got == [b""]


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server writes."""
    return tmp_path_factory.mktemp("server")


@pytest.fixture(scope="module")
def started(scratch: Path, django_db_setup: None) -> Iterator[str]:
    with web_server(scratch, "tests.core.impatient:application") as address:
        yield address


@pytest.fixture
def server(started: str, scratch: Path, transactional_db: None) -> Iterator[str]:
    """One for all tests; what it said is told with a test that fails."""
    log = scratch / "web.log"
    before = log.stat().st_size
    yield started
    print(log.read_bytes()[before:][-MOST_LOG:].decode(errors="replace"), file=sys.stderr)


CSRF = f"csrftoken={'a' * 32}"  # without it Django refuses a POST unread


def cookie_of(role: str) -> str:
    client = Client()
    client.force_login(make_user(role))
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    return f"Cookie: {CSRF}; {settings.SESSION_COOKIE_NAME}={session}"


def left_files(scratch: Path) -> list[Path]:
    return [path for path in (scratch / "tmp").rglob("*") if path.is_file()]


def test_pages_are_answered_while_hundreds_of_bodies_do_not_come(server: str) -> None:
    allow_connections(MANY + 200)
    head = (FORM, "Content-Length: 5000", f"Cookie: {CSRF}")
    slow = [begin_post(server, "/accounts/login/", *head) for _ in range(MANY)]
    try:
        for _ in range(3):
            assert httpx.get(f"{server}/accounts/login/", timeout=60).status_code == 200
        assert [status_of(sender) for sender in slow] == [408] * MANY
        # Their connections are closed: nothing of them is kept.
        assert [is_closed(sender) for sender in slow] == [True] * MANY
    finally:
        for sender in slow:
            sender.close()


def test_a_stranger_gets_no_byte_of_a_file_onto_the_disk(server: str, scratch: Path) -> None:
    for path in ("/accounts/login/", "/seeds/gather/", "/runs/imports/new/"):
        length = f"Content-Length: {300 * 2**20}"
        sender = begin_post(
            server, path, FILES, length, f"Cookie: {CSRF}", body=FILE_HEAD + b"x" * SMALL_BYTES
        )
        assert status_of(sender) == 413
        assert is_closed(sender)
        sender.close()
        small = (FILE_HEAD + b"x" * 999)[:1000]
        head = (FILES, "Content-Length: 1000", f"Cookie: {CSRF}")
        sender = begin_post(server, path, *head, body=small)
        assert status_of(sender) == 403
        sender.close()
    assert left_files(scratch) == []


def test_who_says_nothing_or_nothing_more_does_not_keep_the_connection(server: str) -> None:
    whole = b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"
    with connected(server) as silent, connected(server) as half, connected(server) as idle:
        half.sendall(whole[:20])
        idle.sendall(whole)
        assert is_closed(silent)
        assert is_closed(half)
        assert is_closed(idle)


def test_a_body_in_chunks_that_nobody_reads_does_not_keep_its_connection(server: str) -> None:
    chunked = (FORM, "Transfer-Encoding: chunked", f"Cookie: {CSRF}")
    senders = [
        begin_post(server, "/accounts/login/", *chunked, body=b"3\r\nabc\r\n") for _ in range(50)
    ]
    assert {status_of(sender) for sender in senders} == {403}
    assert [is_closed(sender) for sender in senders] == [True] * 50
    for sender in senders:
        sender.close()


def test_files_are_taken_from_editors_on_the_upload_pages_only(server: str, scratch: Path) -> None:
    body = FILE_HEAD + b"x" * 200_000
    for role, path in (("reviewer", "/runs/imports/new/"), ("editor", "/seeds/")):
        length = f"Content-Length: {2**20}"
        sender = begin_post(server, path, FILES, length, cookie_of(role), body=body)
        assert status_of(sender) == 403
        assert is_closed(sender)
        sender.close()
    too_large = f"Content-Length: {70 * 2**20}"
    sender = begin_post(
        server, "/runs/imports/new/", FILES, too_large, cookie_of("editor"), body=body
    )
    assert status_of(sender) == 413
    sender.close()
    # An editor's that stops in the middle is ended, and its piece of a file goes.
    length = f"Content-Length: {2**20}"
    sender = begin_post(server, "/runs/imports/new/", FILES, length, cookie_of("editor"), body=body)
    assert status_of(sender) == 408
    sender.close()
    assert left_files(scratch) == []
