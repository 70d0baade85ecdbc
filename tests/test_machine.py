"""A real machine whose processes are killed one by one: each is back, and pages say what is away."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from apps.core.processes import record
from tests.machine import Machine

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="winnow-machine-"))
    folder.chmod(0o755)
    made = Machine(folder / "var", WINNOW_DATABASES="sqlite", WINNOW_PORT="")
    try:
        with made.at_work():
            yield made
    finally:
        shutil.rmtree(folder)


def restarts(machine: Machine, name: str) -> int:
    found = record.load(machine.var, name)
    assert found
    return found.restarts


def runs(machine: Machine, name: str, restarted: int) -> bool:
    found = record.load(machine.var, name)
    return found is not None and found.restarts >= restarted and found.is_running()


def log(machine: Machine) -> str:
    return (machine.var / "log" / "winnow.log").read_text()


def answer(machine: Machine) -> int:
    with suppress(httpx.TransportError):
        cookies = {"sessionid": "x" * 32}  # so that the database is asked
        answered = httpx.get(machine.address, cookies=cookies, timeout=120, verify=False)
        return answered.status_code
    return 0


def test_a_web_process_that_was_killed_is_back_without_preparing_anything(
    machine: Machine,
) -> None:
    machine.kill("web")
    machine.wait(lambda: runs(machine, "web", 1), what="web is back")
    machine.wait(lambda: answer(machine) == 302, what="it answers")
    said = log(machine).partition("web was killed by SIGKILL")[2]
    assert said and "Migrating" not in said and "Collecting" not in said


def test_validation_stands_back_behind_the_dispatcher_and_the_pages(machine: Machine) -> None:
    def niceness(name: str) -> int:
        found = record.load(machine.var, name)
        assert found and found.process
        return psutil.Process(found.process.pid).nice()

    behind = min(10, 19 - os.nice(0))  # nobody is nicer than 19, whoever has called us with `nice`
    assert niceness("cpu") - niceness("gpu") == niceness("short") - niceness("web") == behind


def test_pages_say_that_postgresql_is_away_until_it_is_back(machine: Machine) -> None:
    machine.kill("postgres")
    codes: set[int] = set()

    def is_back() -> bool:
        codes.add(code := answer(machine))
        return code == 302 and runs(machine, "postgres", 1)

    machine.wait(is_back, what="PostgreSQL is back")
    assert codes <= {302, 503}


def test_what_valkey_took_with_it_is_not_to_blame(machine: Machine) -> None:
    machine.kill("valkey")
    workers = ("cpu", "short", "gpu", "scheduler")
    machine.wait(lambda: runs(machine, "valkey", 1), what="Valkey is back")
    machine.wait(lambda: all(runs(machine, name, 0) for name in workers), what="workers run")
    for line in log(machine).splitlines():
        if any(f"| {name} ended" in line or f"| {name} was killed" in line for name in workers):
            assert "not counted: valkey was away" in line
