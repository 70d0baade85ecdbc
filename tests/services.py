"""A private PostgreSQL and Valkey for one pytest run (`-p tests.services` in pyproject.toml).

They start before Django reads its settings, in a folder of their own, whatever `DATABASE_URL`
says: a test run never touches anybody's data. With pytest-xdist the controller starts them and
its workers find them in the environment. They end with the run, on Ctrl-C, and (by the kernel's
help) when the run is killed. The sandbox's servers belong to the same folder; what a killed run
left of them, on disk or in memory, is removed by the next.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from apps.core.embedded import running, state
from apps.validation.databases import homes

PREFIX = "winnow-test-"
# Between tests all tables are emptied, labels too.
EMPTIED = "?options=-c%20winnow.labels_may_be_truncated%3Don"
# A run that has just begun does not hold its folder yet.
_YOUNG_SECONDS = 600


def _start(stack: ExitStack) -> None:
    _remove_killed_runs()
    # Of its own below the system's temporary folder: pytest's are closed to other accounts.
    var = Path(tempfile.mkdtemp(prefix=PREFIX))
    stack.callback(homes.remove_orphans)
    stack.callback(shutil.rmtree, var, ignore_errors=True)
    urls = stack.enter_context(running(var, durable=False))
    stack.callback(_close_sandboxes)
    os.environ["WINNOW_VAR"] = str(var)
    os.environ["DATABASE_URL"] = urls.database_url + EMPTIED
    os.environ["REDIS_URL"] = urls.redis_url
    # Static files straight from static/: the manifest is made by collectstatic, in production.
    os.environ["WINNOW_TESTING"] = "1"
    (var / "static").mkdir()


def _close_sandboxes() -> None:
    runners = sys.modules.get("apps.validation.runners")
    if runners is not None:
        runners.close_pools()


def _remove_killed_runs() -> None:
    for var in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):
            status = var.stat()
            is_old = time.time() - status.st_mtime > _YOUNG_SECONDS
            if status.st_uid == os.getuid() and is_old and state.holder(var) is None:
                shutil.rmtree(var, ignore_errors=True)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        _start(stack)
    yield
