"""Under which account PostgreSQL and Valkey run.

PostgreSQL refuses to run as root. An ordinary user runs them as itself. Root runs each under a
number of its own (apps.core.accounts), or, where that cannot reach the program or `var/` (a clone
below /root), in a user namespace in which root's files look like an ordinary user's.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from apps.core import accounts
from apps.core.embedded.errors import EmbeddedError

PROBE_SECONDS = 30
NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")


@dataclass(frozen=True)
class Account:
    """Owner of a service's files, and the words that go before a command to run as it."""

    uid: int
    gid: int
    prefix: tuple[str, ...]

    def command(self, *command: str | Path, dies_with_parent: bool = False) -> list[str]:
        """The command line that runs the command as this account.

        `dies_with_parent` stops the service (fast shutdown) when the thread that started it is
        gone, so that a parent killed with -9 leaves no orphan.
        """
        tie = ["setpriv", "--pdeathsig=INT"] if dies_with_parent and _has("setpriv") else []
        return [*self.prefix, *tie, *(str(word) for word in command)]

    def own(self, folder: Path) -> None:
        """Make the folder and everything in it this account's, where it is not yet: also what an
        older Winnow, or another WINNOW_ACCOUNT, owned."""
        if os.geteuid() != 0 or (folder.stat().st_uid == self.uid):
            return
        for path in (*folder.rglob("*"), folder):
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def with_a_name(self) -> "Account":
        """This account, or `nobody` for one that /etc/passwd does not know: initdb and `postgres
        --single` ask for a name. What it makes is given to this account before the first start."""
        if not self.prefix or self.prefix == NAMESPACE:
            return self
        try:
            pwd.getpwuid(self.uid)
        except KeyError:
            return _numbered(accounts.NOBODY, self.gid)
        return self


def _has(program: str) -> bool:
    return shutil.which(program) is not None


def _numbered(uid: int, gid: int) -> Account:
    prefix = ("setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups")
    return Account(uid=uid, gid=gid, prefix=prefix)


def _unprivileged(uid: int) -> Account:
    """The account of that number, or the one that WINNOW_ACCOUNT names for all services."""
    name = os.environ.get("WINNOW_ACCOUNT")
    if not name:
        return _numbered(uid, accounts.SERVICES_GROUP)
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        raise EmbeddedError(
            f"There is no account {name!r} to run PostgreSQL as; root cannot run it itself. "
            f"Name another with WINNOW_ACCOUNT, or leave it out, or start Winnow as an ordinary "
            f"user."
        ) from None
    return _numbered(entry.pw_uid, entry.pw_gid)


def _works(prefix: tuple[str, ...], program: Path, var: Path) -> bool:
    if not _has(prefix[0]):
        return False
    script = 'test -x "$2" && exec "$1" --version'
    probe = subprocess.run(
        [*prefix, "sh", "-c", script, "sh", str(program), str(var)],
        capture_output=True,
        cwd="/",
        timeout=PROBE_SECONDS,
        check=False,
    )
    return probe.returncode == 0


def account_for(*, uid: int, program: Path, var: Path) -> Account:
    """Choose the account that can run `program` with its files below `var`: for root that of the
    number `uid`.

    Opens `var` for the services' group to pass through (0710), never to list, and only when root
    starts the services and that account can get so far.

    :raises EmbeddedError: root, and neither way works.
    """
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), prefix=())
    account = _unprivileged(uid)
    os.chown(var, 0, account.gid)
    var.chmod(0o710)
    if _works(account.prefix, program, var):
        return account
    os.chown(var, 0, 0)
    var.chmod(0o700)
    if _works(NAMESPACE, program, var):
        return Account(uid=0, gid=0, prefix=NAMESPACE)
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root, the account {account.uid} cannot reach {program} "
        f"and {var}, and this machine forbids user namespaces. Clone Winnow to a folder that "
        f"everybody may pass through (not below /root), or start it as an ordinary user, or point "
        f"DATABASE_URL and REDIS_URL at servers of your own."
    )
