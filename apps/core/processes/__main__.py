"""`python -m apps.core.processes up|start|stop|status|clean-data`."""

import argparse
import sys
from pathlib import Path

from apps.core.embedded import EmbeddedError, default_var
from apps.core.processes import control, health
from apps.core.processes.runner import Runner
from apps.core.processes.spec import ProcessSpec, machine
from apps.core.processes.supervisor import supervise

NOT_RUNNING = 3


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m apps.core.processes", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up", help="run everything here until Ctrl-C")
    commands.add_parser("start", help="run everything in the background; return when it is ready")
    commands.add_parser("stop", help="end everything, also after a crash")
    commands.add_parser("status", help=f"show every process; exit code {NOT_RUNNING} when down")
    clean = commands.add_parser("clean-data", help="delete databases, exports and logs")
    clean.add_argument("--yes", action="store_true", help="do not ask")
    run = commands.add_parser("run", help="(used by the supervisor) keep one process")
    run.add_argument("spec")
    ping = commands.add_parser("ping", help="(used by the runners) ask a Celery worker")
    ping.add_argument("node")
    return parser


def _act(arguments: argparse.Namespace, var: Path) -> int:
    match arguments.command:
        case "up":
            return supervise(var, machine(var))
        case "start":
            control.start(var)
        case "stop":
            control.stop(var)
        case "status":
            return 0 if control.status(var) else NOT_RUNNING
        case "clean-data":
            control.clean_data(var, sure=arguments.yes)
        case "run":
            return Runner(ProcessSpec.from_json(arguments.spec), var).run()
        case "ping":
            return 0 if health.ping(var, arguments.node) else 1
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
