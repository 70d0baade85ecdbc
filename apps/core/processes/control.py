"""The commands of a person: start in the background, stop, look, clean."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path

from apps.core import standstill
from apps.core.embedded import EmbeddedError, state
from apps.core.processes import leftovers, record, room
from apps.core.processes.record import Record, Status
from apps.core.processes.spec import ROOT

# So long the supervisor itself may do nothing; what it keeps has a limit of its own there.
STILL_SECONDS = 300.0
STOP_SECONDS = 180.0
LOOK_SECONDS = 0.1
LOG_LINES = 25
# What took long to download or build and holds nobody's data.
KEPT_BY_CLEAN = frozenset({"models", "lock"})
# All that Winnow and its parts make there; anything else is somebody's, and is not deleted.
OWN_NAMES = (
    *(".services.json.*", ".secret-key*", ".admin-password*", ".room.*"),
    *(
        ".changing",
        "lock",
        "services.json",
        "secrets",
        "secret-key",
        "admin-password",
        "log",
        "run",
    ),
    *("postgres", "valkey", "sandbox-*", "mariadb-server", "celerybeat-schedule*"),
    *("engines", "models", "cache", "static", "media", "uploads", "exports"),
)
# Gives back what the sandbox's servers held in memory for folders that are gone.
REMOVE_ORPHANS = (sys.executable, "-m", "apps.validation.databases.homes")


def log_file(var: Path) -> Path:
    """What all processes of an instance in the background say."""
    return state.make_private(state.make_private(var) / "log") / "winnow.log"


def marks(var: Path) -> dict[str, str]:
    """The environment by which the processes of one instance are found: kept where this process
    has it already, so that it stays the same from start to supervisor."""
    token = os.environ.get(leftovers.SUPERVISOR_MARK) or secrets.token_hex(8)
    return {
        leftovers.VAR_MARK: str(var),
        leftovers.SUPERVISOR_MARK: token,
        "WINNOW_VAR": str(var),
    }


def _last_lines(log: Path, start: int, failed: list[str]) -> str:
    """The end of what was said since then, by the failed processes where there are any."""
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode("utf-8", "replace").splitlines()
    theirs = [line for line in lines if any(f" {name} " in line[:24] for name in failed)]
    return "\n".join(f"  {line}" for line in (theirs or lines)[-LOG_LINES:])


def start(var: Path) -> None:
    """Start everything in a session of its own; return when all of it is ready.

    When it runs already, only say so.

    :raises EmbeddedError: a process cannot be kept alive, or nothing happens any more.
    """
    if state.holder(var) is not None:
        print(f"Winnow already runs from {var}:")
        print(table(var))
        return
    log = log_file(var)
    if room.is_full(var):
        left = room.free_bytes(var) // 1_000_000
        raise EmbeddedError(f"The disk of {var} is full: {left} MB are left. Make room first.")
    said_before = log.stat().st_size if log.exists() else 0
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.environ.pop(leftovers.SUPERVISOR_MARK, None)
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "apps.core.processes", "up", "--to-log"],
        cwd=ROOT,
        env=os.environ | marks(var),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        start_new_session=True,
    )
    os.close(output)
    trouble = _wait(var, supervisor, log)
    if trouble is None:
        print(f"Winnow runs. Its log: {log}")
        return
    failed = [each.name for each in record.load_all(var) if each.status == Status.FAILED]
    end = _last_lines(log, said_before, failed)
    raise EmbeddedError(f"Winnow did not start{trouble}. The end of {log}:\n{end}")


def _wait(var: Path, supervisor: subprocess.Popen[bytes], log: Path) -> str | None:
    """Report each process as it becomes ready. None when all are; "" when the supervisor has
    ended, what is wrong with one that was ended because it did nothing.
    """
    ready: set[str] = set()
    started = time.monotonic()
    start = standstill.Start(
        supervisor.pid,
        seconds=STILL_SECONDS,
        said=lambda: (len(ready), standstill.size_of(log)),
    )
    while supervisor.poll() is None:
        # Before the supervisor holds the lock the records are those of the last start.
        records = record.load_all(var) if state.holder(var) == supervisor.pid else []
        for each in records:
            if each.is_running() and each.name not in ready:
                ready.add(each.name)
                seconds = time.monotonic() - started
                print(
                    f"  {seconds:4.1f} s  {each.name} is ready {each.address}".rstrip(), flush=True
                )
        if records and all(each.is_running() for each in records):
            return None
        if trouble := start.trouble():
            supervisor.kill()
            leftovers.end_everything(var)
            return f": it {trouble}"
        time.sleep(LOOK_SECONDS)
    return ""


def stop(var: Path) -> None:
    """End everything that belongs to this `var/`, also what a crashed instance left.

    :raises EmbeddedError: something does not end.
    """
    pid = state.holder(var)
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_SECONDS
        while state.holder(var) is not None and time.monotonic() < deadline:
            time.sleep(0.1)
        if state.holder(var) is not None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    left = leftovers.end_everything(var) if var.exists() else 0
    still = leftovers.marked(var)
    if still:
        numbers = ", ".join(str(process.pid) for process in still)
        raise EmbeddedError(f"These processes do not end: {numbers}.")
    if pid is None and not left:
        print("Winnow does not run.")
    else:
        print("Winnow has stopped.")


def _port(each: Record, var: Path) -> str:
    if each.name in ("postgres", "valkey"):
        return str(getattr(state.ports(var), each.name))
    return each.address.rpartition(":")[2] if each.address else ""


def table(var: Path) -> str:
    """One line a process: name, state, process number, restarts, port, address."""
    lines = [f"{'process':<10} {'state':<11} {'pid':>8} {'restarts':>8} {'port':>6}  address"]
    for each in record.load_all(var):
        status = "down" if _is_down(each) else each.status.value
        pid = each.process.pid if each.process and each.process.is_alive() else ""
        lines.append(
            f"{each.name:<10} {status:<11} {pid:>8} {each.restarts:>8} "
            f"{_port(each, var):>6}  {each.address}".rstrip()
        )
    return "\n".join(lines)


def _is_down(each: Record) -> bool:
    return not each.is_kept() or (each.status == Status.RUNNING and not each.is_running())


def status(var: Path) -> bool:
    """Print how everything is; whether all of it runs."""
    records = record.load_all(var)
    if state.holder(var) is None:
        orphans = leftovers.marked(var)
        print(f"Winnow does not run from {var}. `make start` starts it.")
        if orphans:
            print(f"A crashed instance left {len(orphans)} processes; `make stop` ends them.")
        return False
    print(table(var))
    return bool(records) and all(each.is_running() for each in records)


def clean_data(var: Path, *, sure: bool) -> None:
    """Delete what was made at run time, except models; asks unless `sure`.

    :raises EmbeddedError: Winnow runs, or `var/` holds more than Winnow's things.
    """
    if not var.exists():
        print(f"There is nothing in {var}.")
        return
    for precious in (Path.home(), ROOT):
        if precious.resolve().is_relative_to(var):
            raise EmbeddedError(f"{var} holds {precious}: not deleting that.")
    if foreign := _foreign(var):
        raise EmbeddedError(
            f"{var} holds more than Winnow's things: {', '.join(foreign)}. Nothing was deleted;"
            " move them away first, or check WINNOW_VAR."
        )
    if leftovers.marked(var):
        raise EmbeddedError("Winnow runs. `make stop` first.")
    with state.only_instance(var):
        doomed = sorted(path for path in var.iterdir() if path.name not in KEPT_BY_CLEAN)
        if not sure and not _agreed(var, doomed):
            print("Nothing was deleted.")
            return
        for path in doomed:
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
    subprocess.run(REMOVE_ORPHANS, cwd=ROOT, check=True)
    print(f"Deleted the data in {var}.")


def _foreign(var: Path) -> list[str]:
    """What lies there and is not Winnow's, by name."""
    names = sorted(path.name for path in var.iterdir())
    return [name for name in names if not any(fnmatch(name, own) for own in OWN_NAMES)]


def _agreed(var: Path, doomed: list[Path]) -> bool:
    print(f"This deletes from {var}: {', '.join(path.name for path in doomed)}")
    print("All databases, labels and exports of this installation are lost.")
    if not sys.stdin.isatty():
        print("Nobody is there to ask. `make clean-data YES=1` deletes without asking.")
        return False
    return input("Type yes to delete them: ").strip().lower() == "yes"
