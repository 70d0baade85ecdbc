"""`manage.py delete_export NUMBER --yes`: an export's files, for good."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.exports.models import Export
from apps.exports.services import ExportError, export_delete


class Command(BaseCommand):
    help = "Delete the files of an export; its manifest stays known."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("number", type=int)
        parser.add_argument("--yes", action="store_true", help="I mean it")

    def handle(self, *args: Any, **options: Any) -> None:
        export = Export.objects.select_related("job").filter(pk=options["number"]).first()
        if export is None:
            raise CommandError(f"There is no export {options['number']}.")
        if not options["yes"]:
            raise CommandError(f"{export.rows} pairs in {export.file_name}: say --yes to delete.")
        try:
            export_delete(export=export)
        except ExportError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"The files of export {export.pk} are deleted.")
