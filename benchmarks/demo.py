"""How soon the sample of `make demo` can be reviewed: `python -m benchmarks.demo [--check]`.

A fresh clone of what is committed, in a folder of its own and with an empty HOME, by whoever starts
this (root, or an ordinary user); uv's downloads are taken from this user's cache. Set-up included:
it is the time that somebody waits who has just typed `make demo`. Once the sample is there the
rest is ended. Printed, one `name=value` a line:

  sample_seconds    from the beginning of `make demo` to the sample's verdicts, at most 60
  sample_pairs      how many pairs can be reviewed then
  sample_missing    verdicts that none of them has, at most 0

`--check` exits 1 where a bound is missed.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from benchmarks.here import passable_folder, tell

ROOT = Path(__file__).resolve().parents[1]
SAID = re.compile(r"(\d+) sample pairs can be reviewed after \d+ s: (.*)")
# As the command tells them; time or room runs out of what never ends, whichever is first.
VERDICTS = ("passed", "wrong result", "sql error", "no sql", "no tests", "vacuous", "refused")
BOUNDS = {"sample_seconds": 60.0, "sample_missing": 0.0}


def environment(home: Path) -> dict[str, str]:
    """Nothing of this user's but where uv keeps what it has downloaded."""
    cache = os.environ.get("UV_CACHE_DIR") or str(Path.home() / ".cache" / "uv")
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    return kept | {"HOME": str(home), "UV_CACHE_DIR": cache}


def measure(folder: Path) -> dict[str, float]:
    """Clone, set up, and wait for the sample."""
    clone, home = folder / "clone", folder / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone], check=True)
    env = environment(home)
    began = time.monotonic()
    demo = subprocess.Popen(
        ["make", "demo"], cwd=clone, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, start_new_session=True,
    )  # fmt: skip
    lines = []
    try:
        assert demo.stdout
        for line in demo.stdout:
            lines.append(line)
            if found := SAID.match(line):
                missing = [each for each in VERDICTS if each not in found[2]]
                return {
                    "sample_seconds": time.monotonic() - began,
                    "sample_pairs": float(found[1]),
                    "sample_missing": float(len(missing)),
                }
    finally:
        with suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGKILL)
        demo.wait()
        subprocess.run(["make", "stop"], cwd=clone, env=env, check=False, capture_output=True)
    raise SystemExit(f"There was no sample:\n{''.join(lines[-30:])}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="exit 1 where a bound is missed")
    parser.add_argument("--quick", action="store_true", help="the same: there is no shorter way")
    arguments = parser.parse_args()
    with passable_folder() as folder:
        figures = measure(folder)
    missed = tell(figures, BOUNDS)
    return 1 if arguments.check and missed else 0


if __name__ == "__main__":
    sys.exit(main())
