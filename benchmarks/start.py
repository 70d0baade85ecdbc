"""What `make start` costs: `python -m benchmarks.start [--quick] [--check]`.

A whole machine in a folder of its own, started as `make start` does (without what make itself looks
at), first new and then again. Printed, one `name=value` a line:

  first_cpu_seconds, start_cpu_seconds   processor time of all its processes, the command included
  first_wall_seconds, start_wall_seconds from stopped to ready
  idle_pss_mb                            memory of all its processes, shared pages shared out
  check_cpu_seconds                      processor time of `manage.py check`
  web_back_seconds                       from SIGKILL of the web process to its next answer

Processor time holds on a busy machine, wall time only on two free cores: `--check` exits 1 where
one of BOUNDS is missed. Bytecode is written first, as the set-up does. `--quick` starts twice, else
the figures are the medians of five starts.
"""

from __future__ import annotations

import argparse
import http.client
import os
import resource
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import psutil

from apps.core.embedded.service import processes_in
from apps.core.processes import leftovers, record
from benchmarks.here import passable_folder, tell

ROOT = Path(__file__).resolve().parents[1]
BOUNDS = {
    "first_cpu_seconds": 15.0,
    "start_cpu_seconds": 15.0,
    "start_wall_seconds": 10.0,
    "idle_pss_mb": 700.0,
    "check_cpu_seconds": 2.0,
    "web_back_seconds": 5.0,
}
SETTLE_SECONDS = 5.0


def environment(var: Path) -> dict[str, str]:
    left_out = ("PYTHONDONTWRITEBYTECODE", "DATABASE_URL", "REDIS_URL", "WINNOW_PORT")
    ours = {name: value for name, value in os.environ.items() if name not in left_out}
    return ours | {"WINNOW_VAR": str(var)}


def run(var: Path, *words: str) -> float:
    """Run a Python command to its end; the processor seconds of it and its ended children."""
    before = _used(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment(var), check=True, capture_output=True
    )
    return _used(resource.RUSAGE_CHILDREN) - before


def _used(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def processes(var: Path) -> list[psutil.Process]:
    """Everything that the machine runs: what is marked, its descendants, and the servers' own."""
    found = {process.pid: process for process in leftovers.marked(var)}
    for process in list(found.values()):
        with suppress(psutil.Error):
            found |= {child.pid: child for child in process.children(recursive=True)}
    for folder in (var / "postgres" / "data", var / "valkey"):
        found |= {process.pid: process for process in processes_in(folder)}
    return list(found.values())


def cpu_of(machine: list[psutil.Process]) -> float:
    """Processor seconds of living processes and of those that they have buried."""
    total = 0.0
    for process in machine:
        with suppress(psutil.Error):
            times = process.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def pss_of(machine: list[psutil.Process]) -> float:
    """Megabytes (10^6) of proportional memory."""
    total = 0
    for process in machine:
        with suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total / 1e6


def start(var: Path) -> tuple[float, float]:
    """Start the machine: processor and wall seconds until the command came back."""
    began = time.monotonic()
    command = run(var, "-m", "apps.core.processes", "start")
    wall = time.monotonic() - began
    return command + cpu_of(processes(var)), wall


def web_back(var: Path) -> float:
    """Kill the web process and ask until it answers: seconds."""
    web = record.load(var, "web")
    assert web and web.process
    os.kill(web.process.pid, signal.SIGKILL)
    began = time.monotonic()
    # Its workers end with it: their last answers are no news.
    while _answers(web.address):
        time.sleep(0.01)
    while not _answers(web.address):
        time.sleep(0.05)
    return time.monotonic() - began


def _answers(address: str) -> bool:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=2)
    try:
        connection.request("GET", "/accounts/login/")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def measure(var: Path, starts: int) -> dict[str, float]:
    """All figures. The first start also makes databases and static files."""
    stop: Callable[[], float] = lambda: run(var, "-m", "apps.core.processes", "stop")  # noqa: E731
    run(var, "manage.py", "check")
    figures = {
        "check_cpu_seconds": statistics.median(run(var, "manage.py", "check") for _ in range(3))
    }
    try:
        figures["first_cpu_seconds"], figures["first_wall_seconds"] = start(var)
        taken: list[tuple[float, float]] = []
        for _ in range(starts - 1):
            stop()
            taken.append(start(var))
        figures["start_cpu_seconds"] = statistics.median(cpu for cpu, _ in taken)
        figures["start_wall_seconds"] = statistics.median(wall for _, wall in taken)
        time.sleep(SETTLE_SECONDS)
        figures["idle_pss_mb"] = pss_of(processes(var))
        figures["web_back_seconds"] = web_back(var)
    finally:
        stop()
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="two starts instead of five")
    parser.add_argument("--check", action="store_true", help="exit 1 where a bound is missed")
    arguments = parser.parse_args()
    with passable_folder() as folder:
        figures = measure(folder / "var", 2 if arguments.quick else 5)
    missed = tell(figures, BOUNDS)
    return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
