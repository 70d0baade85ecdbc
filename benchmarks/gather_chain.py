"""The chain without a database, beside bare tree-sitter and the predecessor, on a folder of SQL.

    python -m benchmarks.gather_chain [FOLDER] [--quick] [--check]
    python -m benchmarks.gather_chain bare|chain|baseline FOLDER

Without a folder: the SQL that the embedded PostgreSQL carries. Each part is measured in a process
of its own (processor seconds, the least of three runs; --quick: of one); the second way is that of
one part, which benchmarks.gather asks for. Each figure is a line `name=value`; --check exits 1
where the chain takes more than 1.5 times what bare tree-sitter takes for the same statements.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
django.setup()

from apps.seeds.extraction.chain import ExtractionSettings  # noqa: E402
from apps.seeds.gathering.files import file_key  # noqa: E402
from apps.seeds.gathering.reading_files import read_file  # noqa: E402
from apps.seeds.readers.decoding import decode  # noqa: E402  the settings come first
from apps.seeds.readers.opening import open_source  # noqa: E402
from apps.sql.guess import guess_dialect  # noqa: E402
from apps.sql.parsing.parsers import bare_parse  # noqa: E402
from apps.sql.splitting import Role, split  # noqa: E402
from benchmarks import baseline_gather  # noqa: E402
from benchmarks.gather_corpora import shipped_sql  # noqa: E402
from benchmarks.gather_private import measured  # noqa: E402
from benchmarks.here import tell  # noqa: E402

DIALECTS = ("postgres", "mysql", "mssql", "sqlite", "oracle", "plain")
FIRST = """SELECT a FROM first_of_all WHERE b = 'secret token' AND c @> '{}';
ALTER TABLE a DISABLE TRIGGER b;
INSERT INTO a VALUES (1, 'b'), (2, 'c'), (3, 'd'), (4, 'e');
SELECT a.b FROM a LEFT JOIN c ON (a.d = c.d), e WHERE a.f = e.f;
"""


def first_files(folder: Path) -> None:
    """Files that have everything loaded that is loaded at its first use: the start of a worker."""
    for dialect in DIALECTS:
        (folder / f"{dialect}.sql").write_text(FIRST)


def bare(folder: Path) -> None:
    """Parse with tree-sitter the statements that the splitter finds, and nothing else."""
    statements = []
    for path in baseline_gather.scripts(folder):
        content = decode(baseline_gather.read(path)).content
        for piece in split(content, guess_dialect(content, path=str(path)).dialect):
            if piece.role is Role.STATEMENT:
                statements.append(content[piece.start : piece.end])
    started = time.process_time()
    for statement in statements:
        bare_parse(statement)
    _told(time.process_time() - started)
    print(f"statements={len(statements)}")


def chain(folder: Path) -> None:
    """Reading → splitting → parsing → choice of every file, as a worker does it."""
    with tempfile.TemporaryDirectory() as first:
        first_files(Path(first))
        _chain(Path(first))
    started = time.process_time()
    _chain(folder)
    _told(time.process_time() - started)


def _chain(folder: Path) -> None:
    settings = ExtractionSettings()
    source = open_source(str(folder))
    for origin in source.read(source.manifest()):
        read_file(origin, key=file_key(origin), settings=settings, seeds_per_file=5000)


def baseline(folder: Path) -> None:
    """The predecessor on the same files, in this process: no pool to start or to wait for."""
    with tempfile.TemporaryFile("w") as output:
        started = time.process_time()
        paths = baseline_gather.scripts(folder)
        for start in range(0, len(paths), baseline_gather.FILES_PER_CHUNK):
            baseline_gather.write(
                baseline_gather.chunk(paths[start : start + baseline_gather.FILES_PER_CHUNK]),
                output,
                0,
            )
        _told(time.process_time() - started)


def _told(seconds: float) -> None:
    print(f"seconds={seconds}")


PARTS = {"bare": bare, "chain": chain, "baseline": baseline}
BOUNDS = {"chain_of_bare": 1.5}


def everything(folder: Path, rounds: int) -> dict[str, float]:
    """Each part, and what they are to each other."""
    runs = {part: [measured(part, folder) for _ in range(rounds)] for part in PARTS}
    seconds = {part: min(run["seconds"] for run in found) for part, found in runs.items()}
    return {
        "statements": runs["bare"][0]["statements"],
        **{f"{part}_seconds": least for part, least in seconds.items()},
        "chain_of_bare": seconds["chain"] / seconds["bare"],
        "predecessor_of_chain": seconds["baseline"] / seconds["chain"],
    }


def main() -> None:
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        PARTS[sys.argv[1]](Path(sys.argv[2]))
        return
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or shipped_sql(Path(scratch))
        figures = everything(folder, 1 if options.quick else 3)
    if tell(figures, BOUNDS) and options.check:
        sys.exit(1)


if __name__ == "__main__":
    main()
