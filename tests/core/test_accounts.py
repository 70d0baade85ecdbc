"""Root gives each part an account of its own: none reads the files or the environment of another."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from apps.core import accounts
from apps.core.embedded import Postgres, Valkey, running
from apps.core.embedded.service import processes_in
from apps.validation import databases
from apps.validation.sandbox.pool import SandboxPool
from apps.validation.values import ScriptJob

# Changing accounts is what is tested; `.ci/run` is root, so it always runs there.
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has one account only")
SECRETS = {
    "HF_TOKEN": "hf_secret",
    "WINNOW_SECRET_KEY": "key_secret",
    "WINNOW_MODEL_API_KEY": "api_secret",
    "DATABASE_URL": "postgres://u:db_secret@elsewhere/db",
}


@pytest.fixture(scope="module")
def var() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="winnow-accounts-"))
    folder.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in SECRETS.items():
            patch.setenv(name, value)
        with running(folder / "var", durable=False):
            yield folder / "var"
    shutil.rmtree(folder)


def first(folder: Path) -> psutil.Process:
    found = processes_in(folder)
    return next(each for each in found if each.ppid() not in {other.pid for other in found})


def can_read(uid: int, gid: int, path: str) -> bool:
    command = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups", "cat", path]
    return subprocess.run(command, capture_output=True, cwd="/", check=False).returncode == 0


def test_services_have_accounts_of_their_own_and_no_secret_in_their_environment(var: Path) -> None:
    postgres, valkey = first(Postgres(var).folder), first(Valkey(var).folder)
    assert (postgres.uids().effective, valkey.uids().effective) == (
        accounts.POSTGRES,
        accounts.VALKEY,
    )
    told = [Path(f"/proc/{each.pid}/environ").read_text() for each in (postgres, valkey)]
    # Valkey writes its title over its environment.
    assert "PATH=" in told[0] and not any("secret" in environment for environment in told)


@pytest.mark.parametrize(
    ("uid", "gid"),
    [
        (accounts.VALKEY, accounts.SERVICES_GROUP),
        (accounts.SANDBOX_CHILD, accounts.SANDBOX_CHILD),
        (accounts.NOBODY, accounts.NOBODY),
    ],
)
def test_nobody_else_reads_what_is_postgres(var: Path, uid: int, gid: int) -> None:
    pid = first(Postgres(var).folder).pid
    paths = [f"/proc/{pid}/environ", str(Postgres(var).folder / "PG_VERSION")]
    assert [can_read(accounts.POSTGRES, accounts.SERVICES_GROUP, path) for path in paths] == [
        True,
        True,
    ]
    assert [can_read(uid, gid, path) for path in paths] == [False, False]


def test_nobody_else_reads_the_password_of_valkey(var: Path) -> None:
    path = str(Valkey(var).folder / "valkey.conf")
    assert can_read(accounts.VALKEY, accounts.SERVICES_GROUP, path)
    for uid, gid in (
        (accounts.POSTGRES, accounts.SERVICES_GROUP),
        (accounts.SANDBOX_CHILD, accounts.SANDBOX_CHILD),
        (accounts.NOBODY, accounts.NOBODY),
    ):
        assert not can_read(uid, gid, path)


def test_a_sandboxs_child_has_another_account_than_the_services_and_its_server() -> None:
    with SandboxPool(databases.get("sqlite"), size=1) as pool:
        pool.run(ScriptJob((), ("SELECT 1",)))
        (child,) = pool.child_ids()
        assert psutil.Process(child).uids().effective == accounts.SANDBOX_CHILD


def test_what_an_older_winnow_owned_goes_on_working(var: Path) -> None:
    other = var.parent / "older"
    with running(other, durable=False):
        pass
    for folder in (other / "postgres", other / "valkey"):
        for path in (folder, *folder.rglob("*")):
            os.chown(path, accounts.NOBODY, accounts.NOBODY, follow_symlinks=False)
    with running(other, durable=False):
        assert first(Postgres(other).folder).uids().effective == accounts.POSTGRES
        assert first(Valkey(other).folder).uids().effective == accounts.VALKEY
