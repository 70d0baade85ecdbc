"""Make's targets themselves, on an installation of an earlier release, with its rows: upgrade, backup,
clean-data, restore, start, status, stop, in a checkout of its own whose requirements are installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from apps.core.backups import manifest
from apps.core.embedded import running
from tests.core.test_backups import Installation
from tests.installation import ROOT
from tests.upgrade.before import APPLIED, MOVED, applied, dumped

# What a checkout has that the commands need.
CODE = ("apps", "worker", "templates", "static", "prompts", "scripts")
FILES = ("manage.py", "Makefile", "pyproject.toml", "requirements.txt")
KEPT = {
    "exports/1/pairs.jsonl": b"{}\n" * 1000,
    "uploads/a/x.sql": b"SELECT 1",
    "secret-key": b"of an earlier release, and long enough to sign the sessions of everybody here",
}


class Checkout(Installation):
    """An installation beside its code, driven by make."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.code = folder / "code"
        for name in CODE:
            shutil.copytree(ROOT / name, self.code / name, ignore=shutil.ignore_patterns("*.pyc*"))
        for name in FILES:
            shutil.copy2(ROOT / name, self.code / name)
        self._copy_compiled()
        # An environment of its own to Python and to make, whose parts are those of this one.
        here = Path(sys.prefix)
        (self.code / ".venv").mkdir()
        for name in ("bin", "lib", "pyvenv.cfg"):
            (self.code / ".venv" / name).symlink_to(here / name)
        (self.code / ".venv" / ".setup").touch()
        (self.code / "scripts" / "bootstrap").write_text("#!/bin/sh\necho installs; exit 1\n")
        (self.code / ".venv" / ".setup").touch()

    def _copy_compiled(self) -> None:
        """What is compiled of them, which others may be writing: what has gone is compiled anew."""
        for name in ("apps", "worker"):
            for path in (ROOT / name).rglob("*.pyc"):
                with suppress(FileNotFoundError):
                    shutil.copy2(path, self.code / path.relative_to(ROOT))

    def make(self, *words: str) -> str:
        """What a target says."""
        done = subprocess.run(
            ["make", *words], cwd=self.code, env=self.env, capture_output=True, text=True,
            check=False, timeout=600, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stdout}\n{done.stderr}"
        return done.stdout


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """With the schema, the rows and the files of before."""
    folder = tmp_path_factory.mktemp("older")
    for each in (folder, *folder.parents):
        if each.stat().st_uid == os.getuid() and each != Path("/"):
            each.chmod(each.stat().st_mode | 0o011)
    here = Checkout(folder)
    with here.database():
        done = here.run("-m", "tests.upgrade.before")
        assert done.returncode == 0, done.stderr
    for name, text in KEPT.items():
        path = here.var / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    yield here


def has_rows_of_before(rows: dict[str, list[str]]) -> bool:
    """As many as there were; of what has moved or is added to by the code, at least."""
    numbers = {name: len(lines) for name, lines in rows.items()}
    grown = {APPLIED, "auth_permission", "django_content_type"}
    return all(
        numbers[MOVED.get(name, name)] >= table["rows"].count("\n")
        if name in MOVED or name in grown
        else numbers[name] == table["rows"].count("\n")
        for name, table in dumped().items()
    )


def test_an_older_installation_is_backed_up_migrated_and_can_be_had_back(older: Checkout) -> None:
    told = older.make("upgrade", f"TO={older.backups}")
    assert told.index("Winnow does not run.") < told.index("Applying ")
    assert "installs" not in told
    (made,) = older.backups.glob("winnow-*")
    assert f"What was there before is in {made}" in told
    # What was backed up is the database of before: its schema, and its rows.
    of_then = {".".join(each) for each in applied()}
    assert set(manifest.read(made).migrations) == of_then
    after = older.everything()
    assert has_rows_of_before(after[0])
    assert {name: after[1][name] for name in KEPT} == KEPT
    assert len(after[0][APPLIED]) > len(of_then)

    again = older.make("upgrade", f"TO={older.backups}")
    assert "What was there before" not in again
    assert list(older.backups.glob("winnow-*")) == [made]

    # The backup of then with the code of now: restored, and migrated once more.
    older.make("clean-data", "YES=1")
    assert not (older.var / "postgres").exists() and not (older.var / "exports").exists()
    assert "Restored what was backed up" in older.make("restore", f"FROM={made}")
    restored = older.everything()
    assert has_rows_of_before(restored[0])
    assert {name: restored[1][name] for name in KEPT} == KEPT
    assert set(restored[0]) == set(after[0])


def test_what_make_has_backed_up_make_brings_back(older: Checkout) -> None:
    before = older.everything()
    known = set(older.backups.glob("winnow-*"))
    told = older.make("backup", f"TO={older.backups}")
    (made,) = set(older.backups.glob("winnow-*")) - known
    assert f"`make restore FROM={made}` brings them back" in told

    # Nobody is there to be asked: nothing is deleted, and nothing is replaced.
    assert "make clean-data YES=1" in older.make("clean-data")
    assert older.everything() == before
    with running(older.var) as urls, psycopg.connect(urls.database_url) as database:
        assert database.execute("UPDATE accounts_user SET email = 'lost@a.org'").rowcount
    (older.var / "uploads/a/x.sql").unlink()
    with pytest.raises(AssertionError, match="YES=1"):
        older.make("restore", f"FROM={made}")

    older.make("restore", f"FROM={made}", "YES=1")
    assert older.everything() == before
    older.make("clean-data", "YES=1")
    older.make("restore", f"FROM={made}")
    assert older.everything() == before


def test_an_upgrade_ends_what_runs_first(older: Checkout) -> None:
    try:
        assert "Winnow runs. Its log:" in older.make("start")
        rows = [line.split()[:2] for line in older.make("status").splitlines()[1:]]
        assert {"postgres", "valkey", "web", "cpu"} <= {name for name, _ in rows}
        assert {state for _, state in rows} == {"running"}
        told = older.make("upgrade", f"TO={older.backups}")
        assert told.startswith("Winnow has stopped.\n")
        assert "The database is as this version wants it." in told
    finally:
        assert "Winnow " in older.make("stop")
    assert "Winnow does not run" in older.make("status")
