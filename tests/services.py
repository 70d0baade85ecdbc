"""A private PostgreSQL and Valkey for one pytest run (`-p tests.services` in pyproject.toml).

They start before Django reads its settings, in a folder of their own, whatever `DATABASE_URL`
says: a test run never touches anybody's data. With pytest-xdist the controller starts them and
its workers find them in the environment; each has a database, a queue and a folder of its own.
They end with the run, on Ctrl-C, and (by the kernel's help) when the run is killed. The sandbox's
servers belong to the same folder (`tests.sandboxes`); what a killed run left of them, on disk or
in memory, is removed by the next. A run that leaves something of the sandbox has failed.
"""

import gc
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import psutil
import pytest
from django.conf import settings
from xdist.remote import Producer

from apps.core.embedded import running, state
from apps.validation.databases import homes
from tests.sandboxes import FOLDERS, WANTED, Keepers, left_over, name_mariadb
from tests.scheduling import ByFile

PREFIX = "winnow-test-"
# Between tests all tables are emptied, labels too.
EMPTIED = "?options=-c%20winnow.labels_may_be_truncated%3Don"
# A run that has just begun does not hold its folder yet.
_YOUNG_SECONDS = 600
# More workers than processors, for some tests mostly wait; not many more: two of them on one
# processor take a fifth more of its time than one after the other. Valkey has 15 queues.
_WORKERS_MORE = 1
_MOST_WORKERS = 8
_WORKER_BYTES = 3 * 2**30
# Looking for garbage as often as Python does in a small program is a fifth of what a process of
# thousands of tests does.
_SELDOM = (20_000, 20, 50)
# An example of a property test may take any time on a busy machine, to be drawn as well. The suite
# tries the same examples each time, `--hypothesis-profile search` looks for new ones.
ANY_TIME: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [hypothesis.HealthCheck.too_slow],
}
hypothesis.settings.register_profile("suite", derandomize=True, **ANY_TIME)
hypothesis.settings.register_profile("search", max_examples=1000, **ANY_TIME)


def _start(stack: ExitStack) -> None:
    _remove_killed_runs()
    # Of its own below the system's temporary folder: pytest's are closed to other accounts.
    var = Path(tempfile.mkdtemp(prefix=PREFIX))
    stack.callback(homes.remove_orphans)
    stack.callback(shutil.rmtree, var, ignore_errors=True)
    _use_own_scratch(var / "tmp")
    urls = stack.enter_context(running(var, durable=False))
    os.environ["WINNOW_VAR"] = str(var)
    os.environ["DATABASE_URL"] = urls.database_url + EMPTIED
    os.environ["REDIS_URL"] = urls.redis_url
    # Static files straight from static/: the manifest is made by collectstatic, in production.
    os.environ["WINNOW_TESTING"] = "1"
    (var / "static").mkdir()
    _let_threads_sleep()
    # What vLLM learns of a model's class at its first start, by importing everything twice.
    os.environ["VLLM_CACHE_ROOT"] = str(var / "vllm-cache")
    name_mariadb()


def _let_threads_sleep() -> None:
    """Threads of a model server that wait for each other sleep: more processes than processors want
    to work here, and one that spins takes its processor from the one that it waits for.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def _use_own_scratch(scratch: Path) -> None:
    """Temporary files of this run's processes where no other run's are; pytest's own stay."""
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    scratch.mkdir()
    scratch.chmod(0o1777)
    os.environ["TMPDIR"] = tempfile.tempdir = str(scratch)


def _move_apart(worker: str) -> None:
    """A worker of pytest-xdist: a folder and a queue of its own, the sandbox's servers shared."""
    shared = Path(os.environ["WINNOW_VAR"])
    var = shared / worker
    (var / "static").mkdir(parents=True)
    for name in (*FOLDERS, WANTED):
        (var / name).symlink_to(shared / name)
    os.environ["WINNOW_VAR"] = str(var)
    parts = urlsplit(os.environ["REDIS_URL"])
    number = int(worker.removeprefix("gw")) % 15 + 1
    os.environ["REDIS_URL"] = parts._replace(path=f"/{number}").geturl()


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


def _keep_bytecode() -> None:
    """Hundreds of processes that each compile all modules again cost more than the cache, whatever
    the environment says.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    worker = os.environ.get("PYTEST_XDIST_WORKER")
    _keep_bytecode()
    gc.disable()
    gc.set_threshold(*_SELDOM)
    if worker:
        _move_apart(worker)
    else:
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        _start(stack)
        early_config.pluginmanager.register(Sandboxes(Path(os.environ["WINNOW_VAR"])))
    early_config.add_cleanup(_close_sandboxes)
    yield


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    """Passwords are kept by a quick hash: the real one is slow on purpose, at every log-in."""
    if not config.getoption("--hypothesis-profile"):
        hypothesis.settings.load_profile("suite")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """All that was imported and collected stays to the end: garbage is looked for in what is new,
    and not before.
    """
    gc.freeze()
    gc.enable()


class Sandboxes:
    """The sandbox's servers of the run, and a look at what is left of them at its end."""

    def __init__(self, var: Path) -> None:
        self._var = var
        self._keepers = Keepers(var)
        self._keepers.start()
        self._left: list[Path] = []

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        _close_sandboxes()
        self._keepers.end()
        folders = [self._var]
        with suppress(AttributeError):
            folders.append(session.config._tmp_path_factory.getbasetemp())  # type: ignore[attr-defined]
        self._left = left_over(*folders)
        if self._left and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for path in self._left:
            terminalreporter.write_line(f"FAILED the sandbox has left {path}", red=True)


@pytest.hookimpl(optionalhook=True, tryfirst=True)
def pytest_xdist_auto_num_workers() -> int:
    """`-n auto`: as many as processors and memory bear."""
    by_memory = psutil.virtual_memory().total // _WORKER_BYTES
    by_cores = len(os.sched_getaffinity(0)) + _WORKERS_MORE
    return max(1, min(by_cores, by_memory, _MOST_WORKERS))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Whatever `--dist` says: each file in the order of the workers' collection."""
    config.option.loadscopereorder = False
    return ByFile(config, log)
