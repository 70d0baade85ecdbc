"""`manage.py` without its services: a sentence that names the command, no traceback."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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
