"""Gathers a folder in this process and prints the seconds of the chunks: see benchmarks.gather."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path

import django
import psutil

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
django.setup()

from django.db import connection  # noqa: E402  the settings come first

from apps.core import local  # noqa: E402
from apps.seeds.gathering.jobs import gathering_start, unit_do  # noqa: E402
from benchmarks.gather_chain import first_files  # noqa: E402


def gather(source: str) -> tuple[float, float]:
    """Seconds for all units of a gathering: by the clock, and of processor time here, in the
    process that reads large files, and in that of PostgreSQL that serves us. The latter do not
    count what else the machine does.
    """
    gathering = gathering_start(spec=source)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    clock, here, there = time.perf_counter(), spent_here(), spent(backend)
    for _ in local.work_through(
        job=gathering.job, do=lambda unit, lease: unit_do(unit=unit, lease=lease)
    ):
        pass
    return (
        time.perf_counter() - clock,
        spent_here() - here + spent(backend) - there,
    )


def spent_here() -> float:
    """Seconds of processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])


def spent(process: psutil.Process) -> float:
    """Seconds of processor time that a process has used."""
    times = process.cpu_times()
    return float(times.user + times.system)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        first_files(Path(folder))
        gather(folder)
    print(*gather(sys.argv[1]))
