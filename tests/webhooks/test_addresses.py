"""Where nothing is posted: private addresses, however they are written and whoever names them."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from apps.webhooks.addresses import (
    AddressError,
    networks,
    require_allowed,
    require_sensible,
)
from apps.webhooks.posting import Poster
from tests.webhooks.receiver import receiving

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.3.4", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "198.18.0.1", "192.0.2.1", "240.0.0.1",
    "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::", "::127.0.0.1", "2001:db8::1", "::ffff:0:7f00:1", "::ffff:a9fe:a9fe",
    "64:ff9b:1::7f00:1", "fec0::1", "3fff::1", "5f00::1", "100::1", "2001::7f00:1",
    "2606:4700::5efe:127.0.0.1", "2606:4700::200:5efe:10.0.0.1", "192.0.0.8", "192.88.99.1",
    "168.63.129.16", "0.1.2.3", "100.127.255.254", "203.0.113.9",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_unless_they_are_listed(address: str) -> None:
    with pytest.raises(AddressError):
        require_allowed(address, encrypted=True, listed=[])


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_public_addresses_are_posted_to_over_https_only(address: str) -> None:
    require_allowed(address, encrypted=True, listed=[])
    with pytest.raises(AddressError, match="over https only"):
        require_allowed(address, encrypted=False, listed=[])


def test_what_the_operator_lists_is_allowed_however_it_is_written() -> None:
    listed = networks(["127.0.0.0/8", " 10.1.0.0/16 "])
    for address in ("127.0.0.1", "::ffff:127.0.0.1", "10.1.2.3"):
        require_allowed(address, encrypted=False, listed=listed)
    with pytest.raises(AddressError):
        require_allowed("10.2.0.1", encrypted=True, listed=listed)
    with pytest.raises(ValueError, match="does not appear"):
        networks(["localhost"])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/", "https://", "https://user:pw@example.org/", "https://@example.org/",
        "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/latest", "example.org",
        "https://localhost/", "https://example.org/#part", "javascript:alert(1)",
        "https://exa mple.org/", "https://example.org:99999/", "https://exämple.org/", "https://[x/",
        "https://0x7f.1/", "https://2130706433/", "https://0177.0.0.1/", "https://127.1/",
        "https://0/", "https://localhost./", "https://hook.localhost/", "https://127.0.0.1./",
        "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[fe80::1%25eth0]/",
        "https://①②⑦.0.0.1/", "https://example.org\\@127.0.0.1/", "https://[::]/",
        "http://93.184.215.14/",
    ],
)  # fmt: skip
def test_senseless_addresses_are_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(AddressError):
        require_sensible(url, listed=[])


@pytest.mark.parametrize(
    "url", ["https://example.org/hook?team=1", "https://hooks.example.org:8443/"]
)
def test_usual_addresses_are_taken(url: str) -> None:
    require_sensible(url, listed=[])


def test_a_name_that_means_this_machine_is_refused_at_the_connection() -> None:
    with receiving() as receiver, Poster(listed=[]) as poster:
        answer = poster.post(f"https://localhost:{receiver.port}/", headers={}, body=b"{}")
    assert answer.status is None and "nothing is posted" in answer.problem
    assert receiver.seen == 0


@pytest.mark.parametrize("host", [
    "127.0.0.1", "0x7f.1", "0x7f000001", "2130706433", "0177.0.0.1", "127.1", "0", "0.0.0.0",
    "localhost.", "LOCALHOST", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::1]", "[::]",
])  # fmt: skip
def test_this_machine_is_refused_at_the_connection_however_it_is_written(host: str) -> None:
    with receiving() as receiver, Poster(listed=[]) as poster:
        for scheme in ("https", "http"):
            answer = poster.post(f"{scheme}://{host}:{receiver.port}/", headers={}, body=b"{}")
            assert answer.status is None and answer.problem
    assert receiver.seen == 0


def test_a_name_is_looked_up_once_so_that_it_cannot_mean_something_else_when_connected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A name server of the attacker's: a listed address first, another one ever after."""
    real, asked = socket.getaddrinfo, []

    def lying(host: str, *words: Any, **named: Any) -> Any:
        if host != "rebinding.test":
            return real(host, *words, **named)
        asked.append(host)
        return real("127.0.0.1" if len(asked) == 1 else "127.0.0.2", *words, **named)

    monkeypatch.setattr(socket, "getaddrinfo", lying)
    listed = networks(["127.0.0.1/32"])
    with receiving() as receiver:
        receiver.take = lambda handler: receiver.answer(handler)  # type: ignore[method-assign]
        url = f"http://rebinding.test:{receiver.port}/"
        with Poster(listed=listed) as poster:
            assert poster.post(url, headers={"Connection": "close"}, body=b"{}").status == 204
            again = poster.post(url, headers={}, body=b"{}")
    assert len(asked) == 2
    assert "127.0.0.2 is an address of a private network" in again.problem


def test_one_private_address_among_a_names_others_is_enough_to_refuse_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def both(*_words: Any, **_named: Any) -> Any:
        return [(2, 1, 6, "", (each, 443)) for each in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with Poster(listed=[]) as poster:
        assert "10.0.0.1" in poster.post("https://two.test/", headers={}, body=b"").problem


def test_a_name_that_nobody_knows_is_a_failure_in_words() -> None:
    with Poster(listed=[]) as poster:
        for host in ("nowhere.invalid", "a" * 70 + ".test", "x..y.test"):
            answer = poster.post(f"https://{host}/", headers={}, body=b"")
            assert answer.status is None and answer.problem
