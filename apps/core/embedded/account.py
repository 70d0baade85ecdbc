"""Under which account PostgreSQL and Valkey run.

PostgreSQL refuses to run as root. An ordinary user runs them as itself. Root runs them as an
unprivileged account, or, where that account cannot reach the program or `var/` (a clone below
/root), in a user namespace in which root's files look like an ordinary user's.
"""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from apps.core.embedded.errors import EmbeddedError

PROBE_SECONDS = 30
NAMESPACE = ("unshare", "--user", "--map-user=65534", "--map-group=65534", "--")


@dataclass(frozen=True)
class Account:
    """Owner of the services' files, and the words that go before a command to run as it."""

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
        """Make the folder and everything in it this account's, where it is not yet."""
        if os.geteuid() != 0 or (folder.stat().st_uid == self.uid):
            return
        for path in (*folder.rglob("*"), folder):
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def _has(program: str) -> bool:
    return shutil.which(program) is not None


def _unprivileged() -> pwd.struct_passwd:
    name = os.environ.get("WINNOW_ACCOUNT", "nobody")
    try:
        return pwd.getpwnam(name)
    except KeyError:
        raise EmbeddedError(
            f"There is no account {name!r} to run PostgreSQL as; root cannot run it itself. "
            f"Name one with WINNOW_ACCOUNT, or start Winnow as an ordinary user."
        ) from None


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


def account_for(*, program: Path, var: Path) -> Account:
    """Choose the account that can run `program` with its files below `var`.

    Opens `var` for the unprivileged account's group to pass through (0710), never to list, and
    only when root starts the services and that account can get so far.

    :raises EmbeddedError: root, and neither way works.
    """
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), prefix=())
    entry = _unprivileged()
    as_entry = ("setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
    os.chown(var, 0, entry.pw_gid)
    var.chmod(0o710)
    if _works(as_entry, program, var):
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, prefix=as_entry)
    os.chown(var, 0, 0)
    var.chmod(0o700)
    if _works(NAMESPACE, program, var):
        return Account(uid=0, gid=0, prefix=NAMESPACE)
    raise EmbeddedError(
        f"PostgreSQL refuses to run as root, the account {entry.pw_name!r} cannot reach {program} "
        f"and {var}, and this machine forbids user namespaces. Clone Winnow to a folder that "
        f"everybody may pass through (not below /root), or start it as an ordinary user, or point "
        f"DATABASE_URL and REDIS_URL at servers of your own."
    )
