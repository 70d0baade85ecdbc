"""`manage.py import_fewshot`: a few-shot file as the next published version of a set."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.fewshot import format as fewshot_format
from apps.fewshot.rendering import DEFAULT_FILE
from apps.fewshot.services import FewShotError, file_import

SUFFIX = "-fewshot"
MAX_NAME = 80


class Command(BaseCommand):
    help = (
        "Read a few-shot file and publish it as the next version of its set. A file that a"
        " published version holds already is left alone."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("path", nargs="?", type=Path, default=DEFAULT_FILE)
        parser.add_argument(
            "--set", dest="name", help=f"the set's name (default: the file's, without {SUFFIX})"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        name: str = options["name"] or path.stem.removesuffix(SUFFIX)
        if not 0 < len(name) <= MAX_NAME:
            raise CommandError(f"A set's name has 1 to {MAX_NAME} characters: give --set NAME.")
        try:
            file = fewshot_format.parse(path.read_text(encoding="utf-8"))
            imported = file_import(name=name, file=file)
        except OSError as error:
            raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{path} is not UTF-8 (byte {error.start}): convert it.") from error
        except fewshot_format.FewShotFormatError as error:
            raise CommandError(f"{path} is not a few-shot file:\n{error}") from error
        except FewShotError as error:
            raise CommandError(str(error)) from error
        count = len(file.examples)
        verb = "is now" if imported.created else "is already"
        self.stdout.write(f"{path.name} ({count} examples) {verb} {imported.version}.")
