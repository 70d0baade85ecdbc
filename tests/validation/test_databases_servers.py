"""The sandbox's servers: kept by another process, missing, and what they leave behind."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pymysql
import pytest

from apps.validation.databases import homes, mariadb, mariadb_server
from apps.validation.databases.base import Unavailable
from apps.validation.databases.postgres import Postgres
from apps.validation.databases.postgres_cluster import PostgresCluster
from apps.validation.runners import Timed
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import Ended, ScriptJob
from tests.sandboxes import keep, server_of
from tests.validation.conftest import GetPool
from tests.validation.missing import not_here

ROOT = Path(__file__).resolve().parents[2]
JOB = ScriptJob(setup=(), statements=("SELECT 1",))


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    module = "apps.validation.databases.postgres_cluster"
    process = subprocess.Popen([sys.executable, "-m", module, str(tmp_path / "kept")], cwd=ROOT)
    deadline = time.monotonic() + 240
    while not (tmp_path / "kept" / "ready").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    yield process
    process.terminate()
    process.wait(120)


def test_own_connections_to_mariadb_read_no_certificates(
    pools: GetPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keeper looks every second; to read the machine's certificates took a hundred times all
    else that it does."""
    server = server_of(pools("mariadb").database)
    make = "_create_ssl_ctx"
    monkeypatch.setattr(pymysql.connections.Connection, make, lambda *_: pytest.fail("it did"))
    assert server.is_alive()


def test_a_kept_server_is_waited_for_and_outlives_the_pools_that_use_it(
    keeper: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    database = Postgres(tmp_path / "kept")
    cluster = PostgresCluster(tmp_path / "kept")
    with SandboxPool(database, size=1) as pool:
        assert pool.run(JOB).ended is Ended.OK
        os.kill(int((cluster.data / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        assert Timed(pool)(JOB).ended is Ended.OK
    assert cluster.is_alive()
    keeper.terminate()
    keeper.wait(120)
    assert not cluster.home.exists()


def test_the_layers_of_a_server_are_what_its_launcher_could_take_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Postgres(tmp_path / "layers")
    with SandboxPool(database, size=1) as pool:
        layers = pool.layers()
        (postmaster, *_) = (database.cluster().data / "postmaster.pid").read_text().split()
        own, its = Path("/proc/self/ns/net").readlink(), Path(f"/proc/{postmaster}/ns/net")
        assert (layers["server without network"] is True) == (its.readlink() != own)
    (database.cluster().folder / "log").write_text(
        '{"network": true, "files": "not available: Function not implemented"}\nready\n'
    )
    said = database.layers()
    assert said["server's files closed in (Landlock)"] == "not available: Function not implemented"
    monkeypatch.setenv("WINNOW_SANDBOX_POSTGRES_URL", "postgresql://elsewhere/")
    assert database.layers()["own cluster"] == (
        "the server of WINNOW_SANDBOX_POSTGRES_URL, protected as it is"
    )
    monkeypatch.undo()
    database.cluster().remove()


def test_a_home_whose_folder_is_gone_is_removed(tmp_path: Path) -> None:
    folders = [tmp_path / "gone", tmp_path / "there"]
    made = [homes.home_for(folder) for folder in folders]
    for home, folder in zip(made, folders, strict=True):
        folder.mkdir()
        home.mkdir(mode=0o700)
        homes.mark(home, folder)
    folders[0].rmdir()
    homes.remove_orphans()
    assert [home.exists() for home in made] == [False, True]
    shutil.rmtree(made[1])


def test_an_account_without_a_name_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def nobody_knows(number: int) -> pwd.struct_passwd:
        raise KeyError(number)

    monkeypatch.delenv("WINNOW_SANDBOX_POSTGRES_URL", raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody_knows)
    said = Postgres().unavailable()
    assert "needs an account with a name" in said and "WINNOW_SANDBOX_POSTGRES_URL" in said


def test_mariadb_that_cannot_be_downloaded_says_so_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def no_network(*command: str, cwd: str) -> None:  # noqa: ARG001
        asked.append(command[-1])
        raise subprocess.CalledProcessError(100, command, stderr="E: no network")

    monkeypatch.setattr(mariadb_server, "_run_apt", no_network)
    for _ in range(2):
        assert "E: no network" in mariadb_server._download(tmp_path / "mariadb")
    assert asked == ["mariadb-server-core"]
    monkeypatch.setattr(mariadb_server, "unpacked", lambda: tmp_path / "mariadb")
    monkeypatch.setattr(Path, "exists", lambda path: False)
    monkeypatch.delenv("WINNOW_MARIADBD", raising=False)
    with pytest.raises(Unavailable, match="WINNOW_SANDBOX_MARIADB_URL"):
        mariadb_server.find_program.__wrapped__()


def kill(database: Postgres) -> None:
    """Kill the server, as a crash does, and wait until it is gone."""
    postmaster = (database.cluster().data / "postmaster.pid").read_text().split()[0]
    process = psutil.Process(int(postmaster))
    process.kill()
    process.wait(60)


def test_a_server_that_crashes_again_is_made_anew(tmp_path: Path) -> None:
    database = Postgres(tmp_path / "crashing")
    with SandboxPool(database, size=1) as pool:
        assert pool.run(JOB).ended is Ended.OK
        home = database.cluster().home
        (home / "poison").touch()
        kill(database)
        assert Timed(pool)(JOB).ended is Ended.OK
        assert (home / "poison").exists()
        kill(database)
        assert Timed(pool)(JOB).ended is Ended.OK
        assert not (home / "poison").exists()
    assert not home.exists(), "who started a server takes its home along"


def test_a_server_is_given_up_with_what_cannot_be_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        keep("mariadb")
    except Unavailable as error:
        not_here("mariadb", str(error))
    database = mariadb.Mariadb(tmp_path / "own")

    def cannot(keeper: object, name: str) -> None:
        raise pymysql.OperationalError(1205, "Lock wait timeout exceeded")

    with SandboxPool(database, size=1) as pool:
        assert pool.run(JOB).ended is Ended.OK
        home = database.server().home
        (home / "poison").touch()
        monkeypatch.setattr(mariadb, "_GIVE_UP_SECONDS", 0)
        monkeypatch.setattr(mariadb, "_drop", cannot)
        assert pool.run(JOB).ended is Ended.OK
        assert not (home / "poison").exists()
        monkeypatch.undo()
        assert Timed(pool)(JOB).ended is Ended.OK
    assert not home.exists()


def test_no_database_is_given_half_a_character(pools: GetPool) -> None:
    said = set()
    for name in ("sqlite", "duckdb", "postgres"):
        job = ScriptJob((), ("SELECT 1", "SELECT '\udc80'"))
        execution = Timed(pools(name))(job)
        said.add((execution.ended, execution.index, execution.message))
    assert said == {
        (Ended.SQL_ERROR, 1, "the statement contains U+DC80, half of a character"),
    }
