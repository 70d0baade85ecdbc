"""The examples of docs/api.md and of the API's page do what they say, against a real server."""

from __future__ import annotations

import re
import subprocess
import sys
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from apps.core.models import Job
from apps.generation.models import Run
from apps.review.models import Label
from tests.api.client import make_secret
from tests.builders import make_response, make_run, make_seed, make_user
from tests.exports.building import accept, with_prompt, write
from tests.review.building import make_queued, make_verdict

pytestmark = pytest.mark.django_db(transaction=True)
SITE = "http://localhost:8000"
LINE = '{"instruction": "Count the ducks.", "response": "SELECT count(*) FROM ducks"}\n'


@pytest.fixture
def secret(settings: Settings, tmp_path: Path) -> str:
    settings.VAR_DIR = tmp_path / "var"
    settings.VAR_DIR.mkdir()
    return make_secret(make_user("editor"))


def block(title: str, kind: str = "") -> str:
    """The code below a heading of docs/api.md."""
    text = (django_settings.BASE_DIR / "docs" / "api.md").read_text()
    found = re.search(rf"^## {title}.*?^```{kind}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


def done(command: list[Any], folder: Path) -> str:
    made = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert made.returncode == 0, f"{command}\n{made.stdout}\n{made.stderr}"
    return made.stdout


def test_every_line_of_curl(live_server: LiveServer, secret: str, tmp_path: Path) -> None:
    make_seed()
    run = make_run()
    accept(with_prompt(make_response()))
    export = write()
    (tmp_path / "pairs.jsonl").write_text(LINE)
    given = {
        SITE: live_server.url, "wnw_…": secret, "/runs/7/": f"/runs/{run.pk}/",
        "/exports/12/": f"/exports/{export.pk}/", "curl ": "curl --silent --fail-with-body ",
    }  # fmt: skip
    first, *lines = block("curl").splitlines()
    assert len(lines) == 8 and all(line.startswith("curl ") for line in lines)
    assert all(shown in block("curl") for shown in given)
    for line in lines:
        script = f"{first}\n{line}"
        for shown, real in given.items():
            script = script.replace(shown, real)
        done(["bash", "-euc", script], tmp_path)
    assert Job.objects.get(pk=run.job_id).status == "paused"
    assert Run.objects.latest("pk").selection["count"] == 1000
    assert Job.objects.filter(kind="import").count() == 1
    assert Job.objects.filter(kind="export").count() == 2
    assert (tmp_path / export.file_name).is_file()
    assert '"value"' in (tmp_path / "labels.jsonl").read_text()


def test_the_program_that_labels(live_server: LiveServer, secret: str, tmp_path: Path) -> None:
    run = make_run(seeds=[])
    for _ in range(3):
        make_queued(run=run)
    program = block("Python", "python").replace(SITE, live_server.url).replace("wnw_…", secret)
    done([sys.executable, "-c", program], tmp_path)
    assert Label.objects.filter(value="good").count() == 3


def test_those_of_the_page(live_server: LiveServer, secret: str, tmp_path: Path) -> None:
    for _ in range(51):
        make_verdict(make_response(), "passed")
    client = Client()
    client.force_login(make_user())
    page = client.get("/api/").content.decode()
    shown = re.findall(r"<pre[^>]*><code>(.*?)</code>", page, re.DOTALL)
    root = f"{live_server.url}/api/v1"
    curl, python = (unescape(one).replace("http://testserver/api/v1", root) for one in shown)
    assert root in curl and root in python
    line = curl.replace("$WINNOW_TOKEN", secret).replace("curl", "curl --fail-with-body", 1)
    assert '"next"' in done(["bash", "-euc", line], tmp_path)
    last = "\nassert len(page['items']) == 1"
    done([sys.executable, "-c", python.replace("wnw_…", secret) + last], tmp_path)
