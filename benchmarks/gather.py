"""Gathering at size: the figures of docs/data-engineers.md, as ratios within one run.

    python -m benchmarks.gather [--quick] [--check] [--before CHECKOUT] [--files N] [--full]
                                [--corpora] [--only chain,memory,…]

A PostgreSQL of its own is started in a temporary folder (durable, as in production) and ended.
Each figure is a line `name=value`. `--check` exits 1 where the chain, the way into PostgreSQL or
the memory is over 1.1 times what it was: by the code of another checkout measured in turns with
this one (`--before`), else by what was recorded in November 2026. Without it some minutes;
`--quick` is about one; --full has the 1 GB corpus with its 200 MB file and 50 MB line, and all
Debian packages; --corpora downloads the packages with apt-get and gathers them, and tells the
share of statements of each that nobody reads.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import gather_corpora as corpora
from benchmarks import gather_unparsed
from benchmarks.gather_private import ROOT, Server, measured, peak_of, private_server

PARTS = ("chain", "database", "workers", "baseline", "memory", "corpora")
QUICK_PARTS = ("chain", "database", "memory")
MOST = 1.1  # times what it was
# What was measured at commit c16bb91, as ratios to bare tree-sitter, and MB.
RECORDED = {
    "chain_shipped": 1.4, "chain_made": 4.6, "chain_tsql": 0.2,
    "into_shipped": 1.8, "into_made": 9.9, "memory": 362.0,
}  # fmt: skip


class Figures:
    """What was measured, printed as it comes."""

    def __init__(self) -> None:
        self._found: dict[str, float] = {}

    def tell(self, name: str, value: float) -> None:
        self._found[name] = value
        print(f"{name}={value:.3f}", flush=True)

    def told(self, name: str) -> float | None:
        return self._found.get(name)

    def missed(self) -> list[str]:
        """The names of what is over its bound; ends the program where nothing was bounded."""
        names = [name for name in RECORDED if name in self._found]
        if not names:
            sys.exit("nothing was measured that has a bound")
        bounds = {name: MOST * self._found.get(f"{name}_before", RECORDED[name]) for name in names}
        for name, bound in bounds.items():
            print(f"{name}_bound={bound:.3f}")
        return [name for name, bound in bounds.items() if self._found[name] > bound]


def main() -> None:
    options = parse_options()
    folder = Path(tempfile.mkdtemp(prefix="winnow-gather-"))
    everything = [part for part in PARTS if part != "corpora" or options.corpora]
    parts = options.only or (list(QUICK_PARTS) if options.quick else everything)
    figures = Figures()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; everything in {folder}")
    try:
        measure(options, folder, parts, figures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.check and (missed := figures.missed()):
        sys.exit(f"missed: {', '.join(missed)}")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--files", type=int, help="made files (4000; 600 with --quick)")
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--corpora", action="store_true")
    parser.add_argument("--before", type=Path, help="another checkout, measured in turns with this")
    parser.add_argument("--only", type=lambda names: names.split(","), default=[])
    options = parser.parse_args()
    options.files = options.files or (600 if options.quick else 4000)
    options.rounds = 2 if options.quick else 3
    return options


def measure(options: argparse.Namespace, folder: Path, parts: list[str], figures: Figures) -> None:
    """All parts that were asked for."""
    sources = [corpora.shipped_sql(folder), corpora.made_files(folder, options.files)]
    if {"chain", "baseline"} & set(parts):
        for source in [*sources, corpora.tsql_scripts(folder, max(8, options.files // 100))]:
            chain_and_baseline(source, parts, options, figures)
    for checkout, suffix in ((options.before, "_before"), (ROOT, "")):
        if checkout and {"database", "memory"} & set(parts):
            with private_server(folder / f"var{suffix}", checkout) as server:
                with_database(server, folder, sources, parts, options, figures, suffix)
    if {"workers", "corpora"} & set(parts):
        with private_server(folder / "var-more") as server:
            if "workers" in parts:
                workers(server, sources[1], figures)
            if "corpora" in parts:
                debian(server, folder / "debian", options, figures)


# Each part that parses runs in a process of its own (`measured`): what it imports and keeps is not
# the next one's burden, and the settings of this process need no database.
def chain_and_baseline(
    source: Path, parts: list[str], options: argparse.Namespace, figures: Figures
) -> None:
    """One process, no database: bare tree-sitter, the whole chain, and the predecessor."""
    bare = []
    runs: dict[str, list[float]] = {"chain": [], "before": [], "baseline": []}
    for _ in range(options.rounds):
        bare.append(measured("bare", source))
        if "chain" in parts:
            runs["chain"].append(measured("chain", source)["seconds"])
        if "chain" in parts and options.before:
            runs["before"].append(measured("chain", source, options.before)["seconds"])
        if "baseline" in parts:
            runs["baseline"].append(measured("baseline", source)["seconds"])
    least, name = min(run["seconds"] for run in bare), source.name
    figures.tell(f"megabytes_{name}", corpora.megabytes(source))
    figures.tell(f"statements_{name}", bare[0]["statements"])
    figures.tell(f"bare_seconds_{name}", least)
    if runs["before"]:
        figures.tell(f"chain_{name}_before", min(runs["before"]) / least)
    if runs["chain"]:
        figures.tell(f"chain_{name}", min(runs["chain"]) / least)
    if runs["before"]:
        figures.tell(f"chain_{name}_of_before", min(runs["chain"]) / min(runs["before"]))
    if runs["baseline"] and runs["chain"]:
        figures.tell(f"predecessor_of_chain_{name}", min(runs["baseline"]) / min(runs["chain"]))


def with_database(
    server: Server,
    folder: Path,
    sources: list[Path],
    parts: list[str],
    options: argparse.Namespace,
    figures: Figures,
    suffix: str,
) -> None:
    """The parts that need PostgreSQL, by the code of one checkout."""
    if "database" in parts:
        for source in sources:
            database(server, source, options, figures, suffix)
    if "memory" in parts:
        memory(server, folder, options, figures, suffix)


def database(
    server: Server, source: Path, options: argparse.Namespace, figures: Figures, suffix: str
) -> None:
    """The chain into PostgreSQL, ours and the server's processor time, to bare tree-sitter's in
    the same minute.
    """
    bare, processor = [], []
    for _ in range(options.rounds):
        bare.append(measured("bare", source)["seconds"])
        processor.append(server.fresh().here(source)[1])
    figures.tell(f"into_{source.name}{suffix}", min(processor) / min(bare))


def workers(server: Server, source: Path, figures: Figures) -> None:
    """Files a second with one process and with two, from the first batch stored to the last."""
    rates = {}
    for number in (1, 2):
        rates[number] = max(server.fresh().rate(source, number) for _ in range(2))
        figures.tell(f"files_a_second_{number}", rates[number])
    figures.tell("two_workers_of_one", rates[2] / rates[1])


def memory(
    server: Server, folder: Path, options: argparse.Namespace, figures: Figures, suffix: str
) -> None:
    """The largest resident set (MB) of any process while a corpus with huge files is gathered."""
    sizes = {"whole": 80, "file": 40, "line": 10}
    if options.full:
        sizes = {"whole": 1000, "file": 200, "line": 50}
    if options.quick:
        sizes = {"whole": 24, "file": 16, "line": 4}
    source = corpora.huge_files(folder, **sizes)
    started = time.monotonic()
    fresh = server.fresh()
    figures.tell(f"memory{suffix}", peak_of(fresh.manage("gather", source)) / 1e6)
    print(f"  {sizes} MB in {time.monotonic() - started:.0f} s; {fresh.told()}")
    shutil.rmtree(source)


def debian(server: Server, folder: Path, options: argparse.Namespace, figures: Figures) -> None:
    """Each package from end to end into an empty database, without the start of the process;
    then bare tree-sitter, the chain and the predecessor on the SQL files of all of them.
    """
    into = 0.0
    for name, source in corpora.debian_sql(folder, full=options.full).items():
        fresh = server.fresh()
        clock, processor = fresh.here(source)
        print(f"{name}: {fresh.told()} in {clock:.1f} s", flush=True)
        into += processor
    bare, chain, baseline = (
        min(measured(part, folder)["seconds"] for _ in range(options.rounds))
        for part in ("bare", "chain", "baseline")
    )
    figures.tell("chain_debian", chain / bare)
    figures.tell("into_debian", into / bare)
    figures.tell("predecessor_of_chain_debian", baseline / chain)
    gather_unparsed.tell(folder, options.before)


if __name__ == "__main__":
    main()
