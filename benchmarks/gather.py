"""Gathering at size: the figures of docs/data-engineers.md, as ratios within one run.

    python -m benchmarks.gather [--files N] [--full] [--corpora] [--only chain,memory,…]

A PostgreSQL of its own is started in a temporary folder (durable, as in production) and ended.
Small by default (some minutes); --full has the 1 GB corpus with its 200 MB file and 50 MB line,
and all Debian packages; --corpora downloads the packages with apt-get and gathers them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import gather_corpora as corpora
from benchmarks.gather_private import Server, peak_of, private_server

PARTS = ("chain", "database", "workers", "baseline", "memory", "corpora")
ROUNDS = 3


def main() -> None:
    options = parse_options()
    folder = Path(tempfile.mkdtemp(prefix="winnow-gather-"))
    parts = options.only or [part for part in PARTS if part != "corpora" or options.corpora]
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; everything in {folder}")
    try:
        sources = [corpora.shipped_sql(folder), corpora.made_files(folder, options.files)]
        if {"chain", "baseline"} & set(parts):
            for source in [*sources, corpora.tsql_scripts(folder, options.files // 100)]:
                chain_and_baseline(source, parts)
        if {"database", "workers", "memory", "corpora"} & set(parts):
            with private_server(folder / "var") as server:
                with_database(server, folder, sources, parts, full=options.full)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, default=4000, help="made files (4000)")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--corpora", action="store_true")
    parser.add_argument("--only", type=lambda names: names.split(","), default=[])
    return parser.parse_args()


def with_database(
    server: Server, folder: Path, sources: list[Path], parts: list[str], *, full: bool
) -> None:
    """The parts that need PostgreSQL."""
    if "database" in parts:
        for source in sources:
            database(server, source)
    if "workers" in parts:
        workers(server, sources[1])
    if "memory" in parts:
        memory(server, folder, full=full)
    if "corpora" in parts:
        debian(server, folder / "debian", full=full)


# Each part that parses runs in a process of its own: what it imports and keeps is not the
# next one's burden, and the settings of this process need no database.
def measured(part: str, source: Path) -> dict[str, float]:
    """Figures that `benchmarks.gather_chain PART FOLDER` prints, "name number" a line."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.gather_chain", part, source],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    return {name: float(number) for name, number in map(str.split, done.stdout.splitlines())}


def chain_and_baseline(source: Path, parts: list[str]) -> None:
    """One process, no database: bare tree-sitter, the whole chain, and the predecessor."""
    bare, chain, baseline = [], [], []
    for _ in range(ROUNDS):
        bare.append(measured("bare", source))
        if "chain" in parts:
            chain.append(measured("chain", source)["seconds"])
        if "baseline" in parts:
            baseline.append(measured("baseline", source)["seconds"])
    least = min(run["seconds"] for run in bare)
    size = corpora.megabytes(source)
    print(
        f"\n{source.name}: {size:.1f} MB, {bare[0]['statements']:.0f} statements;"
        f" bare tree-sitter {least:.2f} s ({size / least:.1f} MB/s)"
    )
    if chain:
        print(
            f"  read, split, parse, choose: {min(chain):.2f} s,"
            f" {min(chain) / least:.2f} times bare tree-sitter (wanted: at most 1.5)"
        )
    if baseline and chain:
        print(
            f"  predecessor, one process: {min(baseline):.2f} s,"
            f" {min(baseline) / min(chain):.1f} times the chain (wanted: at least 20)"
        )


def database(server: Server, source: Path) -> None:
    """The chain into PostgreSQL beside bare tree-sitter in the same minute."""
    bare, clock, processor = [], [], []
    for _ in range(ROUNDS):
        bare.append(measured("bare", source)["seconds"])
        seconds = server.fresh().here(source)
        clock.append(seconds[0])
        processor.append(seconds[1])
    print(
        f"\n{source.name} into PostgreSQL: {min(processor):.2f} s of processor time, ours and the"
        f" server's, {min(processor) / min(bare):.2f} times bare tree-sitter (wanted: at most 2);"
        f" {min(clock):.2f} s by the clock, at load {os.getloadavg()[0]:.1f}"
    )


def workers(server: Server, source: Path) -> None:
    """Files a second with one process and with two, from the first batch stored to the last."""
    rates = {}
    for number in (1, 2):
        rates[number] = max(server.fresh().rate(source, number) for _ in range(2))
    print(
        f"\nworkers: {rates[1]:.0f} files/s with one process, {rates[2]:.0f} with two:"
        f" {rates[2] / rates[1]:.2f} times (wanted: at least 1.7 on an idle machine; load now"
        f" {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores)"
    )


def memory(server: Server, folder: Path, *, full: bool) -> None:
    """The largest resident set of any process while a corpus with huge files is gathered."""
    sizes = (
        {"whole": 1000, "file": 200, "line": 50} if full else {"whole": 80, "file": 40, "line": 10}
    )
    source = corpora.huge_files(folder, **sizes)
    started = time.monotonic()
    fresh = server.fresh()
    peak = peak_of(fresh.manage("gather", source))
    print(
        f"\nmemory: at most {peak / 1e6:.0f} MB in any process (wanted: under 400), with a file of"
        f" {sizes['file']} MB, a line of {sizes['line']} MB and {corpora.megabytes(source):.0f} MB"
        f" in all, in {time.monotonic() - started:.0f} s; {fresh.told()}"
    )
    shutil.rmtree(source)


def debian(server: Server, folder: Path, *, full: bool) -> None:
    """Each package from end to end into an empty database, without the start of the process;
    then bare tree-sitter, the chain and the predecessor on the SQL files of all of them.
    """
    into = 0.0
    for name, source in corpora.debian_sql(folder, full=full).items():
        fresh = server.fresh()
        clock, processor = fresh.here(source)
        print(f"{name}: {fresh.told()} in {clock:.1f} s", flush=True)
        into += processor
    bare, chain, baseline = (
        min(measured(part, folder)["seconds"] for _ in range(ROUNDS))
        for part in ("bare", "chain", "baseline")
    )
    print(
        f"all packages: bare tree-sitter {bare:.1f} s; read, split, parse, choose"
        f" {chain / bare:.2f} times that (wanted: at most 1.5); into PostgreSQL"
        f" {into / bare:.2f} times (wanted: at most 2); predecessor {baseline / chain:.1f} times"
        " the chain (wanted: at least 20)"
    )


if __name__ == "__main__":
    main()
