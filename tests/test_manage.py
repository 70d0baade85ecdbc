"""`manage.py` without its services: a sentence that names the command, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import redis

import manage

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("command", ["generate", "export"])
def test_a_command_without_a_database_names_what_starts_it(tmp_path: Path, command: str) -> None:
    nobody = {"WINNOW_VAR": str(tmp_path), "DATABASE_URL": "postgres://u:p@127.0.0.1:1/none"}
    done = subprocess.run(
        [sys.executable, "manage.py", command],
        cwd=ROOT, env=os.environ | nobody, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and "Traceback" not in done.stderr
    assert "`make start` starts it" in done.stderr and "port 1" in done.stderr


def test_a_queue_that_does_not_answer_is_told_from_a_fault_of_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(words: list[str]) -> None:
        redis.Redis(port=1).ping()

    monkeypatch.setattr("django.core.management.execute_from_command_line", refused)
    monkeypatch.setattr(sys, "argv", ["manage.py", "generate"])
    with pytest.raises(
        SystemExit, match=r"queue \(Valkey\) does not answer: .*[\s\S]*`make start`"
    ):
        manage.main()
    monkeypatch.setattr("django.core.management.execute_from_command_line", int)
    with pytest.raises(TypeError):
        manage.main()


def test_a_command_does_not_import_the_queues_client_for_its_errors() -> None:
    asked = "import runpy, sys; sys.argv = ['manage.py', 'export', '--help']\n"
    asked += "try: runpy.run_path('manage.py', run_name='__main__')\n"
    asked += "except SystemExit: print('redis' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "False"
