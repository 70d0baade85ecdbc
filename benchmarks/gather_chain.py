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

from apps.seeds.decoding import decode  # noqa: E402  the settings come first
from apps.seeds.extraction import ExtractionSettings  # noqa: E402
from apps.seeds.lexing import Role, guess_dialect, split  # noqa: E402
from apps.seeds.parsing import bare_parse  # noqa: E402
from apps.seeds.readers.opening import open_source  # noqa: E402
from apps.seeds.reading_files import read_file  # noqa: E402
from apps.seeds.storing import file_key  # noqa: E402
from benchmarks import baseline_gather  # noqa: E402


def bare(folder: Path) -> None:
    """Parse with tree-sitter the statements that the splitter finds, and nothing else."""
    statements = []
    for path in sorted(folder.rglob("*.sql")):
        content = decode(path.read_bytes()).content
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
    settings = ExtractionSettings()
    read_file_of = open_source(str(folder))
    started = time.process_time()
    for origin in read_file_of.read(read_file_of.manifest()):
        read_file(origin, key=file_key(origin), settings=settings, seeds_per_file=5000)
    tell(time.process_time() - started)


def baseline(folder: Path) -> None:
    """The predecessor on the same files, in this process: no pool to start or to wait for."""
    paths = sorted(folder.rglob("*.sql"))
    with tempfile.TemporaryFile("w") as output:
        started = time.process_time()
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
