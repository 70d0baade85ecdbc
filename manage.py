#!/usr/bin/env python
"""Winnow's command line: `python manage.py help` lists the commands."""

import os
import sys
from pathlib import Path

APPS = Path(__file__).resolve().parent / "apps"


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "apps.settings")
    from django.core.management import execute_from_command_line
    from django.db import InterfaceError, OperationalError

    # Commands are modules, with underscores; people type export-seeds.
    if len(sys.argv) > 1 and not sys.argv[1].startswith("-"):
        sys.argv[1] = sys.argv[1].replace("-", "_")
        ours = APPS.glob("*/management/commands/*.py")
        if sys.argv[1] in {path.stem for path in ours}:
            # Django's look at models, addresses and templates imports every page, which takes as
            # long as all else of a command's start. They are as they were released; `make lint`
            # and Django's own commands look at them.
            sys.argv.insert(2, "--skip-checks")
    try:
        execute_from_command_line(sys.argv)
    except Exception as error:
        is_database = isinstance(error, OperationalError | InterfaceError)
        if "--traceback" in sys.argv or not (is_database or is_of_queue(error)):
            raise
        service = "database (PostgreSQL)" if is_database else "queue (Valkey)"
        sys.exit(
            f"The {service} does not answer: {error}\n"
            "`make start` starts it, unless DATABASE_URL or REDIS_URL names another; `make status`"
            " shows what runs. What was done is kept."
        )


def is_of_queue(error: Exception) -> bool:
    """Whether it is the queue's client that complains, which most commands never import."""
    redis = sys.modules.get("redis")
    return redis is not None and isinstance(error, redis.RedisError)


if __name__ == "__main__":
    main()
