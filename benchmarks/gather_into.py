"""Gathers a folder in this process and prints the seconds of the chunks: see benchmarks.gather."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
django.setup()

from apps.core import local  # noqa: E402  the settings come first
from apps.seeds.gathering import gathering_start, unit_do  # noqa: E402


def gather(source: str) -> float:
    """Seconds for all units of a gathering."""
    gathering = gathering_start(spec=source)
    started = time.perf_counter()
    for _ in local.work_through(
        job=gathering.job, do=lambda unit, lease: unit_do(unit=unit, lease=lease)
    ):
        pass
    return time.perf_counter() - started


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        # Parsers and rules are loaded at their first use: that is the start of a worker.
        script = Path(folder, "first.sql")
        script.write_text("SELECT a FROM first_of_all WHERE b = 'secret token' AND c @> '{}';")
        gather(str(script))
    print(gather(sys.argv[1]))
