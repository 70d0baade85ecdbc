"""`manage.py diff_exports ONE [OTHER]`: two exports, or one and the database as it is now."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.exports.differing import Patch, difference, patch
from apps.exports.models import Export
from apps.exports.services import ExportError


class Command(BaseCommand):
    help = "Compare two exports by number, or one with what the same selection would have now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("one", type=int, help="number of an export")
        parser.add_argument("other", type=int, nargs="?", help="number of a later one")
        parser.add_argument("--ids", action="store_true", help="the patch as JSON, with all ids")

    def handle(self, *args: Any, **options: Any) -> None:
        one = _export(options["one"])
        try:
            if options["other"] is None:
                found, composition = patch(one), {}
            else:
                told = difference(one, _export(options["other"]))
                found, composition = told.patch, told.composition
        except ExportError as error:
            raise CommandError(str(error)) from error
        if options["ids"]:
            self.stdout.write(json.dumps(_ids(found)))
            return
        for name, number in found.counts().items():
            self.stdout.write(f"{number} {name}")
        for name, values in composition.items():
            for value, (before, after) in values.items():
                self.stdout.write(f"{name} {value or '(none)'}: {before} → {after}")


def _export(number: int) -> Export:
    found = Export.objects.select_related("job").filter(pk=number).first()
    if found is None:
        raise CommandError(f"There is no export {number}.")
    return found


def _ids(found: Patch) -> dict[str, list[int]]:
    return {name: getattr(found, name) for name in found.__slots__}
