"""How soon `make demo` shows pairs: `python -m benchmarks.demo [--quick] [--ordinary] [--check]`.

A fresh clone of what is committed, in a folder of its own and with an empty HOME, by whoever starts
this (root, or an ordinary user; `--ordinary`: as one also where root starts this, by
scripts/as-ordinary-user). uv's downloads are taken from this user's cache; where that is empty a
first set-up fills it and is not measured. Everything else is: the times are what somebody waits
who has just typed `make demo`, unless they are said to be of a step. At the end, whatever has
happened, `make stop`. Printed, one `name=value` a line:

  setup_seconds           before the demo's first step: .venv
  services_seconds        of this step: PostgreSQL, Valkey, web, workers
  step_NAME_seconds       of each step, as the demo tells them
  sample_seconds          until the sample has its verdicts, at most 60
  sample_pairs            how many pairs can be reviewed then
  sample_missing          verdicts that none of them has, at most 0
  first_own_pair_seconds  until the small model's first pair is stored, at most 75
  total_seconds           until the last pair is validated, at most 180
  own_pairs               pairs of the small model
  own_pairs_tested        of them, with a test that was run (not "no SQL", "no tests"), at least 1
  tested_share            the same as a share of own_pairs
  passed_share            share of own_pairs that passed

`--quick` goes as far as the sample. `--check` exits 1 where a bound is missed.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from benchmarks.here import passable_folder, tell

ROOT = Path(__file__).resolve().parents[1]
SAID = re.compile(r"(\d+) sample pairs can be reviewed after \d+ s: (.*)")
# As the command tells them; time or room runs out of what never ends, whichever is first.
VERDICTS = ("passed", "wrong result", "sql error", "no sql", "no tests", "vacuous", "refused")
UNTESTED = ("no_sql", "no_tests")
BOUNDS = {
    "sample_seconds": 60.0,
    "sample_missing": 0.0,
    "first_own_pair_seconds": 75.0,
    "total_seconds": 180.0,
}
LEAST = {"own_pairs_tested": 1.0}
SHOWN_LINES = 40


class Clone:
    """A checkout of its own, and how commands are given in it."""

    def __init__(self, source: Path, folder: Path, home: Path, cache: Path) -> None:
        self.folder = folder
        subprocess.run(
            [
                "git",
                "-c",
                "advice.detachedHead=false",
                "clone",
                "--quiet",
                "--no-hardlinks",
                source,
                folder,
            ],
            check=True,
        )
        home.mkdir(exist_ok=True)
        kept = {name: os.environ[name] for name in ("LANG",) if name in os.environ}
        # The Python of this one first: another user may not have the one that PATH finds.
        path = f"{Path(sys.base_prefix, 'bin')}{os.pathsep}{os.environ['PATH']}"
        self.env = kept | {"PATH": path, "HOME": str(home), "UV_CACHE_DIR": str(cache)}

    def run(self, *words: str) -> None:
        done = subprocess.run(
            words, cwd=self.folder, env=self.env, text=True, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        if done.returncode:
            print(f"{' '.join(words)} has failed:\n{done.stdout[-3000:]}", file=sys.stderr)
            raise SystemExit(1)

    @contextmanager
    def demo(self) -> Iterator[Iterator[str]]:
        """`make demo`, line by line as it says them; everything has ended after the block."""
        demo = subprocess.Popen(
            ["make", "demo"], cwd=self.folder, env=self.env, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        try:
            assert demo.stdout
            yield iter(demo.stdout)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(demo.pid, signal.SIGKILL)
            demo.wait()
            self.run("make", "stop")

    def note(self) -> dict[str, Any]:
        """What the command has measured itself."""
        told: dict[str, Any] = json.loads((self.folder / "var/log/demo.json").read_text())
        return told


def cache_of(source: Path, folder: Path) -> Path:
    """The folder of uv's downloads; filled, where it is empty, by a set-up of another clone."""
    cache = Path(os.environ.get("UV_CACHE_DIR") or Path.home() / ".cache" / "uv")
    if not cache.is_dir():
        print(f"# {cache} is filled first, which is not measured", flush=True)
        first = Clone(source, folder / "first", folder / "first-home", cache)
        first.run("make", "setup")
        first.run(".venv/bin/python", "-m", "worker.engines.setup", "llama")
    return cache


def measure(source: Path, folder: Path, *, to_sample: bool) -> dict[str, float]:
    """Clone, set up, and wait for the sample, or for all of it."""
    clone = Clone(source, folder / "clone", folder / "home", cache_of(source, folder))
    began = time.time()
    lines: list[str] = []
    figures: dict[str, float] = {}
    with clone.demo() as said:
        for line in said:
            lines.append(line)
            if found := SAID.match(line):
                figures = of_sample(time.time() - began, found)
                if to_sample:
                    return figures
        if figures and (clone.folder / "var/log/demo.json").exists():
            return figures | of_all(began, clone.note())
    raise SystemExit(f"The demo came to no end:\n{''.join(lines[-SHOWN_LINES:])}")


def of_sample(seconds: float, found: re.Match[str]) -> dict[str, float]:
    missing = [each for each in VERDICTS if each not in found[2]]
    return {
        "sample_seconds": seconds,
        "sample_pairs": float(found[1]),
        "sample_missing": float(len(missing)),
    }


def of_all(began: float, note: dict[str, Any]) -> dict[str, float]:
    """The figures of what the command has noted, with the set-up before it."""
    setup, pairs, outcomes = note["begun"] - began, note["pairs"], note["outcomes"]
    tested = sum(number for name, number in outcomes.items() if name not in UNTESTED)
    steps = {
        f"step_{re.sub(r'[^a-z]+', '_', name.lower())}_seconds": seconds
        for name, seconds in note["steps"].items()
    }
    if note["first_pair_seconds"] is None:
        raise SystemExit("The small model has written no pair.")
    return {
        "setup_seconds": setup,
        "services_seconds": note["steps"]["services"],
        **steps,
        "first_own_pair_seconds": setup + note["first_pair_seconds"],
        "total_seconds": setup + note["seconds"],
        "own_pairs": pairs,
        "own_pairs_tested": tested,
        "tested_share": tested / pairs,
        "passed_share": outcomes.get("passed", 0) / pairs,
    }


def as_ordinary(options: list[str]) -> int:
    """This script as an ordinary user, who gets the commits in a file that they may read."""
    with passable_folder() as folder:
        bundle = folder / "winnow.bundle"
        subprocess.run(["git", "bundle", "create", "--quiet", bundle, "HEAD"], cwd=ROOT, check=True)
        script = str(ROOT / "scripts/as-ordinary-user")
        words = [script, sys.executable, "-m", "benchmarks.demo", "--source", str(bundle)]
        return subprocess.run([*words, *options], cwd=ROOT, check=False).returncode


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where a bound is missed")
    parser.add_argument("--quick", action="store_true", help="as far as the sample")
    parser.add_argument("--ordinary", action="store_true", help="as an ordinary user")
    parser.add_argument("--source", type=Path, default=ROOT, help="what is cloned")
    options = parser.parse_args()
    if options.ordinary and os.geteuid() == 0:
        chosen = [f"--{name}" for name in ("check", "quick") if getattr(options, name)]
        return as_ordinary(chosen)
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"# user {os.geteuid()}, {os.cpu_count()} cores; load before: {load}", flush=True)
    with passable_folder() as folder:
        figures = measure(options.source, folder, to_sample=options.quick)
    missed = tell(figures, BOUNDS, LEAST)
    return 1 if options.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
