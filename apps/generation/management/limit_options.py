"""The options of the command line that say when a run is to stop by itself."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, CommandParser

from apps.generation.limits import LAST, Limits

_COUNTS = ("stop_tokens", "stop_backlog", "stop_last")
_SHARES = ("stop_pass_rate", "stop_interval")


def add_limit_options(parser: CommandParser) -> None:
    """When to stop by itself; without them a run goes on to its end."""
    add = parser.add_argument_group("stops by itself").add_argument
    add("--stop-tokens", type=int, metavar="N", help="after N tokens that the model wrote")
    add("--stop-hours", type=float, metavar="H", help="after H hours of a model server at work")
    add("--stop-backlog", type=int, metavar="N", help="when more than N pairs wait for review")
    add("--stop-pass-rate", type=float, metavar="P", help="when fewer than P %% of the last pass")
    add("--stop-last", type=int, default=LAST, metavar="N", help=f"how many are the last ({LAST})")
    add(
        "--stop-interval", type=float, metavar="P",
        help="when the 95 %% interval of the share accepted is at most P points wide",
    )  # fmt: skip


def limits_of(options: dict[str, Any]) -> Limits:
    """The limits that were named. Raises CommandError for a number that makes no sense."""
    for name in _COUNTS:
        if options[name] is not None and options[name] < (0 if name == "stop_backlog" else 1):
            raise CommandError(f"--{name.replace('_', '-')} is too small.")
    for name in _SHARES:
        if options[name] is not None and not 0 < options[name] <= 100:
            raise CommandError(f"--{name.replace('_', '-')} is a percentage, 0 to 100.")
    if options["stop_hours"] is not None and not options["stop_hours"] > 0:
        raise CommandError("--stop-hours must be more than 0.")
    return Limits(
        tokens=options["stop_tokens"],
        hours=options["stop_hours"],
        backlog=options["stop_backlog"],
        pass_rate=_share(options["stop_pass_rate"]),
        last=options["stop_last"],
        interval=_share(options["stop_interval"]),
    )


def _share(percentage: float | None) -> float | None:
    return None if percentage is None else percentage / 100
