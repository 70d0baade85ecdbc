"""`scripts/python`: which Python `.venv` is made with."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "scripts" / "python"
# What a program of that name says when it is asked for its microseconds.
QUICK, SLOW = "1", "900000000"


def chosen(*folders: Path, python: str = "") -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([*map(str, folders), "/usr/bin", "/bin"])
    environment = {"PATH": path} | ({"PYTHON": python} if python else {})
    return subprocess.run(
        [str(SCRIPT)], env=environment, capture_output=True, text=True, check=False
    )


def program(folder: Path, text: str, *, name: str = "python3") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def first(tmp_path: Path) -> Path:
    """The folder that PATH begins with."""
    return tmp_path / "first"


# /usr/bin/python3 is always among those that are asked; it is slower than 100 microseconds.
def test_the_first_stays_where_another_is_hardly_quicker(first: Path, tmp_path: Path) -> None:
    expected = program(first, "cat >/dev/null; echo 100")
    program(tmp_path / "second", "cat >/dev/null; echo 95")
    assert chosen(first, tmp_path / "second").stdout.strip() == str(expected)


def test_a_clearly_quicker_one_is_taken(first: Path, tmp_path: Path) -> None:
    program(first, f"cat >/dev/null; echo {SLOW}")
    expected = program(tmp_path / "second", f"cat >/dev/null; echo {QUICK}")
    assert chosen(first, tmp_path / "second").stdout.strip() == str(expected)


@pytest.mark.parametrize("text", ["exit 1", "echo 5; exit 1", "cat >/dev/null; echo welcome"])
def test_one_that_is_too_old_or_makes_no_environment_is_passed_over(
    first: Path, tmp_path: Path, text: str
) -> None:
    program(first, text)
    expected = program(tmp_path / "second", f"cat >/dev/null; echo {QUICK}")
    assert chosen(first, tmp_path / "second").stdout.strip() == str(expected)


def test_real_ones_tell_their_time(first: Path) -> None:
    slow = program(first, f"cat >/dev/null; echo {SLOW}")
    second = first.parent / "second"
    program(second, f'exec {sys.executable} "$@"')
    found = chosen(first, second).stdout.strip()
    assert found and found != str(slow)


def test_one_that_is_named_is_taken_whatever_its_speed(first: Path) -> None:
    program(first, f"cat >/dev/null; echo {QUICK}")
    assert chosen(first, python=sys.executable).stdout.strip() == sys.executable


def test_one_that_is_named_and_too_old_is_told(tmp_path: Path) -> None:
    old = program(tmp_path / "old", "exit 1")
    done = chosen(python=str(old))
    assert done.returncode == 1 and done.stdout == ""
    assert done.stderr == f"PYTHON={old} is no Python of 3.11 or newer.\n"
