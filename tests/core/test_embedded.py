"""PostgreSQL and Valkey for real: started, killed, started again, in every kind of place."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from apps.core.embedded import (
    EmbeddedError,
    Postgres,
    Service,
    ServiceUrls,
    Valkey,
    running,
    service_urls,
)
from apps.core.embedded import service as services
from apps.core.embedded.state import holder, only_instance, ports

ROOT = Path(__file__).parents[2]
IS_ROOT = os.geteuid() == 0


@pytest.fixture(params=["everybody may pass", "closed to other accounts"])
def var(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A `var/` below a folder that the unprivileged account can reach, or cannot."""
    parent = Path(tempfile.mkdtemp(prefix="winnow-embedded-"))
    parent.chmod(0o755 if request.param == "everybody may pass" else 0o700)
    yield parent / "var"
    shutil.rmtree(parent)


@pytest.fixture(scope="module")
def clusters() -> Iterator[dict[int, Path]]:
    """A `var/` that was started once, by the mode of the folder above it."""
    made: dict[int, Path] = {}
    yield made
    for each in made.values():
        shutil.rmtree(each.parent)


@pytest.fixture
def begun(var: Path, clusters: dict[int, Path]) -> Path:
    """`var` as a start has left it: for what comes after the making of a cluster."""
    mode = var.parent.stat().st_mode & 0o777
    if mode not in clusters:
        parent = Path(tempfile.mkdtemp(prefix="winnow-embedded-"))
        parent.chmod(mode)
        clusters[mode] = parent / "var"
        with running(clusters[mode], durable=False):
            pass
    subprocess.run(["cp", "-a", str(clusters[mode]), str(var)], check=True)
    (var / "services.json").unlink()  # its ports
    return var


@pytest.fixture(autouse=True)
def without_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


def write(urls: ServiceUrls) -> None:
    with psycopg.connect(urls.database_url) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    redis.Redis.from_url(urls.redis_url).set("kept", "7")


def assert_kept(urls: ServiceUrls) -> None:
    with psycopg.connect(urls.database_url) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
    assert redis.Redis.from_url(urls.redis_url).get("kept") == b"7"


def processes_of(var: Path) -> list[psutil.Process]:
    folders = (Postgres(var).folder, Valkey(var).folder)
    return [process for folder in folders for process in services.processes_in(folder)]


def main_process(service: Service) -> psutil.Process:
    found = services.processes_in(service.folder)
    return next(each for each in found if each.ppid() not in {other.pid for other in found})


def test_both_start_answer_and_leave_no_process_behind(var: Path) -> None:
    with running(var, durable=False) as urls:
        assert urls == service_urls(var)
        write(urls)
        assert processes_of(var)
        if IS_ROOT:
            # Not root to PostgreSQL: the server itself refuses to be.
            assert "postgres" in main_process(Postgres(var)).name()
    assert processes_of(var) == []
    assert holder(var) is None


def test_what_was_written_survives_kill_9(begun: Path) -> None:
    with running(begun) as urls:
        write(urls)
        for service in (Postgres(begun), Valkey(begun)):
            main_process(service).send_signal(signal.SIGKILL)
        with_services_dead = [Postgres(begun).is_ready(), Valkey(begun).is_ready()]
    assert with_services_dead == [False, False]
    with running(begun) as urls:
        assert_kept(urls)


def test_a_pid_file_of_before_the_reboot_does_not_matter(begun: Path) -> None:
    with running(begun, durable=False) as urls:
        write(urls)
    # After a reboot the number may be anybody's: here it is this test's own.
    stale = Postgres(begun).folder / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{Postgres(begun).folder}\n1\n1\n\n127.0.0.1\n\n")
    with running(begun, durable=False) as urls:
        assert_kept(urls)


def test_servers_that_a_crash_orphaned_are_replaced(begun: Path) -> None:
    for service in (Postgres(begun), Valkey(begun)):
        services.start(service, begun / "log" / "orphan.log")
    orphans = processes_of(begun)
    with running(begun) as urls:
        write(urls)
        assert not any(process.is_running() for process in orphans)


def test_a_taken_port_is_replaced_by_another(begun: Path) -> None:
    before = ports(begun)
    with socket.create_server(("127.0.0.1", before.postgres)), running(begun, durable=False):
        assert ports(begun).postgres != before.postgres
        assert ports(begun).valkey == before.valkey


def test_nobody_else_can_read_anything(var: Path) -> None:
    with running(var, durable=False):
        readable = [path for path in [var, *var.rglob("*")] if path.lstat().st_mode & 0o007]
        secrets = [path.stat().st_mode & 0o777 for path in (var / "secrets").iterdir()]
    assert readable == []
    assert set(secrets) == {0o600}


def test_a_password_is_asked_for(begun: Path) -> None:
    with running(begun, durable=False) as urls:
        wrong = urls.database_url.replace("winnow:", "winnow:x", 1)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(wrong)
        with pytest.raises(psycopg.OperationalError, match="no pg_hba.conf entry"):
            psycopg.connect(wrong.replace("winnow:", "postgres:", 1))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=ports(begun).valkey).ping()


def test_the_role_may_make_the_extension_and_databases_that_django_needs(begun: Path) -> None:
    with (
        running(begun, durable=False) as urls,
        psycopg.connect(urls.database_url, autocommit=True) as connection,
    ):
        connection.execute("CREATE EXTENSION pg_trgm")
        connection.execute("CREATE DATABASE test_winnow")
        assert connection.execute("SELECT lower('ÄÖ')").fetchone() == ("äö",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("COPY (SELECT 1) TO PROGRAM 'cat'")


def test_a_second_instance_is_refused_by_name(var: Path) -> None:
    with only_instance(var):
        code = "from apps.core.embedded import *; running(default_var()).__enter__()"
        second = subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"WINNOW_VAR": str(var), "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
    assert f"Winnow already runs from {var} (process {os.getpid()})" in second.stderr


def test_the_environment_switches_the_embedded_ones_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://elsewhere/db")
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere")
    assert service_urls(tmp_path / "var") == ServiceUrls(
        "postgres://elsewhere/db", "redis://elsewhere"
    )
    assert not (tmp_path / "var").exists()


def test_urls_stay_the_same_from_call_to_call_and_start_nothing(tmp_path: Path) -> None:
    assert service_urls(tmp_path / "var") == service_urls(tmp_path / "var")
    assert processes_of(tmp_path / "var") == []


@pytest.mark.parametrize(
    ("variable", "service", "message"),
    [
        ("WINNOW_POSTGRES_BIN", Postgres, "No PostgreSQL at .*make setup"),
        ("WINNOW_VALKEY_BIN", Valkey, "No valkey-server found.*make setup"),
    ],
)
def test_missing_programs_are_named_with_the_fix(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    service: type[Postgres] | type[Valkey],
    message: str,
) -> None:
    monkeypatch.setenv(variable, str(tmp_path))
    with pytest.raises(EmbeddedError, match=message):
        service(tmp_path / "var").prepare()


ORDINARY = """
from pathlib import Path
import psycopg, sys
from apps.core.embedded import running
for _ in range(2):
    with running(Path(sys.argv[1]), durable=False) as urls:
        print(psycopg.connect(urls.database_url).execute("SELECT current_user").fetchone()[0])
"""


AS_GAMES = ["setpriv", "--reuid=games", "--regid=games", "--clear-groups"]


def python_for_everybody(environment: dict[str, str]) -> str:
    """This interpreter, or where it lies behind /root the system's of the same version."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(version, path="/usr/bin:/usr/local/bin")):
        command = [*AS_GAMES, candidate or "false", "-c", "import psutil, psycopg, redis"]
        if subprocess.run(command, env=environment, capture_output=True, cwd="/").returncode == 0:
            return candidate or ""
    # `make test-ordinary` shows the same: each of its runs starts both services as that account.
    pytest.skip("no Python with Winnow's requirements here that another account can reach")


@pytest.mark.skipif(not IS_ROOT, reason="the whole run is an ordinary user's already")
def test_an_ordinary_user_needs_nothing_from_root() -> None:
    # The folder for temporary files of this run is root's alone.
    home = Path(tempfile.mkdtemp(prefix="winnow-ordinary-", dir="/tmp"))
    site = Path(psycopg.__file__).parents[1]
    environment = {"PATH": os.defpath, "PYTHONPATH": f"{home}:{site}", "HOME": str(home)}
    try:
        shutil.copytree(ROOT / "apps" / "core", home / "apps" / "core")
        shutil.copy(ROOT / "apps" / "__init__.py", home / "apps")
        shutil.chown(home, "games")
        home.chmod(0o755)
        python = python_for_everybody(environment)
        done = subprocess.run(
            [*AS_GAMES, python, "-c", ORDINARY, str(home / "var")],
            env=environment,
            cwd=home,
            capture_output=True,
            text=True,
        )
        assert done.stdout.split() == ["winnow", "winnow"], done.stderr
    finally:
        shutil.rmtree(home)
