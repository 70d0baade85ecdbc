"""`manage.py import_fewshot`: the older name of `manage.py fewshot import`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

from apps.fewshot.rendering import DEFAULT_FILE


class Command(BaseCommand):
    help = "The older name of `manage.py fewshot import`."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=DEFAULT_FILE)
        parser.add_argument("--set", dest="name")

    def handle(self, *args: Any, **options: Any) -> None:
        named = {"name": options["name"]} if options["name"] else {}
        call_command("fewshot", "import", str(options["path"]), stdout=self.stdout, **named)
