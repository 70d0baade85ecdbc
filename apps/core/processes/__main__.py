"""`python -m apps.core.processes up|start|stop|status|clean-data`."""

import argparse
import os
import sys
from pathlib import Path

from apps.core.embedded import EmbeddedError, default_var
from apps.core.processes import control
from apps.core.processes.log import Log

NOT_RUNNING = 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m apps.core.processes", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="run everything here until Ctrl-C")
    up.add_argument("--to-log", action="store_true", help="write to var/log/winnow.log")
    commands.add_parser("start", help="run everything in the background; return when it is ready")
    commands.add_parser("stop", help="end everything, also after a crash")
    commands.add_parser("status", help=f"show every process; exit code {NOT_RUNNING} when down")
    clean = commands.add_parser("clean-data", help="delete databases, exports and logs")
    clean.add_argument("--yes", action="store_true", help="do not ask")
    return parser


def _up(var: Path, *, to_log: bool) -> int:
    """Supervise, in a process whose environment carries the marks from its beginning: only these
    are to be seen from outside."""
    marks = control.marks(var)
    if not marks.items() <= os.environ.items():
        words = [sys.executable, "-m", "apps.core.processes", *sys.argv[1:]]
        os.execve(sys.executable, words, os.environ | marks)  # noqa: S606
    # Only here: the other commands answer at once.
    from apps.core.processes.preloading import preload
    from apps.core.processes.spec import machine
    from apps.core.processes.supervisor import Supervisor

    log = Log(control.log_file(var) if to_log else None)
    return Supervisor(var, machine(var), log, preload()).run()


def _act(arguments: argparse.Namespace, var: Path) -> int:
    match arguments.command:
        case "up":
            return _up(var, to_log=arguments.to_log)
        case "start":
            control.start(var)
        case "stop":
            control.stop(var)
        case "status":
            return 0 if control.status(var) else NOT_RUNNING
        case "clean-data":
            control.clean_data(var, sure=arguments.yes)
    return 0


def main() -> int:
    """Exit code of the command; errors go to stderr in one sentence."""
    arguments = _parser().parse_args()
    try:
        return _act(arguments, default_var())
    except EmbeddedError as error:
        print(error, file=sys.stderr, flush=True)
        return 1


if __name__ == "__main__":
    sys.exit(main())
