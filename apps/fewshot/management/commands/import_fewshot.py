"""`manage.py import_fewshot`: the older name of `manage.py fewshot import --no-run`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from apps.fewshot.rendering import DEFAULT_FILE


class Command(BaseCommand):
    help = "The older name of `manage.py fewshot import --no-run`."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=DEFAULT_FILE)
        parser.add_argument("--set", dest="name")

    def handle(self, *args: Any, **options: Any) -> None:
        words = ["import", str(options["path"]), "--no-run"]
        # As a word: an option by name would be looked for among all of the command's actions.
        words += ["--set", options["name"]] if options["name"] else []
        call_command("fewshot", *words, stdout=self.stdout)
