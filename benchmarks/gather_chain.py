"""One measurement without a database, in a process of its own: see benchmarks.gather.

python -m benchmarks.gather_chain bare|chain|baseline FOLDER
"""

from __future__ import annotations

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
    tell(time.process_time() - started)
    print("statements", len(statements))


def chain(folder: Path) -> None:
    """Reading → splitting → parsing → choice of every file, as a worker does it."""
    with tempfile.TemporaryDirectory() as first:
        first_files(Path(first))
        _chain(Path(first))
    started = time.process_time()
    _chain(folder)
    tell(time.process_time() - started)


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
        tell(time.process_time() - started)


def tell(seconds: float) -> None:
    print("seconds", seconds)


if __name__ == "__main__":
    {"bare": bare, "chain": chain, "baseline": baseline}[sys.argv[1]](Path(sys.argv[2]))
