"""The commands behind `make backup`, `make clean-data`, `make restore` and `make upgrade`, on a real
installation; tests/upgrade/test_make.py runs make itself.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import zstandard

from apps.core.backups import files, manifest
from apps.core.backups.manifest import BackupError
from apps.core.embedded import running
from tests.installation import ROOT, environment

# Every row of every table, and every file that is kept.
Everything = tuple[dict[str, list[str]], dict[str, bytes]]


class Installation:
    """A stopped installation in a folder of its own, driven by its commands."""

    def __init__(self, folder: Path) -> None:
        self.var, self.backups = folder / "var", folder / "backups"
        self.env = environment(self.var, DJANGO_SETTINGS_MODULE="apps.settings")
        self.ids: dict[str, int] = {}

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=self.env, capture_output=True, text=True,
            check=False, timeout=600, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def manage(self, *words: str) -> str:
        done = self.run("manage.py", *words)
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout

    def refused(self, *words: str) -> str:
        done = self.run("manage.py", *words)
        assert done.returncode == 1, f"{words}: {done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    @contextmanager
    def database(self) -> Iterator[None]:
        """The database as another machine has it: by its address. Durable: what a busy machine
        has no time to end cleanly is killed, and must still have all its rows.
        """
        with running(self.var) as urls:
            self.env["DATABASE_URL"] = urls.database_url
            try:
                yield
            finally:
                del self.env["DATABASE_URL"]

    def filled(self, number: int) -> dict[str, int]:
        """The ids of new rows (tests.filled) in a database that answers."""
        done = self.run("-m", "tests.filled", str(number))
        assert done.returncode == 0, done.stderr
        found: dict[str, int] = json.loads(done.stdout)
        return found

    def backup(self) -> Path:
        before = set(self.backups.glob("winnow-*"))
        time.sleep(1)  # its folder is named by the second
        self.manage("backup", "--to", str(self.backups))
        (made,) = set(self.backups.glob("winnow-*")) - before
        return made

    def everything(self) -> Everything:
        """Every row of every table, and every file that is kept."""
        with running(self.var, durable=False) as urls, psycopg.connect(urls.database_url) as db:
            names = db.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
            ).fetchall()
            rows = {
                name: sorted(
                    str(row) for row in db.execute(f'SELECT t::text FROM "{name}" AS t').fetchall()
                )
                for (name,) in names
            }
        kept = [path for path in files._files(self.var) if path.is_file()]
        return rows, {str(path.relative_to(self.var)): path.read_bytes() for path in kept}


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    # Open to the account that runs the services where this one is root.
    folder = tmp_path_factory.mktemp("installation")
    for each in (folder, *folder.parents):
        if each.stat().st_uid == os.getuid() and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o011)
    here = Installation(folder)
    told = here.manage("upgrade", "--to", str(here.backups))
    assert "as this version wants it" in told
    assert not here.backups.exists()  # there was nothing to lose
    with here.database():
        here.manage("create_admin")
        here.manage("import_fewshot", "prompts/self-ossinstruct-fewshot.txt")
        here.ids = here.filled(1000)
    for name, text in (("exports/1/pairs.jsonl", b"{}\n" * 1000), ("uploads/a/x.sql", b"SELECT 1")):
        path = here.var / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    yield here


@pytest.fixture(scope="module")
def backed_up(installation: Installation) -> tuple[Path, Everything]:
    """A backup of it, and what it holds."""
    return installation.backup(), installation.everything()


@pytest.fixture(scope="module")
def made(backed_up: tuple[Path, Everything]) -> Path:
    """The backup, for those who harm a copy or bring it back."""
    return backed_up[0]


def test_what_was_backed_up_comes_back(
    installation: Installation, backed_up: tuple[Path, Everything]
) -> None:
    """In the place of what came later; into an empty folder: tests/upgrade/test_make.py."""
    made, (rows, kept) = backed_up
    assert len(rows["fewshot_example"]) > 18
    for name in ("seeds_seed", "generation_run", "generation_response", "validation_verdict"):
        assert len(rows[name]) == 2, name
    assert len(rows["review_label"]) == 1
    assert {"exports/1/pairs.jsonl", "uploads/a/x.sql", "secret-key"} <= set(kept)
    (installation.var / "exports" / "later.jsonl").write_text("later")
    with installation.database():
        installation.filled(1500)
        assert "replaces without asking" in installation.refused("restore", str(made))
    assert (installation.var / "exports" / "later.jsonl").exists()
    told = installation.manage("restore", str(made), "--yes")
    assert "Restored what was backed up at" in told
    assert installation.everything() == (rows, kept)
    # Numbers of rows go on, also where the row with the last one was deleted before the backup.
    with installation.database():
        later = installation.filled(2000)
    assert set(later) == {"seed", "run", "pair", "label", "reviewer"}
    for name, number in installation.ids.items():
        assert later[name] > number, name


def test_a_backup_that_is_not_whole_changes_nothing(installation: Installation, made: Path) -> None:
    before = installation.everything()
    broken = installation.backups / "broken"
    shutil.copytree(made, broken)
    dump = broken / manifest.DATABASE
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) // 2])
    assert "is not what was backed up" in installation.refused("restore", str(broken), "--yes")

    # Even with the right sum: what cannot be read to its end replaces nothing.
    told = json.loads((broken / manifest.NAME).read_text())
    told["sha256"][manifest.DATABASE] = manifest.hash_of(dump)
    (broken / manifest.NAME).write_text(json.dumps(told))
    assert "pg_restore" in installation.refused("restore", str(broken), "--yes")
    assert installation.everything() == before


def test_a_backup_of_newer_code_is_refused(installation: Installation, made: Path) -> None:
    newer = installation.backups / "newer"
    shutil.copytree(made, newer)
    told = json.loads((newer / manifest.NAME).read_text())
    told["migrations"].append("review.0999_of_tomorrow")
    (newer / manifest.NAME).write_text(json.dumps(told))
    said = installation.refused("restore", str(newer), "--yes")
    assert "newer than this code" in said
    assert "review.0999_of_tomorrow" in said


def test_a_database_in_use_is_not_replaced(installation: Installation, made: Path) -> None:
    with installation.database(), psycopg.connect(installation.env["DATABASE_URL"]):
        said = installation.refused("restore", str(made), "--yes")
        assert "1 others use the database" in said
        # A backup disturbs nobody.
        installation.backup()


def test_an_older_installation_is_backed_up_before_it_is_migrated(
    installation: Installation,
) -> None:
    with installation.database():
        installation.manage("migrate", "exports", "0004")
        told = installation.manage("upgrade", "--to", str(installation.backups))
        again = installation.manage("upgrade", "--to", str(installation.backups))
    (line,) = [line for line in told.splitlines() if line.startswith("What was there before")]
    made = Path(line.split()[6])
    assert "exports.0005_benchmark_ruling_and_removed" not in manifest.read(made).migrations
    assert "What was there before" not in again


def test_an_archive_with_other_files_is_refused(tmp_path: Path) -> None:
    archive = tmp_path / "files.tar.zst"
    (tmp_path / "x").write_text("x")
    with (
        archive.open("wb") as file,
        zstandard.ZstdCompressor().stream_writer(file) as packed,
        tarfile.open(fileobj=packed, mode="w|") as tar,
    ):
        tar.add(tmp_path / "x", arcname="exports/../../outside")
    var = tmp_path / "var"
    (var / "exports").mkdir(parents=True)
    (var / "exports" / "mine").write_text("mine")
    with pytest.raises(BackupError, match="outside"):
        files.unpack(archive, var)
    assert (var / "exports" / "mine").read_text() == "mine"
    assert not (tmp_path / "outside").exists()
