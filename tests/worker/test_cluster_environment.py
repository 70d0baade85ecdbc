"""What the start script of a machine does first: modules, environments, a server for each GPU."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
URLS = {"DATABASE_URL": "postgres://nowhere/winnow", "REDIS_URL": "redis://nowhere/0"}
BOOTSTRAP = """#!/bin/sh
echo bootstrap >> "$SAID"
mkdir -p .venv/bin
printf '#!/bin/sh\\necho "python $*" >> "$SAID"\\n' > .venv/bin/python
printf '#!/bin/sh\\necho "servers ${WINNOW_SERVERS:-none}: $*" >> "$SAID"\\n' > .venv/bin/celery
chmod +x .venv/bin/*
touch .venv/.setup
"""
MODULE = '#!/bin/sh\necho "module $*" >> "$SAID"\n[ "$2" != gone ]\n'


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A fresh one with this script; what makes environments only says that it was called."""
    script = tmp_path / "worker" / "cluster" / "run.sh"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "worker" / "cluster" / "run.sh", script)
    program(tmp_path / "scripts" / "bootstrap", BOOTSTRAP)
    program(tmp_path / "bin" / "module", MODULE)
    return tmp_path


def gpus(checkout: Path, count: int) -> None:
    lines = "".join(f"echo 'GPU {n}: NVIDIA H100 80GB (UUID: GPU-{n})'\n" for n in range(count))
    program(checkout / "bin" / "nvidia-smi", f"#!/bin/sh\n{lines}")


def start(checkout: Path, **env: str) -> tuple[int, list[str]]:
    """The status with which it ended, and what was called."""
    said = checkout / "said"
    said.write_text("")
    inherited = {name: value for name, value in os.environ.items() if "WINNOW" not in name}
    env = inherited | URLS | {"SAID": str(said), "WINNOW_VAR": str(checkout / "var")} | env
    env["PATH"] = f"{checkout / 'bin'}:/usr/bin:/bin"
    done = subprocess.run([checkout / "worker" / "cluster" / "run.sh"], env=env, check=False)
    return done.returncode, said.read_text().splitlines()


def test_modules_are_loaded_and_environments_made_before_the_worker(checkout: Path) -> None:
    gpus(checkout, 2)
    status, said = start(checkout, WINNOW_MODULES="cuda/12.4 python/3.11")
    *before, worker = said
    assert (status, before) == (
        0,
        [
            "module load cuda/12.4",
            "module load python/3.11",
            "bootstrap",
            "python -m worker.engines.setup vllm",
        ],
    )
    assert worker.startswith("servers 2: -A worker.app worker -Q generate,judge -n gpu-")
    assert (checkout / "var").stat().st_mode & 0o077 == 0


def test_environments_that_are_there_are_not_made_again(checkout: Path) -> None:
    start(checkout)
    _, said = start(checkout, WINNOW_ENGINE="url")
    assert [line.partition(" ")[0] for line in said] == ["servers"]


@pytest.mark.parametrize(
    ("there", "env", "servers"),
    [
        (4, {"WINNOW_TENSOR_PARALLEL": "2"}, "2"),
        (1, {"WINNOW_TENSOR_PARALLEL": "2"}, "1"),
        (4, {"WINNOW_SERVERS": "1"}, "1"),
        (0, {}, "1"),
    ],
)
def test_each_gpu_gets_a_server_unless_somebody_says_otherwise(
    checkout: Path, there: int, env: dict[str, str], servers: str
) -> None:
    gpus(checkout, there)
    _, said = start(checkout, **env)
    assert said[-1].startswith(f"servers {servers}: -A worker.app")


def test_a_module_that_is_not_there_ends_it_before_anything_is_made(checkout: Path) -> None:
    status, said = start(checkout, WINNOW_MODULES="gone cuda/12.4")
    assert status != 0 and said == ["module load gone"]
