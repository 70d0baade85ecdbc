"""docs/nginx.conf as it stands, with a real nginx before a real web server. Needs nginx."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axes.models import AccessAttempt
from django.conf import settings
from django.test import Client

from apps.generation.models import Import
from tests.builders import make_user
from tests.ports import free_port
from tests.web import web_server

NAME = "winnow.example.org"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin:/usr/local/sbin")
# Of this test only: started as root, nginx would give its temporary files to another account.
OUTER = """user root; daemon off; pid {var}/pid; error_log {var}/error.log; worker_processes 1;
events {{ worker_connections 512; }}
http {{ access_log off; client_body_temp_path {var}/body; proxy_temp_path {var}/proxy;
fastcgi_temp_path {var}/f; uwsgi_temp_path {var}/u; scgi_temp_path {var}/s;
include {var}/site.conf; }}
"""

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # `.ci/run` installs it; who only changes a line here need not have it.
    pytest.mark.skipif(NGINX is None, reason="nginx is not installed"),
]


def make_certificate(folder: Path) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", folder / "privkey.pem", "-out", folder / "fullchain.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client that reaches Winnow through nginx, by HTTPS."""
    var = tmp_path / "nginx"
    var.mkdir()
    make_certificate(var)
    http, https = free_port(), free_port()
    own = {"WINNOW_HTTPS": "1", "WINNOW_PROXIES": "1", "WINNOW_HOSTS": f"{NAME},127.0.0.1"}
    origins = f"https://{NAME},https://{NAME}:{https}"
    (tmp_path / "web").mkdir()
    with web_server(tmp_path / "web", WINNOW_ORIGINS=origins, **own) as address:
        site = (Path(settings.BASE_DIR) / "docs" / "nginx.conf").read_text()
        for written, here in (
            ("listen 80;", f"listen 127.0.0.1:{http};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{https} ssl;"),
            ("127.0.0.1:8000", address.removeprefix("http://")),
            ("/etc/ssl/winnow/", f"{var}/"),
        ):
            assert written in site
            site = site.replace(written, here)
        (var / "site.conf").write_text(site)
        (var / "nginx.conf").write_text(OUTER.format(var=var))
        process = subprocess.Popen([str(NGINX), "-p", str(var), "-c", str(var / "nginx.conf")])
        try:
            _wait(https)
            yield _client(https, var)
        finally:
            process.terminate()
            process.wait(120)


def _client(https: int, var: Path) -> httpx.Client:
    # The certificate is this one or none; the name in it is not the one that is dialled.
    trust = ssl.create_default_context(cafile=str(var / "fullchain.pem"))
    trust.check_hostname = False
    headers = {"Host": NAME, "Referer": f"https://{NAME}/accounts/login/"}
    return httpx.Client(
        base_url=f"https://127.0.0.1:{https}", verify=trust, headers=headers, timeout=60
    )


def _wait(port: int) -> None:
    for _ in range(1200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nginx does not listen")


def test_winnow_works_behind_it(browser: httpx.Client) -> None:
    plain = browser.get("/accounts/login/")
    assert plain.status_code == 200
    assert plain.headers["Strict-Transport-Security"] == "max-age=31536000"
    # Winnow knows that it is HTTPS: the form is taken, its cookies are Secure.
    token = browser.cookies["csrftoken"]
    wrong = {"username": "rosa", "password": "wrong", "csrfmiddlewaretoken": token}
    # An address that the browser claims is not believed; nginx's own word is.
    answer = browser.post("/accounts/login/", data=wrong, headers={"X-Forwarded-For": "6.6.6.6"})
    assert answer.status_code == 200 and "correct username" in answer.text
    assert AccessAttempt.objects.get().ip_address == "127.0.0.1"

    signed_in = Client()
    signed_in.force_login(make_user("editor"))
    browser.cookies.set(
        settings.SESSION_COOKIE_NAME, signed_in.cookies[settings.SESSION_COOKIE_NAME].value
    )
    assert browser.get("/seeds/").status_code == 200

    pairs = b'{"instruction": "a", "response": "b"}\n' * 60_000  # 2 MiB
    fields = {"csrfmiddlewaretoken": token}
    sent = browser.post("/runs/imports/new/", data=fields, files={"file": ("a.jsonl", pairs)})
    assert sent.status_code == 302 and Import.objects.get().size == len(pairs)
    elsewhere = browser.post("/seeds/", data=fields, files={"file": ("a.jsonl", pairs)})
    assert elsewhere.status_code == 413
