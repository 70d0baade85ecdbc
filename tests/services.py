"""A private PostgreSQL and Valkey for one pytest run (`-p tests.services` in pyproject.toml).

They start before Django reads its settings, in a folder of their own, whatever `DATABASE_URL`
says: a test run never touches anybody's data. With pytest-xdist the controller starts them and
its workers find them in the environment. They end with the run, on Ctrl-C, and (by the kernel's
help) when the run is killed.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from apps.core.embedded import running


def _start(stack: ExitStack) -> None:
    # Of its own below the system's temporary folder: pytest's are closed to other accounts.
    var = Path(tempfile.mkdtemp(prefix="winnow-test-"))
    stack.callback(shutil.rmtree, var, ignore_errors=True)
    urls = stack.enter_context(running(var, durable=False))
    os.environ["WINNOW_VAR"] = str(var)
    os.environ["DATABASE_URL"] = urls.database_url
    os.environ["REDIS_URL"] = urls.redis_url
    # Static files straight from static/: the manifest is made by collectstatic, in production.
    os.environ["WINNOW_TESTING"] = "1"
    (var / "static").mkdir()


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    if "PYTEST_XDIST_WORKER" not in os.environ:
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        _start(stack)
    yield
