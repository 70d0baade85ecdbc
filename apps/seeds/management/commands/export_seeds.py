"""`manage.py export_seeds`: seeds as JSONL records of id, sql_statement and description."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import IO, Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.lines import in_one_line
from apps.seeds.exporting import seed_records
from apps.seeds.models import Source
from apps.seeds.queries import SeedFilter
from apps.sql.dialects import Dialect
from apps.sql.kinds import KINDS


class Command(BaseCommand):
    help = "Write seeds as JSON lines, in the order of their ids: the same seeds, the same bytes."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, metavar="FILE", help="a file; else standard output")
        parser.add_argument("--lineage", action="store_true", help="say where each seed is from")
        parser.add_argument("--kind", choices=KINDS, default="")
        parser.add_argument("--dialect", choices=[d.value for d in Dialect], default="")
        parser.add_argument("--source", default="", help="only seeds of this path or data set")
        parser.add_argument("--licence", default="", help='only this licence line; "-": not known')
        parser.add_argument("--commented", action="store_true", help="only with a comment")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = SeedFilter(
            kind=options["kind"],
            dialect=options["dialect"],
            source=_source(options["source"]),
            licence=options["licence"],
            commented=options["commented"],
        )
        records = seed_records(chosen, lineage=options["lineage"])
        target: Path | None = options["to"]
        if target is None:
            _write(records, sys.stdout)
            return
        scratch = target.with_name(f".{target.name}.part")
        try:
            with scratch.open("w", encoding="utf-8") as stream:
                number = _write(records, stream)
            scratch.replace(target)
        except OSError as error:
            scratch.unlink(missing_ok=True)
            raise CommandError(f"{target} cannot be written: {error.strerror}.") from error
        self.stderr.write(f"{number:,} seeds in {target}")


def _write(records: Any, stream: IO[str]) -> int:
    number = 0
    for record in records:
        stream.write(in_one_line(json.dumps(record, ensure_ascii=False)) + "\n")
        number += 1
    return number


def _source(spec: str) -> int | None:
    if not spec:
        return None
    paths = [spec, str(Path(spec).resolve())]
    found = Source.objects.filter(spec__in=paths).values_list("pk", flat=True).first()
    if found is None:
        raise CommandError(f"Nothing was gathered from {spec!r}; the page of sources lists them.")
    return found
