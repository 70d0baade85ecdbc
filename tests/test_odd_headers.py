"""Headers of any kind: whatever a browser, a proxy or a stranger sends, it is no error of ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from tests.builders import make_response, make_user
from tests.web import connected, web_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

_CODECS = (
    *("base64", "rot13", "hex", "zlib", "utf-7", "idna", "punycode", "undefined", "utf-16"),
    *("unicode_escape", "no-such", "", '"', "x" * 3000, "\xff"),
)
HEADERS = [
    *(f"Content-Type: text/html; charset={codec}" for codec in _CODECS),
    *(f"Content-Type: application/x-www-form-urlencoded; charset={codec}" for codec in _CODECS[:6]),
    "Content-Type: multipart/form-data",
    "Content-Type: multipart/form-data; boundary=" + "b" * 3000,
    "Content-Type: multipart/form-data; boundary=\xff",
    "Content-Type: ;;;",
    "Content-Type: text/plain; a*=no-such''b",
    "Content-Type: text/plain; charset*=utf-8''%FF",
    "Content-Type: application/json; charset=utf-16",
    "Cookie: sessionid=" + "x" * 4000,
    "Cookie: \xff=\xfe; csrftoken=\xe9",
    'Cookie: messages=[[["x"',
    "Cookie: ;;;=;=;" + "a=b;" * 1500,
    "Accept-Language: " + "en;q=0.1," * 800,
    "Accept: " + "a/b;q=x," * 800,
    "Accept-Encoding: gzip;q=x, br;q=9",
    "If-Modified-Since: Thu, 99 Foo 99999 99:99:99 GMT",
    'If-None-Match: "',
    "If-Range: x",
    "Range: bytes=9999999999999999999999-",
    "Range: bytes=-",
    "Range: rows=1-2",
    "X-Forwarded-For: " + "1.2.3.4, " * 800,
    "X-Forwarded-For: \xe9",
    "X-Forwarded-Proto: \xe9",
    "X-Forwarded-Host: [",
    "Referer: http://[",
    "Origin: http://[::1",
    "Origin: null",
    "HX-Request: true\r\nHX-Current-URL: http://[x",
    "HX-Request: true\r\nHX-Current-URL: \xff\r\nHX-Target: \xfe",
    "HX-Request: true\r\nHX-Current-URL-URI-AutoEncoded: true\r\nHX-Current-URL: %",
    "HX-Request: maybe\r\nHX-Boosted: \xff\r\nHX-Trigger-Name: " + "x" * 4000,
    "Authorization: Bearer \xff\xfe",
    "Authorization: Bearer " + "x" * 4000,
    "Authorization: Basic !!!!",
    "Authorization: ",
    "Idempotency-Key: " + "x" * 4000,
    "Idempotency-Key: \xff",
    "Expect: 100-continue",
    "X-HTTP-Method-Override: DELETE",
    "Upgrade: websocket\r\nConnection: upgrade",
    "Transfer-Encoding: gzip, chunked",
    "Content-Length: -1",
    "Content-Length: " + "9" * 40,
    "Content-Length: 1\r\nContent-Length: 2",
]
HOSTS = ["", "a b", "[::1", "localhost:99999999", "a" * 5000, "\xff", "localhost\x00", "../x"]
PATHS = ["/accounts/login/", "/seeds/?text=a", "/api/v1/pairs"]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    make_response()
    with web_server(tmp_path) as address:
        yield address


def status(address: str, *lines: str) -> int:
    """What the server answers; 0 where it only closes the connection."""
    with connected(address) as asker:
        asker.settimeout(30)
        asker.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode("latin-1"))
        try:
            line = asker.makefile("rb").readline()
        except OSError:
            return 0
    return int(line.split()[1]) if line else 0


def test_no_header_is_an_error_of_the_server(server: str) -> None:
    client = Client()
    client.force_login(make_user("admin"))
    own = f"Cookie: {settings.SESSION_COOKIE_NAME}={client.cookies['sessionid'].value}"
    asked = [
        (verb, path, f"Host: localhost\r\n{header}", *ours)
        for header in HEADERS
        for path in PATHS
        for verb, *ours in (("GET",), ("GET", own), ("POST",))
    ]
    asked += [("GET", path, f"Host: {host}") for host in HOSTS for path in PATHS]
    failed = [
        (code, verb, path, *(line[:60] for line in lines))
        for verb, path, *lines in asked
        if (code := status(server, f"{verb} {path} HTTP/1.1", *lines)) >= 500
    ]
    assert failed == []
