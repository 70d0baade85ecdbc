"""Every command that README and docs name is run by a test, or stands here with why it is not."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from tests.ports import free_port
from tests.test_documents import PAGES, ROOT, commands, typed
from worker.handlers import HANDLERS, SERVERS

# Which test runs it: as words of a call, be it of a command line or of call_command.
RUN_BY = {
    "make backup": "upgrade/test_make.py",
    "make clean-data": "upgrade/test_make.py",
    "make restore": "upgrade/test_make.py",
    "make start": "upgrade/test_make.py",
    "make status": "upgrade/test_make.py",
    "make stop": "upgrade/test_make.py",
    "make upgrade": "upgrade/test_make.py",
    "manage.py axes_reset": "accounts/test_attempts.py",
    "manage.py backup": "core/test_backups.py",
    "manage.py delete_export": "exports/test_trust.py",
    "manage.py diff_exports": "exports/test_trust.py",
    "manage.py duplicates": "review/test_alike.py",
    "manage.py export": "exports/test_command_export.py",
    "manage.py export-seeds": "seeds/test_commands.py",
    "manage.py fewshot": "fewshot/test_command.py",
    "manage.py gather": "seeds/test_commands.py",
    "manage.py generate": "generation/test_command_generate.py",
    "manage.py import_pairs": "generation/test_importing.py",
    "manage.py judge": "judge/test_command.py",
    "manage.py password_link": "accounts/test_invitations.py",
    "manage.py push-export": "exports/test_pushing.py",
    "manage.py reparse": "review/test_reparse.py",
    "manage.py reseal_secrets": "webhooks/test_delivering.py",
    "manage.py runs": "generation/test_command_runs.py",
    "manage.py runserver": "test_commands.py",
    "manage.py verify-export": "exports/test_trust.py",
    "manage.py validate": "validation/test_command_validate.py",
}
# What is run by something else than a test: by what a fresh machine runs on a fresh checkout, or by
# the benchmark that makes a fresh clone of its own.
RUN_AROUND = {
    "make lint": ".ci/run",
    "make test": ".ci/run",
    "make test-ordinary": ".ci/run",
    "make demo": "benchmarks/demo.py",
    "make setup": "benchmarks/demo.py",
}
_BENCHMARK = "measures for minutes on a machine of its own; run by hand before a release"
NOT_RUN = {
    "-m benchmarks.gather": _BENCHMARK,
    "-m benchmarks.gather_chain": _BENCHMARK,
    "-m benchmarks.gather_unparsed": _BENCHMARK,
    "-m benchmarks.generate": _BENCHMARK,
    "-m benchmarks.home": _BENCHMARK,
    "-m benchmarks.review": _BENCHMARK,
    "-m benchmarks.seed_pages": _BENCHMARK,
    "-m benchmarks.splitting": _BENCHMARK,
    "-m benchmarks.splitting_speed": _BENCHMARK,
    "-m benchmarks.start": _BENCHMARK,
    "-m benchmarks.validate": _BENCHMARK,
    "-m benchmarks.small_model": _BENCHMARK,
    "-m benchmarks.demo": _BENCHMARK,
    "-m benchmarks.paint": _BENCHMARK,
    "-m worker.engines.setup": "downloads gigabytes for a GPU; tests/worker set up the light ones",
    "make schema": "writes over apps/core/fresh.sql.gz; tests/core/test_fresh.py compares the two",
    "make screenshots": "writes over the pictures of docs",
    "make up": "`make start` in the foreground; tests/core/test_processes.py runs its supervisor",
    "manage.py import-pairs": "another spelling of import_pairs",
}

# Other programs that people type, and which test runs them with the words that the page has.
PROGRAMS = {
    ".venv/bin/celery": ("apps/core/processes/spec.py", '"celery", "-A", "worker.app", "worker"'),
    ".venv/bin/granian": ("tests/test_commands.py", "test_the_web_process_of_the_operators"),
    ".venv/bin/pytest": ("Makefile", ".venv/bin/pytest"),
    "curl": ("tests/api/test_examples.py", "curl"),
    "sbatch": ("tests/worker/test_cluster.py", "sbatch"),
}


def programs() -> set[str]:
    """The first words of what is typed that is neither make nor Python of ours."""
    found = set()
    for page in PAGES:
        for line in typed(page.read_text()):
            words = [word for word in line.split() if not re.match(r"[A-Z_]+=", word)]
            if words and re.match(r"[.\w]", words[0]):
                found.add(words[0])
    return found


def named() -> set[str]:
    """Programs and commands of the documents, without what is said to them."""
    return {
        " ".join(words[:2])
        for page in PAGES
        for words in commands(page)
        if len(words) > 1 and re.fullmatch(r"[a-z][\w.-]+", words[1])
    }


def test_every_command_is_run_or_says_why_not() -> None:
    told = [*RUN_BY, *RUN_AROUND, *NOT_RUN]
    assert not named() - set(told)
    assert len(told) == len(set(told))


def called(text: str) -> Iterator[tuple[str, list[str]]]:
    """The calls of a module: the name of what is called, and the words that it is given as they
    stand, also within lists. What a docstring or a comment says is none of them.
    """
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", "") or getattr(node.func, "id", "")
            given = [*node.args, *(each.value for each in node.keywords)]
            yield name, [word for one in given for word in _words(one)]


def _words(node: ast.expr) -> list[str]:
    if isinstance(node, ast.Constant):
        return str(node.value).split()
    if isinstance(node, ast.Starred):
        return _words(node.value)
    if isinstance(node, ast.List | ast.Tuple):
        return [word for each in node.elts for word in _words(each)]
    return []


def runs(text: str, command: str) -> bool:
    """Whether a module runs it: make's targets by make."""
    program, name = command.split()[:2]
    for function, words in called(text):
        is_make = function == "make" or "make" in words
        if (is_make or program != "make") and {name, name.replace("-", "_")} & set(words):
            return True
    return False


def test_a_command_is_run_where_it_is_an_argument() -> None:
    assert not runs('"""`make backup` is run."""\n# call("make", "backup")\n', "make backup")
    assert not runs('run(["backup"])', "make backup")
    assert runs('here.make("backup", f"TO={x}")', "make backup")
    assert runs('subprocess.run(["make", *words, "backup"])', "make backup")
    assert runs('call_command("export_seeds", 1)', "manage.py export-seeds")
    assert not runs('"call_command(export_seeds)"', "manage.py export-seeds")


def test_what_is_said_to_run_a_command_does() -> None:
    for command, test in RUN_BY.items():
        assert runs((ROOT / "tests" / test).read_text(), command), (command, test)
    for command, script in RUN_AROUND.items():
        text = (ROOT / script).read_text()
        if script.endswith(".py"):
            assert runs(text, command), (command, script)
        else:
            assert re.search(rf"^[^#\n]*(?<!\S){command}(?![\w-])", text, re.M), (command, script)


def test_every_other_program_is_run_by_a_test() -> None:
    ours = {"make", "python", ".venv/bin/python", "manage.py", "export"}
    assert programs() - ours == set(PROGRAMS)
    for program, (file, words) in PROGRAMS.items():
        assert words in (ROOT / file).read_text(), program


def test_workers_of_many_machines_take_every_queue() -> None:
    text = (ROOT / "docs/operators.md").read_text()
    taken = [set(queues.split(",")) for queues in re.findall(r" -Q ([\w,]+)", text)]
    everything = {*HANDLERS, *SERVERS, "celery"}
    assert set().union(*taken) == everything
    assert taken[0] | taken[1] == everything and taken[2] == taken[1] - {"gather"}


def test_the_web_process_of_the_operators_answers(tmp_path: Path) -> None:
    lines = typed((ROOT / "docs/operators.md").read_text())
    (line,) = [line for line in lines if line.startswith(".venv/bin/granian")]
    port = free_port()
    words = [*shlex.split(line), "--port", str(port)]
    words[words.index("--workers") + 1] = "1"
    env = os.environ | {"WINNOW_VAR": str(tmp_path)}
    with subprocess.Popen(words, cwd=ROOT, env=env, stderr=subprocess.DEVNULL) as server:
        try:
            assert _answer(f"http://127.0.0.1:{port}/health/live", server) == b"ok\n"
        finally:
            server.terminate()


def test_one_page_is_opened_while_it_is_changed(tmp_path: Path) -> None:
    """In debug, with the style sheets as they lie there, and it watches the modules."""
    (line,) = [
        line for line in typed((ROOT / "CONTRIBUTING.md").read_text()) if "runserver" in line
    ]
    setting, program, *words = shlex.split(line)
    assert words[:2] == ["manage.py", "runserver"]
    port = free_port()
    env = os.environ | {"WINNOW_VAR": str(tmp_path), **dict([setting.split("=")])}
    log = tmp_path / "log"
    with (
        log.open("wb") as file,
        subprocess.Popen(
            [program, "manage.py", "runserver", str(port)],
            cwd=ROOT,
            env=env,
            stdout=file,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            sheet = _answer(f"http://127.0.0.1:{port}/static/css/tokens.css", server)
        finally:
            server.terminate()
    assert sheet == (ROOT / "static/css/tokens.css").read_bytes()
    assert b"Watching for file changes" in log.read_bytes()


def _answer(address: str, server: subprocess.Popen[bytes]) -> bytes:
    """What is answered as soon as the server listens; it may take its time, but not end."""
    while server.poll() is None:
        try:
            with urlopen(address, timeout=60) as answer:
                found: bytes = answer.read()
                return found
        except (URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(f"the server ended with {server.returncode}")
