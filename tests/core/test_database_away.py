"""PostgreSQL away: every page says so with 503, in its own words; tried with a stopped one."""

import json
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from django.db import DataError, OperationalError

from apps.core.database import AWAY, FULL, trouble_of
from tests.installation import begun, environment

ROOT = Path(__file__).parents[2]
ASK = """
import json, os, sys, time
from pathlib import Path
from apps.core.embedded import running
with running(Path(os.environ["WINNOW_VAR"]), durable=False):
    from django.conf import settings
    settings.DATABASE_POOL["timeout"] = 0.5
    from apps.wsgi import application
    from django.db import close_old_connections
    from django.test import Client
    client = Client(raise_request_exception=False, SERVER_NAME="localhost")
    def ask(**headers):
        close_old_connections()  # as at the end of a request; the test's client leaves it out
        client.cookies["sessionid"] = "x" * 32  # it is looked up, and taken away when unknown
        answer = client.get("/", headers=headers)
        return [answer.status_code, answer.get("Content-Type"), answer.content.decode()]
    with_it = ask()
after = [ask(), ask(), ask(**{"HX-Request": "true"})]
with running(Path(os.environ["WINNOW_VAR"]), durable=False):
    until = time.monotonic() + 60
    while (back := ask())[0] != 302 and time.monotonic() < until:
        pass
print(json.dumps([with_it, after, back]))
"""


def test_pages_say_that_the_database_is_away_and_work_again_when_it_is_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    var = begun(tmp_path_factory.mktemp("away") / "var")
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=ROOT,
        env=environment(var, DJANGO_SETTINGS_MODULE="apps.settings"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with_it, after, back = json.loads(done.stdout.splitlines()[-1])
    assert with_it[0] == 302
    for status, kind, text in after[:2]:
        assert (status, kind) == (503, "text/html; charset=utf-8")
        assert "The database does not answer" in text and "reload the page" in text
    status, kind, text = after[2]
    assert (status, kind) == (503, "text/plain; charset=utf-8")
    assert text.startswith("The database does not answer. Nothing can be read or saved")
    # The log has a line for each, no traceback.
    assert "does not answer" in done.stderr and "Traceback" not in done.stderr
    assert back[0] == 302


def caused_by(kind: type[psycopg.Error]) -> OperationalError:
    error = OperationalError("as Django raises it")
    error.__cause__ = kind()
    return error


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (caused_by(psycopg.errors.DiskFull), FULL),
        (caused_by(psycopg.errors.AdminShutdown), AWAY),
        (caused_by(psycopg.errors.ConnectionFailure), AWAY),
        (caused_by(psycopg.OperationalError), AWAY),
        (caused_by(psycopg.errors.QueryCanceled), None),
        (caused_by(psycopg.errors.DeadlockDetected), None),
        (DataError("too long"), None),
        (ValueError("anything"), None),
        (None, None),
    ],
)
def test_trouble_of_the_database_is_told_from_errors_of_a_query(
    error: BaseException | None, trouble: object
) -> None:
    assert trouble_of(error) is trouble
